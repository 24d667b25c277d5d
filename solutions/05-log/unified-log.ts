import { KafkaError } from "#ground/errors";
import { safeOffset, type Int64 } from "#ground/int64";
import { uuidToString } from "#ground/protocol/uuid";
import { type Runtime } from "#ground/runtime";
import { assignOffsets, batches, validateProducedRecords, type RecordBatch } from "#serialization";
import { LaterWork, runToEnd } from "./gradually.ts";
import { type EpochEndOffset, type LeaderEpochFileCache } from "./leader-epoch-file-cache.ts";
import { type LogConfig } from "./log-config.ts";
import { type TopicPartition } from "./log-files.ts";
import { LogFlusher } from "./log-flusher.ts";
import { loadLog, rebuildProducerState, type LoadedLog, type LoadOptions } from "./log-loader.ts";
import { deletableSegments } from "./log-retention.ts";
import { LogSegment, type SegmentContext, type SegmentRead } from "./log-segment.ts";
import { type LogSegments } from "./log-segments.ts";
import { type AppendOptions, type LogAppendInfo, type LogOptions, type LogRead, type ReadOptions } from "./log-types.ts";
import { readPartitionMetadata, writePartitionMetadata } from "./partition-metadata.ts";
import { type AppendOrigin } from "./producer-append-info.ts";
import { type BatchMetadata } from "./producer-state-entry.ts";
import { type ProducerChanges, type ProducerStateManager } from "./producer-state-manager.ts";
import { findByTimestamp, findMaxTimestamp, type TimestampedOffset } from "./timestamp-search.ts";
import { type AbortedTransaction } from "./transaction-index.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const NO_RECORDS = new Uint8Array(0);

/**
 * The log of one partition: an append-only sequence of record batches with offsets, in segments.
 *
 * All calls but {@link flush} and {@link close} are synchronous: an append and what it changes in memory are one turn.
 * An error leaves the log as it was. What a read may see and where to cut are decisions of replication (chapter 6);
 * this class only carries them out.
 *
 * Source: Kafka's `UnifiedLog` and `LocalLog`.
 */
export class UnifiedLog {
  readonly topicPartition: TopicPartition;
  readonly folder: string;
  /** The segments. For a look: change nothing. */
  readonly segments: LogSegments;
  readonly epochs: LeaderEpochFileCache;
  readonly producers: ProducerStateManager;
  readonly #runtime: Runtime;
  readonly #context: SegmentContext & { config: LogConfig };
  readonly #name: string;
  readonly #flusher: LogFlusher;
  readonly #removals: LaterWork;
  #topicId: Uint8Array | null;
  #logStartOffset: number;
  #logEndOffset: number;
  /** As it was last told. */
  #highWatermark: number;
  #isClosed = false;

  /**
   * Opens the log in a folder at once, recovered if need be.
   * @throws KafkaError INCONSISTENT_TOPIC_ID when the folder holds another topic's records, KAFKA_STORAGE_ERROR when the
   * disk fails
   */
  static open(options: LogOptions): UnifiedLog {
    return runToEnd(UnifiedLog.load(options));
  }

  /** As {@link open}, in small steps. */
  static *load(options: LogOptions): Generator<void, UnifiedLog> {
    const { runtime, folder, config } = options;
    const { disk, clock, random } = runtime;
    const context = { disk, clock, random, folder, config };
    const loadOptions: LoadOptions = {
      runtime,
      folder,
      config,
      logStartOffset: options.logStartOffset ?? 0,
      recoveryPoint: options.recoveryPoint ?? 0,
      hadCleanShutdown: options.hadCleanShutdown ?? false,
      producerIdExpirationMs: options.producerIdExpirationMs ?? DAY_MS,
    };
    const log = new UnifiedLog(options, context, yield* loadLog(loadOptions, context));
    if (options.topicId !== undefined) log.assignTopicId(options.topicId);
    return log;
  }

  private constructor(options: LogOptions, context: SegmentContext & { config: LogConfig }, loaded: LoadedLog) {
    const { runtime, folder, topicPartition } = options;
    this.topicPartition = topicPartition;
    this.folder = folder;
    this.segments = loaded.segments;
    this.epochs = loaded.epochs;
    this.producers = loaded.producers;
    this.#runtime = runtime;
    this.#context = context;
    this.#name = `${topicPartition.topic}-${topicPartition.partition}`;
    this.#flusher = new LogFlusher(runtime, loaded.segments, loaded.recoveryPoint, this.#name);
    this.#removals = new LaterWork(runtime);
    this.#topicId = readPartitionMetadata(runtime.disk, folder);
    this.#logStartOffset = loaded.logStartOffset;
    this.#logEndOffset = loaded.logEndOffset;
    this.#highWatermark = loaded.logStartOffset;
  }

  /** The topic's id, 16 bytes; null when the folder has none and none was given. */
  get topicId(): Uint8Array | null {
    return this.#topicId;
  }

  /** The first offset that may be read. Grows by retention and DeleteRecords; may lie inside a batch. */
  get logStartOffset(): number {
    return this.#logStartOffset;
  }

  /** The offset that the next record gets. */
  get logEndOffset(): number {
    return this.#logEndOffset;
  }

  /** Everything below is on the device. */
  get recoveryPoint(): number {
    return this.#flusher.recoveryPoint;
  }

  /** When the log was last flushed, by the monotonic clock. */
  get lastFlushMs(): number {
    return this.#flusher.lastFlushMs;
  }

  /** The topic's config. Set it to change it; it holds from the next append on. */
  get config(): LogConfig {
    return this.#context.config;
  }

  set config(config: LogConfig) {
    this.#context.config = config;
  }

  /** Bytes in all segments' `.log` files. */
  get sizeInBytes(): number {
    return this.segments.sizeInBytes;
  }

  get segmentCount(): number {
    return this.segments.count;
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
    const offset = this.producers.firstUnstableOffset;
    return offset === null ? null : Math.max(offset, this.#logStartOffset);
  }

  /** True after {@link close} or {@link abandon}. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Whether the producer has a transaction open in this partition. */
  hasOngoingTransaction(producerId: Int64): boolean {
    return this.producers.lastEntry(producerId)?.currentTransactionFirstOffset != null;
  }

  /**
   * Appends one batch from a client or a coordinator: checks it, gives it offsets, writes it.
   *
   * @param records the batch. It is changed in place, and may be changed again by nobody before the call returns.
   * @param leaderEpoch the epoch in which this broker leads the partition
   * @param options `origin`: who appends; `client` if not given
   * @throws KafkaError as `validateProducedRecords` and {@link ProducerStateManager.prepare} do; RECORD_LIST_TOO_LARGE
   * for a batch that is larger than a segment; KAFKA_STORAGE_ERROR when the disk is full or fails
   */
  appendAsLeader(records: Uint8Array, leaderEpoch: number, options: AppendOptions = {}): LogAppendInfo {
    const origin = options.origin ?? "client";
    const { config } = this;
    const nowMs = this.#runtime.clock.wallMs();
    const timestampType = config.messageTimestampType;
    const validated = validateProducedRecords(records, {
      origin: origin === "client" ? "client" : "coordinator",
      maxMessageBytes: config.maxMessageBytes,
      timestampType,
      compactedTopic: config.cleanupPolicy.includes("compact"),
      nowMs,
      timestampBeforeMaxMs: config.messageTimestampBeforeMaxMs,
      timestampAfterMaxMs: config.messageTimestampAfterMaxMs,
    });
    const { batch } = validated;
    const duplicate = origin === "client" ? this.producers.lastEntry(batch.producerId)?.findDuplicate(batch) : undefined;
    if (duplicate !== undefined) return this.#duplicateInfo(duplicate);
    assignOffsets(validated, this.#logEndOffset, leaderEpoch, { timestampType, nowMs });
    this.#append(batch.slice(), [batch], origin);
    return this.#appendInfo([batch], timestampType === "LogAppendTime" ? nowMs : -1);
  }

  /**
   * Appends batches as a leader has sent them, with the offsets and epochs that they have.
   *
   * @param records whole batches; half a one at the end is ignored
   * @throws KafkaError CORRUPT_MESSAGE for a damaged batch, UNKNOWN_SERVER_ERROR when the offsets don't go on from the
   * log's end or don't grow; KAFKA_STORAGE_ERROR
   */
  appendAsFollower(records: Uint8Array): LogAppendInfo {
    const appended = [...batches(records)];
    let next = this.#logEndOffset;
    let size = 0;
    for (const batch of appended) {
      batch.ensureValid();
      const baseOffset = safeOffset(batch.baseOffset, "baseOffset");
      if (baseOffset < next) {
        throw new KafkaError(
          "UNKNOWN_SERVER_ERROR",
          `expected offset ${next} or later in an append to ${this.#name}, got ${baseOffset}`,
        );
      }
      next = safeOffset(batch.lastOffset, "lastOffset") + 1;
      size += batch.sizeInBytes;
    }
    if (appended.length > 0) this.#append(records.subarray(0, size), appended, "replication");
    return this.#appendInfo(appended, -1);
  }

  /**
   * Appends batches that are ready to be written, to the active segment or a new one.
   *
   * 1. Refuse more bytes than a segment may have (`this.config.segmentBytes`): RECORD_LIST_TOO_LARGE.
   * 2. `this.producers.prepare(appended, origin, …)` checks sequences and epochs of the producers and says what will
   *    change. It must come before anything is changed.
   * 3. Note each batch's `partitionLeaderEpoch` in `this.epochs`. (Not −1: that is none.)
   * 4. If the active segment says that it {@link LogSegment.shouldRoll}, {@link roll} to a new one that begins at the
   *    first batch's base offset.
   * 5. {@link #write} the bytes into the active segment.
   * 6. Only now the log's end moves on, to the offset after the last record, and `this.producers.commit` takes over the
   *    changes.
   *
   * @param bytes the batches, one after the other
   * @param appended views of the same batches, at least one, with their final offsets; the first is not below the log's
   * end
   * @throws KafkaError as {@link appendAsLeader} says; then neither `logEndOffset` nor the producers' state has changed
   * @exercise 5.5 UnifiedLog.#append
   */
  #append(bytes: Uint8Array, appended: readonly RecordBatch[], origin: AppendOrigin): void {
    if (bytes.length > this.config.segmentBytes) {
      throw new KafkaError(
        "RECORD_LIST_TOO_LARGE",
        `expected at most ${this.config.segmentBytes} bytes (segment.bytes) for ${this.#name}, got ${bytes.length}`,
      );
    }
    const changes = this.producers.prepare(appended, origin, this.#name);
    const firstOffset = safeOffset(appended[0]!.baseOffset, "baseOffset");
    for (const batch of appended) {
      if (batch.partitionLeaderEpoch < 0) continue;
      this.epochs.assign(batch.partitionLeaderEpoch, safeOffset(batch.baseOffset, "baseOffset"));
    }
    const append = { size: bytes.length, maxTimestamp: maxTimestampOf(appended), lastOffset: changes.endOffset - 1 };
    if (this.segments.active.shouldRoll(append)) this.roll(firstOffset);
    this.#write(bytes, changes);
    this.#logEndOffset = changes.endOffset;
    this.producers.commit(changes);
  }

  /**
   * Reads whole batches from the one that holds `startOffset` on: from one segment, so perhaps fewer than `maxBytes`
   * although there are more.
   *
   * - `startOffset` below `logStartOffset` or above `logEndOffset`: OFFSET_OUT_OF_RANGE. At the log's end, or at
   *   `maxOffset` or above it, there is nothing to read; that is no error.
   * - `this.segments.floor(startOffset)` is the segment to begin with. If it has nothing there
   *   ({@link LogSegment.read} gives null), as its last batches were compacted away, the next one that has gives all:
   *   `this.segments.next(segment)`.
   *
   * {@link #readResult} makes the answer.
   *
   * @param maxBytes at most so many bytes; but see {@link ReadOptions.minOneMessage}
   * @throws KafkaError OFFSET_OUT_OF_RANGE, CORRUPT_MESSAGE, KAFKA_STORAGE_ERROR
   * @exercise 5.5 UnifiedLog.read
   */
  read(startOffset: number, maxBytes: number, options: ReadOptions = {}): LogRead {
    if (startOffset < this.#logStartOffset || startOffset > this.#logEndOffset) {
      throw new KafkaError(
        "OFFSET_OUT_OF_RANGE",
        `expected an offset from ${this.#logStartOffset} to ${this.#logEndOffset} of ${this.#name}, got ${startOffset}`,
      );
    }
    const maxOffset = Math.min(options.maxOffset ?? this.#logEndOffset, this.#logEndOffset);
    if (startOffset >= maxOffset) return this.#readResult(startOffset, null, options);
    let segment = this.segments.floor(startOffset);
    while (segment !== undefined) {
      const read = segment.read(startOffset, maxBytes, maxOffset, options.minOneMessage ?? true);
      if (read !== null) return this.#readResult(startOffset, read, options);
      segment = this.segments.next(segment);
    }
    return this.#readResult(startOffset, null, options);
  }

  /** The transactions that were aborted among the records in [`from`, `to`), in the order of their markers. */
  abortedTransactions(from: number, to: number): AbortedTransaction[] {
    const found: AbortedTransaction[] = [];
    for (const segment of this.segments.from(from)) {
      for (const aborted of segment.transactionIndex.entries) {
        if (aborted.lastOffset >= from && aborted.firstOffset < to) found.push(aborted);
        if (aborted.lastStableOffset >= to) return found;
      }
    }
    return found;
  }

  /** The first record with a timestamp of `timestamp` or later, or null. */
  offsetForTimestamp(timestamp: Int64): TimestampedOffset | null {
    return findByTimestamp(this.segments, timestamp, this.#logStartOffset);
  }

  /** The first record with the largest timestamp of all, or null when no record has one. */
  offsetOfMaxTimestamp(): TimestampedOffset | null {
    return findMaxTimestamp(this.segments);
  }

  /** Where an epoch ends in this log: see {@link LeaderEpochFileCache.endOffsetFor}. */
  endOffsetForEpoch(epoch: number): EpochEndOffset {
    return this.epochs.endOffsetFor(epoch, this.#logEndOffset);
  }

  /**
   * Tells the log the high watermark, whenever it moves: transactions whose marker lies below it are decided, so
   * {@link firstUnstableOffset} may move on, and what retention may delete is below it.
   */
  onHighWatermarkUpdated(highWatermark: number): void {
    this.#highWatermark = highWatermark;
    this.producers.onHighWatermarkUpdated(highWatermark);
  }

  /**
   * Cuts the log so that it ends at `offset`: no batch that holds it or a later one stays. For a follower whose last
   * records its leader doesn't have.
   *
   * - At the log's end or above: only `this.epochs` may hold something to forget. Returns false.
   * - Below the first segment's base offset: nothing would stay, see {@link truncateFullyAndStartAt}.
   * - Else the segments that begin above `offset` go ({@link #removeSegments}), the one that is now the last is activated
   *   and cut, and the log's end is its {@link LogSegment.readNextOffset}: the batch that held `offset` may have begun
   *   before it, and is gone whole.
   * - The log start offset can't be above the log's end. The epochs that begin at the new end or later are forgotten.
   *   {@link #reloadProducers} brings the producers' state back to what it was there, and the flushed part with it.
   *
   * @returns true if the log was cut
   * @throws KafkaError UNKNOWN_SERVER_ERROR for a negative offset, KAFKA_STORAGE_ERROR
   * @exercise 5.6 UnifiedLog.truncateTo
   */
  truncateTo(offset: number): boolean {
    if (offset < 0) {
      throw new KafkaError("UNKNOWN_SERVER_ERROR", `expected an offset from 0 to cut ${this.#name} at, got ${offset}`);
    }
    if (offset >= this.#logEndOffset) {
      this.epochs.truncateFromEnd(this.#logEndOffset);
      return false;
    }
    if (offset < this.segments.first.baseOffset) {
      this.truncateFullyAndStartAt(offset);
      return true;
    }
    this.#removeSegments(this.segments.all.filter(({ baseOffset }) => baseOffset > offset));
    const { active } = this.segments;
    active.activate();
    active.truncateTo(offset);
    this.#logEndOffset = active.readNextOffset();
    this.#logStartOffset = Math.min(this.#logStartOffset, this.#logEndOffset);
    this.epochs.truncateFromEnd(this.#logEndOffset);
    this.#reloadProducers();
    return true;
  }

  /** Removes all records: the log begins and ends at `offset`. For a follower that is behind its leader's log start. */
  truncateFullyAndStartAt(offset: number): void {
    const old = [...this.segments.all];
    // A segment that begins at the same offset has the same file names: it must be out of the way first.
    this.#removeSegments(old);
    const segment = new LogSegment(this.#context, offset);
    segment.activate();
    this.segments.add(segment);
    this.epochs.clear();
    this.producers.truncateFullyAndStartAt(offset);
    this.#logEndOffset = offset;
    this.#logStartOffset = offset;
    this.#flusher.truncatedTo(offset);
  }

  /**
   * Moves the log start offset forward: records below it aren't read any more (DeleteRecords). Going back does nothing.
   * @throws KafkaError OFFSET_OUT_OF_RANGE when `offset` is above the log's end
   */
  incrementLogStartOffset(offset: number): void {
    if (offset > this.#logEndOffset) {
      throw new KafkaError(
        "OFFSET_OUT_OF_RANGE",
        `expected a log start offset up to ${this.#logEndOffset} for ${this.#name}, got ${offset}`,
      );
    }
    if (offset <= this.#logStartOffset) return;
    this.#logStartOffset = offset;
    this.epochs.truncateFromStart(offset);
    this.producers.onLogStartOffsetIncremented(offset);
  }

  /**
   * Deletes the segments that retention doesn't keep: see {@link deletableSegments}. A log has one segment at least; if
   * all of them may go, a new one is begun first.
   * @param highWatermark as last told if not given
   * @returns how many were deleted
   */
  deleteOldSegments(highWatermark: number = this.#highWatermark): number {
    const limits = { highWatermark, logStartOffset: this.#logStartOffset, logEndOffset: this.#logEndOffset };
    const nowMs = this.#runtime.clock.wallMs();
    const deletable = deletableSegments(this.segments.all, this.config, { ...limits, nowMs });
    const last = deletable.at(-1);
    if (last === undefined) return 0;
    if (last === this.segments.active) this.roll();
    this.incrementLogStartOffset(this.segments.next(last)!.baseOffset);
    this.#removeSegments(deletable);
    return deletable.length;
  }

  /**
   * Seals the active segment and begins a new one. An active segment without batches stays as it is.
   * @param baseOffset of the new segment, if it is to begin after the log's end
   */
  roll(baseOffset: number = this.#logEndOffset): void {
    const { active } = this.segments;
    if (active.baseOffset === baseOffset) return;
    active.seal();
    this.producers.mapEndOffset = baseOffset;
    const snapshot = this.producers.takeSnapshot();
    const segment = new LogSegment(this.#context, baseOffset);
    segment.activate();
    this.segments.add(segment);
    this.#flusher.flushSoon(baseOffset, () => (snapshot === null ? undefined : this.producers.flushSnapshot(snapshot)));
  }

  /** Forces all that has been appended to the device, and moves the recovery point there. @throws DiskError */
  flush(): Promise<void> {
    return this.#flusher.flush(this.#logEndOffset);
  }

  /**
   * Gives the log its topic's id, and the folder the file that says so.
   * @throws KafkaError INCONSISTENT_TOPIC_ID when it has another one
   */
  assignTopicId(topicId: Uint8Array): void {
    if (this.#topicId === null) {
      writePartitionMetadata(this.#runtime.disk, this.folder, topicId);
      this.#topicId = topicId;
    } else if (Buffer.compare(this.#topicId, topicId) !== 0) {
      throw new KafkaError(
        "INCONSISTENT_TOPIC_ID",
        `expected topic id ${uuidToString(topicId)} in ${this.folder}, got ${uuidToString(this.#topicId)}`,
      );
    }
  }

  /** Closes the log in order: everything is on the device, and need not be recovered the next time. */
  async close(): Promise<void> {
    this.#removals.cancel();
    this.segments.active.seal();
    const snapshot = this.producers.takeSnapshot();
    await this.#flusher.flush(this.#logEndOffset);
    if (snapshot !== null) await this.producers.flushSnapshot(snapshot);
    this.abandon();
  }

  /** Closes the files and does nothing more: for a log that is deleted, or on a disk that has failed. */
  abandon(): void {
    this.#isClosed = true;
    this.#removals.cancel();
    for (const segment of this.segments.all) segment.close();
  }

  /** Appends to the active segment and its transaction index: both or, on an error, neither. */
  #write(bytes: Uint8Array, changes: ProducerChanges): void {
    const { active } = this.segments;
    try {
      for (const aborted of changes.aborted) active.transactionIndex.append(aborted);
      active.append(bytes);
    } catch (error) {
      if (changes.aborted.length > 0) active.transactionIndex.truncateTo(this.#logEndOffset);
      throw error;
    }
    this.#flusher.appended(changes.endOffset, this.config);
  }

  #readResult(startOffset: number, read: SegmentRead | null, options: ReadOptions): LogRead {
    const records = read?.records ?? NO_RECORDS;
    const nextOffset = read?.nextOffset ?? startOffset;
    const result = { records, firstOffset: startOffset, nextOffset };
    if (options.withAbortedTransactions !== true) return result;
    return { ...result, abortedTransactions: this.abortedTransactions(startOffset, nextOffset) };
  }

  #appendInfo(appended: readonly RecordBatch[], logAppendTime: Int64): LogAppendInfo {
    const first = appended[0];
    const firstOffset = first === undefined ? this.#logEndOffset : safeOffset(first.baseOffset, "baseOffset");
    return {
      firstOffset,
      lastOffset: this.#logEndOffset - 1,
      maxTimestamp: maxTimestampOf(appended),
      logAppendTime,
      logStartOffset: this.#logStartOffset,
      numMessages: this.#logEndOffset - firstOffset,
      isDuplicate: false,
    };
  }

  #duplicateInfo(known: BatchMetadata): LogAppendInfo {
    return {
      firstOffset: known.lastOffset - known.offsetDelta,
      lastOffset: known.lastOffset,
      maxTimestamp: known.timestamp,
      logAppendTime: known.timestamp,
      logStartOffset: this.#logStartOffset,
      numMessages: known.offsetDelta + 1,
      isDuplicate: true,
    };
  }

  /** Takes segments out of the log. Their files get another name now and are removed after `file.delete.delay.ms`. */
  #removeSegments(removed: readonly LogSegment[]): void {
    for (const segment of removed) {
      this.segments.remove(segment);
      this.producers.removeSnapshot(segment.baseOffset);
      segment.markDeleted();
      this.#removals.after(this.config.fileDeleteDelayMs, `remove segment of ${this.#name}`, () => segment.removeDeleted());
    }
  }

  /** Brings the producers' state back to the log's end, after the log was cut. */
  #reloadProducers(): void {
    this.#flusher.truncatedTo(this.#logEndOffset);
    const range = {
      logStartOffset: this.#logStartOffset,
      lastOffset: this.#logEndOffset,
      hadCleanShutdown: false,
      nowMs: this.#runtime.clock.wallMs(),
    };
    runToEnd(rebuildProducerState(this.producers, this.segments, range));
  }
}

function maxTimestampOf(appended: readonly RecordBatch[]): Int64 {
  let max: Int64 = -1;
  for (const { maxTimestamp } of appended) if (maxTimestamp > max) max = maxTimestamp;
  return max;
}
