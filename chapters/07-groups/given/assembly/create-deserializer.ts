/**
 * From `key.deserializer` and `value.deserializer` to deserializers.
 *
 * @module
 */
import { createSerde } from "#sender";
import { type Configs, type Deserializer } from "#serialization";

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
  return choice === null ? null : createSerde("deserializer", choice, key, configs);
}
