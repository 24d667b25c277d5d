/**
 * Different from the reference: groups are cut out of the list by index, with running sums; and the sources are looked
 * at twice, before the flush, which may save it, and after.
 *
 * @module
 */
import { type LogConfig, type LogSegment, type UnifiedLog } from "#log";
import { SWAP_SUFFIX } from "#log/given/log-files";
import { type SourceSegment } from "#compaction/given/source-segment";

export function groupSegments(
  segments: readonly LogSegment[],
  end: number,
  limits: Pick<LogConfig, "segmentBytes" | "segmentIndexBytes">,
): LogSegment[][] {
  const groups: LogSegment[][] = [];
  for (let from = 0, to = 0; from < segments.length; from = to) {
    let [bytes, offsetBytes, timeBytes] = [0, 0, 0];
    for (to = from; to < segments.length; to++) {
      const { size, offsetIndex, timeIndex } = segments[to]!;
      bytes += size;
      offsetBytes += 8 * offsetIndex.count;
      timeBytes += 12 * timeIndex.count;
      const isTooLarge =
        bytes > limits.segmentBytes || Math.max(offsetBytes, timeBytes) > limits.segmentIndexBytes;
      const next = segments[to + 1]?.baseOffset ?? end;
      const isTooFar = size > 0 && next - segments[from]!.baseOffset > 2 ** 31;
      if (to > from && (isTooLarge || isTooFar)) break;
    }
    groups.push(segments.slice(from, to));
  }
  return groups;
}

export async function replaceSegments(
  log: UnifiedLog,
  cleaned: LogSegment,
  sources: readonly SourceSegment[],
): Promise<boolean> {
  const isStale = (): boolean => log.isClosed || sources.some((source) => !source.isIntact(log));
  if (isStale()) return false;
  cleaned.seal();
  await cleaned.flush();
  if (isStale()) return false;
  const [first, ...others] = sources.map(({ segment }) => segment);
  cleaned.rename(SWAP_SUFFIX);
  log.producers.removeSnapshots(others);
  log.local.replaceSegments([first!, ...others], cleaned.baseOffset, () => cleaned.rename(""));
  return true;
}
