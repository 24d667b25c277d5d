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
 * Makes a segment whole: keeps its batches up to the first that is damaged, and builds its indexes anew from them.
 *
 * 1. `segment.resetIndexes()` empties the three indexes, and forgets the timestamps.
 * 2. Go through `segment.records.batches(0)`. A batch is good if its checksum is right, its base offset isn't below the
 *    end of the batch before (or the segment's base offset), and its last offset can be held (`canHold` of the offset
 *    index). For each good one
 *    - {@link LogSegment.index} it, so that the indexes become what they were, byte for byte;
 *    - if its `partitionLeaderEpoch` is later than `epochs.latestEpoch`, assign it to `epochs`;
 *    - `segment.replay(batch, producers)`;
 *    - `yield`.
 * 3. Stop at the first that isn't good. `batches` stops by itself before half a batch, and throws CORRUPT_MESSAGE at a
 *    length that can't be one: this ends the good part as well. Any other error goes to the caller.
 * 4. Cut the file after the last good batch.
 *
 * @param producers the producers' state at the segment's base offset
 * @returns bytes cut from the `.log` file
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
  /** Makes one segment whole, as {@link recoverSegment} does. @returns bytes cut from its `.log` file */
  recoverSegment(segment: LogSegment): Generator<void, number>;
  /** Removes all segments after `segment`. */
  dropAfter(segment: LogSegment): Generator<void, void>;
}

/**
 * Recovers a log after an unclean shutdown: all segments of which the end may not have reached the device.
 *
 * - They are those that `log.segments.from(recoveryPoint)` gives, oldest first: the one that holds the recovery point,
 *   and all after it. `yield* log.recoverSegment(segment)` makes one whole and says how many bytes it had to cut.
 * - A log has no holes. So when something was cut, or when the segment doesn't reach to the base offset of the next one
 *   (`log.segments.next(segment)`, {@link LogSegment.readNextOffset}), the log ends with this segment:
 *   `yield* log.dropAfter(segment)` removes the later ones, and they need no recovery.
 * - Only a compacted log (`log.mayHaveGaps`) has gaps between segments by right. But after a cut it ends, too.
 *
 * @param recoveryPoint as checkpointed; it may lie beyond the end of the log, or before its first segment
 * @exercise 5.7 recoverLog
 */
export function* recoverLog(log: RecoverableLog, recoveryPoint: number): Generator<void, void> {
  for (const segment of log.segments.from(recoveryPoint)) {
    const cut = yield* log.recoverSegment(segment);
    const next = log.segments.next(segment);
    const isGap = next !== undefined && segment.readNextOffset() !== next.baseOffset && !log.mayHaveGaps;
    if (cut > 0 || isGap) {
      yield* log.dropAfter(segment);
      return;
    }
  }
}
