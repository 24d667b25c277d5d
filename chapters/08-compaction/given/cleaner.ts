import { runWhile } from "#ground/gradually";
import { type Runtime } from "#ground/runtime";
import { type UnifiedLog } from "#log";
import { CLEANED_SUFFIX } from "#log/given/log-files";
import { LogSegment } from "#log/log-segment";
import { ensureUndamaged } from "#serialization";
import { type CleanableOffsets, type LogToClean } from "./cleanable-log.ts";
import { CleanedTransactions } from "./cleaned-transactions.ts";
import { type CleaningRound, isLastOfProducer } from "./cleaning-round.ts";
import { SourceSegment } from "./source-segment.ts";
import { buildOffsetMap } from "#compaction/build-offset-map";
import { cleanBatch } from "#compaction/clean-batch";
import { OffsetMap, SLOT_BYTES } from "#compaction/offset-map";
import { groupSegments, replaceSegments } from "#compaction/replace-segments";

/** Bytes that are gathered before they are written. */
const WRITE_BYTES = 512 << 10;

/** What a cleaning may use. */
export interface CleanerLimits {
  /** `log.cleaner.dedupe.buffer.size`: memory for keys, in bytes. Only as much is taken as the dirty part may need. */
  readonly dedupeBufferBytes: number;
  /** `log.cleaner.io.buffer.load.factor`: how full that may get. */
  readonly loadFactor: number;
}

/**
 * Cleans one log once: each key that was written in its dirty part loses all older records. It works in turns of 5 ms,
 * beside all else that goes on in the log, and replaces one group of segments after the other.
 *
 * It gives up, and leaves what it hasn't replaced as it is, when somebody cuts the log or deletes one of the segments.
 *
 * Source: Kafka's `Cleaner`.
 */
export class Cleaner {
  readonly #runtime: Runtime;
  readonly #log: UnifiedLog;
  readonly #range: CleanableOffsets;
  readonly #isStopped: () => boolean;
  readonly #map: OffsetMap;
  readonly #transactions = new CleanedTransactions();
  /** What isn't replaced yet. */
  #sources: SourceSegment[];

  constructor(runtime: Runtime, { log, ...range }: LogToClean, limits: CleanerLimits, isStopped: () => boolean) {
    const { firstDirtyOffset, firstUncleanableOffset } = range;
    this.#runtime = runtime;
    this.#log = log;
    this.#range = range;
    this.#isStopped = isStopped;
    const neededSlots = Math.ceil((firstUncleanableOffset - firstDirtyOffset) / limits.loadFactor) + 1;
    const slots = Math.min(neededSlots, Math.floor(limits.dedupeBufferBytes / SLOT_BYTES));
    this.#map = new OffsetMap(slots, limits.loadFactor);
    const segments = log.segments.all.filter(({ baseOffset }) => baseOffset < firstUncleanableOffset);
    this.#sources = segments.map((segment) => new SourceSegment(segment));
  }

  /**
   * @returns up to where the log is clean now, exclusive; undefined when it was given up
   * @throws KafkaError CORRUPT_MESSAGE for a batch that is damaged: it must not get a new checksum
   * @throws DiskError
   */
  async clean(): Promise<number | undefined> {
    const mayGoOn = (): boolean => this.#mayGoOn();
    const log = this.#log;
    await runWhile(this.#runtime, mayGoOn, buildOffsetMap(log, this.#range, this.#map));
    if (!mayGoOn()) return undefined;
    const end = this.#map.latestOffset + 1;
    if (end <= this.#range.firstDirtyOffset) return undefined;
    this.#sources = this.#sources.filter(({ segment }) => segment.baseOffset < end);
    const segments = this.#sources.map(({ segment }) => segment);
    const round = this.#round();
    const { all } = log.segments;
    for (const group of groupSegments(segments, all[segments.length]!.baseOffset, log.config)) {
      if (!(await this.#cleanGroup(group.length, round))) return undefined;
    }
    log.local.cleanOffset = Math.min(end, log.logEndOffset);
    return end;
  }

  #round(): CleaningRound {
    const { producers, config } = this.#log;
    const lastOffset = this.#range.firstUncleanableOffset - 1;
    return {
      map: this.#map,
      nowMs: this.#runtime.clock.wallMs(),
      deleteRetentionMs: config.deleteRetentionMs,
      transactions: this.#transactions,
      mustStay: (batch) => isLastOfProducer(producers, batch) || Number(batch.lastOffset) === lastOffset,
    };
  }

  /** Cleans the first `count` segments that are left. @returns whether they have been replaced */
  async #cleanGroup(count: number, round: CleaningRound): Promise<boolean> {
    const group = this.#sources.slice(0, count);
    const cleaned = this.#newSegment(group[0]!.segment.baseOffset);
    try {
      await runWhile(this.#runtime, () => this.#mayGoOn(), this.#cleanInto(cleaned, group, round));
      // What was written after the group, or read for the map, must still be there, too.
      if (this.#mayGoOn() && (await replaceSegments(this.#log, cleaned, group))) {
        this.#sources = this.#sources.slice(count);
        return true;
      }
    } catch (error) {
      await this.#discard(cleaned);
      throw error;
    }
    await this.#discard(cleaned);
    return false;
  }

  *#cleanInto(cleaned: LogSegment, group: readonly SourceSegment[], round: CleaningRound): Generator<void, void> {
    const log = this.#log;
    this.#transactions.index = cleaned.transactionIndex;
    let kept: Uint8Array[] = [];
    let keptBytes = 0;
    const write = (): void => {
      if (keptBytes > 0) cleaned.append(Buffer.concat(kept));
      kept = [];
      keptBytes = 0;
    };
    for (const { segment } of group) {
      const end = log.segments.next(segment)!.baseOffset;
      this.#transactions.expect(log.abortedTransactions(segment.baseOffset, end));
      for (const { batch } of segment.records.batches(0)) {
        ensureUndamaged(batch, this.#runtime.crc32c);
        const left = cleanBatch(batch, round);
        if (left !== null) {
          kept.push(left);
          keptBytes += left.length;
        }
        if (keptBytes >= WRITE_BYTES) write();
        yield;
      }
    }
    write();
  }

  #newSegment(baseOffset: number): LogSegment {
    const segment = new LogSegment(this.#log.local.context, baseOffset, CLEANED_SUFFIX);
    segment.activate();
    // What is left of one that could not be discarded.
    segment.records.truncate(0);
    segment.resetIndexes();
    return segment;
  }

  /** Removes the files of a segment that nobody needs. In the folder of a log that is closed nothing is touched. */
  async #discard(cleaned: LogSegment): Promise<void> {
    cleaned.close();
    if (this.#log.isClosed) return;
    cleaned.markDeleted();
    await runWhile(this.#runtime, () => !this.#log.isClosed, cleaned.removeDeleted());
  }

  #mayGoOn(): boolean {
    return !this.#isStopped() && !this.#log.isClosed && this.#sources.every((source) => source.isIntact(this.#log));
  }
}
