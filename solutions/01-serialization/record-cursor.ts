/**
 * Reading records, without an object for each.
 *
 * Source: `org.apache.kafka.common.record.DefaultRecord`.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { KafkaError } from "#ground/errors";
import { type Int64 } from "#ground/int64";
import { type RecordHeader } from "#serialization/given/headers";
import { type ByteCursor, readVarint, readVarlong } from "./varint.ts";

/**
 * A cursor over the records of a batch and, at once, the fields of the record that was read last. There is one for a
 * whole batch, overwritten by each record: objects are what costs when records are small.
 */
export class RecordCursor implements ByteCursor {
  /** The records of one batch, uncompressed, and nothing after them. */
  readonly bytes: Uint8Array;
  /** How many records the batch says are still to come. */
  left: number;
  /** Where the next record begins. */
  at: number;
  /** The record's bytes, its length varint included. */
  sizeInBytes: number = 0;
  /** The record's timestamp less the batch's `baseTimestamp`. */
  timestampDelta: Int64 = 0;
  /** The record's offset less the batch's `baseOffset`. */
  offsetDelta: number = 0;
  /** Where the key's bytes begin. */
  keyAt: number = 0;
  /** Bytes of the key; negative for a null key. */
  keyLength: number = -1;
  /** Where the value's bytes begin. */
  valueAt: number = 0;
  /** Bytes of the value; negative for a null value (a tombstone). */
  valueLength: number = -1;
  /** Where the first header begins, after the count. */
  headersAt: number = 0;
  headerCount: number = 0;

  constructor(bytes: Uint8Array, count: number, at: number = 0) {
    this.bytes = bytes;
    this.left = count;
    this.at = at;
  }

  /**
   * Reads the next record into the fields.
   *
   * A count that is too small is as wrong as one that is too large: when bytes follow the last record, the error comes
   * instead of that record. With a count of 0 the answer is false, whatever follows. When a record can't be read,
   * `left` and `at` stay what they were.
   *
   * @exercise 1.7 RecordCursor.next
   * @returns false, with the fields unchanged, when all records have been read
   * @throws KafkaError INVALID_RECORD when the bytes end before the count is reached or go on after it, and what
   *   {@link readRecord} throws
   */
  next(): boolean {
    if (this.left <= 0) return false;
    if (this.at >= this.bytes.length) throw invalidRecord(this.at, `${this.left} more should follow, the bytes end`);
    readRecord(this);
    this.left--;
    if (this.left === 0 && this.at < this.bytes.length) {
      throw invalidRecord(this.at, `no more should follow, but ${this.bytes.length - this.at} bytes do`);
    }
    return true;
  }
}

/**
 * Reads the record at `cursor.at` into the cursor's fields and moves `cursor.at` to the record after it. Keys, values
 * and headers are not copied: the cursor says where they lie.
 *
 * The bytes may come from anyone. What a length promises is checked before it is believed: nothing beyond the
 * end of `cursor.bytes` is touched, nothing is allocated by it, and the fields together must be exactly as long as
 * the record says. Any negative key or value length means null, as in Kafka. On an error `cursor.at` stays where it
 * was; the other fields may have changed.
 *
 * @exercise 1.5 readRecord
 * @throws KafkaError INVALID_RECORD when a length or a count contradicts the bytes, as more headers do than bytes are
 *   left in the record; CRC-valid nonsense exists
 * @throws KafkaError CORRUPT_MESSAGE when a varint can't be read
 */
export function readRecord(cursor: RecordCursor): void {
  const start = cursor.at;
  try {
    const bodySize = readVarint(cursor);
    const end = cursor.at + bodySize;
    if (bodySize < 0 || end > cursor.bytes.length) {
      const left = cursor.bytes.length - cursor.at;
      throw invalidRecord(start, `it claims ${bodySize} bytes, ${left} are left in the batch`);
    }
    cursor.at++; // the attributes, unused
    cursor.timestampDelta = readVarlong(cursor);
    cursor.offsetDelta = readVarint(cursor);
    cursor.keyLength = readVarint(cursor);
    cursor.keyAt = cursor.at;
    skipBytes(cursor, cursor.keyLength, end, "key", start);
    cursor.valueLength = readVarint(cursor);
    cursor.valueAt = cursor.at;
    skipBytes(cursor, cursor.valueLength, end, "value", start);
    cursor.headerCount = readVarint(cursor);
    cursor.headersAt = cursor.at;
    skipHeaders(cursor, end, start);
    if (cursor.at !== end) {
      throw invalidRecord(start, `it claims ${bodySize} bytes, but its fields take ${bodySize + cursor.at - end}`);
    }
    cursor.sizeInBytes = end - start;
  } catch (error) {
    cursor.at = start;
    throw error;
  }
}

/** @solution */
function skipBytes(cursor: ByteCursor, length: number, end: number, what: string, recordAt: number): void {
  if (length <= 0) return;
  if (length > end - cursor.at) {
    throw invalidRecord(recordAt, `its ${what} claims ${length} bytes, ${end - cursor.at} are left in the record`);
  }
  cursor.at += length;
}

/** @solution */
function skipHeaders(cursor: RecordCursor, end: number, recordAt: number): void {
  // Each header takes two bytes at least: a count that can't fit is refused before it is counted to.
  if (cursor.headerCount < 0 || cursor.headerCount > end - cursor.at) {
    throw invalidRecord(recordAt, `it claims ${cursor.headerCount} headers in ${end - cursor.at} bytes`);
  }
  for (let i = 0; i < cursor.headerCount; i++) {
    const keyLength = readVarint(cursor);
    if (keyLength < 0) throw invalidRecord(recordAt, `header ${i} has a key of ${keyLength} bytes; it can't be null`);
    skipBytes(cursor, keyLength, end, `header ${i}'s key`, recordAt);
    skipBytes(cursor, readVarint(cursor), end, `header ${i}'s value`, recordAt);
  }
}

/**
 * Reads `count` headers from `at` on. {@link readRecord} has already seen that they are sound, so this doesn't check.
 * Header values are slices of `bytes`, not copies. Key bytes that are not UTF-8 become U+FFFD, as in Kafka.
 *
 * @exercise 1.5 readHeaders
 */
export function readHeaders(bytes: Uint8Array, at: number, count: number): RecordHeader[] {
  const cursor: ByteCursor = { bytes, at };
  const headers: RecordHeader[] = [];
  for (let i = 0; i < count; i++) {
    const keyLength = readVarint(cursor);
    const key = textAt(bytes, cursor.at, keyLength);
    cursor.at += keyLength;
    const valueLength = readVarint(cursor);
    const value = valueLength < 0 ? null : bytes.subarray(cursor.at, cursor.at + valueLength);
    cursor.at += Math.max(0, valueLength);
    headers.push({ key, value });
  }
  return headers;
}

/** The UTF-8 text of `length` bytes at `at`. */
export function textAt(bytes: Uint8Array, at: number, length: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + at, length).toString("utf8");
}

/** The error for a record whose lengths don't fit together; `at` is where it begins. */
export function invalidRecord(at: number, what: string): KafkaError {
  return new KafkaError("INVALID_RECORD", `The record at byte ${at} of the batch's records is damaged: ${what}.`);
}
