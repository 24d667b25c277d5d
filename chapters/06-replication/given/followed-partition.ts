import { type EpochEndOffset } from "#log";

/** The replica that a fetcher feeds: `Partition` is one. */
export interface FollowedPartition {
  readonly topic: string;
  readonly topicId: Uint8Array;
  readonly index: number;
  readonly name: string;
  readonly isFollower: boolean;
  /** In which this broker follows. */
  readonly leaderEpoch: number;
  readonly logStartOffset: number;
  readonly logEndOffset: number;
  /** The epoch of the last record; -1 for none. */
  readonly latestEpoch: number;
  /**
   * The largest epoch known here that isn't above `epoch`, and where it ends. One before all known ones ends where the
   * first of them begins.
   */
  endOffsetForEpoch(epoch: number): EpochEndOffset;
  /** Writes batches at the log's end as they are. @throws KafkaError when they are damaged or don't fit there */
  appendAsFollower(records: Uint8Array): void;
  /** Takes over the leader's high watermark, as far as this log reaches. */
  followHighWatermark(leaderHighWatermark: number): void;
  /** Takes over the leader's log start offset, if it is later than ours. */
  followLogStart(leaderLogStartOffset: number): void;
  /** Cuts the log: no record at `offset` or behind stays. */
  truncateTo(offset: number): void;
  /** Removes all records: the log begins and ends at `offset`. */
  truncateFullyAndStartAt(offset: number): void;
}
