/**
 * From `key.serializer` and the like to what they name.
 *
 * @module
 */
import { KafkaError } from "#ground/errors";
import * as serialization from "#serialization";
import { type Configs, type Deserializer, type Serializer } from "#serialization";

/** What can be asked for. */
export interface Serdes {
  readonly serializer: Serializer<unknown>;
  readonly deserializer: Deserializer<unknown>;
}

const METHODS = { serializer: "serialize", deserializer: "deserialize" } as const;
const CLASS_NAMES = { serializer: /^[A-Z]\w*Serializer$/, deserializer: /^[A-Z]\w*Deserializer$/ };

/**
 * Makes the serializer or deserializer that a user asks for, and configures it.
 *
 * @param choice - the name of one of ours, also with the package in front that it has in Java; a class; a ready object
 * @param key - the key of the configuration, `key.serializer` for example
 * @throws KafkaError INVALID_CONFIG when there is none of that name, or `choice` is none
 */
export function createSerde<Kind extends keyof Serdes>(
  kind: Kind,
  choice: string | object,
  key: string,
  configs: Configs,
): Serdes[Kind] {
  const serde = instanceOf(kind, choice, key);
  serde.configure?.(configs, key.startsWith("key."));
  return serde;
}

function instanceOf<Kind extends keyof Serdes>(kind: Kind, choice: string | object, key: string): Serdes[Kind] {
  const chosen = typeof choice === "string" ? classCalled(kind, choice, key) : choice;
  const made = typeof chosen === "function" ? new (chosen as new () => Serdes[Kind])() : (chosen as Serdes[Kind]);
  const method = METHODS[kind];
  if (typeof Reflect.get(made, method) === "function") return made;
  throw new KafkaError("INVALID_CONFIG", `${key}: expected a ${kind}, but it has no method ${method}`);
}

function classCalled(kind: keyof Serdes, name: string, key: string): object {
  const short = name.slice(name.lastIndexOf(".") + 1);
  const found = (serialization as Record<string, unknown>)[short];
  if (CLASS_NAMES[kind].test(short) && typeof found === "function") return found;
  const names = Object.keys(serialization).filter((each) => CLASS_NAMES[kind].test(each));
  throw new KafkaError("INVALID_CONFIG", `${key}: expected one of ${names.join(", ")}, got "${name}"`);
}
