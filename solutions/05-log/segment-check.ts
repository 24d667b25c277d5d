/**
 * Which of a folder's files are believed when a log is opened: what is no part of the log goes, and segments that are
 * said to be whole (below the recovery point, or of a log that was closed in order) get a look. A file that was cut,
 * filled with zeros or mixed up outside the broker is found before anybody relies on it.
 *
 * Source: Kafka's `LogLoader`, `OffsetIndex.sanityCheck` and `TimeIndex.sanityCheck`. *Different*: Kafka compares an
 * index with itself, and so believes zeros behind the entries of a time index (KAFKA-19200); here it must fit the
 * batches, too.
 *
 * @module
 */
import {
  DELETED_SUFFIX, INDEX_SUFFIX, LOG_SUFFIX, TIME_INDEX_SUFFIX, TXN_INDEX_SUFFIX,
} from "#log/given/log-files";
import { RECORD_BATCH_OVERHEAD } from "#serialization";
import { type LogSegment } from "./log-segment.ts";

/**
 * Which of the files in a log's folder are no part of the log, and are to be removed:
 *
 * - of segments that were deleted (their names end in `.deleted`), and of writes that were not finished (`.tmp`);
 * - the indexes (`.index`, `.timeindex`, `.txnindex`) of a segment that has no `.log`: with nothing to look up in, and
 *   in the way of a segment that may begin there again.
 *
 * All others stay: also those that the log doesn't know.
 *
 * @param names of all files in the folder
 * @exercise 5.7 leftovers
 */
export function leftovers(names: readonly string[]): string[] {
  const all = new Set(names);
  return names.filter((name) => {
    if (name.endsWith(DELETED_SUFFIX) || name.endsWith(".tmp")) return true;
    const suffix = [INDEX_SUFFIX, TIME_INDEX_SUFFIX, TXN_INDEX_SUFFIX].find((end) => name.endsWith(end));
    return suffix !== undefined && !all.has(name.slice(0, -suffix.length) + LOG_SUFFIX);
  });
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
 *
 * @exercise 5.7 offsetIndexFault
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

/**
 * Says what is wrong with a segment's time index, in a few words for the log, or null. It is, when
 *
 * - its file ends with part of an entry (`file.isWhole`);
 * - its first entry has an offset below the base offset; or, of several entries, the last one isn't above it in both;
 * - no batch holds the last entry's offset, or the largest timestamp of the one that does isn't just the entry's. This
 *   entry decides when retention deletes the segment: one of the year 2106 would keep it for ever, zeros would delete
 *   it at once.
 *
 * An empty index is right. No batch but that one is looked at, and only its header.
 *
 * @throws KafkaError CORRUPT_MESSAGE when the `.log` file is damaged on the way to that batch
 * @exercise 5.7 timeIndexFault
 */
export function timeIndexFault(segment: LogSegment): string | null {
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
