/**
 * A look at the files of a segment that is said to be whole: below the recovery point, or of a log that was closed in
 * order. A file that was cut, filled with zeros or mixed up outside the broker is found before anybody relies on it.
 *
 * Source: Kafka's `OffsetIndex.sanityCheck` and `TimeIndex.sanityCheck`. *Different*: Kafka compares an index with
 * itself, and so believes zeros behind the entries of a time index (KAFKA-19200); here it must fit the batches, too.
 *
 * @module
 */
import { isDamage } from "#ground/errors";
import { type Int64 } from "#ground/int64";
import { type LogSegment } from "#log/log-segment";
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
    return offsetIndexMisfit(segment) ?? recordsMisfit(segment, isActive) ?? timeIndexMisfit(segment);
  } catch (error) {
    if (isDamage(error)) return error.message;
    throw error;
  }
}

function offsetIndexMisfit({ offsetIndex, baseOffset, size }: LogSegment): string | null {
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
function recordsMisfit(segment: LogSegment, isActive: boolean): string | null {
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

/** The last entry must name a batch with just its timestamp: it decides when retention deletes the segment. */
function timeIndexMisfit(segment: LogSegment): string | null {
  const { timeIndex, records, baseOffset } = segment;
  if (!timeIndex.file.isWhole) return "its time index ends with part of an entry";
  if (timeIndex.count === 0) return null;
  const last = timeIndex.lastEntry;
  const first = timeIndex.entryAt(0);
  const grows = first.timestamp < last.timestamp && first.offset < last.offset;
  if (first.offset < baseOffset || (timeIndex.count > 1 && !grows)) {
    const [from, to] = [first, last].map(({ timestamp, offset }) => `timestamp ${timestamp} (offset ${offset})`);
    return `its time index goes from ${from} to ${to}`;
  }
  const place = segment.translateOffset(last.offset);
  if (place !== null) {
    for (const { batch } of records.headers(place.position)) {
      if (batch.baseOffset <= last.offset && batch.maxTimestamp === last.timestamp) return null;
      break;
    }
  }
  return `its time index ends with timestamp ${last.timestamp}, which the batch of offset ${last.offset} hasn't`;
}
