/**
 * Whole numbers in as few bytes as they need: the varints that records, compact strings and tagged fields are
 * made of. Seven bits a byte, the lowest group first; the top bit of a byte says "another one follows".
 * Numbers that may be negative are folded onto the unsigned ones first (zigzag), so that −1 stays short.
 *
 * Source: `org.apache.kafka.common.utils.ByteUtils`.
 *
 * @module
 */
import { KafkaError, NotImplementedError } from "#ground/errors";
import { type Int64 } from "#ground/int64";

/** Bytes and a place in them. Readers move `at` to the byte after what they read; on an error it stays. */
export interface ByteCursor {
  readonly bytes: Uint8Array;
  at: number;
}

/**
 * Folds the signed numbers onto the unsigned ones, small to small: 0 → 0, −1 → 1, 1 → 2, −2 → 3, 2 → 4, …
 *
 * @exercise 1.1 encodeZigZag32
 * @param value - from −2³¹ to 2³¹ − 1
 * @returns from 0 to 2³² − 1: never negative, also for −2³¹ (which becomes 4294967295)
 */
export function encodeZigZag32(value: number): number {
  throw new NotImplementedError("1.1 encodeZigZag32");
}

/**
 * Unfolds what {@link encodeZigZag32} folded: 0 → 0, 1 → −1, 2 → 1, 3 → −2, …
 *
 * @exercise 1.1 decodeZigZag32
 * @param folded - from 0 to 2³² − 1
 * @returns from −2³¹ to 2³¹ − 1
 */
export function decodeZigZag32(folded: number): number {
  throw new NotImplementedError("1.1 decodeZigZag32");
}

/**
 * How many bytes {@link writeUnsignedVarint} needs: one for each seven bits that `value` has, and one for 0.
 *
 * @exercise 1.1 sizeOfUnsignedVarint
 * @param value - from 0 to 2³² − 1
 * @returns 1 to 5
 */
export function sizeOfUnsignedVarint(value: number): number {
  throw new NotImplementedError("1.1 sizeOfUnsignedVarint");
}

/**
 * Writes `value` seven bits a byte, the lowest seven first. Every byte but the last has its top bit (0x80) set.
 * 300 is `ac 02`: the low seven bits 0101100 with the top bit set, then the rest, 10.
 *
 * @exercise 1.1 writeUnsignedVarint
 * @param value - from 0 to 2³² − 1
 * @param into - has room: see {@link sizeOfUnsignedVarint}
 * @param at - where the first byte goes
 * @returns the position after the last byte
 */
export function writeUnsignedVarint(value: number, into: Uint8Array, at: number): number {
  throw new NotImplementedError("1.1 writeUnsignedVarint");
}

/**
 * Reads what {@link writeUnsignedVarint} wrote, and moves `cursor.at` to the byte after it.
 *
 * A longer form than needed is fine (`80 00` is 0). The fifth byte holds only four more bits of a 32-bit number:
 * what else is in it is dropped, as Kafka does (`ff ff ff ff 7f` is 4294967295).
 *
 * @exercise 1.1 readUnsignedVarint
 * @returns from 0 to 2³² − 1
 * @throws KafkaError CORRUPT_MESSAGE, with `cursor.at` where it was: {@link endsInside} when the bytes end before
 *   the varint does, {@link tooLong} when the fifth byte says that another one follows
 */
export function readUnsignedVarint(cursor: ByteCursor): number {
  throw new NotImplementedError("1.1 readUnsignedVarint");
}

/** Bytes of {@link writeVarint} for `value`, from −2³¹ to 2³¹ − 1: 1 to 5. */
export function sizeOfVarint(value: number): number {
  return sizeOfUnsignedVarint(encodeZigZag32(value));
}

/** Writes `value`, from −2³¹ to 2³¹ − 1, zigzag and varint; returns the position after it. */
export function writeVarint(value: number, into: Uint8Array, at: number): number {
  return writeUnsignedVarint(encodeZigZag32(value), into, at);
}

/** Reads what {@link writeVarint} wrote and moves the cursor. @throws KafkaError as {@link readUnsignedVarint} */
export function readVarint(cursor: ByteCursor): number {
  return decodeZigZag32(readUnsignedVarint(cursor));
}

// The 64-bit forms work on two 32-bit halves: JavaScript's bit operators know no more, and a BigInt a record
// would be far too slow. What fits 32 bits, as most offsets and time deltas do, takes the short way.

/** Bytes of {@link writeVarlong} for `value`: 1 to 10. */
export function sizeOfVarlong(value: Int64): number {
  if (isInt32(value)) return sizeOfVarint(value);
  const high = foldedHigh(value);
  if (high === 0) return sizeOfUnsignedVarint(foldedLow(value) >>> 0);
  return Math.ceil((64 - Math.clz32(high)) / 7);
}

/** Writes `value`, from −2⁶³ to 2⁶³ − 1, zigzag and varint; returns the position after it. */
export function writeVarlong(value: Int64, into: Uint8Array, at: number): number {
  if (isInt32(value)) return writeVarint(value, into, at);
  let high = foldedHigh(value);
  let low = foldedLow(value);
  while (high !== 0) {
    into[at++] = (low & 0x7f) | 0x80;
    low = (low >>> 7) | (high << 25);
    high >>>= 7;
  }
  return writeUnsignedVarint(low >>> 0, into, at);
}

/**
 * Reads what {@link writeVarlong} wrote and moves the cursor.
 *
 * @returns a number when it is a safe integer, else a bigint
 * @throws KafkaError CORRUPT_MESSAGE when the bytes end before the varint does, or the tenth byte isn't its last
 */
export function readVarlong(cursor: ByteCursor): Int64 {
  const { bytes } = cursor;
  let at = cursor.at;
  let high = 0;
  let low = 0;
  for (let shift = 0; shift < 70; shift += 7) {
    const byte = bytes[at++];
    if (byte === undefined) throw endsInside("varlong", cursor);
    const bits = byte & 0x7f;
    if (shift < 32) low |= bits << shift;
    if (shift === 28) high = bits >>> 4;
    else if (shift > 28) high |= bits << (shift - 32);
    if (byte < 0x80) {
      cursor.at = at;
      return unfolded(high, low);
    }
  }
  throw tooLong("varlong", cursor, 10);
}

function isInt32(value: Int64): value is number {
  return typeof value === "number" && value === (value | 0);
}

/** The upper half of `value` in zigzag: (value << 1) ^ (value >> 63), bits 32 to 63. */
function foldedHigh(value: Int64): number {
  const high = highHalf(value);
  return (high << 1) ^ (lowHalf(value) >>> 31) ^ (high >> 31);
}

/** The lower half of `value` in zigzag, as an int32. */
function foldedLow(value: Int64): number {
  return (lowHalf(value) << 1) ^ (highHalf(value) >> 31);
}

function highHalf(value: Int64): number {
  return typeof value === "number" ? Math.floor(value / 2 ** 32) : Number(BigInt.asIntN(32, value >> 32n));
}

function lowHalf(value: Int64): number {
  return typeof value === "number" ? value | 0 : Number(BigInt.asIntN(32, value));
}

/** Puts the two halves of a zigzag number together and unfolds it. */
function unfolded(high: number, low: number): Int64 {
  const sign = -(low & 1);
  const valueLow = (((low >>> 1) | (high << 31)) ^ sign) >>> 0;
  const valueHigh = (high >>> 1) ^ sign;
  const value = valueHigh * 2 ** 32 + valueLow;
  return Number.isSafeInteger(value) ? value : (BigInt(valueHigh) << 32n) | BigInt(valueLow);
}

/** The error for a varint whose last byte is missing. */
export function endsInside(kind: "varint" | "varlong", { bytes, at }: ByteCursor): KafkaError {
  const left = `only ${Math.max(0, bytes.length - at)} of its bytes are there`;
  return new KafkaError("CORRUPT_MESSAGE", `The ${kind} at byte ${at} is cut off: ${left}.`);
}

/** The error for a varint that goes on after `maxBytes`, all that such a number can need. */
export function tooLong(kind: "varint" | "varlong", { at }: ByteCursor, maxBytes: number): KafkaError {
  const message = `The ${kind} at byte ${at} is too long: byte ${maxBytes} says that another one follows.`;
  return new KafkaError("CORRUPT_MESSAGE", message);
}
