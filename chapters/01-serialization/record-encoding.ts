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
import { NotImplementedError } from "#ground/errors";
import { Buffer } from "node:buffer";
import { type RecordHeader } from "#serialization/given/headers";

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
  throw new NotImplementedError("1.5 sizeOfRecordBody");
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
  throw new NotImplementedError("1.5 writeRecord");
}
