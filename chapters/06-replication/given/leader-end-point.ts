/**
 * How a follower reaches the leader of its partitions. This chapter only needs the promise; the one that keeps it
 * speaks the wire protocol and lives in chapter 20, and tests script their own. Source: Kafka's `LeaderEndPoint`.
 *
 * @module
 */
import { type KafkaError } from "#ground/errors";
import { type EpochEndOffset } from "#log";

/** What a follower asks of one partition: what comes after the end of its log. */
export interface FollowerFetchPartition {
  readonly topic: string;
  readonly topicId: Uint8Array;
  readonly index: number;
  /** The follower's log end offset. It has everything below, which is how the leader learns of it. */
  readonly fetchOffset: number;
  /** The epoch of the last record that the follower has; -1 for none: the leader sees whether the logs have parted. */
  readonly lastFetchedEpoch: number;
  /** The epoch in which the follower follows. */
  readonly currentLeaderEpoch: number;
  /** Where the follower's log starts. */
  readonly logStartOffset: number;
}

/** What came of one partition of a follower's fetch. */
export interface FollowerFetched {
  readonly topic: string;
  readonly index: number;
  /** Null when the rest is valid. */
  readonly error: KafkaError | null;
  /** Whole batches, from the fetch offset on; perhaps none. The caller's to keep. */
  readonly records: Uint8Array;
  /** The leader's. */
  readonly highWatermark: number;
  /** Where the leader's log starts. */
  readonly logStartOffset: number;
  /**
   * Set when the follower's log has parted from the leader's: the largest epoch of the leader's log that is not above
   * the `lastFetchedEpoch`, and where it ends there. There are no records then.
   */
  readonly divergingEpoch: EpochEndOffset | null;
}

/** The broker that leads. All calls reject with a retriable KafkaError when it can't be reached. */
export interface LeaderEndPoint {
  readonly brokerId: number;
  /**
   * Asks for what comes next; if there is nothing, it waits (`replica.fetch.wait.max.ms`). The leader remembers what it
   * was asked for (KIP-227): it is told what has changed, and answers for partitions with news.
   * @param changed what is asked of partitions for the first time, or otherwise than before
   * @param forgotten what it was asked for and isn't to answer any more; it comes before `changed`
   */
  fetch(
    changed: readonly FollowerFetchPartition[],
    forgotten: readonly FollowerFetchPartition[],
  ): Promise<readonly FollowerFetched[]>;
  /** The first offset of the leader's log. */
  earliestOffset(topic: string, index: number, currentLeaderEpoch: number): Promise<number>;
  /** The end of the leader's log, not only of what is committed. */
  latestOffset(topic: string, index: number, currentLeaderEpoch: number): Promise<number>;
  /** Gives up what is under way: it rejects. */
  close(): void;
}
