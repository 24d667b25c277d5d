/**
 * Whether a segment's time index is believed when a log is opened. Segments that are said to be whole (below the
 * recovery point, or of a log that was closed in order) get a look, see `given/misfit.ts`. A file that was cut, filled
 * with zeros or mixed up outside the broker is found before anybody relies on it.
 *
 * Source: Kafka's `TimeIndex.sanityCheck`. *Different*: Kafka compares the index with itself, and so believes zeros
 * behind its entries (KAFKA-19200); here it must fit the batches, too.
 *
 * @module
 */
import { type LogSegment } from "./log-segment.ts";

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
