/**
 * Reads Kafka's primitive types from a frame, front to back. Every read checks first that the bytes are there, and
 * a length that a peer claims is believed only after it has been held against the bytes that are left: so bad
 * bytes end in a {@link FieldError}, and never in a wrong value or a large allocation.
 *
 * @module
 */

import { type Buffer, isUtf8 } from "node:buffer";
import { asBuffer } from "#ground/as-buffer";
import { type Int64, readInt16, readInt32, readInt64, readUint16 } from "#ground/int64";
import { byteCount, FieldError } from "./field-error.ts";

/**
 * The most array elements in one message; a struct counts as {@link STRUCT_WEIGHT} of them. An element of one byte
 * takes eight in the heap, a struct of three some hundred: without a limit, a frame of 100 MB could fill the heap.
 * The metadata of 200,000 partitions, which is a very large cluster, needs a third of this.
 */
export const MAX_ELEMENTS = 8_000_000;

/** How many elements a struct counts as. */
export const STRUCT_WEIGHT = 8;

/** The longest string in a message, in bytes of UTF-8: what an int16 can count. Compact strings keep to it too. */
export const MAX_STRING_BYTES = 0x7fff;

/** A place in a frame, and what can be read from there. */
export class WireReader {
  /** Where the next read begins. */
  at: number;
  /** Whether the tagged fields that a table doesn't know are kept. */
  readonly keepUnknownTags: boolean;
  readonly #bytes: Buffer;
  #end: number;
  #elementsLeft = MAX_ELEMENTS;

  constructor(bytes: Uint8Array, at = 0, keepUnknownTags = false) {
    this.#bytes = asBuffer(bytes);
    this.#end = bytes.byteLength;
    this.at = at;
    this.keepUnknownTags = keepUnknownTags;
  }

  /** Bytes that have not been read. */
  get left(): number {
    return this.#end - this.at;
  }

  bool(): boolean {
    return this.#bytes[this.#take(1)] !== 0;
  }

  int8(): number {
    return (this.#bytes[this.#take(1)]! << 24) >> 24;
  }

  int16(): number {
    return readInt16(this.#bytes, this.#take(2));
  }

  uint16(): number {
    return readUint16(this.#bytes, this.#take(2));
  }

  int32(): number {
    return readInt32(this.#bytes, this.#take(4));
  }

  int64(): Int64 {
    return readInt64(this.#bytes, this.#take(8));
  }

  /** Seven bits a byte, the lowest first; the top bit says that more follow. At most five bytes, 32 bits. */
  unsignedVarint(): number {
    const start = this.at;
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#bytes[this.#take(1)]!;
      if (shift === 28 && byte > 0x0f) break;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw new FieldError("expected an unsigned varint of 32 bits, got a longer one", start);
  }

  /** The length of a string in the old encoding: int16, −1 for null. */
  shortLength(): number {
    return this.#checkLength(this.int16(), this.at - 2);
  }

  /** The length of bytes or of an array in the old encoding: int32, −1 for null. */
  intLength(): number {
    return this.#checkLength(this.int32(), this.at - 4);
  }

  /** A length in the compact encoding of KIP-482: unsigned varint, one more than the length, 0 for null. */
  compactLength(): number {
    return this.unsignedVarint() - 1;
  }

  /** `length` bytes of UTF-8. */
  string(length: number): string {
    if (length > MAX_STRING_BYTES) {
      throw new FieldError(`expected a string of at most ${MAX_STRING_BYTES} bytes, got ${length}`, this.at);
    }
    const start = this.#take(length);
    const text = this.#bytes.toString("utf8", start, this.at);
    // The decoder puts U+FFFD in the place of bad bytes. Only then is it worth looking whether it stood there.
    if (text.includes("\ufffd") && !isUtf8(this.#bytes.subarray(start, this.at))) {
      throw new FieldError(`expected UTF-8, got ${byteCount(length)} that are not`, start);
    }
    return text;
  }

  /** `length` bytes as they are: a view of the frame, not a copy. */
  bytes(length: number): Uint8Array {
    const start = this.#take(length);
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + start, length);
  }

  /** Moves over `length` bytes that nobody wants. */
  skip(length: number): void {
    this.#take(length);
  }

  /**
   * Refuses an array of `count` elements, each of `minBytes` or more, that the bytes left can't hold.
   * @param weight what each counts towards {@link MAX_ELEMENTS}.
   * @param at where the count stands.
   */
  expectElements(count: number, minBytes: number, weight: number, at: number): void {
    if (count * minBytes > this.left) {
      throw new FieldError(
        `expected an array of ${count} elements of at least ${byteCount(minBytes)}, ${byteCount(this.left)} left`,
        at,
      );
    }
    this.#elementsLeft -= count * weight;
    if (this.#elementsLeft < 0) throw new FieldError("expected fewer array elements in one message", at);
  }

  /** Ends the frame after the next `length` bytes, until {@link endSection}. @returns what to give to that. */
  beginSection(length: number): number {
    const outerEnd = this.#end;
    this.#end = this.#take(length) + length;
    this.at -= length;
    return outerEnd;
  }

  /** Undoes {@link beginSection}. All bytes of the section must have been read. */
  endSection(outerEnd: number): void {
    this.expectEnd();
    this.#end = outerEnd;
  }

  /** Refuses bytes that nobody has read. */
  expectEnd(): void {
    if (this.left > 0) throw new FieldError(`expected the end, ${byteCount(this.left)} left`, this.at);
  }

  /** Moves over `length` bytes. @returns where they begin. */
  #take(length: number): number {
    const start = this.at;
    if (length > this.#end - start) {
      throw new FieldError(`expected ${byteCount(length)}, ${this.#end - start} left`, start);
    }
    this.at = start + length;
    return start;
  }

  #checkLength(length: number, at: number): number {
    if (length < -1) throw new FieldError(`expected a length or −1 for null, got ${length}`, at);
    return length;
  }
}
