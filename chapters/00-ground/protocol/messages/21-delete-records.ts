import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, int16, int32, int64, string } from "../schema.ts";

/**
 * Deletes the records below an offset: moves the start of the log (KIP-107).
 *
 * What came with which version:
 * - 2: flexible
 */
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
        /** The first one to be kept; −1: the high watermark. */
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
        /** The lowest log start offset of all replicas. */
        lowWatermark: int64(),
        errorCode: int16(),
      }),
    }),
  },
});

/** A decoded DeleteRecords request. */
export type DeleteRecordsRequest = RequestOf<typeof DeleteRecords>;

/** A decoded DeleteRecords response. */
export type DeleteRecordsResponse = ResponseOf<typeof DeleteRecords>;
