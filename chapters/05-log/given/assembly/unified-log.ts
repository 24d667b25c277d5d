import { KafkaError } from "#ground/errors";
import { type Int64 } from "#ground/int64";
import { type Runtime } from "#ground/runtime";
import { assignOffsets, batches, validateProducedRecords, type RecordBatch } from "#serialization";
import { runToEnd } from "#ground/gradually";
import { type EpochEndOffset, type LeaderEpochFileCache } from "#log/leader-epoch-file-cache";
import { append } from "#log/log";
import { LocalLog, type LogContext } from "./local-log.ts";
import { appendInfo, duplicateInfo, type LogAppendInfo } from "./log-append-info.ts";
import { deletionLines } from "./deletion-lines.ts";
import { recordRules, type LogConfig } from "./log-config.ts";
import { type TopicPartition } from "#ground/topic-partition";
import { folderName } from "../log-files.ts";
import { loadLog, type LoadedLog } from "./log-loader.ts";
import { type AppendOptions, type LogOptions, type LogRead, type ReadOptions } from "./log-options.ts";
import { deletableSegments } from "#log/log-retention";
import { type LogSegments } from "../log-segments.ts";
import { PartitionMetadataFile } from "./partition-metadata-file.ts";
import { type AppendOrigin } from "../producer-append-info.ts";
import { type ProducerStateManager } from "../producer-state-manager.ts";
import { ProducerRebuild } from "./producer-rebuild.ts";
import { checkReplicated } from "../replicated-batches.ts";
import { findByTimestamp, findMaxTimestamp, type TimestampAndOffset } from "#log/timestamp-search";
import { collectAborted, type AbortedTransaction } from "./transaction-index.ts";

const NO_RECORDS = new Uint8Array(0);

/**
 * The log of one partition: an append-only sequence of record batches with offsets, in segments.
 *
 * All calls but {@link flush} and {@link close} are synchronous. An append that fails leaves records and producers as
 * they were (an epoch's note and a new, empty segment may stay: the next append finds them). What a read may see and
 * where to cut are decisions of replication (chapter 6); this class only carries them out. Source: `UnifiedLog`.
 */
export class UnifiedLog {
  readonly topicPartition: TopicPartition;
  readonly folder: string;
  /** Names the partition in errors and log lines. */
  readonly name: string;
  readonly epochs: LeaderEpochFileCache;
  readonly producers: ProducerStateManager;
  /** Called after each move of {@link logStartOffset}, whoever moves it. */
  onLogStartMoved: () => void = () => {};
  readonly #runtime: Runtime;
  readonly #local: LocalLog;
  readonly #metadata: PartitionMetadataFile;
  #logStartOffset: number;
  /** As it was last told. */
  #highWatermark: number;
  readonly #rebuild: ProducerRebuild;

  /**
   * Opens the log in a folder at once, recovered if need be.
   * @throws KafkaError INCONSISTENT_TOPIC_ID when the folder holds another topic's records, KAFKA_STORAGE_ERROR
   */
  static open(options: LogOptions): UnifiedLog {
    return runToEnd(UnifiedLog.load(options));
  }

  /** As {@link open}, in small steps. */
  static *load(options: LogOptions): Generator<void, UnifiedLog> {
    const { runtime, folder, config } = options;
    const { disk, memory, clock, random } = runtime;
    const context: LogContext = { disk, memory, clock, random, folder, config };
    disk.makeFolder(folder);
    const metadata = new PartitionMetadataFile(disk, folder);
    if (options.topicId !== undefined) metadata.assign(options.topicId);
    return new UnifiedLog(options, context, metadata, yield* loadLog(options, context));
  }

  private constructor(options: LogOptions, context: LogContext, metadata: PartitionMetadataFile, loaded: LoadedLog) {
    const { runtime, folder, topicPartition } = options;
    this.topicPartition = topicPartition;
    this.folder = folder;
    this.epochs = loaded.epochs;
    this.producers = loaded.producers;
    this.#rebuild = new ProducerRebuild(loaded);
    this.#runtime = runtime;
    this.name = folderName(topicPartition);
    this.#local = new LocalLog(runtime, context, this.name, loaded, options.onRecoveryPointLowered ?? (() => {}));
    this.#metadata = metadata;
    this.#logStartOffset = loaded.logStartOffset;
    this.#highWatermark = loaded.logStartOffset;
  }

  /** The topic's id, 16 bytes; null when the folder has none and none was given. */
  get topicId(): Uint8Array | null {
    return this.#metadata.topicId;
  }

  /** The first offset that may be read. Grows by retention and DeleteRecords; may lie inside a batch. */
  get logStartOffset(): number {
    return this.#logStartOffset;
  }

  /** The offset that the next record gets. */
  get logEndOffset(): number {
    return this.#local.logEndOffset;
  }

  /** As it was last told by {@link onHighWatermarkUpdated}. */
  get highWatermark(): number {
    return this.#highWatermark;
  }

  /** Everything below is on the device. */
  get recoveryPoint(): number {
    return this.#local.recoveryPoint;
  }

  /** When the log was last flushed, by the monotonic clock. */
  get lastFlushMs(): number {
    return this.#local.lastFlushMs;
  }

  /** The topic's config. Set it to change it; it holds from the next append on. */
  get config(): LogConfig {
    return this.#local.context.config;
  }

  set config(config: LogConfig) {
    this.#local.context.config = config;
  }

  /** The segments. For a look: change nothing. */
  get segments(): LogSegments {
    return this.#local.segments;
  }

  /** What is below all this. For the log cleaner (chapter 8), which puts segments in the place of others. */
  get local(): LocalLog {
    return this.#local;
  }

  /** Bytes in all segments' `.log` files. */
  get sizeInBytes(): number {
    return this.segments.sizeInBytes;
  }

  /** True from {@link close} or {@link abandon} on. */
  get isClosed(): boolean {
    return this.#local.isClosed;
  }

  /** The epoch of the last record or leader, or null if there was none. */
  get latestEpoch(): number | null {
    return this.epochs.latestEpoch;
  }

  /**
   * The first offset that a read_committed consumer may not read, because its transaction isn't decided; null if all
   * are. The last stable offset is the smaller one of this and the high watermark.
   */
  get firstUnstableOffset(): number | null {
    const offset = this.#rebuild.firstUnstableOffset;
    return offset === null ? null : Math.max(offset, this.#logStartOffset);
  }

  /**
   * Appends one batch from a client or a coordinator: checks it, gives it offsets, writes it.
   *
   * @param records the batch. It is changed in place, and may be changed again by nobody before the call returns.
   * @param leaderEpoch the epoch in which this broker leads the partition
   * @throws KafkaError as `validateProducedRecords` and {@link ProducerStateManager.prepare} do; RECORD_LIST_TOO_LARGE
   * for a batch that is larger than a segment; KAFKA_STORAGE_ERROR when the disk is full or fails
   */
  appendAsLeader(records: Uint8Array, leaderEpoch: number, options: AppendOptions = {}): LogAppendInfo {
    this.#local.checkOpen();
    this.#rebuild.checkOver(this.name);
    const origin = options.origin ?? "client";
    const timestampType = this.config.messageTimestampType;
    const rules = recordRules(this.config, options, this.#runtime);
    const validated = validateProducedRecords(records, rules);
    const { batch } = validated;
    const known = origin === "client" ? this.producers.lastEntry(batch.producerId)?.findDuplicate(batch) : undefined;
    if (known !== undefined) return duplicateInfo(known, this);
    assignOffsets(validated, this.logEndOffset, leaderEpoch, { timestampType, nowMs: rules.nowMs });
    this.append(batch.slice(), [batch], origin);
    return appendInfo([batch], this, timestampType === "LogAppendTime" ? rules.nowMs : -1);
  }

  /**
   * Appends batches as a leader has sent them, with the offsets and epochs that they have.
   *
   * @param records whole batches; half a one at the end is ignored
   * @throws KafkaError CORRUPT_MESSAGE for a damaged batch, UNKNOWN_SERVER_ERROR when the offsets don't go on from the
   * log's end or don't grow; KAFKA_STORAGE_ERROR
   */
  appendAsFollower(records: Uint8Array): LogAppendInfo {
    this.#local.checkOpen();
    this.#rebuild.checkOver(this.name);
    const appended = [...batches(records)];
    checkReplicated(appended, this.logEndOffset, this.name, this.#runtime.crc32c);
    const size = appended.reduce((sum, { sizeInBytes }) => sum + sizeInBytes, 0);
    if (appended.length > 0) this.append(records.subarray(0, size), appended, "replication");
    return appendInfo(appended, this, -1);
  }

  /** Appends batches that have been checked and have their offsets, as {@link append} says: the two above end here. */
  append(bytes: Uint8Array, appended: readonly RecordBatch[], origin: AppendOrigin): void {
    append(this, bytes, appended, origin);
  }

  /**
   * Reads whole batches from the one that holds `startOffset` on, from one segment: perhaps fewer than `maxBytes`
   * although there are more. At the log's end, or at `maxOffset` or above it, there is nothing to read.
   *
   * @param maxBytes at most so many bytes; but see {@link ReadOptions.minOneMessage}
   * @throws KafkaError OFFSET_OUT_OF_RANGE below the log start offset or above the log's end, CORRUPT_MESSAGE when a
   * file is damaged, KAFKA_STORAGE_ERROR
   */
  read(startOffset: number, maxBytes: number, options: ReadOptions = {}): LogRead {
    if (startOffset < this.#logStartOffset || startOffset > this.logEndOffset) {
      const expected = `expected an offset from ${this.#logStartOffset} to ${this.logEndOffset} of ${this.name}`;
      throw new KafkaError("OFFSET_OUT_OF_RANGE", `${expected}, got ${startOffset}`);
    }
    const maxOffset = Math.min(options.maxOffset ?? this.logEndOffset, this.logEndOffset);
    const read = this.#local.read(startOffset, maxBytes, maxOffset, options.minOneMessage ?? true);
    const nextOffset = read?.nextOffset ?? startOffset;
    const result = { records: read?.records ?? NO_RECORDS, firstOffset: startOffset, nextOffset };
    if (options.withAbortedTransactions !== true) return result;
    return { ...result, abortedTransactions: this.abortedTransactions(startOffset, nextOffset) };
  }

  /** The transactions that were aborted among the records in [`from`, `to`), in the order of their markers. */
  abortedTransactions(from: number, to: number): AbortedTransaction[] {
    return collectAborted(this.segments.from(from), from, to);
  }

  /** The first record with a timestamp of `timestamp` or later, or null. */
  offsetForTimestamp(timestamp: Int64): TimestampAndOffset | null {
    return findByTimestamp(this.segments, timestamp, this.#logStartOffset);
  }

  /** The first record with the largest timestamp of all, or null when no record has one. */
  offsetOfMaxTimestamp(): TimestampAndOffset | null {
    return findMaxTimestamp(this.segments);
  }

  /** Where an epoch ends in this log: see {@link LeaderEpochFileCache.endOffsetFor}. */
  endOffsetForEpoch(epoch: number): EpochEndOffset {
    return this.epochs.endOffsetFor(epoch, this.logEndOffset);
  }

  /**
   * Tells the log the high watermark, whenever it moves: transactions whose marker lies below it are decided, so
   * {@link firstUnstableOffset} may move on, and what retention may delete is below it.
   */
  onHighWatermarkUpdated(highWatermark: number): void {
    this.#highWatermark = highWatermark;
    this.producers.onHighWatermarkUpdated(highWatermark);
  }

  /** As {@link truncateGradually}, at once. */
  truncateTo(offset: number): boolean {
    return runToEnd(this.truncateGradually(offset));
  }

  /**
   * Cuts the log so that no batch with `offset` or a later one stays: its leader lacks them, say. That is the first
   * step; the others read the producers' state again. Until they are done, nothing is appended and retention waits.
   * @returns false if there was nothing to cut
   * @throws KafkaError UNKNOWN_SERVER_ERROR for a negative offset, KAFKA_STORAGE_ERROR
   */
  *truncateGradually(offset: number): Generator<void, boolean> {
    this.#local.checkOpen();
    if (offset < 0) {
      throw new KafkaError("UNKNOWN_SERVER_ERROR", `expected an offset from 0 to cut ${this.name} at, got ${offset}`);
    }
    if (offset >= this.logEndOffset) {
      // A leader notes its epoch before its first record. It may have been deposed before it wrote one.
      this.epochs.truncateFromEnd(this.logEndOffset);
      return false;
    }
    if (offset < this.segments.first.baseOffset) {
      this.truncateFullyAndStartAt(offset);
      return true;
    }
    this.producers.removeSnapshots(this.#local.truncateTo(offset));
    this.#logStartOffset = Math.min(this.#logStartOffset, this.logEndOffset);
    this.#highWatermark = Math.min(this.#highWatermark, this.logEndOffset);
    this.epochs.truncateFromEnd(this.logEndOffset);
    yield* this.#rebuild.run(this.#logStartOffset, this.logEndOffset, this.#runtime.clock.wallMs());
    return true;
  }

  /** Removes all records: the log begins and ends at `offset`. For a follower that is behind its leader's log start. */
  truncateFullyAndStartAt(offset: number): void {
    this.#local.truncateFullyAndStartAt(offset);
    this.#rebuild.cancel();
    this.epochs.clear();
    this.producers.truncateFullyAndStartAt(offset);
    this.#logStartOffset = offset;
    this.#highWatermark = offset;
  }

  /**
   * Moves the log start offset forward: records below it aren't read any more (DeleteRecords). Going back does nothing.
   * @throws KafkaError OFFSET_OUT_OF_RANGE when `offset` is above the log's end, KAFKA_STORAGE_ERROR
   */
  incrementLogStartOffset(offset: number): void {
    this.#local.checkOpen();
    if (offset > this.logEndOffset) {
      const expected = `expected a log start offset up to ${this.logEndOffset} for ${this.name}`;
      throw new KafkaError("OFFSET_OUT_OF_RANGE", `${expected}, got ${offset}`);
    }
    if (offset <= this.#logStartOffset) return;
    this.#logStartOffset = offset;
    this.epochs.truncateFromStart(offset);
    this.producers.onLogStartOffsetIncremented(offset);
    this.onLogStartMoved();
  }

  /**
   * Deletes the segments that retention doesn't keep: see {@link deletableSegments}. A log has one segment at least; if
   * all of them may go, a new one is begun first.
   * @returns how many were deleted
   */
  deleteOldSegments(highWatermark: number = this.#highWatermark): number {
    if (this.#rebuild.isUnderWay) return 0;
    const { logStartOffset, logEndOffset } = this;
    const limits = { highWatermark, logStartOffset, logEndOffset, nowMs: this.#runtime.clock.wallMs() };
    const deletable = deletableSegments(this.segments.all, this.config, limits);
    const last = deletable.at(-1);
    if (last === undefined) return 0;
    const lines = deletionLines(this.name, deletable, this.segments, this.config, limits);
    for (const line of lines) this.#runtime.log.info(line);
    if (last === this.segments.active) this.roll();
    this.#local.removeSegments(deletable);
    this.producers.removeSnapshots(deletable);
    this.incrementLogStartOffset(this.segments.first.baseOffset);
    return deletable.length;
  }

  /**
   * Begins a new segment. With it goes a snapshot of the producers' state, so that only one segment has to be read to
   * find it again. An active segment without batches goes on.
   * @param baseOffset of the new segment, if it is to begin after the log's end
   */
  roll(baseOffset: number = this.logEndOffset): void {
    this.producers.mapEndOffset = baseOffset;
    const snapshot = this.producers.takeSnapshot();
    this.#local.roll(baseOffset, async () => {
      if (snapshot !== null) await this.producers.flushSnapshot(snapshot);
    });
  }

  /** Forces all that has been appended to the device, and moves the recovery point there. @throws DiskError */
  flush(): Promise<void> {
    return this.#local.flush();
  }

  /**
   * Gives the log its topic's id, and the folder the file that says so.
   * @throws KafkaError INCONSISTENT_TOPIC_ID when it has another one
   */
  assignTopicId(topicId: Uint8Array): void {
    this.#metadata.assign(topicId);
  }

  /** Closes the log in order: everything is on the device, and need not be recovered the next time. */
  async close(): Promise<void> {
    const snapshot = this.producers.takeSnapshot();
    if (snapshot !== null) await this.producers.flushSnapshot(snapshot);
    await this.#local.close();
  }

  /** Closes the files and does nothing more: for a log that is deleted, or on a disk that has failed. */
  abandon(): void {
    this.#local.abandon();
  }
}
