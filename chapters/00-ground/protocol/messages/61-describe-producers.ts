import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, int16, int32, int64, string } from "../schema.ts";

/** Lists the producers that a partition's leader remembers (KIP-664). */
export const DescribeProducers = api({
  key: 61,
  name: "DescribeProducers",
  versions: [0, 0],
  flexibleFrom: 0,
  request: {
    topics: array({
      name: string(),
      partitionIndexes: array(int32()),
    }),
  },
  response: {
    throttleTimeMs: int32(),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        errorMessage: string({ nullable: true }),
        activeProducers: array({
          producerId: int64(),
          producerEpoch: int32(),
          lastSequence: int32({ default: -1 }),
          lastTimestamp: int64({ default: -1 }),
          coordinatorEpoch: int32(),
          /** −1: no transaction open. */
          currentTxnStartOffset: int64({ default: -1 }),
        }),
      }),
    }),
  },
});

/** A decoded DescribeProducers request. */
export type DescribeProducersRequest = RequestOf<typeof DescribeProducers>;

/** A decoded DescribeProducers response. */
export type DescribeProducersResponse = ResponseOf<typeof DescribeProducers>;
