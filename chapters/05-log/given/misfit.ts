/**
 * A look at a segment that should be whole: its indexes, and the batches behind their last entries.
 *
 * @module
 */
import { isDamage } from "#ground/errors";
import { type Int64 } from "#ground/int64";
import { type LogSegment } from "#log/log-segment";
import { offsetIndexFault, timeIndexFault } from "#log/segment-check";

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
