/**
 * ZooKeeper's way to write values as bytes: big-endian, and a length before what varies. Source: `BinaryOutputArchive`,
 * `BinaryInputArchive` of jute.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { KafkaError } from "#ground/errors";

/** Collects values. A few dozen a second are written: it need not be quick. */
export class JuteWriter {
  readonly #parts: Uint8Array[] = [];

  int(value: number): this {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32BE(value);
    return this.#add(bytes);
  }

  long(value: bigint): this {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64BE(value);
    return this.#add(bytes);
  }

  bool(value: boolean): this {
    return this.#add(Uint8Array.of(value ? 1 : 0));
  }

  buffer(value: Uint8Array): this {
    return this.int(value.length).#add(value);
  }

  string(value: string): this {
    return this.buffer(Buffer.from(value, "utf8"));
  }

  /** All that was written, in a copy. */
  finish(): Buffer {
    return Buffer.concat(this.#parts);
  }

  #add(bytes: Uint8Array): this {
    this.#parts.push(bytes);
    return this;
  }
}

/** Reads values in their order. @throws KafkaError INVALID_REQUEST past the end: whoever wrote that is no ZooKeeper */
export class JuteReader {
  readonly #bytes: Buffer;
  #at = 0;

  /** @param bytes borrowed: what is read is copied. */
  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  int(): number {
    return this.#bytes.readInt32BE(this.#take(4));
  }

  long(): bigint {
    return this.#bytes.readBigInt64BE(this.#take(8));
  }

  bool(): boolean {
    return this.#bytes[this.#take(1)] !== 0;
  }

  /** Null is read as nothing. */
  buffer(): Uint8Array {
    const length = Math.max(0, this.int());
    const at = this.#take(length);
    return new Uint8Array(this.#bytes.subarray(at, at + length));
  }

  string(): string {
    const length = Math.max(0, this.int());
    const at = this.#take(length);
    return this.#bytes.toString("utf8", at, at + length);
  }

  strings(): string[] {
    const count = Math.max(0, this.int());
    const strings: string[] = [];
    for (let i = 0; i < count; i++) strings.push(this.string());
    return strings;
  }

  #take(count: number): number {
    const at = this.#at;
    if (at + count > this.#bytes.length) {
      const text = `Expected ${count} bytes at ${at}, got ${this.#bytes.length - at}: not what ZooKeeper sends.`;
      throw new KafkaError("INVALID_REQUEST", text);
    }
    this.#at += count;
    return at;
  }
}
