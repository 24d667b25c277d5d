import { NotImplementedError } from "#ground/errors";
import { type RecordBatch, type RecordCursor } from "#serialization";
import { type CleaningRound } from "#compaction/given/cleaning-round";
import { emptyBatch, rebuildBatch } from "#compaction/given/rebuild-batch";

/**
 * Says whether a record is still worth something:
 *
 * - one behind `round.map.latestOffset` is: what comes after it hasn't been looked at;
 * - one without a key is not;
 * - one of which the map has the key at a later offset is not. A key that the map doesn't have was not written again;
 * - a tombstone (no value) is, until the time that is the batch's `deleteHorizonMs`; while that is null, it is. From
 *   that time on it is not.
 *
 * @param offset of the record
 * @param cursor stands at the record
 * @exercise 8.4 keepsRecord
 */
export function keepsRecord(batch: RecordBatch, offset: number, cursor: RecordCursor, round: CleaningRound): boolean {
  throw new NotImplementedError("8.4 keepsRecord");
}

/**
 * What is left of a batch.
 *
 * - `round.transactions.mayDiscard(batch)` says whether the batch may go whole, whatever is in it. Data that may, goes.
 *   A marker (a control batch) that may, goes when its `deleteHorizonMs` has come, not before. A marker that stays
 *   keeps its record.
 * - Of any other batch the records are kept that {@link keepsRecord}.
 * - When no record is left, nothing is; but one that must stay (`round.mustStay`), as its producer's last batch must,
 *   does so as an {@link emptyBatch}.
 * - A batch that keeps a tombstone, or a marker that may go, gets a horizon if it has none: `deleteRetentionMs` after
 *   `nowMs`. One that it has, stays.
 * - If nothing changes, the answer is the batch as it is, and is not encoded anew: `batch.slice()`. Else
 *   {@link rebuildBatch} makes it.
 *
 * @returns the bytes of one batch, or null
 * @exercise 8.4 cleanBatch
 */
export function cleanBatch(batch: RecordBatch, round: CleaningRound): Uint8Array | null {
  throw new NotImplementedError("8.4 cleanBatch");
}
