/**
 * The first batch that a leader sends may begin before what was asked for. Source: as Kafka's
 * `Partition.appendRecordsToFollowerOrFutureReplica`, which does so only for an empty log.
 *
 * @module
 */
import { type UnifiedLog } from "#log";
import { batches } from "#serialization";

/**
 * A leader sends the batch whole that holds the end of the follower's log. If anything stands there at its offsets, it
 * is not that batch: it is cut off. (Epochs tell this, too, but not those below the start of the leader's log.)
 * @returns whether the records fit on now; if not, the next fetch asks for what is missing
 */
export function cutToFirstBatch(log: UnifiedLog, records: Uint8Array): boolean {
  const end = log.logEndOffset;
  const [first] = batches(records);
  if (first === undefined || first.baseOffset >= end || first.lastOffset < end) return true;
  const baseOffset = Number(first.baseOffset);
  log.truncateTo(baseOffset);
  return log.logEndOffset === baseOffset;
}
