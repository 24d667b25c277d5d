import { KafkaError } from "#ground/errors";
import { safeOffset, type Int64 } from "#ground/int64";
import { type Clock, type Disk, type Memory, type Random } from "#ground/runtime";
import { batches, type RecordBatch } from "#serialization";
import { batchesBelow, FileRecords } from "./file-records.ts";
import { removeGradually } from "#ground/gradually";
import { type LogConfig } from "#log/given/assembly/log-config";
import {
  DELETED_SUFFIX,
  fileName,
  INDEX_SUFFIX,
  LOG_SUFFIX,
  TIME_INDEX_SUFFIX,
  TXN_INDEX_SUFFIX,
} from "#log/given/log-files";
import { OffsetIndex } from "./offset-index.ts";
import { type ProducerStateManager } from "#log/given/producer-state-manager";
import { SegmentTimestamps } from "#log/given/segment-timestamps";
import { TimeIndex } from "./time-index.ts";
import { TransactionIndex } from "#log/given/assembly/transaction-index";

/** What a segment is told of its surroundings. */
export interface SegmentContext {
  readonly disk: Disk;
  readonly memory: Memory;
  readonly clock: Clock;
  readonly random: Random;
  /** The partition's folder. */
  readonly folder: string;
  /** The topic's config as it is now. */
  readonly config: LogConfig;
}

/** A batch's place in the segment's `.log` file. */
export interface BatchPosition {
  /** Of its first byte. */
  readonly position: number;
  /** Its size in bytes. */
  readonly size: number;
}

/** What a read gave: whole batches, perhaps none. */
export interface SegmentRead {
  readonly records: Uint8Array;
  /** The offset after the last record, or null if there is none. */
  readonly nextOffset: number | null;
}

/** An append that is about to happen, for {@link LogSegment.shouldRoll}. */
export interface RollParams {
  /** Bytes to be appended. */
  readonly size: number;
  /** The largest timestamp among them. */
  readonly maxTimestamp: Int64;
  /** The offset of the last record. */
  readonly lastOffset: number;
}

/**
 * A piece of a log: the batches from `baseOffset` to where the next segment begins, in one `.log` file, with the
 * indexes that find a place in it. Only a log's last segment, the *active* one, grows.
 *
 * Source: Kafka's `LogSegment`.
 */
export class LogSegment {
  /** Not above the offset of any of its records, and above those of all segments before. */
  readonly baseOffset: number;
  readonly records: FileRecords;
  readonly offsetIndex: OffsetIndex;
  readonly timeIndex: TimeIndex;
  readonly transactionIndex: TransactionIndex;
  readonly timestamps: SegmentTimestamps;
  readonly #context: SegmentContext;
  readonly #rollJitterMs: number;
  #suffix: string;
  #isClosed = false;

  /**
   * Opens the segment at `baseOffset`, and makes its `.log` if there is none.
   * @param suffix of its files' names, while it is no part of the log
   */
  constructor(context: SegmentContext, baseOffset: number, suffix: string = "") {
    const { disk, memory, config, clock, random } = context;
    this.baseOffset = baseOffset;
    this.#context = context;
    this.#suffix = suffix;
    this.records = new FileRecords(disk, memory, this.#path(LOG_SUFFIX));
    this.offsetIndex = new OffsetIndex(disk, this.#path(INDEX_SUFFIX), baseOffset, config.segmentIndexBytes);
    this.timeIndex = new TimeIndex(disk, this.#path(TIME_INDEX_SUFFIX), baseOffset, config.segmentIndexBytes);
    this.transactionIndex = new TransactionIndex(disk, this.#path(TXN_INDEX_SUFFIX));
    this.timestamps = new SegmentTimestamps(this.records, this.offsetIndex, this.timeIndex, clock);
    this.#rollJitterMs = random.int(1 + Math.min(config.segmentJitterMs, config.segmentMs));
  }

  /** Bytes in the `.log` file. */
  get size(): number {
    return this.records.size;
  }

  /** `index.interval.bytes`: how far apart, in bytes of the `.log` file, the indexes' entries are at least. */
  get indexIntervalBytes(): number {
    return this.#context.config.indexIntervalBytes;
  }

  /**
   * How old a segment may get: `segment.ms`, less a random part of `segment.jitter.ms`, so that not all roll at once.
   */
  get rollAfterMs(): number {
    return this.#context.config.segmentMs - this.#rollJitterMs;
  }

  /** How old the segment is, for retention: its largest timestamp, or else when its file was last written. */
  get largestTimestamp(): Int64 {
    const { timestamp } = this.timestamps.max;
    return timestamp >= 0 ? timestamp : this.#context.disk.modifiedMs(this.records.path);
  }

  /**
   * Adds batches at the end of the segment: to the file `this.records` with one write, however many they are, and each
   * of them to the indexes, with the position at which it begins in the file. No batches are no error.
   *
   * @param records whole batches, one after the other, with their final offsets, above those in the segment
   * @throws KafkaError UNKNOWN_SERVER_ERROR when the last offset is too far from the base offset; nothing was written
   * @throws DiskError when nothing could be written; nothing has changed
   * @exercise 5.3 LogSegment.append
   */
  append(records: Uint8Array): void {
    const appended = [...batches(records)];
    const last = appended.at(-1);
    if (last === undefined) return;
    this.checkOffset(lastOffsetOf(last));
    let position = this.records.size;
    this.records.append(records);
    for (const batch of appended) {
      this.index(batch, position);
      position += batch.sizeInBytes;
    }
  }

  /**
   * Takes a batch of the file into the indexes.
   *
   * `this.timestamps.note(batch)` must hear of every batch. Both indexes get an entry for those that begin *more* than
   * `this.indexIntervalBytes` after the batch of the offset index's last entry: the offset index the batch's last
   * offset and its position; the time index the largest timestamp so far, this batch's among them, with its offset
   * (`this.timestamps.max`).
   *
   * @param position of the batch's first byte in the `.log` file
   * @exercise 5.3 LogSegment.index
   */
  index(batch: RecordBatch, position: number): void {
    this.timestamps.note(batch);
    if (position - this.offsetIndex.lastPosition <= this.indexIntervalBytes) return;
    const { timestamp, offset } = this.timestamps.max;
    this.offsetIndex.append(lastOffsetOf(batch), position);
    this.timeIndex.maybeAppend(timestamp, offset);
  }

  /**
   * Finds the first batch that holds `offset` or comes after it.
   *
   * No more of the file is read than has to be: nothing before the place that the offset index knows, and no records.
   *
   * @returns its place, or null if all batches end below `offset`
   * @throws KafkaError CORRUPT_MESSAGE when the file is damaged on the way
   * @exercise 5.3 LogSegment.translateOffset
   */
  translateOffset(offset: number): BatchPosition | null {
    for (const { position, batch } of this.records.headers(this.offsetIndex.lookup(offset).position)) {
      if (batch.lastOffset >= offset) return { position, size: batch.sizeInBytes };
    }
    return null;
  }

  /**
   * Reads whole batches, from the one that holds `startOffset` (or the first after it) on. As batches are kept and sent
   * whole, that one may begin below `startOffset`; the consumer skips what it didn't ask for.
   *
   * - At most `maxBytes` bytes. But with `minOneMessage` the first batch comes also when it is larger: else its reader
   *   would wait before it for ever.
   * - Only batches that lie entirely below `maxOffset`.
   *
   * Besides what finding the place takes, it is one read of the file (`this.records.read`), which becomes the answer
   * without being copied; {@link batchesBelow} measures it.
   *
   * @param maxOffset exclusive: the high watermark, the last stable offset or the log's end
   * @returns no bytes when nothing may be read, null when all batches end below `startOffset`: look in the next segment
   * @exercise 5.3 LogSegment.read
   */
  read(startOffset: number, maxBytes: number, maxOffset: number, minOneMessage: boolean): SegmentRead | null {
    const first = this.translateOffset(startOffset);
    if (first === null) return null;
    const length = minOneMessage ? Math.max(maxBytes, first.size) : maxBytes;
    const bytes = this.records.read(first.position, length);
    const { size, nextOffset } = batchesBelow(bytes, maxOffset);
    return { records: bytes.subarray(0, size), nextOffset };
  }

  /**
   * Says whether an append has to go to a new segment. These are reasons:
   *
   * - with it the segment would be larger than `segment.bytes` (`segmentBytes` of the config);
   * - its largest timestamp is more than {@link rollAfterMs} after the segment's first batch (`this.timestamps.ageAt`);
   * - the offset index or the time index is full;
   * - its last offset can't be held relative to the base offset (`canHold` of the offset index).
   *
   * Only the last one counts in a segment without batches: a new one would have the same name.
   *
   * So it is the *records'* time that counts, not the broker's: records of last year roll one segment a week, too, even
   * when they are written within a second.
   *
   * @exercise 5.5 LogSegment.shouldRoll
   */
  shouldRoll(append: RollParams): boolean {
    if (!this.offsetIndex.canHold(append.lastOffset)) return true;
    if (this.size === 0) return false;
    return (
      this.size + append.size > this.#context.config.segmentBytes ||
      this.timestamps.ageAt(append.maxTimestamp) > this.rollAfterMs ||
      this.offsetIndex.isFull ||
      this.timeIndex.isFull
    );
  }

  /**
   * Removes every batch that holds `offset` or a later one. Afterwards the segment is as if they had never been
   * appended: the file, its three indexes (the offset, time and transaction index, each with a `truncateTo`), and its
   * timestamps, which `this.timestamps.reload()` looks up in what is left. Above the last record nothing goes.
   *
   * @returns bytes cut from the `.log` file
   * @exercise 5.6 LogSegment.truncateTo
   */
  truncateTo(offset: number): number {
    const cut = this.translateOffset(offset);
    this.offsetIndex.truncateTo(offset);
    this.timeIndex.truncateTo(offset);
    this.transactionIndex.truncateTo(offset);
    const size = cut?.position ?? this.size;
    const removed = this.size - size;
    this.records.truncate(size);
    this.timestamps.reload();
    return removed;
  }

  /** The offset after the segment's last record; the base offset if there is none. Read from the file. */
  readNextOffset(): number {
    let next = this.baseOffset;
    if (this.size === 0) return next;
    for (const { batch } of this.records.headers(this.offsetIndex.lastPosition)) next = lastOffsetOf(batch) + 1;
    return next;
  }

  /** @throws KafkaError UNKNOWN_SERVER_ERROR when `offset` can't be held relative to the base offset */
  checkOffset(offset: number): void {
    if (this.offsetIndex.canHold(offset)) return;
    throw new KafkaError(
      "UNKNOWN_SERVER_ERROR",
      `expected an offset within 2^31 of ${this.baseOffset} to append to ${this.records.path}, got ${offset}`,
    );
  }

  /** Empties the indexes: they are about to be built anew. */
  resetIndexes(): void {
    this.offsetIndex.file.truncate(0);
    this.timeIndex.file.truncate(0);
    this.transactionIndex.reset();
    this.timestamps.reset();
  }

  /** Takes a batch that is in the file already into the producers' state and the transaction index. */
  replay(batch: RecordBatch, producers: ProducerStateManager): void {
    const changes = producers.prepare([batch], "replication", this.records.path);
    for (const aborted of changes.aborted) this.transactionIndex.append(aborted);
    producers.commit(changes);
  }

  /** Makes the indexes take entries: for the active segment. */
  activate(): void {
    this.offsetIndex.file.activate();
    this.timeIndex.file.activate();
  }

  /** Ends the segment: the time index gets its last entry, and what the index files lack is written. */
  seal(): void {
    const { timestamp, offset } = this.timestamps.max;
    if (timestamp >= 0) this.timeIndex.maybeAppend(timestamp, offset, true);
    this.offsetIndex.file.seal();
    this.timeIndex.file.seal();
  }

  /** Forces the segment's files to the device. */
  async flush(): Promise<void> {
    await this.records.flush();
    await this.offsetIndex.file.flush();
    await this.timeIndex.file.flush();
    await this.transactionIndex.flush();
  }

  /** True after {@link close}. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Closes the files. What the index files lack is lost, unless the segment was sealed or flushed. */
  close(): void {
    this.#isClosed = true;
    this.records.close();
    this.offsetIndex.file.close();
    this.timeIndex.file.close();
    this.transactionIndex.close();
  }

  /** Closes the files and renames them: they are no part of the log any more, and {@link removeDeleted} may follow. */
  markDeleted(): void {
    this.rename(this.#suffix + DELETED_SUFFIX);
  }

  /** Closes the files and gives their names another suffix; then another segment may be opened with it. */
  rename(suffix: string): void {
    this.close();
    const from = this.#paths();
    this.#suffix = suffix;
    for (const [i, to] of this.#paths().entries()) {
      if (this.#context.disk.exists(from[i]!)) this.#context.disk.rename(from[i]!, to);
    }
  }

  /** Removes the files of a segment that was {@link markDeleted}. */
  *removeDeleted(): Generator<void, void> {
    for (const path of this.#paths()) yield* removeGradually(this.#context.disk, path);
  }

  #paths(): string[] {
    // The .log goes first: without it, what may be left after a crash is nothing but an orphaned index.
    return [LOG_SUFFIX, INDEX_SUFFIX, TIME_INDEX_SUFFIX, TXN_INDEX_SUFFIX].map((suffix) => this.#path(suffix));
  }

  #path(suffix: string): string {
    return `${this.#context.folder}/${fileName(this.baseOffset, suffix)}${this.#suffix}`;
  }
}

function lastOffsetOf(batch: RecordBatch): number {
  return safeOffset(batch.lastOffset, "lastOffset");
}
