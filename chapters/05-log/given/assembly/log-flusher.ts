import { type Runtime } from "#ground/runtime";
import { type LogConfig } from "./log-config.ts";
import { type LogSegment } from "#log/log-segment";
import { type LogSegments } from "../log-segments.ts";

/** What a {@link LogFlusher} brings to the device. */
export interface FlushedLog {
  readonly segments: LogSegments;
  /** Whose file is written by a flush, and not before: recovery finds epochs again from the recovery point on. */
  readonly epochs: { flush(): Promise<void> };
  /** As it was when the log was opened. */
  readonly recoveryPoint: number;
  /** As {@link LogFlusher.cleanOffset}, when the log was opened. */
  readonly cleanOffset?: number | undefined;
}

/**
 * Brings a log to the device, and knows how much of it is there. No append waits for it: what makes a record safe is
 * that other brokers have it, too. What is flushed need not be recovered after a crash. (*Different*: with
 * `flush.messages` Kafka flushes before it answers the producer.)
 *
 * Source: Kafka's `LocalLog.flush`, `UnifiedLog.flush`.
 */
export class LogFlusher {
  /** Everything below is compacted, as the log cleaner (chapter 8) says; undefined when it has said nothing. */
  cleanOffset: number | undefined;
  readonly #runtime: Runtime;
  readonly #segments: LogSegments;
  readonly #epochs: FlushedLog["epochs"];
  readonly #name: string;
  #recoveryPoint: number;
  #lastFlushMs: number;
  readonly #onLowered: () => void;
  /**
   * Segments whose time index got its last entry when they were sealed, and that weren't flushed since. Their records
   * may be on the device already.
   */
  readonly #sealed = new Set<LogSegment>();
  /** Counts truncations: a flush that began before one doesn't speak for what was written after it. */
  #truncations = 0;
  /** What `flush.messages` wants to be flushed, up to here; null when no such flush is under way. */
  #wanted: number | null = null;

  /** @param onLowered called when recovery point or clean offset has moved back: what is written down is wrong now */
  constructor(runtime: Runtime, log: FlushedLog, name: string, onLowered: () => void) {
    this.#runtime = runtime;
    this.#segments = log.segments;
    this.#epochs = log.epochs;
    this.#name = name;
    this.#recoveryPoint = log.recoveryPoint;
    this.cleanOffset = log.cleanOffset;
    this.#onLowered = onLowered;
    this.#lastFlushMs = runtime.clock.nowMs();
  }

  /** Everything below is on the device. */
  get recoveryPoint(): number {
    return this.#recoveryPoint;
  }

  /** When the last flush ended, by the monotonic clock. */
  get lastFlushMs(): number {
    return this.#lastFlushMs;
  }

  /** Flushes all records below `offset`, up to the log's end, and with them the files' names. @throws DiskError */
  async flush(offset: number): Promise<void> {
    const truncations = this.#truncations;
    await this.#epochs.flush();
    if (offset <= this.#recoveryPoint && this.#sealed.size === 0) return;
    const unflushed = offset <= this.#recoveryPoint ? [] : this.#segments.from(this.#recoveryPoint);
    for (const segment of new Set([...this.#sealed, ...unflushed])) {
      if (segment.baseOffset < offset) await this.#flushSegment(segment);
    }
    this.#lastFlushMs = this.#runtime.clock.nowMs();
    if (truncations === this.#truncations) this.#recoveryPoint = Math.max(this.#recoveryPoint, offset);
  }

  /** Sealing has added to the segment's time index: the next flush includes it, before the recovery point passes it. */
  sealed(segment: LogSegment): void {
    this.#sealed.add(segment);
  }

  /** Starts a flush that nobody waits for, after `first`. A failure is logged, and known to the disk's owner. */
  flushSoon(offset: number, first: () => Promise<void> = async () => {}): void {
    const truncations = this.#truncations;
    this.#runtime.scheduler.spawn(`flush ${this.#name}`, async () => {
      await first();
      // After a truncation `offset` may be beyond the log's end.
      if (truncations === this.#truncations) await this.flush(offset);
    });
  }

  /**
   * Starts a flush when `flush.messages` says so. What is appended while one is under way is flushed by the next one,
   * however many appends that are.
   */
  appended(endOffset: number, config: LogConfig): void {
    if (endOffset - this.#recoveryPoint < config.flushMessages) return;
    const isUnderWay = this.#wanted !== null;
    this.#wanted = endOffset;
    if (!isUnderWay) this.#runtime.scheduler.spawn(`flush ${this.#name}`, () => this.#flushWanted());
  }

  /** The log was cut: what comes after `offset` now isn't on the device. */
  truncatedTo(offset: number): void {
    this.#truncations += 1;
    if (this.#wanted !== null) this.#wanted = Math.min(this.#wanted, offset);
    const isCutClean = this.cleanOffset !== undefined && offset < this.cleanOffset;
    if (isCutClean) this.cleanOffset = offset;
    if (offset >= this.#recoveryPoint && !isCutClean) return;
    this.#recoveryPoint = Math.min(this.#recoveryPoint, offset);
    this.#onLowered();
  }

  async #flushSegment(segment: LogSegment): Promise<void> {
    const wasSealed = this.#sealed.has(segment);
    try {
      await segment.flush();
    } catch (error) {
      if (!segment.isClosed) throw error; // one that was deleted meanwhile need not be flushed
    }
    if (wasSealed || segment.isClosed) this.#sealed.delete(segment);
  }

  async #flushWanted(): Promise<void> {
    try {
      while (this.#wanted !== null && this.#wanted > this.#recoveryPoint) await this.flush(this.#wanted);
    } finally {
      this.#wanted = null;
    }
  }
}
