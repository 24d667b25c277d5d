/** @module */
import { type Int64 } from "#ground/int64";
import { NO_HEADERS, type RecordHeader } from "./headers.ts";
import { readHeaders, type RecordCursor } from "#serialization/record-cursor";

/**
 * A record as a consumer gets it: a light view of the bytes it came in. Key, value and headers are cut out when they
 * are asked for, as slices. So a record that is kept keeps the whole fetched buffer alive: copy what is kept for long.
 *
 * Source: `org.apache.kafka.common.record.Record`.
 */
export class Record {
  readonly offset: Int64;
  /** Milliseconds since the epoch; −1 for none. With LogAppendTime, when the broker appended the batch. */
  readonly timestamp: Int64;
  /** The producer's number for the record; −1 for none. */
  readonly sequence: number;
  /** The record's bytes in its batch before compression, its length varint included. */
  readonly sizeInBytes: number;
  readonly #bytes: Uint8Array;
  readonly #keyAt: number;
  readonly #keyLength: number;
  readonly #valueAt: number;
  readonly #valueLength: number;
  readonly #headersAt: number;
  readonly #headerCount: number;

  /** A view of the record that `cursor` has just read. */
  constructor(cursor: RecordCursor, offset: Int64, timestamp: Int64, sequence: number) {
    this.offset = offset;
    this.timestamp = timestamp;
    this.sequence = sequence;
    this.sizeInBytes = cursor.sizeInBytes;
    this.#bytes = cursor.bytes;
    this.#keyAt = cursor.keyAt;
    this.#keyLength = cursor.keyLength;
    this.#valueAt = cursor.valueAt;
    this.#valueLength = cursor.valueLength;
    this.#headersAt = cursor.headersAt;
    this.#headerCount = cursor.headerCount;
  }

  /** A slice, or null; an empty key is a key. */
  get key(): Uint8Array | null {
    return this.#keyLength < 0 ? null : this.#bytes.subarray(this.#keyAt, this.#keyAt + this.#keyLength);
  }

  /** A slice, or null for a tombstone. */
  get value(): Uint8Array | null {
    return this.#valueLength < 0 ? null : this.#bytes.subarray(this.#valueAt, this.#valueAt + this.#valueLength);
  }

  /** Read anew on each call. */
  get headers(): readonly RecordHeader[] {
    return this.#headerCount === 0 ? NO_HEADERS : readHeaders(this.#bytes, this.#headersAt, this.#headerCount);
  }
}
