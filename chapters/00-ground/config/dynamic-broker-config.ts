/**
 * Settings of brokers that can be changed while they run (KIP-226): for one broker, or for all. They are kept in the
 * coordination service and reach the brokers with the image of the cluster.
 *
 * Source: `kafka.server.DynamicBrokerConfig` and `DynamicConfig` of Kafka 4.0.
 *
 * @module
 */
import { refusal } from "#ground/errors";
import {
  BROKER_CONFIG, type BrokerConfig, type GivenBrokerConfig, type ParsedBrokerConfig, resolveTimes,
} from "./broker-config.ts";
import { DYNAMIC_KEYS, DYNAMIC_ONLY_KEYS } from "./broker/dynamic.ts";
import { type ConfigKey } from "./config-def.ts";
import { convert, expectation, showRaw } from "./config-value.ts";
import { TOPIC_CONFIG } from "./topic-config.ts";

/** Values by key, as text. */
export type Overrides = Readonly<Record<string, string>>;

/** What is set while brokers run: by broker id, and under {@link ALL_BROKERS} what holds for all that have no own. */
export type BrokerOverrides = ReadonlyMap<string, Overrides>;

/** The name under which stands what holds for all brokers. */
export const ALL_BROKERS = "";

const DYNAMIC: ReadonlySet<string> = new Set([
  ...DYNAMIC_KEYS,
  ...Object.values<ConfigKey>(TOPIC_CONFIG.keys).flatMap(({ synonyms }) => synonyms?.[0] ?? []),
  ...Object.keys(DYNAMIC_ONLY_KEYS),
]);

/** Whether a broker's key can be changed while it runs. */
export function isDynamic(name: string): boolean {
  return DYNAMIC.has(name);
}

/** What is known about a broker's key; undefined for one that is no key of ours. */
export function brokerKey(name: string): ConfigKey | undefined {
  const keys: Readonly<Record<string, ConfigKey>> = Object.hasOwn(BROKER_CONFIG.keys, name)
    ? BROKER_CONFIG.keys
    : DYNAMIC_ONLY_KEYS;
  return Object.hasOwn(keys, name) ? keys[name] : undefined;
}

/**
 * Checks what is to be set while brokers run. Unknown keys may belong to somebody's plug-in: they pass, as in Kafka.
 * @throws KafkaError INVALID_REQUEST for keys that a broker reads when it starts only, and values that don't fit
 */
export function validateBrokerOverrides(overrides: Overrides): void {
  const fixed = Object.keys(overrides).filter((name) => brokerKey(name) !== undefined && !isDynamic(name));
  if (fixed.length > 0) {
    throw refusal("INVALID_REQUEST", `Cannot update these configs dynamically: ${fixed.join(", ")}`);
  }
  const problems = Object.entries(overrides).flatMap(([name, raw]) => {
    const key = brokerKey(name);
    if (key === undefined || convert(key, raw) !== undefined) return [];
    return [`${name}: expected ${expectation(key)}, got ${showRaw(key, raw)}`];
  });
  if (problems.length > 0) throw refusal("INVALID_REQUEST", problems.join("; "));
}

/**
 * A broker's configuration, which changes while it runs. The object {@link DynamicBrokerConfig.config} stays the same:
 * who reads it anew each time sees what holds now (as with Kafka's `KafkaConfig`).
 */
export class DynamicBrokerConfig {
  readonly #started: ParsedBrokerConfig;
  readonly #config: { -readonly [Key in keyof BrokerConfig]: BrokerConfig[Key] };
  #parsed: ParsedBrokerConfig;

  /** @param started what the broker was started with */
  constructor(started: ParsedBrokerConfig) {
    this.#started = started;
    this.#config = { ...started.config };
    this.#parsed = { ...started, config: this.#config };
  }

  /** The values that hold now. */
  get config(): BrokerConfig {
    return this.#config;
  }

  /** The same, and how it came about. */
  get parsed(): ParsedBrokerConfig {
    return this.#parsed;
  }

  /**
   * Takes over what is set for this broker, and for all.
   * @returns whether that is other than before
   */
  update(overrides: BrokerOverrides): boolean {
    const own = overrides.get(String(this.#config["broker.id"])) ?? {};
    const all = overrides.get(ALL_BROKERS) ?? {};
    const { dynamic = { own: {}, all: {} } } = this.#parsed;
    if (isSame(dynamic.own, own) && isSame(dynamic.all, all)) return false;
    const { config, given } = this.#started;
    const set = { ...typedValues(all), ...typedValues(own) } as Partial<GivenBrokerConfig>;
    Object.assign(this.#config, config, set, resolveTimes({ ...given, ...set }));
    this.#parsed = { ...this.#started, config: this.#config, dynamic: { own, all } };
    return true;
  }
}

/** Whether two say the same. */
export function isSame(a: Overrides, b: Overrides): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

/** Those that can be used: what stands in the coordination service may be another version's. */
function typedValues(overrides: Overrides): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const [name, raw] of Object.entries(overrides)) {
    const key = brokerKey(name);
    const value = key === undefined || !isDynamic(name) ? undefined : convert(key, raw);
    if (value !== undefined) values[name] = value;
  }
  return values;
}
