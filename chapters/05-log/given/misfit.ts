/**
 * A look at a segment that should be whole: its indexes, and the batches behind their last entries.
 *
 * Source: Kafka's `OffsetIndex.sanityCheck` and `LogSegment.sanityCheck`. *Different*: the batches behind the last
 * entries are looked at, too.
 *
 * @module
 */
import { isDamage } from "#ground/errors";
import { type Int64 } from "#ground/int64";
import { type LogSegment } from "#log/log-segment";
import { timeIndexFault } from "#log/segment-check";
import { RECORD_BATCH_OVERHEAD } from "#serialization";

/**
 * Says what in a segment's files doesn't fit together, or null. Of each index it looks at the size, the first and the
 * last entry and the batch that the last one speaks of; of the `.log` file at the few batches behind the last index
 * entry.
 *
 * @param isActive the log goes on behind this segment's last batch: then the checksums of these batches count, too
 * @throws DiskError
 */
export function misfit(segment: LogSegment, isActive: boolean): string | null {
  try {
    return offsetIndexFault(segment) ?? recordsFault(segment, isActive) ?? timeIndexFault(segment);
  } catch (error) {
    if (isDamage(error)) return error.message;
    throw error;
  }
}

/**
 * Says what is wrong with a segment's offset index, in a few words for the log, or null. It is, when
 *
 * - its file ends with part of an entry (`file.isWhole`);
 * - its last entry has an offset below the base offset, or a position at which the file has no room for a header
 *   ({@link RECORD_BATCH_OVERHEAD}), or none at all;
 * - its first entry has an offset below the base offset, or a negative position; or, of several entries, the last one
 *   isn't above it in both.
 *
 * An empty index is right: it knows nothing. No other entry is looked at, and no batch: this is done for each segment
 * whenever a log is opened.
 */
export function offsetIndexFault({ offsetIndex, baseOffset, size }: LogSegment): string | null {
  if (!offsetIndex.file.isWhole) return "its offset index ends with part of an entry";
  if (offsetIndex.count === 0) return null;
  const { lastOffset, lastPosition } = offsetIndex;
  if (lastOffset < baseOffset || lastPosition < 0 || lastPosition + RECORD_BATCH_OVERHEAD > size) {
    return `its offset index ends with offset ${lastOffset} at ${lastPosition} of ${size} bytes`;
  }
  const [firstOffset, firstPosition] = [offsetIndex.offsetAt(0), offsetIndex.positionAt(0)];
  const grows = firstOffset < lastOffset && firstPosition < lastPosition;
  if (firstOffset < baseOffset || firstPosition < 0 || (offsetIndex.count > 1 && !grows)) {
    return `its offset index goes from offset ${firstOffset} at ${firstPosition} to ${lastOffset} at ${lastPosition}`;
  }
  return null;
}

/** Goes through the batches from the last index entry on: they must reach to the end of the file. */
function recordsFault(segment: LogSegment, isActive: boolean): string | null {
  const { records, offsetIndex, timeIndex, baseOffset } = segment;
  const indexed = offsetIndex.count === 0 ? null : offsetIndex.lastOffset;
  let end = offsetIndex.lastPosition;
  let lastOffset: Int64 = baseOffset - 1;
  let largestTimestamp: Int64 = -1;
  for (const { position, batch } of isActive ? records.batches(end) : records.headers(end)) {
    // Not equal: an entry of an older Kafka points to the first of several batches that were appended at once.
    const isIndexed = indexed === null || position > offsetIndex.lastPosition || batch.lastOffset <= indexed;
    if (batch.baseOffset <= lastOffset || !isIndexed) return `its batch at ${position} begins with ${batch.baseOffset}`;
    if (isActive && !batch.isValid()) return `its batch at ${position} is damaged`;
    lastOffset = batch.lastOffset;
    if (batch.maxTimestamp > largestTimestamp) largestTimestamp = batch.maxTimestamp;
    end = position + batch.sizeInBytes;
  }
  if (end !== records.size) return `its last whole batch ends at ${end} of ${records.size} bytes`;
  if (indexed !== null && lastOffset < indexed) return `its offset index ends with ${indexed}, it with ${lastOffset}`;
  const { timestamp } = timeIndex.lastEntry;
  if (largestTimestamp <= timestamp || !timeIndex.file.isWhole) return null;
  return `it has timestamp ${largestTimestamp}, and its time index ends with ${timestamp}`;
}
