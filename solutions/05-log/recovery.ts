/**
 * What is done after a crash: the log becomes whole again, as far as the disk has kept it.
 *
 * Both are generators. Each `yield` is a point at which the work may rest: recovery of a large log takes minutes, and
 * the broker has other things to do in between.
 *
 * Source: Kafka's `LogSegment.recover` and `LogLoader.recoverLog`.
 *
 * @module
 */
import { KafkaError } from "#ground/errors";
import { type LeaderEpochFileCache } from "./leader-epoch-file-cache.ts";
import { type LogSegment } from "./log-segment.ts";
import { type LogSegments } from "#log/given/log-segments";
import { type ProducerStateManager } from "#log/given/producer-state-manager";

/**
 * Makes a segment whole: keeps its batches up to the first that is damaged, and builds all else anew from them. What
 * stood in its indexes doesn't count.
 *
 * - A batch is good if it is all there and its checksum is right, if it begins behind the batch before (and not below
 *   the segment's base offset), and if its last offset can be held by the offset index. Gaps are no damage: compaction
 *   makes them, between batches and in them. With the first batch that isn't good the segment ends.
 * - Afterwards the indexes and the timestamps are what appends of the good batches would have made them, byte for byte
 *   ({@link LogSegment.index}); `epochs` knows of each later epoch that a batch was written in (−1 is none); the
 *   producers' state and the transaction index have taken in each batch (`segment.replay`).
 * - It rests (`yield`) after each batch.
 *
 * `segment.resetIndexes()` empties the indexes and forgets the timestamps.
 *
 * @param producers the producers' state at the segment's base offset
 * @returns bytes cut from the `.log` file
 * @throws KafkaError KAFKA_STORAGE_ERROR when the disk fails: that is no damage, and nothing is cut
 * @exercise 5.7 recoverSegment
 */
export function* recoverSegment(
  segment: LogSegment,
  producers: ProducerStateManager,
  epochs: LeaderEpochFileCache,
): Generator<void, number> {
  segment.resetIndexes();
  let end = 0;
  let nextOffset = segment.baseOffset;
  try {
    for (const { position, batch } of segment.records.batches(0)) {
      const { baseOffset, lastOffset, partitionLeaderEpoch } = batch;
      if (!batch.isValid() || baseOffset < nextOffset || !segment.offsetIndex.canHold(lastOffset)) break;
      segment.index(batch, position);
      if (partitionLeaderEpoch > (epochs.latestEpoch ?? -1)) epochs.assign(partitionLeaderEpoch, Number(baseOffset));
      segment.replay(batch, producers);
      end = position + batch.sizeInBytes;
      nextOffset = Number(lastOffset) + 1;
      yield;
    }
  } catch (error) {
    if (!(error instanceof KafkaError) || error.code !== "CORRUPT_MESSAGE") throw error;
  }
  const cut = segment.size - end;
  segment.records.truncate(end);
  return cut;
}

/** What {@link recoverLog} works with. */
export interface RecoverableLog {
  readonly segments: LogSegments;
  /** True if the log is compacted: then a segment may end before the base offset of the next. */
  readonly mayHaveGaps: boolean;
  /** Says what in a segment's files doesn't fit together, or null. Reads little. */
  faultOf(segment: LogSegment): string | null;
  /** Makes one segment whole, as {@link recoverSegment} does. @returns bytes cut from its `.log` file */
  recoverSegment(segment: LogSegment): Generator<void, number>;
  /** Removes all segments after `segment`. */
  dropAfter(segment: LogSegment): Generator<void, void>;
}

/**
 * Makes a log's segments whole when it is opened.
 *
 * - Segments of which the end may not have reached the device are recovered: the one that holds the recovery point, and
 *   all after it. None is, if the log was closed in order.
 * - The others should be whole, and are believed, unless `log.faultOf` says otherwise. Those are recovered, too, but
 *   the segments behind them stay, whatever had to be cut: they were safe before.
 * - Among the former a log has no holes. Where something was cut, or a segment doesn't reach to the base offset of the
 *   next one ({@link LogSegment.readNextOffset}), the log ends: the later segments are removed, without being looked
 *   at. Only a compacted log (`log.mayHaveGaps`) has gaps between segments by right; after a cut it ends, too.
 *
 * The oldest goes first: what is found of producers and epochs goes into the next. It rests (`yield`) after each look,
 * and wherever the recovery of a segment does.
 *
 * @param recoveryPoint everything below is on the device, as checkpointed; it may lie beyond the end of the log, or
 * before its first segment; null when the log was closed in order: then everything is
 * @exercise 5.7 recoverLog
 */
export function* recoverLog(log: RecoverableLog, recoveryPoint: number | null): Generator<void, void> {
  const unflushed = recoveryPoint === null ? [] : log.segments.from(recoveryPoint);
  for (const segment of log.segments.all.slice(0, log.segments.count - unflushed.length)) {
    if (log.faultOf(segment) !== null) yield* log.recoverSegment(segment);
    yield;
  }
  for (const segment of unflushed) {
    const cut = yield* log.recoverSegment(segment);
    const next = log.segments.next(segment);
    const isGap = next !== undefined && segment.readNextOffset() !== next.baseOffset && !log.mayHaveGaps;
    if (cut > 0 || isGap) {
      yield* log.dropAfter(segment);
      return;
    }
  }
}
