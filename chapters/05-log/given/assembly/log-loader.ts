/**
 * Opening a log: what its folder holds after a shutdown, clean or not, becomes a log again. All of this are generators
 * that yield at points where it may rest: the caller decides how long a turn lasts.
 *
 * Source: Kafka's `LogLoader`.
 *
 * @module
 */
import { isDamage } from "#ground/errors";
import { LEADER_EPOCH_CHECKPOINT } from "./checkpoint-file.ts";
import { removeGradually } from "#ground/gradually";
import { LeaderEpochFileCache } from "#log/leader-epoch-file-cache";
import { leftovers } from "./leftovers.ts";
import { INDEX_SUFFIX, LOG_SUFFIX, offsetOfFile, TIME_INDEX_SUFFIX } from "../log-files.ts";
import { type LogOptions } from "./log-options.ts";
import { LogSegment, type SegmentContext } from "#log/log-segment";
import { LogSegments } from "../log-segments.ts";
import { ProducerStateManager } from "../producer-state-manager.ts";
import { rebuildProducerState } from "./producer-rebuild.ts";
import { misfit } from "../misfit.ts";
import { finishSwap } from "./swap-files.ts";
import { recoverLog, recoverSegment, type RecoverableLog } from "#log/recovery";

/** What belongs to a segment, or did. */
const SEGMENT_FILE = /^\d{20}\./;
const DAY_MS = 24 * 60 * 60 * 1000;

/** The parts of an open log. */
export interface LoadedLog {
  readonly segments: LogSegments;
  readonly epochs: LeaderEpochFileCache;
  readonly producers: ProducerStateManager;
  readonly logStartOffset: number;
  readonly logEndOffset: number;
  readonly recoveryPoint: number;
  readonly cleanOffset: number | undefined;
}

/**
 * Loads the log in a folder, which must exist.
 * @throws KafkaError KAFKA_STORAGE_ERROR when the disk fails, or a file is damaged that can't be made anew
 */
export function* loadLog(options: LogOptions, context: SegmentContext): Generator<void, LoadedLog> {
  const loader = new LogLoader(options, context);
  try {
    // A new log's folder has no files that might be believed or not.
    if (options.runtime.disk.list(options.folder).some((name) => SEGMENT_FILE.test(name))) {
      yield* loader.removeLeftovers();
      yield* loader.openSegments();
      yield* loader.recover();
    }
    return yield* loader.finish();
  } catch (error) {
    for (const segment of loader.segments.all) segment.close();
    throw error;
  }
}

class LogLoader implements RecoverableLog {
  readonly segments = new LogSegments();
  readonly mayHaveGaps: boolean;
  readonly #options: LogOptions;
  readonly #context: SegmentContext;
  readonly #epochs: LeaderEpochFileCache;
  readonly #checkpointedStart: number;
  /** Base offsets of segments without an index. */
  readonly #withoutIndex: number[] = [];

  constructor(options: LogOptions, context: SegmentContext) {
    this.#options = options;
    this.#context = context;
    this.#checkpointedStart = options.logStartOffset ?? 0;
    // The policy may be another one than when the gaps were made.
    this.mayHaveGaps = options.config.cleanupPolicy.includes("compact") || options.cleanOffset !== undefined;
    this.#epochs = openEpochs(options);
  }

  /** Ends an interrupted compaction, and removes what is no part of the log. */
  *removeLeftovers(): Generator<void, void> {
    const { folder, runtime } = this.#options;
    yield* finishSwap(runtime, folder);
    for (const name of leftovers(runtime.disk.list(folder))) yield* removeGradually(runtime.disk, `${folder}/${name}`);
  }

  /** Opens all segments. */
  *openSegments(): Generator<void, void> {
    const { folder, runtime } = this.#options;
    for (const name of runtime.disk.list(folder)) {
      const baseOffset = offsetOfFile(name, LOG_SUFFIX);
      if (baseOffset === null) continue;
      if (!this.#hasIndexes(name)) this.#withoutIndex.push(baseOffset);
      this.segments.add(new LogSegment(this.#context, baseOffset));
      yield;
    }
  }

  /** Makes the segments whole. The list of epochs may be older than they are: what it says of them is found anew. */
  *recover(): Generator<void, void> {
    const { hadCleanShutdown = false, recoveryPoint = 0 } = this.#options;
    const unflushed = hadCleanShutdown ? undefined : this.segments.from(recoveryPoint)[0];
    if (unflushed !== undefined) this.#epochs.truncateFromEnd(unflushed.baseOffset);
    yield* recoverLog(this, hadCleanShutdown ? null : recoveryPoint);
  }

  faultOf(segment: LogSegment): string | null {
    const fault = this.#faultOf(segment);
    // Most sealed segments are never searched: their indexes are opened again when they are.
    segment.offsetIndex.file.close();
    segment.timeIndex.file.close();
    if (fault !== null) this.#options.runtime.log.warn(`${segment.records.path}: ${fault}; it is recovered`);
    return fault;
  }

  *recoverSegment(segment: LogSegment): Generator<void, number> {
    const { runtime } = this.#options;
    const producers = openProducers(this.#options);
    yield* rebuildProducerState(producers, this.segments, {
      logStartOffset: this.#checkpointedStart,
      lastOffset: segment.baseOffset,
      hadCleanShutdown: false,
      nowMs: runtime.clock.wallMs(),
    });
    segment.activate();
    const cut = yield* recoverSegment(segment, producers, this.#epochs);
    segment.seal();
    // So that the recovery of the next segment can begin here. Not after the last one: a snapshot keeps one batch of a
    // producer, and one that is sending may send any of its last five again.
    if (segment !== this.segments.all.at(-1)) producers.takeSnapshot();
    if (cut > 0) runtime.log.warn(`${segment.records.path}: cut ${cut} bytes that are no whole, valid batches`);
    return cut;
  }

  *dropAfter(last: LogSegment): Generator<void, void> {
    for (const segment of this.segments.all.filter(({ baseOffset }) => baseOffset > last.baseOffset)) {
      this.#options.runtime.log.warn(`${segment.records.path}: removed, as the log ends before it`);
      yield* this.#drop(segment);
    }
  }

  /** With the segments recovered: settles where the log starts and ends, and what its producers' state is. */
  *finish(): Generator<void, LoadedLog> {
    const { runtime, folder, hadCleanShutdown = false, recoveryPoint = 0, cleanOffset } = this.#options;
    if (this.segments.count > 0 && this.segments.active.readNextOffset() < this.#checkpointedStart) {
      runtime.log.warn(`${folder}: all segments end before the log start offset ${this.#checkpointedStart}`);
      for (const segment of this.segments.all) yield* this.#drop(segment);
      this.#epochs.clear();
    }
    if (this.segments.count === 0) this.segments.add(new LogSegment(this.#context, this.#checkpointedStart));
    this.segments.active.activate();

    const logEndOffset = this.segments.active.readNextOffset();
    const logStartOffset = Math.max(this.#checkpointedStart, this.segments.first.baseOffset);
    if (this.#epochs.latestEpoch !== null) {
      this.#epochs.truncateFromEnd(logEndOffset);
      this.#epochs.truncateFromStart(logStartOffset);
    }
    const producers = openProducers(this.#options);
    producers.removeStraySnapshots(this.segments.all.map(({ baseOffset }) => baseOffset));
    const nowMs = runtime.clock.wallMs();
    yield* rebuildProducerState(producers, this.segments, {
      logStartOffset, lastOffset: logEndOffset, hadCleanShutdown, nowMs,
    });
    // Only a flush moves the recovery point forward: what was recovered is still not on the device.
    const flushed = hadCleanShutdown ? logEndOffset : Math.min(recoveryPoint, logEndOffset);
    return {
      segments: this.segments,
      epochs: this.#epochs,
      producers,
      logStartOffset,
      logEndOffset,
      recoveryPoint: flushed,
      cleanOffset: cleanOffset === undefined ? undefined : Math.min(cleanOffset, logEndOffset),
    };
  }

  #faultOf(segment: LogSegment): string | null {
    if (this.#withoutIndex.includes(segment.baseOffset)) return "an index is missing";
    if (!transactionIndexIsSound(segment)) return "its transaction index is damaged";
    return misfit(segment, segment === this.segments.active);
  }

  #hasIndexes(logName: string): boolean {
    const { folder, runtime } = this.#options;
    return [INDEX_SUFFIX, TIME_INDEX_SUFFIX].every((suffix) =>
      runtime.disk.exists(`${folder}/${logName.replace(LOG_SUFFIX, suffix)}`),
    );
  }

  *#drop(segment: LogSegment): Generator<void, void> {
    this.segments.remove(segment);
    segment.markDeleted();
    yield* segment.removeDeleted();
  }
}

function openProducers({ runtime, folder, producerIdExpirationMs = DAY_MS }: LogOptions): ProducerStateManager {
  return new ProducerStateManager(runtime.disk, folder, runtime.log, producerIdExpirationMs);
}

/** A damaged list of epochs is given up: followers then fall back to the high watermark. */
function openEpochs({ runtime, folder }: LogOptions): LeaderEpochFileCache {
  const path = `${folder}/${LEADER_EPOCH_CHECKPOINT}`;
  try {
    return new LeaderEpochFileCache(runtime.disk, path);
  } catch (error) {
    if (!isDamage(error)) throw error;
    runtime.log.warn(`${error.message}: removed`);
    runtime.disk.remove(path);
    return new LeaderEpochFileCache(runtime.disk, path);
  }
}

function transactionIndexIsSound(segment: LogSegment): boolean {
  try {
    return segment.transactionIndex.entries.length >= 0;
  } catch (error) {
    if (isDamage(error)) return false;
    throw error;
  }
}
