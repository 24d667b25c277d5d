/**
 * Writing one record: a key, a value and headers behind a few varints. Its offset and its timestamp are differences to
 * those of the batch, so that they take a byte or two instead of eight each.
 *
 * ```text
 * length varint · attributes int8 · timestampDelta varlong · offsetDelta varint
 *   · keyLength varint · key · valueLength varint · value
 *   · headerCount varint · (keyLength varint · key · valueLength varint · value)*
 * ```
 *
 * All varints are zigzag. A length of −1 is null, and that is not the same as a length of 0.
 *
 * Source: `org.apache.kafka.common.record.DefaultRecord`.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { type RecordHeader } from "#serialization/given/headers";
import { sizeOfVarint, sizeOfVarlong, writeVarint, writeVarlong } from "./varint.ts";

/**
 * Bytes of a record without its length varint, which is the number that this varint holds.
 *
 * @exercise 1.5 sizeOfRecordBody
 * @param timestampDelta - the record's timestamp less the batch's base timestamp; may be negative
 * @param offsetDelta - the record's offset less the batch's base offset
 */
export function sizeOfRecordBody(
  timestampDelta: number,
  offsetDelta: number,
  key: Uint8Array | null,
  value: Uint8Array | null,
  headers: readonly RecordHeader[],
): number {
  let size = 1 + sizeOfVarlong(timestampDelta) + sizeOfVarint(offsetDelta);
  size += sizeOfNullableBytes(key) + sizeOfNullableBytes(value);
  size += sizeOfVarint(headers.length);
  for (let i = 0; i < headers.length; i++) {
    const header = headers[i]!;
    const keyLength = Buffer.byteLength(header.key);
    size += sizeOfVarint(keyLength) + keyLength + sizeOfNullableBytes(header.value);
  }
  return size;
}

/** @solution */
function sizeOfNullableBytes(bytes: Uint8Array | null): number {
  return bytes === null ? 1 : sizeOfVarint(bytes.length) + bytes.length;
}

/**
 * Writes one record, its length varint first. The attributes byte is 0: no bit of it is in use. Header keys are UTF-8
 * as Buffer writes it; half of a surrogate pair, which is no character, becomes U+FFFD.
 *
 * @exercise 1.5 writeRecord
 * @param into - has room for `sizeOfVarint(bodySize) + bodySize` bytes
 * @param at - where the record begins
 * @param bodySize - what {@link sizeOfRecordBody} says of the same record
 * @returns the position after the record
 */
export function writeRecord(
  into: Buffer,
  at: number,
  bodySize: number,
  timestampDelta: number,
  offsetDelta: number,
  key: Uint8Array | null,
  value: Uint8Array | null,
  headers: readonly RecordHeader[],
): number {
  at = writeVarint(bodySize, into, at);
  into[at++] = 0;
  at = writeVarlong(timestampDelta, into, at);
  at = writeVarint(offsetDelta, into, at);
  at = writeNullableBytes(key, into, at);
  at = writeNullableBytes(value, into, at);
  at = writeVarint(headers.length, into, at);
  for (let i = 0; i < headers.length; i++) {
    const header = headers[i]!;
    at = writeVarint(Buffer.byteLength(header.key), into, at);
    at += into.write(header.key, at);
    at = writeNullableBytes(header.value, into, at);
  }
  return at;
}

/** @solution */
function writeNullableBytes(bytes: Uint8Array | null, into: Uint8Array, at: number): number {
  if (bytes === null) return writeVarint(-1, into, at);
  at = writeVarint(bytes.length, into, at);
  into.set(bytes, at);
  return at + bytes.length;
}
