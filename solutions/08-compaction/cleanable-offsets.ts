import { type CleanableLog, type CleanableOffsets } from "#compaction/given/cleanable-log";

/**
 * Says which part of a log may be cleaned now: from where the last cleaning ended to the first segment that has to stay
 * as it is.
 *
 * The dirty part begins at `cleanOffset`, or at the log start offset if
 * - the log was never cleaned, or
 * - `cleanOffset` lies below the log start offset: what was there is deleted, or
 * - it lies above the log's end: then it isn't this log's.
 *
 * Of the segments from there on (also the one that the dirty part begins inside of), the first must stay that
 * - is the active one, or
 * - has a record at or above the last stable offset: one that isn't replicated yet may still be cut off, and of one
 *   whose transaction is open nobody knows whether it counts. The last stable offset is the high watermark or, if it is
 *   lower, `log.firstUnstableOffset`. Or
 * - if `log.config.minCompactionLagMs` isn't 0, has a record *younger* than that: `segment.largestTimestamp` counts.
 *
 * @param cleanOffset everything below was cleaned; undefined if the log never was
 * @param nowMs wall time
 * @returns twice the same offset when there is nothing to clean
 * @exercise 8.2 cleanableOffsets
 */
export function cleanableOffsets(log: CleanableLog, cleanOffset: number | undefined, nowMs: number): CleanableOffsets {
  const { logStartOffset, logEndOffset, highWatermark, firstUnstableOffset } = log;
  const { minCompactionLagMs } = log.config;
  const isOfLog = cleanOffset !== undefined && cleanOffset >= logStartOffset && cleanOffset <= logEndOffset;
  const firstDirtyOffset = isOfLog ? cleanOffset : logStartOffset;
  const lastStableOffset = Math.min(highWatermark, firstUnstableOffset ?? highWatermark);
  const { all } = log.segments;
  const uncleanable = all.find((segment, i) => {
    const next = all[i + 1];
    if (next === undefined) return true;
    if (next.baseOffset <= firstDirtyOffset) return false;
    const isYoung = minCompactionLagMs > 0 && nowMs - Number(segment.largestTimestamp) < minCompactionLagMs;
    return next.baseOffset > lastStableOffset || isYoung;
  })!;
  return { firstDirtyOffset, firstUncleanableOffset: Math.max(firstDirtyOffset, uncleanable.baseOffset) };
}
