import { KafkaError, NotImplementedError } from "#ground/errors";
import { type Runtime } from "#ground/runtime";
import { LaterWork } from "#ground/gradually";
import { type LogConfig } from "#log/given/assembly/log-config";
import { type FlushedLog, LogFlusher } from "#log/given/assembly/log-flusher";
import { LogSegment, type SegmentContext, type SegmentRead } from "./log-segment.ts";
import { type LogSegments } from "#log/given/log-segments";
import { type AbortedTransaction } from "#log/given/assembly/transaction-index";

/** A {@link SegmentContext} whose config can be replaced while the log is open. */
export interface LogContext extends SegmentContext {
  config: LogConfig;
}

/**
 * The segments of a log as one sequence of batches: appended to at the end, read from anywhere, cut at either side.
 * What the batches mean (offsets that may be read, epochs, producers) is the business of `UnifiedLog`.
 *
 * Source: Kafka's `LocalLog`.
 */
export class LocalLog {
  readonly segments: LogSegments;
  readonly context: LogContext;
  readonly #name: string;
  readonly #flusher: LogFlusher;
  /** Files of deleted segments that are still to be removed. */
  readonly #removals: LaterWork;
  #logEndOffset: number;
  #isClosed = false;

  /** @param name names the partition in log lines */
  constructor(
    runtime: Runtime,
    context: LogContext,
    name: string,
    loaded: FlushedLog & { readonly logEndOffset: number },
    onRecoveryPointLowered: () => void,
  ) {
    this.segments = loaded.segments;
    this.context = context;
    this.#name = name;
    this.#flusher = new LogFlusher(runtime, loaded, name, onRecoveryPointLowered);
    this.#removals = new LaterWork(runtime);
    this.#logEndOffset = loaded.logEndOffset;
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

  /** True from {@link close} or {@link abandon} on. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Everything below is compacted, as the log cleaner (chapter 8) says; undefined when it has said nothing. */
  get cleanOffset(): number | undefined {
    return this.#flusher.cleanOffset;
  }

  set cleanOffset(offset: number | undefined) {
    this.#flusher.cleanOffset = offset;
  }

  /** @throws KafkaError KAFKA_STORAGE_ERROR when the log is closed: its files may be another log's by now */
  checkOpen(): void {
    if (this.#isClosed) throw new KafkaError("KAFKA_STORAGE_ERROR", `the log of ${this.#name} is closed`);
  }

  /**
   * Appends to the active segment, and to its transaction index: both or, on an error, neither.
   * @param endOffset the offset after the last record: from now on the log's end
   * @param aborted the transactions that the bytes end with an ABORT marker
   * @throws KafkaError KAFKA_STORAGE_ERROR when the log is closed, and as {@link LogSegment.append} does
   */
  append(bytes: Uint8Array, endOffset: number, aborted: readonly AbortedTransaction[]): void {
    this.checkOpen();
    const { active } = this.segments;
    try {
      for (const transaction of aborted) active.transactionIndex.append(transaction);
      active.append(bytes);
    } catch (error) {
      if (aborted.length > 0) active.transactionIndex.truncateTo(this.#logEndOffset);
      throw error;
    }
    this.#logEndOffset = endOffset;
    this.#flusher.appended(endOffset, this.context.config);
  }

  /**
   * Reads whole batches from the one that holds `startOffset` on. All of them are from one segment, so there may be
   * fewer than `maxBytes` although the log goes on.
   *
   * - At `maxOffset` or above it there is nothing to read.
   * - `this.segments.floor(startOffset)` is the segment to begin with. If it has nothing there ({@link LogSegment.read}
   *   gives null), because its last batches were compacted away, go on to the next ones, until one has:
   *   `this.segments.next(segment)`. But an answer without bytes is an answer: there is a batch, which may not be read
   *   yet, or is too large. Who goes on behind it loses it.
   *
   * @param startOffset not below the first segment, not above the log's end
   * @param maxOffset exclusive
   * @param minOneMessage give the first batch also when it is larger than `maxBytes`
   * @returns no bytes, or null, when there is nothing to read
   * @exercise 5.5 LocalLog.read
   */
  read(startOffset: number, maxBytes: number, maxOffset: number, minOneMessage: boolean): SegmentRead | null {
    throw new NotImplementedError("5.5 LocalLog.read");
  }

  /**
   * Seals the active segment and begins a new one at `baseOffset`, the log's end or above. An active segment that
   * begins there has no batches, and goes on.
   * @param flushFirst what else is to be flushed, before the sealed segment is
   */
  roll(baseOffset: number, flushFirst: () => Promise<void>): void {
    const { active } = this.segments;
    if (active.baseOffset === baseOffset) return;
    this.#seal(active);
    this.#begin(baseOffset);
    this.#flusher.flushSoon(baseOffset, flushFirst);
  }

  /**
   * Cuts the log so that no batch that holds `offset` or a later one stays.
   *
   * - The segments that begin above `offset` go whole: {@link removeSegments}. The newest goes first, so that what is
   *   left after a crash in between is a shorter log, and not one with a hole.
   * - The last one of the rest is active now: `activate()` it before it is cut.
   * - The log's end (`this.#logEndOffset`) is where that segment ends now ({@link LogSegment.readNextOffset}). This can
   *   be below `offset`: a batch is never cut in two, so the one that holds `offset` goes whole.
   * - `this.#flusher.truncatedTo` must know of the new end: what will be written there isn't on the device yet.
   *
   * @param offset not below the first segment's base offset, below the log's end
   * @returns the segments that went
   * @exercise 5.6 LocalLog.truncateTo
   */
  truncateTo(offset: number): LogSegment[] {
    throw new NotImplementedError("5.6 LocalLog.truncateTo");
  }

  /**
   * Removes all segments; the log begins and ends at `offset`.
   * @returns the segments that went
   * @throws KafkaError KAFKA_STORAGE_ERROR when the log is closed
   */
  truncateFullyAndStartAt(offset: number): LogSegment[] {
    this.checkOpen();
    const removed = [...this.segments.all];
    this.removeSegments(removed);
    this.#begin(offset);
    this.#logEndOffset = offset;
    this.#flusher.truncatedTo(offset);
    return removed;
  }

  /** Takes segments out of the log. Their files get another name now and are removed after `file.delete.delay.ms`. */
  removeSegments(removed: readonly LogSegment[]): void {
    for (const segment of removed) {
      this.segments.remove(segment);
      segment.markDeleted();
      this.#removals.after(this.context.config.fileDeleteDelayMs, `remove a segment of ${this.#name}`, () =>
        segment.removeDeleted(),
      );
    }
  }

  /**
   * Takes segments out of the log, and one that is whole on disk in their place.
   * @param baseOffset of the new segment, whose files have their final names when `putInPlace` has returned
   */
  replaceSegments(replaced: readonly LogSegment[], baseOffset: number, putInPlace: () => void): void {
    this.checkOpen();
    try {
      this.removeSegments(replaced);
      putInPlace();
      this.segments.add(new LogSegment(this.context, baseOffset));
    } catch (error) {
      // Better no log than one with a hole. On disk all is there.
      this.abandon();
      throw error;
    }
  }

  /** Forces all that has been appended to the device, and moves the recovery point there. @throws DiskError */
  flush(): Promise<void> {
    return this.#flusher.flush(this.#logEndOffset);
  }

  /** Closes the log in order: no more appends, then everything is brought to the device. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#seal(this.segments.active);
    await this.flush();
    this.abandon();
  }

  /** Closes the files and forgets what was to be done later. What isn't flushed must be recovered. */
  abandon(): void {
    this.#isClosed = true;
    this.#removals.cancel();
    for (const segment of this.segments.all) segment.close();
  }

  #seal(segment: LogSegment): void {
    const { count } = segment.timeIndex;
    segment.seal();
    if (segment.timeIndex.count > count) this.#flusher.sealed(segment);
  }

  #begin(baseOffset: number): void {
    const segment = new LogSegment(this.context, baseOffset);
    segment.activate();
    this.segments.add(segment);
  }
}
