// Different from the reference: three passes, one for each rule, each over what the one before has left.
import { type LogConfig } from "#log/given/assembly/log-config";
import { type LogSegment } from "#log/log-segment";

export interface RetentionLimits {
  readonly highWatermark: number;
  readonly logStartOffset: number;
  readonly logEndOffset: number;
  readonly nowMs: number;
}

export function deletableSegments(
  segments: readonly LogSegment[],
  config: LogConfig,
  limits: RetentionLimits,
): LogSegment[] {
  let left = [...segments];
  const deletable: LogSegment[] = [];
  const pass = (mayGo: (segment: LogSegment, next: LogSegment | undefined) => boolean): void => {
    let count = 0;
    while (count < left.length && isFree(left[count]!, left[count + 1]) && mayGo(left[count]!, left[count + 1]))
      count += 1;
    deletable.push(...left.slice(0, count));
    left = left.slice(count);
  };
  const isFree = (segment: LogSegment, next: LogSegment | undefined): boolean =>
    next === undefined
      ? segment.size > 0 && limits.logEndOffset <= limits.highWatermark
      : next.baseOffset <= limits.highWatermark;

  pass((_, next) => next !== undefined && next.baseOffset <= limits.logStartOffset);
  if (!config.cleanupPolicy.includes("delete")) return deletable;
  if (config.retentionBytes !== -1) {
    let surplus = left.map(({ size }) => size).reduce((a, b) => a + b, 0) - config.retentionBytes;
    pass(({ size }) => {
      surplus -= size;
      return surplus >= 0;
    });
  }
  if (config.retentionMs !== -1) {
    const oldest = limits.nowMs - config.retentionMs;
    pass(({ largestTimestamp }) => largestTimestamp < oldest);
  }
  return deletable;
}
