/**
 * What readers ask of a partition, and what they get.
 *
 * @module
 */
import { type AbortedTransaction, type EpochEndOffset, type TimestampAndOffset } from "#log";

/**
 * How far a reader may see (Kafka's `FetchIsolation`): a follower everything, a consumer what all in-sync replicas
 * have, a read_committed consumer only what also belongs to no open transaction.
 */
export type FetchIsolation = "log_end" | "high_watermark" | "txn_committed";

/** What one reader asks of one partition. */
export interface PartitionRead {
  /** The follower's broker id; negative for a consumer. */
  readonly replicaId: number;
  readonly fetchOffset: number;
  /** The leader epoch that the reader believes in; -1 when it doesn't say. */
  readonly currentLeaderEpoch: number;
  /** The epoch of the last batch that the reader has; -1 when it doesn't say. */
  readonly lastFetchedEpoch: number;
  readonly maxBytes: number;
  /** Whether the first batch is returned even if it is larger than `maxBytes`. */
  readonly minOneMessage: boolean;
  readonly isolation: FetchIsolation;
  /** Whether the reader also takes what a follower has: consumers do, from Fetch v11 on (KIP-392). */
  readonly mayReadFollower: boolean;
}

/** Whole batches from the log; the first may begin below the asked offset. */
export interface PartitionRecords {
  readonly records: Uint8Array;
  /** Whether there is more that this reader may see, after these. */
  readonly hasMore: boolean;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly logStartOffset: number;
  /** The aborted transactions among `records`; null when the reader didn't ask for committed ones only. */
  readonly abortedTransactions: readonly AbortedTransaction[] | null;
  /** Set when the reader's log has parted from ours: it must cut there (KIP-595). `records` is empty then. */
  readonly divergingEpoch: EpochEndOffset | null;
}

/** There is no such record. */
export const NO_OFFSET: TimestampAndOffset = { timestamp: -1, offset: -1, leaderEpoch: -1 };
