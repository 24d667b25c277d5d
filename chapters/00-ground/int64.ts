/**
 * Big-endian integers in plain byte arrays. Kafka's offsets, timestamps and producer ids are 64 bits wide, which a
 * JavaScript number can't hold in full; nearly all real ones fit, so a bigint is made only for those that don't.
 *
 * The reads and writes here check no bounds: the caller knows that the bytes are there.
 *
 * @module
 */

import { KafkaError } from "#ground/errors";

/**
 * A 64-bit signed integer: a `number` when it is a safe integer (|n| < 2^53), else a `bigint`. Every function of
 * this project returns that one form, so two equal values are `===`; either form is accepted as input.
 */
export type Int64 = number | bigint;

const TWO_32 = 0x1_0000_0000;
/** The highest upper half (bits 32–63) of a safe integer; the lowest is its complement. */
const SAFE_HIGH = 0x1f_ffff;

/** Reads the signed 16-bit integer at `at`. */
export function readInt16(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16)) >> 16;
}

/** Reads the unsigned 16-bit integer at `at`. */
export function readUint16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

/** Reads the signed 32-bit integer at `at`. */
export function readInt32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

/** Reads the unsigned 32-bit integer at `at`. */
export function readUint32(bytes: Uint8Array, at: number): number {
  return readInt32(bytes, at) >>> 0;
}

/** Reads the signed 64-bit integer at `at`. No bigint is made for a safe integer. */
export function readInt64(bytes: Uint8Array, at: number): Int64 {
  const high = readInt32(bytes, at);
  const low = readUint32(bytes, at + 4);
  // −2^53 has the same upper half as the lowest safe integers, but is itself not one of them.
  if (high <= SAFE_HIGH && (high > ~SAFE_HIGH || (high === ~SAFE_HIGH && low !== 0))) {
    return high * TWO_32 + low;
  }
  return (BigInt(high) << 32n) | BigInt(low);
}

/** Writes the low 16 bits of `value` at `at`, signed or not. */
export function writeInt16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 8;
  bytes[at + 1] = value;
}

/** Writes the low 32 bits of `value` at `at`, signed or not. */
export function writeInt32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >> 24;
  bytes[at + 1] = value >> 16;
  bytes[at + 2] = value >> 8;
  bytes[at + 3] = value;
}

/**
 * Writes `value` as a signed 64-bit integer at `at`.
 * @throws KafkaError INVALID_REQUEST when it is not an {@link Int64}: a fraction, an unsafe number, more than 64 bits.
 */
export function writeInt64(bytes: Uint8Array, at: number, value: Int64): void {
  if (!isInt64(value)) throw new KafkaError("INVALID_REQUEST", `expected a 64-bit integer, got ${String(value)}`);
  if (typeof value === "number") {
    writeInt32(bytes, at, Math.floor(value / TWO_32));
    writeInt32(bytes, at + 4, value % TWO_32);
  } else {
    writeInt32(bytes, at, Number(value >> 32n));
    writeInt32(bytes, at + 4, Number(value & 0xffff_ffffn));
  }
}

/** True when `value` is a safe integer, or a bigint of at most 64 bits. */
export function isInt64(value: unknown): value is Int64 {
  return Number.isSafeInteger(value) || (typeof value === "bigint" && BigInt.asIntN(64, value) === value);
}

/** The one form of an {@link Int64}: a number if it is safe. @param value at most 64 bits wide. */
export function toInt64(value: Int64): Int64 {
  if (typeof value === "number") return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/**
 * Narrows `value` to a number, for where an offset, a timestamp or a size is computed with.
 * @param what names the value in the error, such as `fetchOffset`.
 * @throws KafkaError INVALID_REQUEST when it is beyond ±2^53: 2^53 records are 285 years at a million a second.
 */
export function safeOffset(value: Int64, what: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) {
    throw new KafkaError("INVALID_REQUEST", `${what}: expected an integer between −2^53 and 2^53, got ${value}`);
  }
  return number;
}
