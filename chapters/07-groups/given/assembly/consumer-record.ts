/**
 * A record as `poll` returns it.
 *
 * Source: `org.apache.kafka.clients.consumer.ConsumerRecord`.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { type Int64 } from "#ground/int64";
import {
  type Deserializer,
  NO_HEADERS,
  readHeaders,
  type RecordCursor,
  type RecordHeader,
  SerializationError,
  type TimestampType,
} from "#serialization";

/** What the records of one batch have in common. */
export interface BatchContext {
  readonly topic: string;
  readonly partition: number;
  /** The leader epoch in which the batch was appended; −1 for none. */
  readonly leaderEpoch: number;
  readonly timestampType: TimestampType;
  /** The records, uncompressed. */
  readonly bytes: Uint8Array;
  /** Null: keys are bytes as they are. */
  readonly keyDeserializer: Deserializer<unknown> | null;
  readonly valueDeserializer: Deserializer<unknown> | null;
}

/** A record that can't be deserialized: a poison pill. To go on, seek past it. */
export class RecordDeserializationError extends SerializationError {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;

  constructor({ topic, partition }: BatchContext, offset: number, what: "key" | "value", cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super(`The ${what} at offset ${offset} of ${topic}-${partition} can't be deserialized: ${why}`, { cause });
    this.name = "RecordDeserializationError";
    this.topic = topic;
    this.partition = partition;
    this.offset = offset;
  }
}

/** Not deserialized yet. */
const UNREAD = Symbol("unread");

/**
 * A record: a light view of the bytes that it came in. Key, value and headers are cut out when they are asked for. So a
 * record that is kept keeps all of its fetched buffer alive, a megabyte perhaps: copy what is kept for long.
 *
 * @typeParam K - what `key.deserializer` makes; without one a Buffer
 * @typeParam V - what `value.deserializer` makes; without one a Buffer
 */
export class ConsumerRecord<K = Buffer, V = Buffer> {
  readonly offset: number;
  /** Milliseconds since the epoch; −1 for none. With LogAppendTime, when the broker appended the batch. */
  readonly timestamp: Int64;
  readonly #batch: BatchContext;
  readonly #keyAt: number;
  readonly #keyLength: number;
  readonly #valueAt: number;
  readonly #valueLength: number;
  readonly #headersAt: number;
  readonly #headerCount: number;
  #key: unknown = UNREAD;
  #value: unknown = UNREAD;

  /** A view of the record that `cursor` has just read. */
  constructor(batch: BatchContext, cursor: RecordCursor, offset: number, timestamp: Int64) {
    this.offset = offset;
    this.timestamp = timestamp;
    this.#batch = batch;
    this.#keyAt = cursor.keyAt;
    this.#keyLength = cursor.keyLength;
    this.#valueAt = cursor.valueAt;
    this.#valueLength = cursor.valueLength;
    this.#headersAt = cursor.headersAt;
    this.#headerCount = cursor.headerCount;
  }

  get topic(): string {
    return this.#batch.topic;
  }

  get partition(): number {
    return this.#batch.partition;
  }

  /** In which epoch of the partition's leader it was appended; −1 for none. */
  get leaderEpoch(): number {
    return this.#batch.leaderEpoch;
  }

  /** Whose clock {@link timestamp} is from. */
  get timestampType(): TimestampType {
    return this.#batch.timestampType;
  }

  /** Null is no key; an empty key is one. */
  get key(): K | null {
    if (this.#key === UNREAD) this.#key = this.#read("key", this.#keyAt, this.#keyLength);
    return this.#key as K | null;
  }

  /** Null is a tombstone. */
  get value(): V | null {
    if (this.#value === UNREAD) this.#value = this.#read("value", this.#valueAt, this.#valueLength);
    return this.#value as V | null;
  }

  /** Read anew on each call. */
  get headers(): readonly RecordHeader[] {
    if (this.#headerCount === 0) return NO_HEADERS;
    return readHeaders(this.#batch.bytes, this.#headersAt, this.#headerCount);
  }

  /** Bytes of the key; −1 for none. */
  get serializedKeySize(): number {
    return Math.max(-1, this.#keyLength);
  }

  /** Bytes of the value; −1 for a tombstone. */
  get serializedValueSize(): number {
    return Math.max(-1, this.#valueLength);
  }

  #read(what: "key" | "value", at: number, length: number): unknown {
    const { bytes, topic, keyDeserializer, valueDeserializer } = this.#batch;
    const data = length < 0 ? null : Buffer.from(bytes.buffer, bytes.byteOffset + at, length);
    const deserializer = what === "key" ? keyDeserializer : valueDeserializer;
    if (deserializer === null) return data;
    try {
      return deserializer.deserialize(topic, this.headers, data);
    } catch (error) {
      throw new RecordDeserializationError(this.#batch, this.offset, what, error);
    }
  }
}
