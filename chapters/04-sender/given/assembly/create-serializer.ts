/**
 * From `key.serializer` and `value.serializer` to serializers.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { type Configs, SerializationError, type Serializer } from "#serialization";
import { createSerde } from "./create-serde.ts";

/**
 * Makes the serializer that a user asks for, and configures it.
 *
 * @param choice - the name of one of ours, also with the package in front that it has in Java; a class; a ready object;
 *   or null for {@link PlainSerializer}
 * @param key - `key.serializer` or `value.serializer`
 * @throws KafkaError INVALID_CONFIG when there is none of that name, or `choice` is no serializer
 */
export function createSerializer(choice: string | object | null, key: string, configs: Configs): Serializer<unknown> {
  if (choice === null) return new PlainSerializer();
  return createSerde("serializer", choice, key, configs);
}

/**
 * What is used when nothing else is asked for: text becomes UTF-8, bytes stay as they are, null is null. (*Different*:
 * in Kafka there is no default.)
 */
export class PlainSerializer implements Serializer<unknown> {
  serialize(_topic: string, _headers: unknown, data: unknown): Uint8Array | null {
    if (typeof data === "string") return Buffer.from(data);
    if (data === null || data instanceof Uint8Array) return data;
    const expected = "Without a serializer, expected a string, bytes (Uint8Array) or null";
    throw new SerializationError(`${expected}, got ${typeof data}. Set key.serializer or value.serializer.`);
  }
}
