import { KafkaError } from "#ground/errors";
import { type Runtime } from "#ground/runtime";
import { LaterWork } from "#ground/gradually";
import { type LogConfig } from "./log-config.ts";
import { type FlushedLog, LogFlusher } from "./log-flusher.ts";
import { read, truncateTo } from "#log/log";
import { LogSegment, type SegmentContext, type SegmentRead } from "#log/log-segment";
import { type LogSegments } from "../log-segments.ts";
import { type AbortedTransaction } from "./transaction-index.ts";

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

  /** As {@link read} says. */
  read(startOffset: number, maxBytes: number, maxOffset: number, minOneMessage: boolean): SegmentRead | null {
    return read(this.segments, startOffset, maxBytes, maxOffset, minOneMessage);
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

  /** As {@link truncateTo} says. */
  truncateTo(offset: number): LogSegment[] {
    return truncateTo(this, offset);
  }

  /** The log was cut, and its batches end at `offset` now. What will be written from there on isn't on the device. */
  endAt(offset: number): void {
    this.#logEndOffset = offset;
    this.#flusher.truncatedTo(offset);
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
    this.endAt(offset);
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
