/**
 * Writes Kafka's primitive types, front to back, into a buffer that grows. Large byte fields are not copied: the
 * result is a list of parts, to be written one after the other, in which they stand as they were given.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { type Int64, isInt64, writeInt16, writeInt32, writeInt64 } from "#ground/int64";
import { describe, FieldError } from "./field-error.ts";
import { MAX_STRING_BYTES } from "./wire-reader.ts";

/** Byte fields from this size on become a part of their own. Below, a copy is cheaper than one more part. */
export const BY_REFERENCE_FROM_BYTES = 4096;

const FIRST_BUFFER_BYTES = 512;

/** Collects what is written; {@link finish} gives it. */
export class WireWriter {
  readonly #parts: Uint8Array[] = [];
  #bytes: Buffer = Buffer.allocUnsafe(FIRST_BUFFER_BYTES);
  /** Where the part being written begins in `#bytes`; what lies before belongs to parts that are done. */
  #start = 0;
  #at = 0;
  #openSections = 0;

  bool(value: boolean): void {
    if (typeof value !== "boolean") throw expected("a boolean", value);
    const at = this.#make(1);
    this.#bytes[at] = value ? 1 : 0;
  }

  int8(value: number): void {
    if (typeof value !== "number" || (value << 24) >> 24 !== value) throw expected("an int8", value);
    const at = this.#make(1);
    this.#bytes[at] = value;
  }

  int16(value: number): void {
    if (typeof value !== "number" || (value << 16) >> 16 !== value) throw expected("an int16", value);
    const at = this.#make(2);
    writeInt16(this.#bytes, at, value);
  }

  uint16(value: number): void {
    if (typeof value !== "number" || (value & 0xffff) !== value) throw expected("a uint16", value);
    const at = this.#make(2);
    writeInt16(this.#bytes, at, value);
  }

  int32(value: number): void {
    if (typeof value !== "number" || (value | 0) !== value) throw expected("an int32", value);
    const at = this.#make(4);
    writeInt32(this.#bytes, at, value);
  }

  int64(value: Int64): void {
    if (!isInt64(value)) throw expected("an int64", value);
    const at = this.#make(8);
    writeInt64(this.#bytes, at, value);
  }

  /** @param value from 0 to 2^32 − 1; see `WireReader.unsignedVarint`. */
  unsignedVarint(value: number): void {
    const at = this.#make(sizeOfVarint(value));
    this.#putVarint(value, at);
  }

  /** A string's length in the old encoding is an int16, in the compact one a varint; see `WireReader`. */
  string(value: string, compact: boolean): void {
    if (typeof value !== "string") throw expected("a string", value);
    if (value.length > MAX_STRING_BYTES) throw tooLong(value.length);
    // Most strings are ASCII, a byte a character. So the place for the length is chosen for that before the bytes
    // are counted, and the text is moved in the rare case that the length turns out to need another byte.
    const guess = compact ? sizeOfVarint(value.length + 1) : 2;
    const from = this.#make(5 + value.length * 3);
    const length = this.#bytes.write(value, from + guess, "utf8");
    if (length !== value.length && /\p{Surrogate}/u.test(value)) {
      throw new FieldError("expected text, got half of a surrogate pair, which has no UTF-8 form");
    }
    if (length > MAX_STRING_BYTES) throw tooLong(length);
    let size = 2;
    if (compact) {
      size = sizeOfVarint(length + 1);
      if (size !== guess) this.#bytes.copyWithin(from + size, from + guess, from + guess + length);
      this.#putVarint(length + 1, from);
    } else {
      writeInt16(this.#bytes, from, length);
    }
    this.#at = from + size + length;
  }

  /** The length of bytes or of an array: int32, or in the compact encoding a varint. −1 stands for null. */
  length(value: number, compact: boolean): void {
    if (compact) this.unsignedVarint(value + 1);
    else this.int32(value);
  }

  /** Bytes as they are, without a length. Large ones are lent to the result, not copied. */
  bytes(value: Uint8Array): void {
    if (value.byteLength >= BY_REFERENCE_FROM_BYTES && this.#openSections === 0) {
      this.#endPart();
      this.#parts.push(value);
    } else {
      const at = this.#make(value.byteLength);
      this.#bytes.set(value, at);
    }
  }

  /** Begins bytes that have their size (a varint) in front. @returns what to give to {@link endSection}. */
  beginSection(): number {
    this.#openSections++;
    // One byte for the size, which is enough up to 127. Relative, because growing moves the part being written.
    return this.#make(1) - this.#start;
  }

  /** Ends what {@link beginSection} began, and puts the size in. */
  endSection(mark: number): void {
    const sizeAt = this.#start + mark;
    const length = this.#at - sizeAt - 1;
    const more = sizeOfVarint(length) - 1;
    if (more > 0) {
      const end = this.#make(more);
      const from = this.#at - more - length;
      this.#bytes.copyWithin(from + more, from, end);
    }
    this.#putVarint(length, this.#start + mark);
    this.#openSections--;
  }

  /** All that was written. The writer is of no use afterwards. */
  finish(): Uint8Array[] {
    this.#endPart();
    return this.#parts;
  }

  /** As {@link finish}, in one piece. */
  finishInOne(): Uint8Array {
    const parts = this.finish();
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }

  #endPart(): void {
    if (this.#at > this.#start) this.#parts.push(this.#bytes.subarray(this.#start, this.#at));
    this.#start = this.#at;
  }

  /** Makes room for `length` bytes and moves over it. @returns where it begins. */
  #make(length: number): number {
    if (this.#at + length > this.#bytes.length) this.#grow(length);
    const from = this.#at;
    this.#at = from + length;
    return from;
  }

  /** Goes on in a buffer twice as large. Only the part being written moves; the parts that are done stay. */
  #grow(length: number): void {
    const pending = this.#at - this.#start;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, pending + length));
    this.#bytes.copy(larger, 0, this.#start, this.#at);
    this.#bytes = larger;
    this.#start = 0;
    this.#at = pending;
  }

  #putVarint(value: number, at: number): void {
    let rest = value;
    let next = at;
    while (rest > 0x7f) {
      this.#bytes[next++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[next] = rest;
  }
}

function sizeOfVarint(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x20_0000) return 3;
  return value < 0x1000_0000 ? 4 : 5;
}

function expected(what: string, value: unknown): FieldError {
  return new FieldError(`expected ${what}, got ${describe(value)}`);
}

function tooLong(length: number): FieldError {
  return new FieldError(`expected a string of at most ${MAX_STRING_BYTES} bytes, got ${length}`);
}
