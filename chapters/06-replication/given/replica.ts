/**
 * What a replica is: its log, its registration, what it knows as a leader. What it does is {@link Partition}.
 *
 * @module
 */
import { type TopicConfig } from "#ground/config/topic-config";
import { type EpochEndOffset, logConfigFrom, type UnifiedLog } from "#log";
import { type IsrLimits, type LeaderState } from "#replication/leader-state";
import { type FollowerFetch, type ReplicaState } from "#replication/replica-state";
import { type StandingPartition } from "./assembly/standing-fetch.ts";
import { NO_LEADER, type PartitionRegistration } from "./metadata-image.ts";
import { type PartitionHost } from "./partition-host.ts";

/** The state of one replica of one partition. */
export abstract class Replica {
  readonly topic: string;
  readonly topicId: Uint8Array;
  readonly index: number;
  readonly log: UnifiedLog;
  /** Readers that are told when something happens here. */
  readonly watchers = new Set<StandingPartition>();
  protected readonly host: PartitionHost;
  /** The controller's latest decision that this broker has heard of. */
  protected registration: PartitionRegistration;
  /** Null while this broker doesn't lead. */
  protected leading: LeaderState | null = null;
  protected isFenced = false;
  protected isStopped = false;
  #minInsyncReplicas = 1;
  #bytesAppended = 0;

  protected constructor(
    host: PartitionHost,
    topicId: Uint8Array,
    log: UnifiedLog,
    registration: PartitionRegistration,
  ) {
    this.host = host;
    this.topic = log.topicPartition.topic;
    this.index = log.topicPartition.partition;
    this.topicId = topicId;
    this.log = log;
    this.registration = registration;
  }

  /** For log lines and errors, as `orders-3`. */
  get name(): string {
    return `${this.topic}-${this.index}`;
  }

  /** What this broker may do with the partition; nothing while nobody leads it, or once it is given up. */
  get role(): "leader" | "follower" | "none" {
    if (this.isStopped || this.isFenced || this.registration.leader === NO_LEADER) return "none";
    return this.leading === null ? "follower" : "leader";
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
    return this.registration.leader;
  }

  get leaderEpoch(): number {
    return this.registration.leaderEpoch;
  }

  get partitionEpoch(): number {
    return this.registration.partitionEpoch;
  }

  /** The committed ISR: broker ids, as the controller wrote them down. */
  get isr(): readonly number[] {
    return this.registration.isr;
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
    return this.leading?.epochStartOffset ?? null;
  }

  /** What a leader knows of its followers; a follower has none. */
  get followers(): readonly ReplicaState[] {
    return [...(this.leading?.followers.values() ?? [])];
  }

  /** Bytes appended since the broker started: a delayed fetch sees from it whether looking again is worth while. */
  get bytesAppended(): number {
    return this.#bytesAppended;
  }

  /** Whether acks=all may be promised: the ISR is as large as `min.insync.replicas` asks. */
  get hasEnoughReplicas(): boolean {
    return this.leading?.hasEnoughReplicas(this.limits) ?? false;
  }

  /** The start of the log at all live replicas: for DeleteRecords. */
  lowWatermark(isAlive: (brokerId: number) => boolean): number {
    const starts = this.followers.flatMap((one) => (isAlive(one.brokerId) ? [one.logStartOffset] : []));
    return Math.min(this.logStartOffset, ...starts);
  }

  /**
   * Nothing happened here since a follower fetched at `atMs`, so nobody looked: it had everything then, and is known to
   * stand there. It must not count as slow for what it couldn't know.
   */
  followerHadAll(brokerId: number, fetch: FollowerFetch, atMs: number): void {
    const follower = this.leading?.followers.get(brokerId);
    if (follower === undefined || follower.logEndOffset !== fetch.fetchOffset) return;
    if (!this.host.isEligible(brokerId, fetch.brokerEpoch)) return;
    follower.updateFetchState({ ...fetch, logStartOffset: follower.logStartOffset }, fetch.fetchOffset, atMs);
  }

  /** Takes over the settings of the topic. */
  configure(config: TopicConfig): void {
    this.#minInsyncReplicas = config["min.insync.replicas"];
    this.log.config = logConfigFrom(config);
  }

  /** For the fetcher: see `FollowedPartition`. */
  endOffsetForEpoch(epoch: number): EpochEndOffset {
    return this.log.endOffsetForEpoch(epoch);
  }

  /** The limits of the topic, for {@link LeaderState}. */
  protected get limits(): IsrLimits {
    return { minInsyncReplicas: this.#minInsyncReplicas, maxLagMs: this.host.maxLagMs };
  }

  /** Counts bytes for {@link bytesAppended}. */
  protected appended(bytes: number): void {
    this.#bytesAppended += bytes;
  }
}
