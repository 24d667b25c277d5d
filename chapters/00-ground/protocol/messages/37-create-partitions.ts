import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, bool, int16, int32, string } from "../schema.ts";

export const CreatePartitions = api({
  key: 37,
  name: "CreatePartitions",
  versions: [0, 3],
  flexibleFrom: 2,
  request: {
    topics: array({
      name: string(),
      count: int32(),
      assignments: array({
        brokerIds: array(int32()),
      }, { nullable: true }),
    }),
    timeoutMs: int32(),
    validateOnly: bool(),
  },
  response: {
    throttleTimeMs: int32(),
    results: array({
      name: string(),
      errorCode: int16(),
      errorMessage: string({ nullable: true, default: null }),
    }),
  },
});

export type CreatePartitionsRequest = RequestOf<typeof CreatePartitions>;
export type CreatePartitionsResponse = ResponseOf<typeof CreatePartitions>;
