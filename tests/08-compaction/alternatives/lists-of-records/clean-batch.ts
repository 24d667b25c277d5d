/**
 * Different from the reference: what happens to a batch is decided first, as one of three words; and its records are
 * gone through once for each question.
 *
 * @module
 */
import { safeOffset } from "#ground/int64";
import { type RecordBatch, type RecordCursor } from "#serialization";
import { type CleaningRound } from "#compaction/given/cleaning-round";
import { emptyBatch, rebuildBatch } from "#compaction/given/rebuild-batch";

export function keepsRecord(batch: RecordBatch, offset: number, cursor: RecordCursor, round: CleaningRound): boolean {
  if (offset > round.map.latestOffset) return true;
  const hasKey = cursor.keyLength >= 0;
  const isLast = hasKey && round.map.get(cursor.bytes, cursor.keyAt, cursor.keyLength) <= offset;
  if (!isLast) return false;
  if (cursor.valueLength >= 0) return true;
  return (batch.deleteHorizonMs ?? Infinity) > round.nowMs;
}

type Fate = "all" | "none" | "by record";

function fateOf(batch: RecordBatch, mayGo: boolean, round: CleaningRound): Fate {
  if (!batch.isControl) return mayGo ? "none" : "by record";
  const horizon = batch.deleteHorizonMs ?? Infinity;
  return mayGo && horizon <= round.nowMs ? "none" : "all";
}

export function cleanBatch(batch: RecordBatch, round: CleaningRound): Uint8Array | null {
  const mayGo = round.transactions.mayDiscard(batch);
  const fate = fateOf(batch, mayGo, round);
  const keeps = new Uint8Array(batch.count).fill(fate === "all" ? 1 : 0);
  if (fate === "by record") {
    eachRecord(batch, (cursor, i) => {
      const offset = safeOffset(batch.baseOffset, "baseOffset") + cursor.offsetDelta;
      if (keepsRecord(batch, offset, cursor, round)) keeps[i] = 1;
    });
  }
  if (!keeps.includes(1)) return round.mustStay(batch) ? emptyBatch(batch) : null;
  let horizon = batch.deleteHorizonMs;
  if (horizon === null && ((batch.isControl && mayGo) || keepsTombstone(batch, keeps))) {
    horizon = round.nowMs + round.deleteRetentionMs;
  }
  const isSame = horizon === batch.deleteHorizonMs && !keeps.includes(0);
  return isSame ? batch.slice() : rebuildBatch(batch, keeps, horizon);
}

function keepsTombstone(batch: RecordBatch, keeps: Uint8Array): boolean {
  let found = false;
  eachRecord(batch, (cursor, i) => (found ||= keeps[i] === 1 && cursor.valueLength < 0));
  return found;
}

function eachRecord(batch: RecordBatch, visit: (cursor: RecordCursor, index: number) => void): void {
  const cursor = batch.cursor();
  for (let i = 0; cursor.next(); i++) visit(cursor, i);
}
