/**
 * One replica of one partition, and what this broker may do with it: lead it, or follow.
 *
 * @module
 */
import { NotImplementedError } from "#ground/errors";
import { type AppendOptions, type EpochEndOffset, type LogAppendInfo, type UnifiedLog } from "#log";
import { type PartitionRegistration } from "#replication/given/metadata-image";
import { type PartitionHost } from "#replication/given/partition-host";
import { type FetchIsolation, type PartitionRead, type PartitionRecords } from "#replication/given/partition-reads";
import { Replica } from "#replication/given/replica";
import { divergingEpoch, endOfEpoch } from "./epoch-end.ts";
import { LeaderState } from "./leader-state.ts";
import { type FollowerFetch } from "./replica-state.ts";

const NO_RECORDS = new Uint8Array(0);

/**
 * One replica (Kafka's `Partition`). The controller's registrations say whether it leads or follows.
 *
 * - As the *leader* it takes records and gives them, and decides with {@link LeaderState} what is committed and who is
 *   in sync.
 * - As a *follower* it takes what a `ReplicaFetcher` brings, and answers consumers that may read at followers.
 * - Requests carry the leader epoch that their sender believes in; an older or newer one than ours is refused.
 */
export class Partition extends Replica {
  /** @param checkpointedHighWatermark what it knew to be committed before it last stopped; 0 when unknown */
  constructor(
    host: PartitionHost,
    topicId: Uint8Array,
    log: UnifiedLog,
    registration: PartitionRegistration,
    checkpointedHighWatermark: number,
  ) {
    super(host, topicId, log, registration);
    this.#moveHighWatermark(Math.min(Math.max(checkpointedHighWatermark, log.logStartOffset), log.logEndOffset));
    this.#takeRole(null);
  }

  /** Takes over the controller's decision: leads, follows, or just has another ISR. One that isn't newer is ignored. */
  become(registration: PartitionRegistration): void {
    const before = this.registration;
    if (registration.partitionEpoch <= before.partitionEpoch) return;
    if (registration.leaderEpoch > before.leaderEpoch) this.isFenced = false;
    this.registration = registration;
    this.#takeRole(before);
    this.host.progressed(this);
  }

  /** Stops leading until the controller decides anew: this broker may have been replaced without knowing it. */
  fence(): void {
    this.isFenced = true;
    this.host.progressed(this);
  }

  /** This broker gives the partition up: it was deleted, moved away, or its disk failed. Waiting requests learn it. */
  stop(): void {
    this.isStopped = true;
    this.host.progressed(this);
  }

  #takeRole(before: PartitionRegistration | null): void {
    if (this.registration.leader === this.host.brokerId) this.makeLeader(before);
    else this.makeFollower(before);
  }

  /**
   * This broker leads, as the registration says: from now on, or still, with another ISR.
   *
   * - In a new leader epoch it knows nothing of its followers: what they showed in an earlier one may have been cut.
   *   The epoch starts where the log ends now.
   * - In the same epoch it keeps what it knows of them; what it had proposed is decided.
   * - Either may move the high watermark at once: nobody else may be in sync any more.
   *
   * @param before the registration until now; null when the partition was just opened
   * @exercise 6.1 Partition.makeLeader
   */
  makeLeader(before: PartitionRegistration | null): void {
    throw new NotImplementedError("6.1 Partition.makeLeader");
  }

  /**
   * This broker follows another one, or nobody leads. It decides nothing any more.
   *
   * Its log stays as it is: the leader's answers tell what of it has to go. Only in a log without any epoch (it is
   * empty, or was written before epochs were) nothing can be compared: there, in a new leader epoch, what isn't known
   * to be committed goes.
   *
   * @param before the registration until now; null when the partition was just opened
   * @exercise 6.2 Partition.makeFollower
   */
  makeFollower(before: PartitionRegistration | null): void {
    throw new NotImplementedError("6.2 Partition.makeFollower");
  }

  /**
   * The leader moves the high watermark to where it may be by now ({@link LeaderState.nextHighWatermark}). The log and
   * the host are told of each move, and of nothing else.
   *
   * @exercise 6.1 Partition.advanceHighWatermark
   */
  advanceHighWatermark(): void {
    throw new NotImplementedError("6.1 Partition.advanceHighWatermark");
  }

  /**
   * Refuses those who believe in another leader epoch: who has missed an election, or heard of one before us.
   * @param currentLeaderEpoch the sender's belief; -1 when it has none: that is let pass
   * @throws KafkaError FENCED_LEADER_EPOCH for an older epoch than ours, UNKNOWN_LEADER_EPOCH for a newer one
   * @exercise 6.3 Partition.requireEpoch
   */
  requireEpoch(currentLeaderEpoch: number): void {
    throw new NotImplementedError("6.3 Partition.requireEpoch");
  }

  /**
   * Refuses what only the leader may answer, and only to those who know its epoch. Who is in another epoch learns
   * that, whoever leads.
   * @throws KafkaError those of {@link requireEpoch}; NOT_LEADER_OR_FOLLOWER when this broker doesn't lead
   * @exercise 6.3 Partition.requireLeader
   */
  requireLeader(currentLeaderEpoch: number): void {
    throw new NotImplementedError("6.3 Partition.requireLeader");
  }

  /**
   * Appends a producer's batches, in this leader epoch. They are rewritten in place; the log keeps no reference to
   * `records`. The bytes are counted ({@link bytesAppended}); the high watermark moves if nobody else is in sync, and
   * then whoever waits at the partition is told (`progressed` of the host), also if it didn't move.
   *
   * What is refused leaves no trace: nothing is appended, nobody is told.
   *
   * @param requiredAcks -1 is acks=all: it asks for an ISR of {@link hasEnoughReplicas}; 0 and 1 don't
   * @throws KafkaError NOT_LEADER_OR_FOLLOWER; NOT_ENOUGH_REPLICAS, with both numbers (`acks=all needs 2 in-sync
   *   replicas, there are 1`); whatever the log refuses
   * @exercise 6.3 Partition.appendAsLeader
   */
  appendAsLeader(records: Uint8Array, requiredAcks: number, options: AppendOptions = {}): LogAppendInfo {
    throw new NotImplementedError("6.3 Partition.appendAsLeader");
  }

  /**
   * Reads what a consumer or a follower may see: whole batches from `fetchOffset` on, up to {@link endFor}.
   *
   * - The leader answers, to those who know its epoch. At a follower only readers that may do so read
   *   (`mayReadFollower`, KIP-392), up to the high watermark that it knows; for them, too, the epoch must be right.
   * - Whoever fetches as a replica must have one.
   * - A reader that names the epoch of its last record and whose log has parted from this one gets no records, but is
   *   told where ({@link PartitionRecords.divergingEpoch}).
   * - `hasMore`: whether records are left that this reader may see. Aborted transactions are looked up for the
   *   isolation `txn_committed` only.
   *
   * @throws KafkaError those of {@link requireLeader} and {@link requireEpoch}; NOT_LEADER_OR_FOLLOWER to a replica
   *   that is none; OFFSET_OUT_OF_RANGE
   * @exercise 6.8 Partition.read
   */
  read(read: PartitionRead): PartitionRecords {
    throw new NotImplementedError("6.8 Partition.read");
  }

  /**
   * The first offset that a reader with this isolation may not see. A follower (`log_end`) sees everything; a consumer
   * what is committed (`high_watermark`); a read_committed one (`txn_committed`) up to the {@link lastStableOffset}.
   *
   * @exercise 6.1 Partition.endFor
   */
  endFor(isolation: FetchIsolation): number {
    throw new NotImplementedError("6.1 Partition.endFor");
  }

  /**
   * Where an epoch ended here: see {@link endOfEpoch}.
   * @throws KafkaError those of {@link requireLeader}
   */
  lastOffsetForLeaderEpoch(currentLeaderEpoch: number, leaderEpoch: number): EpochEndOffset {
    this.requireLeader(currentLeaderEpoch);
    return this.#endOfEpoch(leaderEpoch);
  }

  #endOfEpoch(leaderEpoch: number): EpochEndOffset {
    return endOfEpoch(this.log, this.isLeader ? this.leaderEpoch : null, leaderEpoch);
  }

  /**
   * A follower has fetched, so it has everything below the offset that it asked for. That may move the high watermark,
   * be reason to ask for an ISR with the follower in it, and let those go on who wait at the partition: they are told.
   *
   * It is of no interest when this broker doesn't lead, when `brokerId` has no replica, or may not be in sync
   * (`isEligible` of the host: it is dead, about to go, or that was an earlier life of it).
   *
   * @exercise 6.4 Partition.followerFetched
   */
  followerFetched(brokerId: number, fetch: FollowerFetch): void {
    throw new NotImplementedError("6.4 Partition.followerFetched");
  }

  /**
   * Asks for an ISR without the followers that are too slow. Only the leader does, and only as long as the partition is
   * its own ({@link stop}). To be called every half of `replica.lag.time.max.ms`.
   *
   * @exercise 6.4 Partition.maybeShrinkIsr
   */
  maybeShrinkIsr(): void {
    throw new NotImplementedError("6.4 Partition.maybeShrinkIsr");
  }

  /**
   * The leader asks the controller for another ISR (`alterIsr` of the host), which counts from then on
   * ({@link LeaderState.propose}).
   *
   * - The answer is what is in force: the partition {@link become}s it, if it is still in the leader epoch that the
   *   answer is about.
   * - A refusal, or an answer that was lost: {@link LeaderState.proposalFailed} says whether to ask once more, for the
   *   very same. Nobody asks who isn't the leader any more, leads in another epoch, or has given the partition up.
   *
   * @exercise 6.4 Partition.propose
   */
  propose(isr: readonly number[]): void {
    throw new NotImplementedError("6.4 Partition.propose");
  }

  /**
   * For the fetcher: writes what the leader has sent, as it is. The bytes are counted, and whoever waits here is told.
   *
   * - The first batch may begin before the end of this log: `cutToFirstBatch` makes room for it. If that makes the log
   *   end elsewhere, nothing is written; the next fetch asks for what is missing.
   * - The log may have begun inside of that batch, by DeleteRecords. It starts where it did, all the same.
   *
   * @throws KafkaError what the log refuses
   * @exercise 6.2 Partition.appendAsFollower
   */
  appendAsFollower(records: Uint8Array): void {
    throw new NotImplementedError("6.2 Partition.appendAsFollower");
  }

  /**
   * For the fetcher: takes over the leader's high watermark, as far as this log reaches. If it is another one than
   * before, whoever waits here is told.
   *
   * @exercise 6.2 Partition.followHighWatermark
   */
  followHighWatermark(leaderHighWatermark: number): void {
    throw new NotImplementedError("6.2 Partition.followHighWatermark");
  }

  /**
   * For the fetcher: what the leader has deleted at its start goes here, too, as far as this log reaches. It never
   * comes back.
   *
   * @exercise 6.2 Partition.followLogStart
   */
  followLogStart(leaderLogStartOffset: number): void {
    throw new NotImplementedError("6.2 Partition.followLogStart");
  }

  /** For the fetcher: cuts the log, at once. That something can be appended again takes its time. */
  truncateTo(offset: number): void {
    const steps = this.log.truncateGradually(offset);
    if (steps.next().done !== true) this.host.finishTruncation(this, steps);
  }

  /** For the fetcher: starts anew at `offset`. */
  truncateFullyAndStartAt(offset: number): void {
    this.log.truncateFullyAndStartAt(offset);
  }

  #moveHighWatermark(to: number): void {
    this.log.onHighWatermarkUpdated(to);
    this.host.highWatermarkMoved(this);
  }

  #divergingEpoch(read: PartitionRead): EpochEndOffset | null {
    if (read.lastFetchedEpoch < 0) return null;
    return divergingEpoch(this.#endOfEpoch(read.lastFetchedEpoch), read, this.name);
  }
}
