// Different from the reference: a read looks at its candidates lazily, one after the other; a truncation takes segments
// away from the end, one by one.
import { KafkaError } from "#ground/errors";
import { type Runtime } from "#ground/runtime";
import { LaterWork } from "#ground/gradually";
import { type LogConfig } from "#log/given/assembly/log-config";
import { type FlushedLog, LogFlusher } from "#log/given/assembly/log-flusher";
import { LogSegment, type SegmentContext, type SegmentRead } from "#log/log-segment";
import { type LogSegments } from "#log/given/log-segments";
import { type AbortedTransaction } from "#log/given/assembly/transaction-index";

export interface LogContext extends SegmentContext {
  config: LogConfig;
}

export class LocalLog {
  readonly segments: LogSegments;
  readonly context: LogContext;
  readonly #name: string;
  readonly #flusher: LogFlusher;
  readonly #removals: LaterWork;
  #logEndOffset: number;
  #isClosed = false;

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

  get logEndOffset(): number {
    return this.#logEndOffset;
  }

  get recoveryPoint(): number {
    return this.#flusher.recoveryPoint;
  }

  get lastFlushMs(): number {
    return this.#flusher.lastFlushMs;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  checkOpen(): void {
    if (this.#isClosed) throw new KafkaError("KAFKA_STORAGE_ERROR", `the log of ${this.#name} is closed`);
  }

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

  read(startOffset: number, maxBytes: number, maxOffset: number, minOneMessage: boolean): SegmentRead | null {
    const candidates = startOffset < maxOffset ? this.segments.from(startOffset) : [];
    const reads = function* (): Generator<SegmentRead | null> {
      for (const segment of candidates) yield segment.read(startOffset, maxBytes, maxOffset, minOneMessage);
    };
    for (const read of reads()) if (read !== null) return read;
    return null;
  }

  roll(baseOffset: number, flushFirst: () => Promise<void>): void {
    const { active } = this.segments;
    if (active.baseOffset === baseOffset) return;
    this.#seal(active);
    this.#begin(baseOffset);
    this.#flusher.flushSoon(baseOffset, flushFirst);
  }

  truncateTo(offset: number): LogSegment[] {
    const removed: LogSegment[] = [];
    while (this.segments.active.baseOffset > offset) {
      const last = this.segments.active;
      this.removeSegments([last]);
      removed.unshift(last);
    }
    const segment = this.segments.active;
    segment.activate();
    segment.truncateTo(offset);
    this.#logEndOffset = segment.readNextOffset();
    this.#flusher.truncatedTo(this.#logEndOffset);
    return removed;
  }

  truncateFullyAndStartAt(offset: number): LogSegment[] {
    this.checkOpen();
    const removed = [...this.segments.all];
    this.removeSegments(removed);
    this.#begin(offset);
    this.#logEndOffset = offset;
    this.#flusher.truncatedTo(offset);
    return removed;
  }

  removeSegments(removed: readonly LogSegment[]): void {
    for (const segment of removed) {
      this.segments.remove(segment);
      segment.markDeleted();
      this.#removals.after(this.context.config.fileDeleteDelayMs, `remove a segment of ${this.#name}`, () =>
        segment.removeDeleted(),
      );
    }
  }

  flush(): Promise<void> {
    return this.#flusher.flush(this.#logEndOffset);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#seal(this.segments.active);
    await this.flush();
    this.abandon();
  }

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
