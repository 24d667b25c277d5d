import { NotImplementedError } from "#ground/errors";
import { type LogConfig, type LogSegment, type UnifiedLog } from "#log";
import { type SourceSegment } from "#compaction/given/source-segment";

/** Bytes of an entry in the offset index and in the time index. */
const OFFSET_ENTRY_BYTES = 8;
const TIME_ENTRY_BYTES = 12;
/** A segment can hold offsets up to this far from its base offset. */
const MAX_OFFSET_DELTA = 0x7fff_ffff;

/**
 * Puts segments that lie side by side into groups, each of which becomes one segment: cleaned again and again, segments
 * get small, and a thousand small ones are dear to keep open.
 *
 * A group gets the next segment as long as
 * - together they have at most `segmentBytes` bytes, and their offset indexes and their time indexes at most
 *   `segmentIndexBytes` (an entry of the one has 8 bytes, of the other 12: `segment.offsetIndex.count`,
 *   `segment.timeIndex.count`), as they are now; and
 * - its last offset (just below where the next segment begins) is at most 2³¹ − 1 above the group's base offset; unless
 *   it is empty.
 *
 * A segment that is too large by itself is a group of its own.
 *
 * @param segments oldest first
 * @param end where the last of them ends, exclusive
 * @returns all segments, in their order
 * @exercise 8.5 groupSegments
 */
export function groupSegments(
  segments: readonly LogSegment[],
  end: number,
  { segmentBytes, segmentIndexBytes }: Pick<LogConfig, "segmentBytes" | "segmentIndexBytes">,
): LogSegment[][] {
  throw new NotImplementedError("8.5 groupSegments");
}

/**
 * Puts a cleaned segment in the place of those that it was made from, so that after a crash or a power loss at any
 * moment the next start finds the old ones, or the new one, and never half of each. The start keeps to this: a segment
 * with a file that ends in `.cleaned` is thrown away; one with `.swap` in the place of that is whole, and takes the
 * place of what it replaces.
 *
 * - The segment is to be whole on the device, sealed, before its files are called `.swap` (`cleaned.rename`).
 * - The old segments may go only after that; and only then do the files get their final names, without a suffix.
 *   `log.local.replaceSegments(old, baseOffset, putInPlace)` does the first of these, and has you do the other.
 * - Bringing it to the device takes its time. Meanwhile the log may have been closed, or one of the sources may have
 *   been deleted or cut (`source.isIntact`). Then nothing is replaced: what the segment has isn't what the log has.
 * - From the change of names on, all is one turn: nobody may see the log between.
 * - The snapshots of producers at the base offsets of the segments that are gone for good (not at `cleaned.baseOffset`)
 *   go with them: `log.producers.removeSnapshots(segments)`.
 *
 * @param cleaned its files end in `.cleaned`, and it has all that is to be kept of the sources
 * @param sources oldest first; the first has the base offset of `cleaned`
 * @returns whether it has taken their place. If not, its files are still there, and still end in `.cleaned`
 * @throws DiskError
 * @exercise 8.5 replaceSegments
 */
export async function replaceSegments(
  log: UnifiedLog,
  cleaned: LogSegment,
  sources: readonly SourceSegment[],
): Promise<boolean> {
  throw new NotImplementedError("8.5 replaceSegments");
}
