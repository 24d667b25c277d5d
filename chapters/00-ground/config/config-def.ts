/**
 * Typed configuration. A {@link ConfigDef} says which keys there are, each with its type, its default, what it
 * may hold and what it means; {@link parseConfig} turns what a user wrote into typed values under Kafka's own
 * keys. Whatever doesn't fit is refused before anything starts, all of it in one error.
 *
 * Source: `org.apache.kafka.common.config.ConfigDef` and `AbstractConfig`.
 *
 * @module
 */
import { KafkaError } from "#ground/errors";
import { closestKey } from "./closest-key.ts";
import { type ConfigType, convert, expectation, type Password, showRaw } from "./config-value.ts";

/** What is known about one key. */
export interface ConfigKey {
  readonly type: ConfigType;
  /** The value of a key that isn't given. `null` means "none"; a key without a default is required. */
  readonly default?: unknown;
  /** Smallest number allowed. */
  readonly min?: number;
  /** Largest number allowed. */
  readonly max?: number;
  /** The strings allowed; for a list, its elements. */
  readonly oneOf?: readonly string[];
  /** A rule that the fields above can't say. `expects` completes the sentence "expected …". */
  readonly rule?: { readonly expects: string; readonly holds: (value: never) => boolean };
  /** For a topic's key: the broker's keys that set its default, the one that wins first. */
  readonly synonyms?: readonly string[];
  /** Set when the key is accepted but will never change anything here: the reason. */
  readonly unused?: string;
  /** Set while the part that reads the key isn't built: the key is accepted, but changes nothing yet. */
  readonly pending?: true;
  /** What the key means, in Markdown. */
  readonly doc: string;
}

/** Keys and what is known about each. */
export type ConfigKeys = Readonly<Record<string, ConfigKey>>;

/** A set of keys that {@link parseConfig} understands. Made by {@link define}. */
export interface ConfigDef<Keys extends ConfigKeys = ConfigKeys> {
  readonly keys: Keys;
}

type OneOf<Key> = Key extends { oneOf: readonly (infer Value)[] } ? Value : string;
type NonNullValue<Key extends ConfigKey> = {
  boolean: boolean;
  string: OneOf<Key>;
  short: number;
  int: number;
  long: number;
  double: number;
  list: readonly OneOf<Key>[];
  class: string | object;
  password: Password;
}[Key["type"]];

/** The TypeScript type of the values of a definition: one field a key, null only where the default is null. */
export type ConfigValues<Def extends ConfigDef> = {
  readonly [Name in keyof Def["keys"]]:
    | NonNullValue<Def["keys"][Name]>
    | (Def["keys"][Name] extends { default: null } ? null : never);
};

/** One key as somebody wrote it, and where: `server.properties line 12`, `--override`. */
export interface Property {
  readonly key: string;
  readonly value: unknown;
  readonly origin?: string;
}

/** What a user gives: an object, or a list of properties in which a later one replaces an earlier one. */
export type ConfigInput = Readonly<Record<string, unknown>> | readonly Property[];

/** How {@link parseConfig} treats its input. */
export interface ParseOptions {
  /** Names the place that properties without an origin of their own come from. */
  readonly source?: string;
  /** Unknown keys for which this returns true belong to a component (a serializer, an interceptor): no warning. */
  readonly passUnknown?: (key: string) => boolean;
  /** Keys that belong elsewhere, for people who mix them up. */
  readonly elsewhere?: KeysElsewhere;
}

/** Keys of other definitions, under the word that says whose they are: "a consumer's". */
export type KeysElsewhere = Readonly<Record<string, readonly string[]>>;

/** The outcome of {@link parseConfig}. */
export interface ParsedConfig<Def extends ConfigDef = ConfigDef> {
  /** A value for every key of the definition. */
  readonly values: ConfigValues<Def>;
  /** Sentences for the log: unknown keys, each with the known one that is closest. */
  readonly warnings: readonly string[];
  /** The keys that were given; all others have their defaults. */
  readonly explicit: ReadonlySet<string>;
  /** The unknown keys with their values, for the `configure` of components. May hold secrets: don't log them. */
  readonly others: Readonly<Record<string, unknown>>;
}

/** {@link ParsedConfig} before anybody has decided that its problems are fatal. */
export interface ReadConfig<Def extends ConfigDef> extends ParsedConfig<Def> {
  /** What is wrong, one sentence each. The keys concerned have their defaults in `values`. */
  readonly problems: readonly string[];
  /** Where a given key comes from, as ` (server.properties line 12)`; empty when that is unknown. */
  readonly origin: (key: string) => string;
}

/** Makes a definition, and remembers the exact type of each key. */
export function define<const Keys extends ConfigKeys>(keys: Keys): ConfigDef<Keys> {
  return { keys };
}

/**
 * Turns what a user gave into typed values.
 *
 * @throws KafkaError INVALID_CONFIG that lists *every* problem: what was expected, what came and from where.
 */
export function parseConfig<Def extends ConfigDef>(
  def: Def,
  input: ConfigInput,
  options: ParseOptions = {},
): ParsedConfig<Def> {
  const { problems, values, warnings, explicit, others } = readConfig(def, input, options);
  refuseProblems(problems);
  return { values, warnings, explicit, others };
}

/** As {@link parseConfig}, for callers that have more to check before they throw: problems come back as text. */
export function readConfig<Def extends ConfigDef>(
  def: Def,
  input: ConfigInput,
  options: ParseOptions = {},
): ReadConfig<Def> {
  const given = new Map(toProperties(input).map((property) => [property.key, property]));
  const origin = (key: string): string => {
    const place = given.get(key)?.origin ?? options.source;
    return place === undefined ? "" : ` (${place})`;
  };
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [name, key] of Object.entries(def.keys)) {
    values[name] = key.default;
    if (!given.has(name)) {
      if (!("default" in key)) problems.push(`${name}: expected ${expectation(key)}, but the key is missing`);
      continue;
    }
    const raw = given.get(name)!.value;
    const value = raw === null && key.default === null ? null : convert(key, raw);
    if (value !== undefined) values[name] = value;
    else problems.push(`${name}: expected ${expectation(key)}, got ${showRaw(key, raw)}${origin(name)}`);
  }
  const unknown = [...given.values()].filter(({ key }) => !Object.hasOwn(def.keys, key));
  return {
    values: values as ConfigValues<Def>,
    warnings: unknown
      .filter(({ key }) => options.passUnknown?.(key) !== true)
      .map(({ key }) => `Unknown key ${key}${origin(key)}${didYouMean(key, def, options.elsewhere)}`),
    explicit: new Set([...given.keys()].filter((key) => Object.hasOwn(def.keys, key))),
    others: Object.fromEntries(unknown.map(({ key, value }) => [key, value])),
    problems,
    origin,
  };
}

/** @throws KafkaError INVALID_CONFIG that lists the problems, if there are any. */
export function refuseProblems(problems: readonly string[]): void {
  if (problems.length === 0) return;
  if (problems.length === 1) throw new KafkaError("INVALID_CONFIG", problems[0]);
  const list = problems.map((problem) => `\n  ${problem}`).join("");
  throw new KafkaError("INVALID_CONFIG", `The configuration has ${problems.length} problems:${list}`);
}

/** What a key means and, if it has none, that it has no effect. */
export function documentationOf({ doc, unused, pending }: ConfigKey): string {
  if (unused !== undefined) return `${doc} Accepted without effect: ${unused}`;
  return pending === true ? `${doc} Accepted without effect so far.` : doc;
}

/**
 * A hint for a key that isn't in the definition, such as `. Did you mean log.dirs?`; or just the full stop. A topic's
 * key may be meant by the broker's key that sets its default, and any key may belong elsewhere.
 */
export function didYouMean(key: string, { keys }: ConfigDef, elsewhere: KeysElsewhere = {}): string {
  // Of two that are equally close the first counts: our own.
  const meant = new Map(Object.keys(keys).map((name) => [name, name]));
  for (const [name, { synonyms }] of Object.entries(keys)) {
    for (const synonym of synonyms ?? []) if (!meant.has(synonym)) meant.set(synonym, name);
  }
  for (const [whose, names] of Object.entries(elsewhere)) {
    for (const name of names) if (!meant.has(name)) meant.set(name, `${name}, ${whose} key`);
  }
  const known = closestKey(key, [...meant.keys()]);
  return known === undefined ? "." : `. Did you mean ${meant.get(known)}?`;
}

/** What a user gives, as a list. An object's undefined values count as not given. */
export function toProperties(input: ConfigInput): readonly Property[] {
  if (Array.isArray(input)) return input as readonly Property[];
  return Object.entries(input)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ({ key, value }));
}
