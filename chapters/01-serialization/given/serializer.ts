/**
 * Between a program's values and the bytes that Kafka carries. The broker never looks inside keys and values: what
 * they mean is an agreement between those who write and those who read, and these two interfaces are where it is kept.
 *
 * Source: `org.apache.kafka.common.serialization.Serializer`, `Deserializer`.
 *
 * @module
 */
import { KafkaError } from "#ground/errors";
import { type Headers, type RecordHeader } from "./headers.ts";

/** All settings of a producer or consumer, by their keys; a serializer looks for its own among them. */
export type Configs = Readonly<{ [key: string]: unknown }>;

/** Turns values into bytes, for the keys or for the values of records. */
export interface Serializer<T> {
  /**
   * Called once before the first use.
   * @param isKey - whether it is to serialize keys, rather than values
   */
  configure?(configs: Configs, isKey: boolean): void;
  /**
   * @param headers - the record's; more may be added
   * @param data - null means "nothing": by custom it becomes null, as a value a tombstone
   * @returns bytes that are not changed afterwards, or null
   * @throws SerializationError when the value has no form in bytes
   */
  serialize(topic: string, headers: Headers, data: T | null): Uint8Array | null;
  /** Called when the client closes, also more than once. */
  close?(): void;
}

/** Turns bytes back into values. */
export interface Deserializer<T> {
  /**
   * Called once before the first use.
   * @param isKey - whether it is to deserialize keys, rather than values
   */
  configure?(configs: Configs, isKey: boolean): void;
  /**
   * @param data - borrowed from the fetched answer: copy what is kept
   * @throws SerializationError when the bytes are not what the serializer makes
   */
  deserialize(topic: string, headers: readonly RecordHeader[], data: Uint8Array | null): T | null;
  /** Called when the client closes, also more than once. */
  close?(): void;
}

/** A value that can't be turned into bytes, or bytes that can't be turned into a value. Trying again is no use. */
export class SerializationError extends KafkaError {
  constructor(message: string, options?: { cause?: unknown }) {
    super("INVALID_RECORD", message, options);
    this.name = "SerializationError";
  }
}
