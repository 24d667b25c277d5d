/**
 * One replica of one partition, and what this broker may do with it: lead it, or follow.
 *
 * @module
 */
import { type TopicConfig } from "#ground/config/topic-config";
import { KafkaError } from "#ground/errors";
import { type LogAppendInfo, logConfigFrom, type TimestampAndOffset, type UnifiedLog } from "#log";
import { type PartitionRegistration } from "./metadata-image.ts";
import { type FetchIsolation, NO_OFFSET, type PartitionRead, type PartitionRecords } from "./partition-reads.ts";

/** Asks the controller to write down another ISR. Resolves once it is in force; a refusal is a rejection. */
export type AlterIsr = (partition: Partition, isr: readonly number[]) => Promise<void>;

/** What a partition needs of its broker. */
export interface PartitionHost {
  readonly brokerId: number;
  readonly alterIsr: AlterIsr;
  /** Called after an append or a move of the high watermark: delayed requests may be complete now. */
  progressed(partition: Partition): void;
}

const NO_RECORDS = new Uint8Array(0);

/**
 * The leader's rules, in one place (Kafka's `Partition`):
 *
 * - Records below the *high watermark* are committed. It is the smallest log end offset over the *maximal* ISR:
 *   the committed one, and replicas whose addition is on its way to the controller, because the controller may
 *   count on those already.
 * - Requests carry the leader epoch that their sender believes in; an older or newer one than ours is refused.
 * - With one replica the ISR is this broker alone, so the high watermark follows each append at once.
 */
export class Partition {
  readonly topic: string;
  readonly index: number;
  readonly log: UnifiedLog;
  readonly #host: PartitionHost;
  #minInsyncReplicas = 1;
  #registration: PartitionRegistration;
  #highWatermark: number;
  /**
   * Where the log ended when this broker became leader: what was committed before ends at most there, and what is
   * written from there on is of our epoch. The log notes an epoch with its first record. Until then only this field
   * knows it: a file written and flushed for each partition would hold up a broker that opens thousands. After a crash
   * nothing is missing, as the next leader begins at the same offset again. (Kafka notes it at once.)
   */
  #epochStartOffset = 0;
  #bytesAppended = 0;
  #isStopped = false;
  /** Log end offsets of the other replicas, as their fetches tell. Only a leader knows them. */
  readonly #replicaEnds = new Map<number, number>();
  /** Replicas whose addition to the ISR is with the controller. */
  readonly #joiningIsr = new Set<number>();

  /**
   * @param checkpointedHighWatermark what this broker knew to be committed before it last stopped; 0 when unknown.
   */
  constructor(
    host: PartitionHost,
    topic: string,
    index: number,
    log: UnifiedLog,
    registration: PartitionRegistration,
    checkpointedHighWatermark: number,
  ) {
    this.#host = host;
    this.topic = topic;
    this.index = index;
    this.log = log;
    this.#registration = registration;
    this.#epochStartOffset = log.logEndOffset;
    this.#highWatermark = Math.min(Math.max(checkpointedHighWatermark, log.logStartOffset), log.logEndOffset);
    // From here on the log is told of every move. If there is none, as nobody writes, retention needs this one.
    log.onHighWatermarkUpdated(this.#highWatermark);
    this.become(registration);
  }

  /** Whether this broker leads the partition, and still has it. */
  get isLeader(): boolean {
    return this.#registration.leader === this.#host.brokerId && !this.#isStopped;
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
    return this.#highWatermark;
  }

  /** The end of what a read_committed consumer may see, exclusive: nothing of an open transaction. */
  get lastStableOffset(): number {
    return Math.min(this.#highWatermark, this.log.firstUnstableOffset ?? this.#highWatermark);
  }

  /** Bytes appended since the broker started: a delayed fetch sees from it whether looking again is worth while. */
  get bytesAppended(): number {
    return this.#bytesAppended;
  }

  /** Whether acks=all may be promised: the ISR is as large as `min.insync.replicas` asks. */
  get hasEnoughReplicas(): boolean {
    return this.isr.length >= this.#effectiveMinIsr;
  }

  /** More than all replicas can't be in sync: asking for more counts as asking for all. */
  get #effectiveMinIsr(): number {
    return Math.min(this.#minInsyncReplicas, this.#registration.replicas.length);
  }

  /** Takes over the settings of the topic. */
  configure(config: TopicConfig): void {
    this.#minInsyncReplicas = config["min.insync.replicas"];
    this.log.config = logConfigFrom(config);
  }

  /** Takes over the controller's decision: leads, follows, or just has another ISR. An older one is ignored. */
  become(registration: PartitionRegistration): void {
    if (registration.partitionEpoch < this.#registration.partitionEpoch) return;
    if (registration.leaderEpoch !== this.#registration.leaderEpoch) {
      this.#replicaEnds.clear();
      this.#epochStartOffset = this.log.logEndOffset;
    }
    this.#registration = registration;
    this.#joiningIsr.clear();
    if (this.isLeader) this.#advanceHighWatermark();
    this.#host.progressed(this);
  }

  /** This broker gives the partition up: it was deleted, moved away, or its disk failed. Waiting requests learn it. */
  stop(): void {
    this.#isStopped = true;
    this.#host.progressed(this);
  }

  /**
   * Refuses what only the leader may answer, and only to those who know its epoch.
   * @param currentLeaderEpoch the sender's belief; -1 when it has none.
   * @throws KafkaError FENCED_LEADER_EPOCH or UNKNOWN_LEADER_EPOCH when that is older or newer than ours;
   *   NOT_LEADER_OR_FOLLOWER when another broker leads.
   */
  requireLeader(currentLeaderEpoch: number): void {
    if (currentLeaderEpoch >= 0 && currentLeaderEpoch !== this.leaderEpoch) {
      const code = currentLeaderEpoch < this.leaderEpoch ? "FENCED_LEADER_EPOCH" : "UNKNOWN_LEADER_EPOCH";
      throw new KafkaError(code, `${this.name} is in leader epoch ${this.leaderEpoch}, not in ${currentLeaderEpoch}`);
    }
    if (!this.isLeader) {
      throw new KafkaError("NOT_LEADER_OR_FOLLOWER", `Broker ${this.#host.brokerId} does not lead ${this.name}`);
    }
  }

  /**
   * Appends a producer's batches. They are rewritten in place; the log keeps no reference to `records`.
   * @throws KafkaError NOT_LEADER_OR_FOLLOWER; NOT_ENOUGH_REPLICAS when acks=all (-1) is asked of an ISR that is
   *   too small; whatever the log refuses.
   */
  appendAsLeader(records: Uint8Array, requiredAcks: number): LogAppendInfo {
    this.requireLeader(-1);
    if (requiredAcks === -1 && !this.hasEnoughReplicas) {
      throw new KafkaError(
        "NOT_ENOUGH_REPLICAS",
        `${this.name}: acks=all needs ${this.#effectiveMinIsr} in-sync replicas, there are ${this.isr.length}`,
      );
    }
    const info = this.log.appendAsLeader(records, this.leaderEpoch);
    this.#bytesAppended += records.length;
    this.#advanceHighWatermark();
    this.#host.progressed(this);
    return info;
  }

  /**
   * Reads what a consumer or a follower may see.
   * @throws KafkaError OFFSET_OUT_OF_RANGE, and those of {@link requireLeader}.
   */
  read(read: PartitionRead): PartitionRecords {
    this.requireLeader(read.currentLeaderEpoch);
    const state = {
      highWatermark: this.#highWatermark,
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
    return isolation === "high_watermark" ? this.#highWatermark : this.lastStableOffset;
  }

  /**
   * Where an epoch ended here: a reader with a longer log of that epoch has records that were never committed.
   * @returns the largest epoch we know that is not above `leaderEpoch`, and the offset after its last record. Of one
   *   before all we know only the end is known. Epoch and offset are -1 for one that is newer than ours, or none.
   * @throws KafkaError those of {@link requireLeader}.
   */
  lastOffsetForLeaderEpoch(currentLeaderEpoch: number, leaderEpoch: number): { epoch: number; endOffset: number } {
    this.requireLeader(currentLeaderEpoch);
    const { logEndOffset, latestEpoch } = this.log;
    if (leaderEpoch === this.leaderEpoch) return { epoch: leaderEpoch, endOffset: logEndOffset };
    // The epochs that the log knows end where ours begins, if nothing was written in ours: at the log's end.
    const isLastBeforeOurs = leaderEpoch >= (latestEpoch ?? 0) && leaderEpoch < this.leaderEpoch;
    if (isLastBeforeOurs) return { epoch: latestEpoch ?? leaderEpoch, endOffset: logEndOffset };
    return this.log.endOffsetForEpoch(leaderEpoch);
  }

  /** The first offset there is. */
  earliestOffset(): TimestampAndOffset {
    const offset = this.log.logStartOffset;
    const isOurs = offset >= this.#epochStartOffset;
    const leaderEpoch = isOurs ? this.leaderEpoch : (this.log.epochs.epochForOffset(offset) ?? -1);
    return { timestamp: -1, offset, leaderEpoch };
  }

  /**
   * The end, for a reader with this isolation.
   * @throws KafkaError OFFSET_NOT_AVAILABLE while the high watermark of a new leader lies before its epoch: what is
   *   committed was once known to reach further, and no reader may see it go back (KIP-207).
   */
  latestOffset(isolation: FetchIsolation): TimestampAndOffset {
    if (this.#highWatermark < this.#epochStartOffset) {
      throw new KafkaError("OFFSET_NOT_AVAILABLE", `${this.name}: the new leader doesn't know yet what is committed`);
    }
    return { timestamp: -1, offset: this.endFor(isolation), leaderEpoch: this.leaderEpoch };
  }

  /** The first record at or after `timestamp` (milliseconds) that a reader with this isolation may see. */
  offsetForTimestamp(timestamp: number, isolation: FetchIsolation): TimestampAndOffset {
    return this.#ifVisible(this.log.offsetForTimestamp(timestamp), isolation);
  }

  /** The first of the records that have the largest timestamp. */
  offsetOfMaxTimestamp(isolation: FetchIsolation): TimestampAndOffset {
    return this.#ifVisible(this.log.offsetOfMaxTimestamp(), isolation);
  }

  /**
   * Makes the log start at `offset`: records below are not read any more. -1 means all that is committed.
   * @returns where the log starts now.
   * @throws KafkaError OFFSET_OUT_OF_RANGE for an offset that isn't committed; POLICY_VIOLATION when the topic is
   *   compacted and never deletes; those of {@link requireLeader}.
   */
  deleteRecordsBefore(offset: number): number {
    this.requireLeader(-1);
    const before = offset === -1 ? this.#highWatermark : offset;
    if (!this.log.config.cleanupPolicy.includes("delete")) {
      throw new KafkaError("POLICY_VIOLATION", `${this.name} is compacted: its records can't be deleted by offset`);
    }
    if (before < 0 || before > this.#highWatermark) {
      const text = `${this.name} is committed up to ${this.#highWatermark}, not ${before}`;
      throw new KafkaError("OFFSET_OUT_OF_RANGE", text);
    }
    this.log.incrementLogStartOffset(before);
    return this.log.logStartOffset;
  }

  /**
   * A follower has fetched from `logEndOffset` on, so it has everything below. Moves the high watermark, and asks
   * for the follower to be put into the ISR when it has caught up.
   */
  followerFetched(brokerId: number, logEndOffset: number): void {
    this.#replicaEnds.set(brokerId, logEndOffset);
    this.#maybeExpandIsr(brokerId, logEndOffset);
    this.#advanceHighWatermark();
    this.#host.progressed(this);
  }

  /** For log lines and errors, as `orders-3`. */
  get name(): string {
    return `${this.topic}-${this.index}`;
  }

  #advanceHighWatermark(): void {
    let committed = this.log.logEndOffset;
    for (const id of this.isr) committed = Math.min(committed, this.#endOf(id));
    for (const id of this.#joiningIsr) committed = Math.min(committed, this.#endOf(id));
    if (committed <= this.#highWatermark) return;
    this.#highWatermark = committed;
    this.log.onHighWatermarkUpdated(committed);
  }

  #endOf(brokerId: number): number {
    return brokerId === this.#host.brokerId ? this.log.logEndOffset : (this.#replicaEnds.get(brokerId) ?? -1);
  }

  #maybeExpandIsr(brokerId: number, logEndOffset: number): void {
    if (this.isr.includes(brokerId) || this.#joiningIsr.has(brokerId)) return;
    if (logEndOffset < this.#highWatermark) return;
    this.#joiningIsr.add(brokerId);
    // Refused or lost: the next fetch of the follower asks again. Granted: `become` brings the new ISR.
    this.#host.alterIsr(this, [...this.isr, brokerId]).catch(() => this.#joiningIsr.delete(brokerId));
  }

  #divergingEpoch(read: PartitionRead): { epoch: number; endOffset: number } | null {
    if (read.lastFetchedEpoch < 0) return null;
    const end = this.lastOffsetForLeaderEpoch(read.currentLeaderEpoch, read.lastFetchedEpoch);
    if (end.epoch < 0) {
      throw new KafkaError("OFFSET_OUT_OF_RANGE", `${this.name} has no epoch at or below ${read.lastFetchedEpoch}`);
    }
    return end.epoch < read.lastFetchedEpoch || end.endOffset < read.fetchOffset ? end : null;
  }

  #ifVisible(found: TimestampAndOffset | null, isolation: FetchIsolation): TimestampAndOffset {
    return found !== null && found.offset < this.endFor(isolation) ? found : NO_OFFSET;
  }
}
