/**
 * Batches with some of their records, or none, in the place of the ones that had them all. What makes the offsets and
 * sequence numbers of a batch stays: base offset, last offset delta, base sequence.
 *
 * Source: Kafka's `MemoryRecords.filterTo`, `DefaultRecordBatch.writeEmptyHeader`.
 *
 * @module
 */
import { compress } from "#ground/compression/compression";
import { type Int64, toInt64, writeInt16, writeInt32, writeInt64 } from "#ground/int64";
import {
  addInt64, ATTRIBUTES_AT, BASE_TIMESTAMP_AT, BATCH_LENGTH_AT, COMPRESSION_MASK, CRC_AT, crc32c, DELETE_HORIZON_FLAG,
  LOG_OVERHEAD, MAX_TIMESTAMP_AT, NO_TIMESTAMP, RECORD_BATCH_OVERHEAD, RECORD_COUNT_AT, type RecordBatch,
  type RecordCursor, sizeOfVarint, sizeOfVarlong, writeVarint, writeVarlong,
} from "#serialization";

/** The batch without any record: a header that says what its producer's next sequence number is. */
export function emptyBatch(batch: RecordBatch): Uint8Array {
  const attributes = batch.attributes & ~(COMPRESSION_MASK | DELETE_HORIZON_FLAG);
  return finish(withBody(batch, new Uint8Array(0)), attributes, NO_TIMESTAMP, batch.maxTimestamp, 0);
}

/**
 * The batch with the records of which `keeps` is not 0, compressed as it was.
 * @param deleteHorizonMs takes the place of the base timestamp, from which the records' are counted; null for none
 */
export function rebuildBatch(batch: RecordBatch, keeps: Uint8Array, deleteHorizonMs: Int64 | null): Uint8Array {
  const cursor = batch.cursor();
  // Timestamps and lengths can take more bytes than they did.
  const records = Buffer.allocUnsafe(cursor.bytes.length + 15 * batch.count);
  const isStampedByBroker = batch.timestampType === "LogAppendTime";
  const oldBase = batch.baseTimestamp;
  let base = deleteHorizonMs;
  let maxTimestamp: Int64 = NO_TIMESTAMP;
  let count = 0;
  let end = 0;
  for (let i = 0; cursor.next(); i++) {
    if (keeps[i] === 0) continue;
    const timestamp = isStampedByBroker ? batch.maxTimestamp : addInt64(oldBase, cursor.timestampDelta);
    base ??= timestamp;
    if (timestamp > maxTimestamp) maxTimestamp = timestamp;
    end = copyRecord(cursor, less(timestamp, base), records, end);
    count += 1;
  }
  const kept = records.subarray(0, end);
  const body = (batch.attributes & COMPRESSION_MASK) === 0 ? kept : compress(batch.compression, kept);
  const attributes = (batch.attributes & ~DELETE_HORIZON_FLAG) | (deleteHorizonMs === null ? 0 : DELETE_HORIZON_FLAG);
  return finish(withBody(batch, body), attributes, base ?? NO_TIMESTAMP, maxTimestamp, count);
}

/** A new batch: the header of another one, and the records in `body`. */
function withBody({ bytes, position }: RecordBatch, body: Uint8Array): Uint8Array {
  const made = new Uint8Array(RECORD_BATCH_OVERHEAD + body.length);
  made.set(bytes.subarray(position, position + RECORD_BATCH_OVERHEAD));
  made.set(body, RECORD_BATCH_OVERHEAD);
  return made;
}

/** Writes the record under the cursor with another timestamp. @returns where the next one goes */
function copyRecord(cursor: RecordCursor, timestampDelta: Int64, into: Buffer, at: number): number {
  const { bytes, offsetDelta, keyLength, keyAt } = cursor;
  const rest = cursor.at - keyAt;
  const bodySize = 1 + sizeOfVarlong(timestampDelta) + sizeOfVarint(offsetDelta) + sizeOfVarint(keyLength) + rest;
  at = writeVarint(bodySize, into, at);
  into[at++] = 0;
  at = writeVarlong(timestampDelta, into, at);
  at = writeVarint(offsetDelta, into, at);
  at = writeVarint(keyLength, into, at);
  into.set(bytes.subarray(keyAt, cursor.at), at);
  return at + rest;
}

function finish(
  bytes: Uint8Array,
  attributes: number,
  baseTimestamp: Int64,
  maxTimestamp: Int64,
  count: number,
): Uint8Array {
  writeInt32(bytes, BATCH_LENGTH_AT, bytes.length - LOG_OVERHEAD);
  writeInt16(bytes, ATTRIBUTES_AT, attributes);
  writeInt64(bytes, BASE_TIMESTAMP_AT, baseTimestamp);
  writeInt64(bytes, MAX_TIMESTAMP_AT, maxTimestamp);
  writeInt32(bytes, RECORD_COUNT_AT, count);
  writeInt32(bytes, CRC_AT, crc32c(bytes, ATTRIBUTES_AT));
  return bytes;
}

function less(value: Int64, base: Int64): Int64 {
  return typeof value === "number" && typeof base === "number" ? value - base : toInt64(BigInt(value) - BigInt(base));
}
