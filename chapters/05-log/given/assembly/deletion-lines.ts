import { fileName, LOG_SUFFIX } from "../log-files.ts";
import { type LogConfig } from "./log-config.ts";
import { type LogSegments } from "../log-segments.ts";
import { type LogSegment } from "#log/log-segment";
import { type RetentionLimits } from "#log/log-retention";

/**
 * What the log says of segments that retention takes: one line each, with the reason, in Kafka's words.
 *
 * Source: Kafka's `RetentionMsBreach`, `RetentionSizeBreach` and `StartOffsetBreach` of `UnifiedLog`.
 *
 * @param name of the partition
 * @param deleted oldest first, still in `segments`
 */
export function deletionLines(
  name: string,
  deleted: readonly LogSegment[],
  segments: LogSegments,
  { retentionMs, retentionBytes }: LogConfig,
  { logStartOffset, nowMs }: RetentionLimits,
): string[] {
  let bytesLeft = segments.sizeInBytes;
  return deleted.map((segment) => {
    bytesLeft -= segment.size;
    const end = segments.next(segment)?.baseOffset ?? Infinity;
    const ageMs = nowMs - Number(segment.largestTimestamp);
    const what = `${name}: deleting segment ${fileName(segment.baseOffset, LOG_SUFFIX)} (${segment.size} bytes)`;
    if (end <= logStartOffset) return `${what} due to log start offset ${logStartOffset} breach`;
    if (retentionMs < 0 || ageMs <= retentionMs) {
      return `${what} due to log retention size ${retentionBytes} breach; ${bytesLeft} bytes are left`;
    }
    const by = segment.timestamps.max.timestamp < 0 ? "last modified time" : "largest record timestamp";
    return `${what} due to log retention time ${retentionMs} ms breach: by the ${by} in it, it is ${ageMs} ms old`;
  });
}
