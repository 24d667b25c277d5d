import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, int16, int32, int64, string } from "../schema.ts";

export const DeleteRecords = api({
  key: 21,
  name: "DeleteRecords",
  versions: [0, 2],
  flexibleFrom: 2,
  request: {
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        offset: int64(),
      }),
    }),
    timeoutMs: int32(),
  },
  response: {
    throttleTimeMs: int32(),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        lowWatermark: int64(),
        errorCode: int16(),
      }),
    }),
  },
});

export type DeleteRecordsRequest = RequestOf<typeof DeleteRecords>;
export type DeleteRecordsResponse = ResponseOf<typeof DeleteRecords>;
