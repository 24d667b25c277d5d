import { type LogConfig } from "#log/given/assembly/log-config";
import { type LogSegment } from "./log-segment.ts";

/** What retention goes by, besides the topic's config. */
export interface RetentionLimits {
  /** Records at or above it aren't replicated yet, and are never deleted. */
  readonly highWatermark: number;
  /** Records below it were deleted by request (DeleteRecords). */
  readonly logStartOffset: number;
  readonly logEndOffset: number;
  /** Wall time. */
  readonly nowMs: number;
}

/**
 * Says which segments may be deleted. A log is only ever shortened at its start: the answer is the first segment, the
 * first two, and so on, up to the first one that must stay.
 *
 * A segment may go only when all its records lie below the high watermark, so when it ends (where the next one begins;
 * the last one at the log's end) not above it; and if one of these holds:
 *
 * - all its records lie below the log start offset. This is known from the next segment's base offset, so it can't hold
 *   for the last segment;
 * - `retentionMs` isn't −1, and its youngest record ({@link LogSegment.largestTimestamp}) is *more* than that old;
 * - `retentionBytes` isn't −1, and without it (and those before it) the log would still have at least that many bytes.
 *
 * The last two hold only for logs whose `cleanupPolicy` contains `delete`.
 *
 * An active segment in which nothing is young enough may go like any other; but not while it is empty, as a new one
 * would be just like it.
 *
 * @param segments all of the log, oldest first
 * @exercise 5.6 deletableSegments
 */
export function deletableSegments(
  segments: readonly LogSegment[],
  config: LogConfig,
  limits: RetentionLimits,
): LogSegment[] {
  const { retentionMs, retentionBytes } = config;
  const deletes = config.cleanupPolicy.includes("delete");
  let bytesLeft = segments.reduce((sum, { size }) => sum + size, 0);
  const deletable: LogSegment[] = [];
  for (const [index, segment] of segments.entries()) {
    const next = segments[index + 1];
    const end = next?.baseOffset ?? limits.logEndOffset;
    const isBelowStart = next !== undefined && next.baseOffset <= limits.logStartOffset;
    const isTooOld = retentionMs >= 0 && limits.nowMs - Number(segment.largestTimestamp) > retentionMs;
    const isTooMuch = retentionBytes >= 0 && bytesLeft - segment.size >= retentionBytes;
    const mayGo = isBelowStart || (deletes && (isTooOld || isTooMuch));
    if (!mayGo || end > limits.highWatermark || (next === undefined && segment.size === 0)) break;
    bytesLeft -= segment.size;
    deletable.push(segment);
  }
  return deletable;
}
