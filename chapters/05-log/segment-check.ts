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
import { NotImplementedError } from "#ground/errors";
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
  throw new NotImplementedError("5.7 leftovers");
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
  throw new NotImplementedError("5.7 offsetIndexFault");
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
  throw new NotImplementedError("5.7 timeIndexFault");
}
