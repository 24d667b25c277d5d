/**
 * One replica of one partition, and what this broker may do with it: lead it, or follow.
 *
 * @module
 */
import { type TopicConfig } from "#ground/config/topic-config";
import { type KafkaError, refusal } from "#ground/errors";
import { type AppendOptions, type EpochEndOffset, type LogAppendInfo, logConfigFrom, type UnifiedLog } from "#log";
import { divergingEpoch, endOfEpoch } from "#replication/epoch-end";
import { type IsrLimits, LeaderState } from "#replication/leader-state";
import { type FollowerFetch, type ReplicaState } from "#replication/replica-state";
import { cutToFirstBatch } from "./first-batch.ts";
import { NO_LEADER, type PartitionRegistration } from "./metadata-image.ts";
import { type PartitionHost } from "./partition-host.ts";
import { type FetchIsolation, type PartitionRead, type PartitionRecords } from "./partition-reads.ts";

const NO_RECORDS = new Uint8Array(0);

/**
 * One replica (Kafka's `Partition`). The controller's registrations say whether it leads or follows.
 *
 * - As the *leader* it takes records and gives them, and decides with {@link LeaderState} what is committed and who is
 *   in sync.
 * - As a *follower* it takes what a `ReplicaFetcher` brings, and answers consumers that may read at followers.
 * - Requests carry the leader epoch that their sender believes in; an older or newer one than ours is refused.
 */
export class Partition {
  readonly topic: string;
  readonly topicId: Uint8Array;
  readonly index: number;
  readonly log: UnifiedLog;
  readonly #host: PartitionHost;
  #minInsyncReplicas = 1;
  #registration: PartitionRegistration;
  /** Null while this broker doesn't lead. */
  #leading: LeaderState | null = null;
  #bytesAppended = 0;
  #isFenced = false;
  #isStopped = false;

  /** @param checkpointedHighWatermark what it knew to be committed before it last stopped; 0 when unknown */
  constructor(
    host: PartitionHost,
    topicId: Uint8Array,
    log: UnifiedLog,
    registration: PartitionRegistration,
    checkpointedHighWatermark: number,
  ) {
    this.#host = host;
    this.topic = log.topicPartition.topic;
    this.index = log.topicPartition.partition;
    this.topicId = topicId;
    this.log = log;
    this.#registration = registration;
    this.#moveHighWatermark(Math.min(Math.max(checkpointedHighWatermark, log.logStartOffset), log.logEndOffset));
    this.#takeRole(null);
  }

  /** For log lines and errors, as `orders-3`. */
  get name(): string {
    return `${this.topic}-${this.index}`;
  }

  /** What this broker may do with the partition; nothing while nobody leads it, or once it is given up. */
  get role(): "leader" | "follower" | "none" {
    if (this.#isStopped || this.#isFenced || this.#registration.leader === NO_LEADER) return "none";
    return this.#leading === null ? "follower" : "leader";
  }

  /** Whether this broker leads the partition, and still has it. */
  get isLeader(): boolean {
    return this.role === "leader";
  }

  /** Whether this broker follows another one. */
  get isFollower(): boolean {
    return this.role === "follower";
  }

  /** The leader's broker id, or NO_LEADER. */
  get leader(): number {
    return this.#registration.leader;
  }

  get leaderEpoch(): number {
    return this.#registration.leaderEpoch;
  }

  get partitionEpoch(): number {
    return this.#registration.partitionEpoch;
  }

  /** The committed ISR: broker ids, as the controller wrote them down. */
  get isr(): readonly number[] {
    return this.#registration.isr;
  }

  /** The end of what is committed, exclusive. */
  get highWatermark(): number {
    return this.log.highWatermark;
  }

  /** The end of what a read_committed consumer may see, exclusive: nothing of an open transaction. */
  get lastStableOffset(): number {
    return Math.min(this.highWatermark, this.log.firstUnstableOffset ?? this.highWatermark);
  }

  get logStartOffset(): number {
    return this.log.logStartOffset;
  }
  get logEndOffset(): number {
    return this.log.logEndOffset;
  }

  /** The epoch of the last record; -1 for none. */
  get latestEpoch(): number {
    return this.log.latestEpoch ?? -1;
  }

  /** Where the log ended when this broker began to lead, in this epoch; null while it doesn't. */
  get epochStartOffset(): number | null {
    return this.#leading?.epochStartOffset ?? null;
  }

  /** What a leader knows of its followers; a follower has none. */
  get followers(): readonly ReplicaState[] {
    return [...(this.#leading?.followers.values() ?? [])];
  }
  /** Bytes appended since the broker started: a delayed fetch sees from it whether looking again is worth while. */
  get bytesAppended(): number {
    return this.#bytesAppended;
  }

  /** Whether acks=all may be promised: the ISR is as large as `min.insync.replicas` asks. */
  get hasEnoughReplicas(): boolean {
    return this.#leading?.hasEnoughReplicas(this.#limits) ?? false;
  }

  /** The start of the log at all live replicas: for DeleteRecords. */
  lowWatermark(isAlive: (brokerId: number) => boolean): number {
    const starts = this.followers.flatMap((one) => (isAlive(one.brokerId) ? [one.logStartOffset] : []));
    return Math.min(this.logStartOffset, ...starts);
  }

  /** Takes over the settings of the topic. */
  configure(config: TopicConfig): void {
    this.#minInsyncReplicas = config["min.insync.replicas"];
    this.log.config = logConfigFrom(config);
  }

  /** Takes over the controller's decision: leads, follows, or just has another ISR. One that isn't newer is ignored. */
  become(registration: PartitionRegistration): void {
    const before = this.#registration;
    if (registration.partitionEpoch <= before.partitionEpoch) return;
    if (registration.leaderEpoch > before.leaderEpoch) this.#isFenced = false;
    this.#registration = registration;
    this.#takeRole(before);
    this.#host.progressed(this);
  }

  /** Stops leading until the controller decides anew: this broker may have been replaced without knowing it. */
  fence(): void {
    this.#isFenced = true;
    this.#host.progressed(this);
  }

  /** This broker gives the partition up: it was deleted, moved away, or its disk failed. Waiting requests learn it. */
  stop(): void {
    this.#isStopped = true;
    this.#host.progressed(this);
  }

  #takeRole(before: PartitionRegistration | null): void {
    const { leader, leaderEpoch } = this.#registration;
    if (leader !== this.#host.brokerId) {
      this.#leading = null;
      // A log of before epochs were noted can only be compared by what is known to be committed.
      if (this.log.latestEpoch === null && leaderEpoch !== before?.leaderEpoch) this.truncateTo(this.highWatermark);
      return;
    }
    const nowMs = this.#host.nowMs();
    if (this.#leading !== null && leaderEpoch === before?.leaderEpoch) this.#leading.update(this.#registration, nowMs);
    else this.#leading = new LeaderState(this.#host.brokerId, this.#registration, this.logEndOffset, nowMs);
    this.#advanceHighWatermark();
  }

  /**
   * Refuses those who believe in another leader epoch.
   * @param currentLeaderEpoch the sender's belief; -1 when it has none.
   * @throws KafkaError FENCED_LEADER_EPOCH or UNKNOWN_LEADER_EPOCH when that is older or newer than ours.
   */
  requireEpoch(currentLeaderEpoch: number): void {
    if (currentLeaderEpoch >= 0 && currentLeaderEpoch !== this.leaderEpoch) {
      const code = currentLeaderEpoch < this.leaderEpoch ? "FENCED_LEADER_EPOCH" : "UNKNOWN_LEADER_EPOCH";
      throw refusal(code, `${this.name} is in leader epoch ${this.leaderEpoch}, not in ${currentLeaderEpoch}`);
    }
  }

  /**
   * Refuses what only the leader may answer, and only to those who know its epoch.
   * @throws KafkaError those of {@link requireEpoch}; NOT_LEADER_OR_FOLLOWER when another broker leads.
   */
  requireLeader(currentLeaderEpoch: number): void {
    this.requireEpoch(currentLeaderEpoch);
    if (!this.isLeader) {
      throw refusal("NOT_LEADER_OR_FOLLOWER", `Broker ${this.#host.brokerId} does not lead ${this.name}`);
    }
  }

  /**
   * Appends a producer's batches. They are rewritten in place; the log keeps no reference to `records`.
   * @throws KafkaError NOT_LEADER_OR_FOLLOWER; NOT_ENOUGH_REPLICAS when acks=all (-1) is asked of an ISR that is
   *   too small; whatever the log refuses.
   */
  appendAsLeader(records: Uint8Array, requiredAcks: number, options: AppendOptions = {}): LogAppendInfo {
    this.requireLeader(-1);
    if (requiredAcks === -1 && !this.hasEnoughReplicas) {
      const needed = this.#leading!.effectiveMinIsr(this.#limits);
      throw refusal(
        "NOT_ENOUGH_REPLICAS",
        `${this.name}: acks=all needs ${needed} in-sync replicas, there are ${this.isr.length}`,
      );
    }
    const info = this.log.appendAsLeader(records, this.leaderEpoch, options);
    this.#bytesAppended += records.length;
    this.#advanceHighWatermark();
    this.#host.progressed(this);
    return info;
  }

  /**
   * Reads what a consumer or a follower may see. Consumers that know how may read at a follower, too, up to the high
   * watermark that it knows (KIP-392).
   * @throws KafkaError OFFSET_OUT_OF_RANGE, those of {@link requireLeader}, and NOT_LEADER_OR_FOLLOWER to a stranger.
   */
  read(read: PartitionRead): PartitionRecords {
    if (read.mayReadFollower && this.isFollower) this.requireEpoch(read.currentLeaderEpoch);
    else this.requireLeader(read.currentLeaderEpoch);
    if (read.replicaId >= 0 && !this.#registration.replicas.includes(read.replicaId)) {
      throw refusal("NOT_LEADER_OR_FOLLOWER", `Broker ${read.replicaId} has no replica of ${this.name}`);
    }
    const state = {
      highWatermark: this.highWatermark,
      lastStableOffset: this.lastStableOffset,
      logStartOffset: this.log.logStartOffset,
    };
    const divergingEpoch = this.#divergingEpoch(read);
    if (divergingEpoch !== null) {
      return { ...state, records: NO_RECORDS, hasMore: false, abortedTransactions: null, divergingEpoch };
    }
    const maxOffset = this.endFor(read.isolation);
    const { records, nextOffset, abortedTransactions } = this.log.read(read.fetchOffset, read.maxBytes, {
      maxOffset,
      minOneMessage: read.minOneMessage,
      withAbortedTransactions: read.isolation === "txn_committed",
    });
    const hasMore = nextOffset < maxOffset;
    return { ...state, records, hasMore, abortedTransactions: abortedTransactions ?? null, divergingEpoch };
  }

  /** The first offset that a reader with this isolation may not see. */
  endFor(isolation: FetchIsolation): number {
    if (isolation === "log_end") return this.log.logEndOffset;
    return isolation === "high_watermark" ? this.highWatermark : this.lastStableOffset;
  }

  /**
   * Where an epoch ended here: a reader with a longer log of that epoch has records that were never committed.
   * @returns the largest epoch we know that is not above `leaderEpoch`, and the offset after its last record; -1 and -1
   *   for one that is newer than ours, or none.
   * @throws KafkaError those of {@link requireLeader}.
   */
  lastOffsetForLeaderEpoch(currentLeaderEpoch: number, leaderEpoch: number): EpochEndOffset {
    this.requireLeader(currentLeaderEpoch);
    return this.#endOfEpoch(leaderEpoch);
  }

  #endOfEpoch(leaderEpoch: number): EpochEndOffset {
    return endOfEpoch(this.log, this.isLeader ? this.leaderEpoch : null, leaderEpoch);
  }

  /**
   * Makes the log start at `offset`: records below are not read any more. -1 means all that is committed.
   * @returns where the log starts now.
   * @throws KafkaError OFFSET_OUT_OF_RANGE for an offset that isn't committed; POLICY_VIOLATION when the topic is
   *   compacted and never deletes; those of {@link requireLeader}.
   */
  deleteRecordsBefore(offset: number): number {
    this.requireLeader(-1);
    const before = offset === -1 ? this.highWatermark : offset;
    if (!this.log.config.cleanupPolicy.includes("delete")) {
      throw refusal("POLICY_VIOLATION", `${this.name} is compacted: its records can't be deleted by offset`);
    }
    if (before < 0 || before > this.highWatermark) {
      const text = `${this.name} is committed up to ${this.highWatermark}, not ${before}`;
      throw refusal("OFFSET_OUT_OF_RANGE", text);
    }
    this.log.incrementLogStartOffset(before);
    return this.log.logStartOffset;
  }

  /**
   * A follower has fetched, so it has everything below the offset that it asked for. Moves the high watermark, and asks
   * for the follower to be put into the ISR when it has caught up.
   */
  followerFetched(brokerId: number, fetch: FollowerFetch): void {
    const leading = this.#leading;
    if (leading === null || !this.#host.isEligible(brokerId, fetch.brokerEpoch)) return;
    if (!leading.followerFetched(brokerId, fetch, this.logEndOffset, this.#host.nowMs())) return;
    const isr = leading.isrWithFollower(brokerId, this.highWatermark);
    if (isr !== null) this.#propose(leading, isr);
    this.#advanceHighWatermark();
    this.#host.progressed(this);
  }

  /** Takes followers out of the ISR that are too slow. To be called every half of `replica.lag.time.max.ms`. */
  maybeShrinkIsr(): void {
    const leading = this.#leading;
    if (leading === null || this.#isStopped) return;
    const isr = leading.isrWithoutSlow(this.logEndOffset, this.#host.nowMs(), this.#limits);
    if (isr !== null) this.#propose(leading, isr);
  }

  /** For the fetcher: see `FollowedPartition`. */
  endOffsetForEpoch(epoch: number): EpochEndOffset {
    return this.log.endOffsetForEpoch(epoch);
  }

  /** For the fetcher: writes what the leader has sent, as it is. */
  appendAsFollower(records: Uint8Array): void {
    const { logStartOffset } = this;
    if (!cutToFirstBatch(this.log, records)) return;
    this.log.appendAsFollower(records);
    // A log may start inside a batch, by DeleteRecords: one that started anew there begins with the batch all the same.
    this.log.incrementLogStartOffset(Math.min(logStartOffset, this.logEndOffset));
    this.#bytesAppended += records.length;
    this.#host.progressed(this);
  }

  /** For the fetcher: takes over the leader's high watermark, as far as this log reaches. */
  followHighWatermark(leaderHighWatermark: number): void {
    const reached = Math.min(leaderHighWatermark, this.logEndOffset);
    if (reached === this.highWatermark) return;
    this.#moveHighWatermark(reached);
    this.#host.progressed(this);
  }

  /** For the fetcher: what the leader has deleted at its start goes here, too. */
  followLogStart(leaderLogStartOffset: number): void {
    if (leaderLogStartOffset <= this.logStartOffset) return;
    this.log.incrementLogStartOffset(Math.min(leaderLogStartOffset, this.logEndOffset));
  }

  /** For the fetcher: cuts the log, at once. That something can be appended again takes its time. */
  truncateTo(offset: number): void {
    const steps = this.log.truncateGradually(offset);
    if (steps.next().done !== true) this.#host.finishTruncation(this, steps);
  }

  /** For the fetcher: starts anew at `offset`. */
  truncateFullyAndStartAt(offset: number): void {
    this.log.truncateFullyAndStartAt(offset);
  }

  get #limits(): IsrLimits {
    return { minInsyncReplicas: this.#minInsyncReplicas, maxLagMs: this.#host.maxLagMs };
  }

  #propose(leading: LeaderState, isr: readonly number[]): void {
    const proposal = leading.propose(isr);
    const ask = (): void => {
      this.#host.alterIsr(this, proposal).then(
        (altered) => {
          if (altered.leaderEpoch === this.leaderEpoch) this.become({ ...this.#registration, ...altered });
        },
        (error: KafkaError) => {
          const isOurs = leading === this.#leading && !this.#isStopped;
          if (isOurs && leading.proposalFailed(proposal, error)) ask();
        },
      );
    };
    ask();
  }

  #advanceHighWatermark(): void {
    const next = this.#leading!.nextHighWatermark(this.highWatermark, this.logEndOffset, this.#limits);
    if (next > this.highWatermark) this.#moveHighWatermark(next);
  }

  #moveHighWatermark(to: number): void {
    this.log.onHighWatermarkUpdated(to);
    this.#host.highWatermarkMoved(this);
  }

  #divergingEpoch(read: PartitionRead): EpochEndOffset | null {
    if (read.lastFetchedEpoch < 0) return null;
    return divergingEpoch(this.#endOfEpoch(read.lastFetchedEpoch), read, this.name);
  }
}
