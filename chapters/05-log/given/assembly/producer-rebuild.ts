/**
 * The producers' state, read again from a log's batches: when it is opened, and after the end of it was cut off.
 *
 * Source: Kafka's `UnifiedLog.rebuildProducerState`.
 *
 * @module
 */
import { isDamage, KafkaError } from "#ground/errors";
import { runToEnd } from "#ground/gradually";
import { type LogSegment } from "#log/log-segment";
import { type BatchInFile } from "#log/file-records";
import { type LogSegments } from "../log-segments.ts";
import { type BatchMetadata, metadataOf, type ProducerStateEntry } from "#log/producer-state-entry";
import { type ProducerStateManager } from "../producer-state-manager.ts";

const RECALLED_BYTES = 256 * 1024;

/** From where to where the producers' state is to be rebuilt. */
export interface RebuildRange {
  readonly logStartOffset: number;
  /** Exclusive: where the state is wanted. */
  readonly lastOffset: number;
  /** The log was closed in order: without any snapshot, there were no producers. */
  readonly hadCleanShutdown: boolean;
  readonly nowMs: number;
}

/**
 * Brings the producers' state to `lastOffset`: from the latest snapshot below it, and the batches after that. Leaves
 * snapshots at the bases of the last two segments and at `lastOffset`, so that the next time there is little to read.
 */
export function* rebuildProducerState(
  producers: ProducerStateManager,
  segments: LogSegments,
  { logStartOffset, lastOffset, hadCleanShutdown, nowMs }: RebuildRange,
): Generator<void, void> {
  const snapshotsAt = segments.all.slice(-2).map(({ baseOffset }) => baseOffset);
  if (producers.snapshotOffsets.length === 0 && hadCleanShutdown) {
    for (const offset of snapshotsAt) snapshotAt(producers, offset);
    snapshotAt(producers, lastOffset);
    return;
  }
  const hadNoProducers = producers.isEmpty && producers.mapEndOffset >= lastOffset;
  producers.truncateAndReload(logStartOffset, lastOffset, nowMs);
  yield* recallEarlier(producers, segments);
  if (!hadNoProducers) {
    for (const segment of segments.from(producers.mapEndOffset)) {
      if (segment.baseOffset >= lastOffset) break;
      producers.mapEndOffset = Math.max(segment.baseOffset, producers.mapEndOffset, logStartOffset);
      if (snapshotsAt.includes(segment.baseOffset)) producers.takeSnapshot();
      yield* replay(segment, producers, lastOffset);
    }
  }
  snapshotAt(producers, lastOffset);
}

/**
 * A snapshot holds one batch of a producer, and a producer may send any of its last five again. So those before it are
 * looked up in the log, as far as they lie in the last {@link RECALLED_BYTES} before the snapshot. (Kafka doesn't: a
 * batch that is sent again to a broker that was restarted may be written twice.)
 */
function* recallEarlier(producers: ProducerStateManager, segments: LogSegments): Generator<void, void> {
  if (producers.isEmpty) return;
  const end = producers.mapEndOffset;
  const found = new Map<ProducerStateEntry, BatchMetadata[]>();
  for (const { batch } of lastBatches(segments, end)) {
    yield;
    const known = producers.lastEntry(batch.producerId);
    if (known === undefined || batch.isControl || batch.producerEpoch !== known.epoch) continue;
    if (batch.lastOffset >= known.firstDataOffset) continue;
    const earlier = metadataOf(batch, Number(batch.baseOffset));
    const others = found.get(known);
    if (others === undefined) found.set(known, [earlier]);
    else others.push(earlier);
  }
  for (const [known, earlier] of found) known.rememberEarlier(earlier);
}

/** The headers of the last batches before offset `end`, oldest first, but for what lies behind damage in a segment. */
function* lastBatches(segments: LogSegments, end: number): Generator<BatchInFile, void> {
  for (const [segment, position] of lastBytes(segments, end)) {
    try {
      for (const found of segment.records.headers(position)) {
        if (found.batch.baseOffset >= end) break;
        yield found;
      }
    } catch (error) {
      // Whoever reads there gets the error. That a batch is sent again just now is no reason not to serve the rest.
      if (!isDamage(error)) throw error;
    }
  }
}

/** The segments, oldest first, that hold the last bytes before offset `end`, and from which position on. */
function lastBytes(segments: LogSegments, end: number): (readonly [segment: LogSegment, position: number])[] {
  const places: (readonly [LogSegment, number])[] = [];
  let left = RECALLED_BYTES;
  for (let segment = segments.floor(end - 1); segment !== undefined && left > 0; ) {
    const size = segment.translateOffset(end)?.position ?? segment.size;
    places.unshift([segment, batchAtOrBefore(segment, size - left)]);
    left -= size;
    segment = segments.floor(segment.baseOffset - 1);
  }
  return places;
}

/** Where a batch begins that the index knows, not after `position`. */
function batchAtOrBefore({ offsetIndex }: LogSegment, position: number): number {
  if (position <= 0) return 0;
  let slot = offsetIndex.count - 1;
  while (slot >= 0 && offsetIndex.positionAt(slot) > position) slot -= 1;
  return slot < 0 ? 0 : offsetIndex.positionAt(slot);
}

function* replay(segment: LogSegment, producers: ProducerStateManager, lastOffset: number): Generator<void, void> {
  const start = segment.translateOffset(producers.mapEndOffset);
  if (start === null) return;
  for (const { batch } of segment.records.batches(start.position)) {
    if (batch.baseOffset >= lastOffset) return;
    producers.commit(producers.prepare([batch], "replication", segment.records.path));
    yield;
  }
}

function snapshotAt(producers: ProducerStateManager, offset: number): void {
  producers.mapEndOffset = offset;
  producers.takeSnapshot();
}

/** The rebuild that an open log needs after a truncation, in steps; a newer one takes the place of one under way. */
export class ProducerRebuild {
  readonly #log: { readonly producers: ProducerStateManager; readonly segments: LogSegments };
  #steps: Generator<void, void> | null = null;
  /** What a rebuild was to do that the disk has ended; null: none was. */
  #failed: RebuildRange | null = null;

  constructor(log: { readonly producers: ProducerStateManager; readonly segments: LogSegments }) {
    this.#log = log;
  }

  /** True from the first step to the last: the producers' state isn't that of the log's end. */
  get isUnderWay(): boolean {
    return this.#steps !== null;
  }

  /** As the producers say; while they are read again, nobody knows what has begun behind what has been read. */
  get firstUnstableOffset(): number | null {
    const { firstUnstableOffset, mapEndOffset } = this.#log.producers;
    return this.isUnderWay ? Math.min(firstUnstableOffset ?? Infinity, mapEndOffset) : firstUnstableOffset;
  }

  /**
   * Brings the state to the log's end. Gives up when {@link run} or {@link cancel} is called meanwhile.
   * @param logEndOffset where the log ends since it was cut
   */
  *run(logStartOffset: number, logEndOffset: number, nowMs: number): Generator<void, void> {
    const range = { logStartOffset, lastOffset: logEndOffset, hadCleanShutdown: false, nowMs };
    yield* this.#run(range);
  }

  /** The log has no batches any more. */
  cancel(): void {
    this.#steps = null;
    this.#failed = null;
  }

  /**
   * To be called before an append. A rebuild that has failed is tried again, at once: the disk may have room by now.
   * @throws KafkaError LEADER_NOT_AVAILABLE until it is over: nobody knows whether a batch is a repeated one;
   *   KAFKA_STORAGE_ERROR while the disk fails
   */
  checkOver(name: string): void {
    if (this.#failed !== null) runToEnd(this.#run(this.#failed));
    if (this.#steps === null) return;
    throw new KafkaError("LEADER_NOT_AVAILABLE", `the producers of ${name} are read again after a truncation`);
  }

  *#run(range: RebuildRange): Generator<void, void> {
    const steps = rebuildProducerState(this.#log.producers, this.#log.segments, range);
    this.#steps = steps;
    this.#failed = null;
    try {
      while (this.#steps === steps && steps.next().done !== true) yield;
      if (this.#steps === steps) this.#steps = null;
    } catch (error) {
      if (this.#steps === steps) this.#failed = range;
      throw error;
    }
  }
}
