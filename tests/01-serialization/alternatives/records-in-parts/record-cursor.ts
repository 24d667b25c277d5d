// Different from the reference: a record is read through a window that ends where the record ends, so that no length
// has to be compared with anything; a slice that comes out too short tells. Headers are read right away, to check them.
import { Buffer } from "node:buffer";
import { KafkaError } from "#ground/errors";
import { type Int64 } from "#ground/int64";
import { type RecordHeader } from "#serialization/given/headers";
import { type ByteCursor, readVarint, readVarlong } from "#serialization/varint";

export class RecordCursor implements ByteCursor {
  readonly bytes: Uint8Array;
  left: number;
  at: number;
  sizeInBytes: number = 0;
  timestampDelta: Int64 = 0;
  offsetDelta: number = 0;
  keyAt: number = 0;
  keyLength: number = -1;
  valueAt: number = 0;
  valueLength: number = -1;
  headersAt: number = 0;
  headerCount: number = 0;

  constructor(bytes: Uint8Array, count: number, at: number = 0) {
    this.bytes = bytes;
    this.left = count;
    this.at = at;
  }

  next(): boolean {
    if (this.left === 0) return false;
    const rest = this.bytes.length - this.at;
    if (rest === 0) throw invalidRecord(this.at, "there is none");
    readRecord(this);
    this.left -= 1;
    const isLast = this.left === 0;
    if (isLast && this.at !== this.bytes.length) throw invalidRecord(this.at, "it is one too many");
    return true;
  }
}

export function readRecord(cursor: RecordCursor): void {
  const { bytes, at: start } = cursor;
  const prefix: ByteCursor = { bytes, at: start };
  const bodySize = readVarint(prefix);
  const window: ByteCursor = { bytes: bytes.subarray(prefix.at, prefix.at + Math.max(0, bodySize)), at: 1 };
  if (window.bytes.length !== bodySize) throw invalidRecord(start, "it is longer than the batch");
  cursor.timestampDelta = readVarlong(window);
  cursor.offsetDelta = readVarint(window);
  const key = readSlice(window, start);
  const value = readSlice(window, start);
  cursor.headerCount = readVarint(window);
  cursor.headersAt = prefix.at + window.at;
  if (cursor.headerCount < 0) throw invalidRecord(start, "it has less than no headers");
  if (cursor.headerCount > bodySize - window.at) throw invalidRecord(start, "so many headers can't be in it");
  for (let left = cursor.headerCount; left > 0; left--) {
    if (readSlice(window, start).length < 0) throw invalidRecord(start, "a header has no key");
    readSlice(window, start);
  }
  if (window.at !== bodySize) throw invalidRecord(start, "something follows its headers");
  cursor.keyAt = prefix.at + key.at;
  cursor.keyLength = key.length;
  cursor.valueAt = prefix.at + value.at;
  cursor.valueLength = value.length;
  cursor.at = prefix.at + bodySize;
  cursor.sizeInBytes = cursor.at - start;
}

/** A length and, if it isn't negative, as many bytes. */
function readSlice(window: ByteCursor, recordAt: number): { at: number; length: number } {
  const length = readVarint(window);
  const { at } = window;
  if (length < 0) return { at, length };
  const slice = window.bytes.subarray(at, at + length);
  if (slice.length !== length) throw invalidRecord(recordAt, "one of its parts is longer than the record");
  window.at += length;
  return { at, length };
}

export function readHeaders(bytes: Uint8Array, at: number, count: number): RecordHeader[] {
  const cursor: ByteCursor = { bytes, at };
  return Array.from({ length: count }, () => {
    const key = readSlice(cursor, at);
    const value = readSlice(cursor, at);
    return {
      key: Buffer.from(bytes.subarray(key.at, key.at + key.length)).toString(),
      value: value.length < 0 ? null : bytes.subarray(value.at, value.at + value.length),
    };
  });
}

export function invalidRecord(at: number, what: string): KafkaError {
  return new KafkaError("INVALID_RECORD", `Record at byte ${at}: ${what}.`);
}
