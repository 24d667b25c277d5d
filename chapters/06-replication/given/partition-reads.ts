/**
 * What readers ask of a partition, and what they get.
 *
 * @module
 */
import { refusal } from "#ground/errors";
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

/**
 * Whether a reader's log has parted from ours.
 *
 * @param end where the largest epoch ends here that isn't above the reader's last one
 * @throws KafkaError OFFSET_OUT_OF_RANGE when there is no such epoch: the two have nothing in common
 */
export function isDiverging(end: EpochEndOffset, read: PartitionRead, name: string): boolean {
  if (end.epoch < 0) {
    throw refusal("OFFSET_OUT_OF_RANGE", `${name} has no epoch at or below ${read.lastFetchedEpoch}`);
  }
  return end.epoch < read.lastFetchedEpoch || end.endOffset < read.fetchOffset;
}

/** There is no such record. */
export const NO_OFFSET: TimestampAndOffset = { timestamp: -1, offset: -1, leaderEpoch: -1 };
