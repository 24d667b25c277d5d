import { api, type RequestOf, type ResponseOf } from "../api.ts";
import { array, int16, int32, int64, string } from "../schema.ts";

/**
 * Commits a group's offsets as part of a transaction.
 *
 * What came with which version:
 * - 2: committedLeaderEpoch (KIP-320)
 * - 3: flexible; generation and member (KIP-447)
 * - 4: TRANSACTION_ABORTABLE (KIP-890)
 * - 5: the offsets join the transaction by themselves (KIP-890)
 */
export const TxnOffsetCommit = api({
  key: 28,
  name: "TxnOffsetCommit",
  versions: [0, 5],
  flexibleFrom: 3,
  request: {
    transactionalId: string(),
    groupId: string(),
    producerId: int64(),
    producerEpoch: int16(),
    generationId: int32({ since: 3, default: -1 }),
    memberId: string({ since: 3 }),
    groupInstanceId: string({ since: 3, nullable: true }),
    topics: array({
      name: string(),
      partitions: array({
        partitionIndex: int32(),
        /** The next one to read, not the last one read. */
        committedOffset: int64(),
        committedLeaderEpoch: int32({ since: 2, default: -1, ignorable: true }),
        committedMetadata: string({ nullable: true }),
      }),
    }),
  },
  response: {
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

/** A decoded TxnOffsetCommit request. */
export type TxnOffsetCommitRequest = RequestOf<typeof TxnOffsetCommit>;

/** A decoded TxnOffsetCommit response. */
export type TxnOffsetCommitResponse = ResponseOf<typeof TxnOffsetCommit>;
