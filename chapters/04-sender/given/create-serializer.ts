/**
 * From `key.serializer` and `value.serializer` to serializers.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { KafkaError } from "#ground/errors";
import * as serialization from "#serialization";
import { type Configs, SerializationError, type Serializer } from "#serialization";

type SerializerClass = new () => Serializer<unknown>;

/**
 * Makes the serializer that a user asks for, and configures it.
 *
 * @param choice - the name of one of ours, also with the package in front that it has in Java; a class; a ready object;
 *   or null for {@link PlainSerializer}
 * @param key - `key.serializer` or `value.serializer`
 * @throws KafkaError INVALID_CONFIG when there is none of that name, or `choice` is no serializer
 */
export function createSerializer(choice: string | object | null, key: string, configs: Configs): Serializer<unknown> {
  const serializer: Serializer<unknown> = choice === null ? new PlainSerializer() : instanceOf(choice, key);
  serializer.configure?.(configs, key === "key.serializer");
  return serializer;
}

function instanceOf(choice: string | object, key: string): Serializer<unknown> {
  if (typeof choice === "string") return new (classCalled(choice, key))();
  const made = typeof choice === "function" ? new (choice as SerializerClass)() : (choice as Serializer<unknown>);
  if (typeof made.serialize === "function") return made;
  throw new KafkaError("INVALID_CONFIG", `${key}: expected a serializer, but it has no method serialize`);
}

function classCalled(name: string, key: string): SerializerClass {
  const short = name.slice(name.lastIndexOf(".") + 1);
  const found = (serialization as Record<string, unknown>)[short];
  if (/^[A-Z]\w*Serializer$/.test(short) && typeof found === "function") return found as SerializerClass;
  const names = Object.keys(serialization).filter((each) => each.endsWith("Serializer"));
  throw new KafkaError("INVALID_CONFIG", `${key}: expected one of ${names.join(", ")}, got "${name}"`);
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
