import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, bool, int16, int32, int64, string } from "../schema.ts";

/**
 * Sends the end of transactions from their coordinator to the leaders of the partitions, as control batches.
 *
 * What came with which version:
 * - 1: flexible
 */
export const WriteTxnMarkers = api({
  key: 27,
  name: "WriteTxnMarkers",
  versions: [1, 1],
  flexibleFrom: 1,
  request: {
    markers: array({
      producerId: int64(),
      producerEpoch: int16(),
      /** true: commit; false: abort. */
      transactionResult: bool(),
      topics: array({
        name: string(),
        partitionIndexes: array(int32()),
      }),
      /** Fences a coordinator that has been replaced. */
      coordinatorEpoch: int32(),
    }),
  },
  response: {
    markers: array({
      producerId: int64(),
      topics: array({
        name: string(),
        partitions: array({
          partitionIndex: int32(),
          errorCode: int16(),
        }),
      }),
    }),
  },
});

/** A decoded WriteTxnMarkers request. */
export type WriteTxnMarkersRequest = RequestOf<typeof WriteTxnMarkers>;

/** A decoded WriteTxnMarkers response. */
export type WriteTxnMarkersResponse = ResponseOf<typeof WriteTxnMarkers>;
