/**
 * From a request for other settings to the settings. Pure: nothing is written here.
 * Source: `ConfigurationControlManager` of Kafka 4.0.
 *
 * @module
 */
import { type BrokerConfig } from "#ground/config/broker-config";
import { type ConfigKey } from "#ground/config/config-def";
import { elements, formatValue } from "#ground/config/config-value";
import { ALL_BROKERS, brokerKey, type Overrides, validateBrokerOverrides } from "#ground/config/dynamic-broker-config";
import {
  effectiveTopicConfig, TOPIC_CONFIG, type TopicConfig, validateTopicOverrides,
} from "#ground/config/topic-config";
import { KafkaError, refusal } from "#ground/errors";
import { type MetadataImage, type TopicImage } from "../metadata-image.ts";

/** What is to become of one key: `append` and `subtract` are for lists (KIP-339). */
export interface ConfigOperation {
  readonly name: string;
  readonly type: "set" | "delete" | "append" | "subtract";
  /** Null only where there is nothing to say, for `delete`. */
  readonly value: string | null;
}

/** What somebody wants changed of one topic's settings, or of one broker's, or of all brokers'. */
export interface ConfigChange {
  readonly type: "topic" | "broker";
  /** A topic; a broker's id; or {@link ALL_BROKERS}. */
  readonly name: string;
  readonly operations: readonly ConfigOperation[];
  /** Whether what isn't named goes back to its default. */
  readonly replacesAll: boolean;
}

/** What comes of it: a topic with other settings, or other settings of a broker. */
export type PlannedConfig =
  | { readonly type: "topic"; readonly topic: TopicImage }
  | { readonly type: "broker"; readonly name: string; readonly overrides: Overrides };

/**
 * Checks a change and works out what holds after it.
 * @throws KafkaError UNKNOWN_TOPIC_OR_PARTITION; INVALID_CONFIG for what a topic can't have; INVALID_REQUEST for what
 *   can't be changed while a broker runs, a broker that isn't there, a key named twice, a missing value
 */
export function planConfig(change: ConfigChange, image: MetadataImage, config: BrokerConfig): PlannedConfig {
  requireSense(change.operations);
  if (change.type === "topic") {
    const topic = image.topics.get(change.name);
    if (topic === undefined) throw refusal("UNKNOWN_TOPIC_OR_PARTITION");
    const effective = effectiveTopicConfig(config, {});
    const configs = changed(topic.configs, change, {
      keyOf: (name) => new Map<string, ConfigKey>(Object.entries(TOPIC_CONFIG.keys)).get(name),
      defaultOf: (name) => effective[name as keyof TopicConfig],
    });
    validateTopicOverrides(configs);
    return { type: "topic", topic: { ...topic, configs } };
  }
  const { name } = change;
  if (name !== ALL_BROKERS && ![...image.brokers.keys()].map(String).includes(name)) {
    throw refusal("INVALID_REQUEST", `Expected the id of a live broker, or an empty string for all, got ${name}`);
  }
  const keys = { keyOf: brokerKey, defaultOf: (key: string) => brokerKey(key)?.default };
  const overrides = changed(image.brokerConfigs.get(name) ?? {}, change, keys);
  validateBrokerOverrides(overrides);
  return { type: "broker", name, overrides };
}

function requireSense(operations: readonly ConfigOperation[]): void {
  const names = new Set(operations.map(({ name }) => name));
  if (names.size < operations.length) throw refusal("INVALID_REQUEST", "Error due to duplicate config keys");
  const missing = operations.filter(({ type, value }) => type !== "delete" && value === null);
  if (missing.length === 0) return;
  throw refusal("INVALID_REQUEST", `Null value not supported for : ${missing.map(({ name }) => name).join(",")}`);
}

interface Keys {
  readonly keyOf: (name: string) => ConfigKey | undefined;
  /** What a key has that isn't set. */
  readonly defaultOf: (name: string) => unknown;
}

function changed(before: Overrides, { operations, replacesAll }: ConfigChange, keys: Keys): Overrides {
  const after: Record<string, string> = replacesAll ? {} : { ...before };
  for (const { name, type, value } of operations) {
    if (type === "delete") delete after[name];
    else if (type === "set") after[name] = value!;
    else after[name] = otherList(before, { name, type, value: value! }, keys);
  }
  return after;
}

function otherList(
  before: Overrides, { name, type, value }: ConfigOperation & { readonly value: string }, { keyOf, defaultOf }: Keys,
): string {
  if (keyOf(name)?.type !== "list") {
    const verb = type === "append" ? "append" : "subtract";
    throw new KafkaError("INVALID_CONFIG", `Can't ${verb} to key ${name} because its type is not LIST.`);
  }
  const old = elements(before[name] ?? formatValue("list", defaultOf(name)) ?? "");
  const others = elements(value);
  const kept = old.filter((one) => !others.includes(one));
  return (type === "subtract" ? kept : [...old, ...others.filter((one) => !old.includes(one))]).join(",");
}
