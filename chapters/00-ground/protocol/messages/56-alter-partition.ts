import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, int16, int32, int64, int8, uuid } from "../schema.ts";

/**
 * A leader asks the controller to change the in-sync replicas of its partitions (KIP-497).
 *
 * What came with which version:
 * - 3: with each replica's broker epoch (KIP-903)
 */
export const AlterPartition = api({
  key: 56,
  name: "AlterPartition",
  versions: [2, 3],
  flexibleFrom: 2,
  request: {
    brokerId: int32(),
    /** From the broker's registration: fences its earlier lives. */
    brokerEpoch: int64({ default: -1 }),
    topics: array({
      topicId: uuid(),
      partitions: array({
        partitionIndex: int32(),
        leaderEpoch: int32(),
        newIsr: array(int32(), { until: 2 }),
        newIsrWithEpochs: array({
          brokerId: int32(),
          brokerEpoch: int64({ default: -1 }),
        }, { since: 3 }),
        /** 0: recovered; 1: recovering after an unclean election. */
        leaderRecoveryState: int8(),
        /** The one that the leader knows: compare and set. */
        partitionEpoch: int32(),
      }),
    }),
  },
  response: {
    throttleTimeMs: int32(),
    errorCode: int16(),
    topics: array({
      topicId: uuid(),
      partitions: array({
        partitionIndex: int32(),
        errorCode: int16(),
        leaderId: int32(),
        leaderEpoch: int32(),
        isr: array(int32()),
        leaderRecoveryState: int8(),
        partitionEpoch: int32(),
      }),
    }),
  },
});

/** A decoded AlterPartition request. */
export type AlterPartitionRequest = RequestOf<typeof AlterPartition>;

/** A decoded AlterPartition response. */
export type AlterPartitionResponse = ResponseOf<typeof AlterPartition>;
