/**
 * What DescribeConfigs and CreateTopics tell about a configuration: each value with its type, where it comes
 * from, and the keys that would have set it.
 *
 * Source: `kafka.server.ConfigHelper` and `ConfigEntry` of Kafka's Admin client.
 *
 * @module
 */
import { BROKER_CONFIG, type GivenBrokerConfig, type ParsedBrokerConfig } from "./broker-config.ts";
import { type ConfigKey, documentationOf } from "./config-def.ts";
import { type ConfigType, formatValue } from "./config-value.ts";
import { effectiveTopicConfig, TOPIC_CONFIG, type TopicConfig } from "./topic-config.ts";

/** Kafka's numbers for the place that a value comes from (`DescribeConfigsResponse.ConfigSource`). */
export const CONFIG_SOURCE = { topic: 1, staticBroker: 4, default: 5 } as const;

/** Kafka's numbers for the types (`DescribeConfigsResponse.ConfigType`). */
export const CONFIG_TYPE: Readonly<Record<ConfigType, number>> = {
  boolean: 1,
  string: 2,
  int: 3,
  short: 4,
  long: 5,
  double: 6,
  list: 7,
  class: 8,
  password: 9,
};

/** A key that sets a value, the one in effect first. */
export interface ConfigSynonym {
  readonly name: string;
  readonly value: string | null;
  readonly source: number;
}

/** One value, in the fields of the DescribeConfigs response. */
export interface ConfigDescription {
  readonly name: string;
  /** Null when there is no value, and for secrets. */
  readonly value: string | null;
  /** Whether the value can only be changed by restarting the broker. */
  readonly readOnly: boolean;
  /** One of {@link CONFIG_SOURCE}. */
  readonly configSource: number;
  readonly isSensitive: boolean;
  readonly synonyms: readonly ConfigSynonym[];
  /** One of {@link CONFIG_TYPE}. */
  readonly configType: number;
  readonly documentation: string;
}

/**
 * The values of a broker, as they were given.
 *
 * @param names - the keys asked for; null means all. Unknown ones are left out, as Kafka does.
 */
export function describeBrokerConfig(
  parsed: ParsedBrokerConfig,
  names: readonly string[] | null = null,
): ConfigDescription[] {
  return select(BROKER_CONFIG.keys, names).map(([name, key]) => {
    const value = formatValue(key.type, parsed.given[name as keyof GivenBrokerConfig]);
    return description(name, key, value, brokerSynonyms(name, parsed), true);
  });
}

/** The values that hold for a topic. @param names - as in {@link describeBrokerConfig}. */
export function describeTopicConfig(
  parsed: ParsedBrokerConfig,
  overrides: Readonly<Record<string, unknown>>,
  names: readonly string[] | null = null,
): ConfigDescription[] {
  const effective = effectiveTopicConfig(parsed.config, overrides);
  return select(TOPIC_CONFIG.keys, names).map(([name, key]) => {
    const value = formatValue(key.type, effective[name as keyof TopicConfig]);
    const own = Object.hasOwn(overrides, name) ? [{ name, value, source: CONFIG_SOURCE.topic }] : [];
    const inherited = (key.synonyms ?? []).flatMap((brokerKey) => brokerSynonyms(brokerKey, parsed));
    return description(name, key, value, [...own, ...inherited], false);
  });
}

function select(keys: Readonly<Record<string, ConfigKey>>, names: readonly string[] | null): [string, ConfigKey][] {
  const all = Object.entries(keys);
  return names === null ? all : all.filter(([name]) => names.includes(name));
}

function description(
  name: string,
  key: ConfigKey,
  value: string | null,
  synonyms: readonly ConfigSynonym[],
  readOnly: boolean,
): ConfigDescription {
  return {
    name,
    value,
    readOnly,
    configSource: synonyms[0]?.source ?? CONFIG_SOURCE.default,
    isSensitive: key.type === "password",
    synonyms,
    configType: CONFIG_TYPE[key.type],
    documentation: documentationOf(key),
  };
}

/** The broker key itself as it was given, and its default if it has one. */
function brokerSynonyms(name: string, { given, explicit }: ParsedBrokerConfig): ConfigSynonym[] {
  const key: ConfigKey = BROKER_CONFIG.keys[name as keyof GivenBrokerConfig];
  const value = formatValue(key.type, given[name as keyof GivenBrokerConfig]);
  const byDefault = formatValue(key.type, key.default);
  return [
    ...(explicit.has(name) ? [{ name, value, source: CONFIG_SOURCE.staticBroker }] : []),
    ...(byDefault === null ? [] : [{ name, value: byDefault, source: CONFIG_SOURCE.default }]),
  ];
}
