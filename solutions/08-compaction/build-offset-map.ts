import { safeOffset } from "#ground/int64";
import { type RecordBatch } from "#serialization";
import { type CleanableOffsets, type CleanedLog } from "#compaction/given/cleanable-log";
import { CleanedTransactions } from "#compaction/given/cleaned-transactions";
import { type OffsetMap } from "./offset-map.ts";

/**
 * Takes the records of one batch into the map. Records without a key are passed over: none can replace another. So are
 * those below `from`. `batch.cursor()` goes from record to record without making an object of each: `offsetDelta` is
 * counted from the batch's base offset; `bytes`, `keyAt` and `keyLength` say what the key is. An empty key is a key.
 *
 * After each record that goes in, `map.latestOffset` is its offset.
 *
 * @param from the first offset that counts
 * @returns false when the map is full: then the record that didn't fit, and all after it, are not in it
 * @exercise 8.3 putRecords
 */
export function putRecords(map: OffsetMap, batch: RecordBatch, from: number): boolean {
  const cursor = batch.cursor();
  const baseOffset = safeOffset(batch.baseOffset, "baseOffset");
  while (cursor.next()) {
    const offset = baseOffset + cursor.offsetDelta;
    if (cursor.keyLength < 0 || offset < from) continue;
    if (!map.put(cursor.bytes, cursor.keyAt, cursor.keyLength, offset)) return false;
    map.latestOffset = offset;
  }
  return true;
}

/**
 * Fills the map with the last offset of each key in the dirty part of a log: [`firstDirtyOffset`,
 * `firstUncleanableOffset`). What may be dropped anywhere in the log is what has a later record there.
 *
 * - Only the segments with a part of that range are read; from `firstDirtyOffset` on, as exactly as the offset index
 *   can say (`offsetIndex.lookup`, `records.batches(position)`).
 * - Control batches hold no keys. Nor do records of aborted transactions count: they replace nothing.
 *   `transactions.mayDiscard(batch)` knows those. It is to be asked of every batch, in order.
 * - `map.latestOffset` follows: to the end of each batch, and at a segment's end to where the next one begins, less 1.
 *   So it is, at last, the last offset of the range.
 * - When the map is full, it is over. `map.latestOffset` says how far it came: the rest has its turn the next time.
 *
 * It yields after each batch: the caller rests then, as long as it likes.
 *
 * @exercise 8.3 buildOffsetMap
 */
export function* buildOffsetMap(log: CleanedLog, range: CleanableOffsets, map: OffsetMap): Generator<void, void> {
  const { firstDirtyOffset, firstUncleanableOffset } = range;
  const transactions = new CleanedTransactions();
  transactions.expect(log.abortedTransactions(firstDirtyOffset, firstUncleanableOffset));
  const all = [...log.segments.all];
  for (const [i, segment] of all.entries()) {
    const end = all[i + 1]?.baseOffset ?? log.logEndOffset;
    if (end <= firstDirtyOffset || segment.baseOffset >= firstUncleanableOffset) continue;
    const { position } = segment.offsetIndex.lookup(firstDirtyOffset);
    for (const { batch } of segment.records.batches(position)) {
      const counts = !transactions.mayDiscard(batch) && !batch.isControl;
      if (counts && !putRecords(map, batch, firstDirtyOffset)) return;
      map.latestOffset = Math.max(map.latestOffset, safeOffset(batch.lastOffset, "lastOffset"));
      yield;
    }
    map.latestOffset = end - 1;
  }
}
