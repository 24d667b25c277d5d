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
import { type ConfigType, convert, formatValue } from "./config-value.ts";
import { brokerKey, isDynamic, type Overrides } from "./dynamic-broker-config.ts";
import { effectiveTopicConfig, TOPIC_CONFIG, type TopicConfig } from "./topic-config.ts";

/** Kafka's numbers for the place that a value comes from (`DescribeConfigsResponse.ConfigSource`). */
export const CONFIG_SOURCE = { topic: 1, dynamicBroker: 2, dynamicDefault: 3, staticBroker: 4, default: 5 } as const;

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
 * The values of a broker, as they were given, and as they have been set since it runs.
 *
 * @param names - the keys asked for; null or none means all. Unknown ones are left out, as Kafka does.
 */
export function describeBrokerConfig(
  parsed: ParsedBrokerConfig,
  names: readonly string[] | null = null,
): ConfigDescription[] {
  const { own, all } = parsed.dynamic ?? NOTHING;
  const set: Overrides = { ...all, ...own };
  const described = select(BROKER_CONFIG.keys, names).map(([name, key]) => {
    const isSet = Object.hasOwn(set, name);
    const value = isSet ? convert(key, set[name]) : parsed.given[name as keyof GivenBrokerConfig];
    return description(name, key, formatValue(key.type, value), brokerSynonyms(name, parsed), !isDynamic(name));
  });
  const others = Object.keys(set).filter((name) => !Object.hasOwn(BROKER_CONFIG.keys, name) && isWanted(name, names));
  return [
    ...described,
    ...others.map((name) => dynamicDescription(name, [
      ...synonymsOf([name], own, CONFIG_SOURCE.dynamicBroker),
      ...synonymsOf([name], all, CONFIG_SOURCE.dynamicDefault),
    ])),
  ];
}

/** What is set for all brokers while they run. @param names - as in {@link describeBrokerConfig}. */
export function describeBrokerDefaults(
  { dynamic = NOTHING }: ParsedBrokerConfig,
  names: readonly string[] | null = null,
): ConfigDescription[] {
  const wanted = Object.keys(dynamic.all).filter((name) => isWanted(name, names));
  return wanted.map((name) => {
    return dynamicDescription(name, synonymsOf([name], dynamic.all, CONFIG_SOURCE.dynamicDefault));
  });
}

const NOTHING = { own: {}, all: {} };

/** A key that may be somebody's plug-in's is taken for a secret. */
const UNKNOWN_KEY: ConfigKey = { type: "password", doc: "" };

function dynamicDescription(name: string, synonyms: readonly ConfigSynonym[]): ConfigDescription {
  return description(name, brokerKey(name) ?? UNKNOWN_KEY, synonyms[0]?.value ?? null, synonyms, false);
}

/** Those of `names` that are set. */
function synonymsOf(names: readonly string[], overrides: Overrides, source: number): ConfigSynonym[] {
  return names.filter((name) => Object.hasOwn(overrides, name)).map((name) => {
    const key = brokerKey(name) ?? UNKNOWN_KEY;
    return { name, value: formatValue(key.type, convert(key, overrides[name])), source };
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
    const brokerKey = key.synonyms?.[0];
    const inherited = brokerKey === undefined ? [] : brokerSynonyms(brokerKey, parsed);
    return description(name, key, value, [...own, ...inherited], false);
  });
}

/** Broker keys that set the default of the same topic key. */
const GROUPS = Object.values<ConfigKey>(TOPIC_CONFIG.keys).map(({ synonyms }) => synonyms ?? []);

function select(keys: Readonly<Record<string, ConfigKey>>, names: readonly string[] | null): [string, ConfigKey][] {
  return Object.entries(keys).filter(([name]) => isWanted(name, names));
}

function isWanted(name: string, names: readonly string[] | null): boolean {
  return names === null || names.length === 0 || names.includes(name);
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

/**
 * What sets a broker's key: what was set since it runs, what was given, then the defaults. Of keys that say the same,
 * as `log.retention.ms` and `log.retention.hours`, all are listed, but nothing before the key itself; so of
 * `log.retention.hours` nothing is told where `log.retention.ms` has no value. As Kafka does.
 */
function brokerSynonyms(name: string, parsed: ParsedBrokerConfig): ConfigSynonym[] {
  const { given, explicit, dynamic = NOTHING } = parsed;
  const names: readonly string[] = GROUPS.find((group) => group.includes(name)) ?? [name];
  const keyOf = (each: string): ConfigKey => BROKER_CONFIG.keys[each as keyof GivenBrokerConfig];
  const set = names
    .filter((each) => explicit.has(each))
    .map((each) => {
      const value = formatValue(keyOf(each).type, given[each as keyof GivenBrokerConfig]);
      return { name: each, value, source: CONFIG_SOURCE.staticBroker };
    });
  const defaults = names.flatMap((each) => {
    const value = formatValue(keyOf(each).type, keyOf(each).default);
    return value === null ? [] : [{ name: each, value, source: CONFIG_SOURCE.default }];
  });
  const all = [
    ...synonymsOf(names, dynamic.own, CONFIG_SOURCE.dynamicBroker),
    ...synonymsOf(names, dynamic.all, CONFIG_SOURCE.dynamicDefault),
    ...set,
    ...defaults,
  ];
  const first = all.findIndex((synonym) => synonym.name === name);
  return first < 0 ? [] : all.slice(first);
}
