/**
 * From `key.deserializer` and `value.deserializer` to deserializers.
 *
 * @module
 */
import { KafkaError } from "#ground/errors";
import * as serialization from "#serialization";
import { type Configs, type Deserializer } from "#serialization";

type DeserializerClass = new () => Deserializer<unknown>;

/**
 * Makes the deserializer that a user asks for, and configures it.
 *
 * @param choice - the name of one of ours, also with the package in front that it has in Java; a class; a ready object;
 *   or null: bytes as they are (*Different*: in Kafka there is no default)
 * @param key - `key.deserializer` or `value.deserializer`
 * @throws KafkaError INVALID_CONFIG when there is none of that name, or `choice` is no deserializer
 */
export function createDeserializer(
  choice: string | object | null,
  key: string,
  configs: Configs,
): Deserializer<unknown> | null {
  if (choice === null) return null;
  const deserializer = instanceOf(choice, key);
  deserializer.configure?.(configs, key === "key.deserializer");
  return deserializer;
}

function instanceOf(choice: string | object, key: string): Deserializer<unknown> {
  if (typeof choice === "string") return new (classCalled(choice, key))();
  const made = typeof choice === "function" ? new (choice as DeserializerClass)() : (choice as Deserializer<unknown>);
  if (typeof made.deserialize === "function") return made;
  throw new KafkaError("INVALID_CONFIG", `${key}: expected a deserializer, but it has no method deserialize`);
}

function classCalled(name: string, key: string): DeserializerClass {
  const short = name.slice(name.lastIndexOf(".") + 1);
  const found = (serialization as Record<string, unknown>)[short];
  if (/^[A-Z]\w*Deserializer$/.test(short) && typeof found === "function") return found as DeserializerClass;
  const names = Object.keys(serialization).filter((each) => each.endsWith("Deserializer"));
  throw new KafkaError("INVALID_CONFIG", `${key}: expected one of ${names.join(", ")}, got "${name}"`);
}
