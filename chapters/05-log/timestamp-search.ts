/**
 * Looking for records by their timestamps: what ListOffsets by time asks for.
 *
 * Source: Kafka's `UnifiedLog.fetchOffsetByTimestamp`, `FileRecords.searchForTimestamp`, KIP-33, KIP-734.
 *
 * @module
 */
import { NotImplementedError } from "#ground/errors";
import { safeOffset, type Int64 } from "#ground/int64";
import { type RecordBatch } from "#serialization";
import { type LogSegment } from "./log-segment.ts";
import { type LogSegments } from "#log/given/log-segments";

/** A record that was found by its timestamp. Source: Kafka's `FileRecords.TimestampAndOffset`. */
export interface TimestampAndOffset {
  readonly offset: number;
  /** Milliseconds; −1 when the offset was not found by time. */
  readonly timestamp: Int64;
  /** The epoch in which the record was written. */
  readonly leaderEpoch: number;
}

/**
 * Finds the first record at or after `startOffset` with a timestamp of `target` or later: first by offset, for
 * timestamps jump back and forth. It is a record, not a batch: `findRecord` looks into one.
 *
 * A log may have thousands of segments, and a segment thousands of batches: a file is read only where the segment's
 * `largestTimestamp` and its two indexes can't rule out that the record is there.
 *
 * @param target in ms since the epoch
 * @param startOffset the log's start: of what lies below nothing is said, though it may be in a batch that is there
 * @returns null if no record is as young
 * @throws KafkaError CORRUPT_MESSAGE for a damaged file
 * @exercise 5.5 findByTimestamp
 */
export function findByTimestamp(segments: LogSegments, target: Int64, startOffset: number): TimestampAndOffset | null {
  throw new NotImplementedError("5.5 findByTimestamp");
}

/** The first record with the largest timestamp of all, or null when no record has one. */
export function findMaxTimestamp(segments: LogSegments): TimestampAndOffset | null {
  let latest: LogSegment = segments.first;
  for (const segment of segments.all) {
    if (segment.timestamps.max.timestamp > latest.timestamps.max.timestamp) latest = segment;
  }
  const { timestamp: target, offset } = latest.timestamps.max;
  if (target < 0) return null;
  for (const { batch } of latest.records.batches(latest.offsetIndex.lookup(offset).position)) {
    if (batch.maxTimestamp === target) return findRecord(batch, (timestamp) => timestamp >= target);
  }
  return null;
}

/** The first record of a batch of which the timestamp and the offset match, or null. */
function findRecord(
  batch: RecordBatch,
  matches: (timestamp: Int64, offset: Int64) => boolean,
): TimestampAndOffset | null {
  for (const { offset, timestamp } of batch.records()) {
    if (!matches(timestamp, offset)) continue;
    return { offset: safeOffset(offset, "offset"), timestamp, leaderEpoch: batch.partitionLeaderEpoch };
  }
  return null;
}
