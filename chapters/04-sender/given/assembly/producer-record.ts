/**
 * What a user sends.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { KafkaError } from "#ground/errors";
import { type RecordHeader } from "#serialization";

/** A header as a user may write it: text is sent as UTF-8. */
export type HeaderValue = Uint8Array | string | null;

/** Headers as a list, in which a key may occur again, or as an object. */
export type HeadersInput =
  | readonly { readonly key: string; readonly value: HeaderValue }[]
  | Readonly<Record<string, HeaderValue>>;

/**
 * One record to be sent. Source: `org.apache.kafka.clients.producer.ProducerRecord`.
 *
 * @typeParam K - what `key.serializer` takes
 * @typeParam V - what `value.serializer` takes
 */
export interface ProducerRecord<K = unknown, V = unknown> {
  readonly topic: string;
  /** Null or left out: no key. */
  readonly key?: K | null | undefined;
  /** Null: a tombstone on a compacted topic. */
  readonly value?: V | null | undefined;
  /** Null or left out: the partitioner decides. */
  readonly partition?: number | null | undefined;
  /** Milliseconds since the epoch; null or left out: now. */
  readonly timestamp?: number | null | undefined;
  readonly headers?: HeadersInput | undefined;
}

/** The headers as serializers and batches have them: a list of the record's own. */
export function toHeaders(input: HeadersInput): RecordHeader[] {
  const list = Array.isArray(input)
    ? (input as readonly { key: string; value: HeaderValue }[])
    : Object.entries(input as Record<string, HeaderValue>).map(([key, value]) => ({ key, value }));
  return list.map(({ key, value }) => ({ key, value: typeof value === "string" ? Buffer.from(value) : value }));
}

/**
 * JavaScript lets anything pass for bytes; a text would be stored as so many zeros.
 * @throws KafkaError INVALID_RECORD
 */
export function checkBytes(what: string, bytes: unknown): void {
  if (bytes === null || bytes instanceof Uint8Array) return;
  throw new KafkaError("INVALID_RECORD", `Expected ${what} to be bytes (Uint8Array) or null, got ${typeof bytes}.`);
}

/** @throws KafkaError INVALID_RECORD for what is no record at all: in JavaScript anything can be handed over */
export function checkRecord(record: unknown): void {
  if (typeof record === "object" && record !== null) return;
  throw new KafkaError("INVALID_RECORD", `Expected a record, got ${String(record)}.`);
}

/** @throws KafkaError INVALID_TOPIC_EXCEPTION, INVALID_TIMESTAMP */
export function checkTopicAndTime(topic: unknown, timestamp: unknown): void {
  if (typeof topic !== "string" || topic === "") {
    throw new KafkaError("INVALID_TOPIC_EXCEPTION", `Expected the record's topic to be a name, got ${String(topic)}.`);
  }
  if (!Number.isSafeInteger(timestamp) || (timestamp as number) < 0) {
    const expected = "Expected a timestamp in whole milliseconds from 0 up";
    throw new KafkaError("INVALID_TIMESTAMP", `${expected}, got ${String(timestamp)}.`);
  }
}
