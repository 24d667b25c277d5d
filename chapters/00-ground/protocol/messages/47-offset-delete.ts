import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, int16, int32, string } from "../schema.ts";

export const OffsetDelete = api({
  key: 47,
  name: "OffsetDelete",
  versions: [0, 0],
  flexibleFrom: null,
  request: {
    groupId: string(),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
      }),
    }),
  },
  response: {
    errorCode: int16(),
    throttleTimeMs: int32(),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
      }),
    }),
  },
});

export type OffsetDeleteRequest = RequestOf<typeof OffsetDelete>;
export type OffsetDeleteResponse = ResponseOf<typeof OffsetDelete>;
