/**
 * Offsets that a partition can be asked for. Source: Kafka's `Partition.fetchOffsetForTimestamp`.
 *
 * @module
 */
import { refusal } from "#ground/errors";
import { type TimestampAndOffset } from "#log";
import { type Partition } from "#replication/partition";
import { type FetchIsolation, NO_OFFSET } from "../partition-reads.ts";

/** The first offset there is. */
export function earliestOffset({ log, leaderEpoch, epochStartOffset }: Partition): TimestampAndOffset {
  const offset = log.logStartOffset;
  const isOfLeader = epochStartOffset !== null && offset >= epochStartOffset;
  return { timestamp: -1, offset, leaderEpoch: isOfLeader ? leaderEpoch : (log.epochs.epochForOffset(offset) ?? -1) };
}

/**
 * The end, for a reader with this isolation.
 * @throws KafkaError OFFSET_NOT_AVAILABLE while the high watermark of a new leader lies before its epoch: what is
 *   committed was once known to reach further, and no reader may see it go back (KIP-207).
 */
export function latestOffset(partition: Partition, isolation: FetchIsolation): TimestampAndOffset {
  const { highWatermark, epochStartOffset, leaderEpoch, name } = partition;
  if (isolation !== "log_end" && epochStartOffset !== null && highWatermark < epochStartOffset) {
    throw refusal("OFFSET_NOT_AVAILABLE", `${name}: the new leader doesn't know yet what is committed`);
  }
  return { timestamp: -1, offset: partition.endFor(isolation), leaderEpoch };
}

/** The first record at or after `timestamp` (milliseconds) that a reader with this isolation may see. */
export function offsetForTimestamp(
  partition: Partition,
  timestamp: number,
  isolation: FetchIsolation,
): TimestampAndOffset {
  return ifVisible(partition, partition.log.offsetForTimestamp(timestamp), isolation);
}

/** The first of the records that have the largest timestamp. */
export function offsetOfMaxTimestamp(partition: Partition, isolation: FetchIsolation): TimestampAndOffset {
  return ifVisible(partition, partition.log.offsetOfMaxTimestamp(), isolation);
}

function ifVisible(
  partition: Partition,
  found: TimestampAndOffset | null,
  isolation: FetchIsolation,
): TimestampAndOffset {
  return found !== null && found.offset < partition.endFor(isolation) ? found : NO_OFFSET;
}
