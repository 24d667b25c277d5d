/**
 * The configuration of a broker: `server.properties` and `--override`, checked as a whole.
 *
 * Source: `kafka.server.KafkaConfig`.
 *
 * @module
 */
import { KafkaError } from "#ground/errors";
import { COORDINATOR_KEYS } from "./broker/coordinators.ts";
import { NETWORK_KEYS } from "./broker/network.ts";
import { NODE_KEYS } from "./broker/node.ts";
import { REPLICATION_KEYS } from "./broker/replication.ts";
import { STORAGE_KEYS } from "./broker/storage.ts";
import {
  type ConfigInput,
  type ConfigValues,
  define,
  type Property,
  readConfig,
  refuseProblems,
  toProperties,
} from "./config-def.ts";
import { CONSUMER_KEYS } from "./consumer-keys.ts";
import { type EndPoint, parseListeners } from "./listeners.ts";
import { PRODUCER_KEYS } from "./producer-keys.ts";

/** The keys of a broker. */
export const BROKER_CONFIG = define({
  ...NODE_KEYS,
  ...NETWORK_KEYS,
  ...STORAGE_KEYS,
  ...REPLICATION_KEYS,
  ...COORDINATOR_KEYS,
});

/** Keys that say the same, each group with the one that wins first. */
export const ALIASES: readonly (readonly (keyof GivenBrokerConfig)[])[] = [
  ["node.id", "broker.id"],
  ["log.dirs", "log.dir"],
  ["log.roll.ms", "log.segment.ms", "log.roll.hours"],
  ["log.roll.jitter.ms", "log.roll.jitter.hours"],
  ["log.retention.ms", "log.retention.minutes", "log.retention.hours"],
  ["log.flush.interval.ms", "log.flush.scheduler.interval.ms"],
  ["inter.broker.listener.name", "security.inter.broker.protocol"],
];

/** Keys that are none of a broker's, for those who mix them up. */
const ELSEWHERE = { "a producer's": Object.keys(PRODUCER_KEYS), "a consumer's": Object.keys(CONSUMER_KEYS) };

/** The values as they were given, and the defaults of all other keys. */
export type GivenBrokerConfig = ConfigValues<typeof BROKER_CONFIG>;

/** Values that follow from several keys. */
interface ResolvedValues {
  /** Equal to `broker.id`. */
  readonly "node.id": number;
  readonly listeners: readonly EndPoint[];
  /** What clients are told: never an empty host, never 0.0.0.0. */
  readonly "advertised.listeners": readonly EndPoint[];
  /** The name of the listener between brokers. */
  readonly "inter.broker.listener.name": string;
  readonly "zookeeper.connection.timeout.ms": number;
  readonly "log.dirs": readonly string[];
  readonly "log.roll.ms": number;
  readonly "log.roll.jitter.ms": number;
  /** -1: for ever. */
  readonly "log.retention.ms": number;
  readonly "log.flush.interval.ms": number;
}

/**
 * The values that hold for a broker, under Kafka's own keys. Where several keys say the same in different units,
 * the one that wins in Kafka has the effective value: `config["log.retention.ms"]` is never null.
 */
export type BrokerConfig = Omit<GivenBrokerConfig, keyof ResolvedValues> & ResolvedValues;

/** The outcome of {@link parseBrokerConfig}. */
export interface ParsedBrokerConfig {
  readonly config: BrokerConfig;
  /** The same before anything was resolved: what DescribeConfigs shows. */
  readonly given: GivenBrokerConfig;
  /** Sentences for the log: unknown keys, odd settings. */
  readonly warnings: readonly string[];
  /** The keys that were given; all others have their defaults. */
  readonly explicit: ReadonlySet<string>;
  /** What has been set since the broker runs: for it, and for all; as text. In `config`, not in `given`. */
  readonly dynamic?: { readonly own: Readonly<Record<string, string>>; readonly all: Readonly<Record<string, string>> };
}

/**
 * Checks and completes the configuration of a broker.
 *
 * @param input - for example `[...readProperties(text, "server.properties"), ...args.map(parseOverride)]`.
 * @param defaults - what the program sets where the user says nothing: neither by the key nor by an alias of it.
 * @param hostName - of this machine: what clients are told of a listener on all interfaces.
 * @throws KafkaError INVALID_CONFIG that lists every problem, each with the place it comes from.
 */
export function parseBrokerConfig(
  input: ConfigInput,
  defaults: Readonly<Record<string, unknown>> = {},
  hostName = "localhost",
): ParsedBrokerConfig {
  const given = toProperties(input);
  const all = [...unnamed(defaults, new Set(given.map(({ key }) => key))), ...given];
  const { values, problems, warnings, explicit, origin } = readConfig(BROKER_CONFIG, all, { elsewhere: ELSEWHERE });
  const found = new Findings(origin);
  const ids = resolveIds(values, explicit, found);
  const config: BrokerConfig = {
    ...values,
    ...ids,
    ...resolveListeners(values, hostName, found),
    ...resolveTimes(values),
    "log.dirs": resolveLogDirs(values, found),
    "zookeeper.connection.timeout.ms":
      values["zookeeper.connection.timeout.ms"] ?? values["zookeeper.session.timeout.ms"],
  };
  checkLimits(config, found);
  refuseProblems([...problems, ...found.problems]);
  const misnamed = `log.segment.ms${origin("log.segment.ms")} is not a key of Kafka's; it is taken as log.roll.ms.`;
  const hasId = explicit.has("node.id") || explicit.has("broker.id");
  return {
    config,
    // As in Kafka, an id that was given under one name is shown under both.
    given: hasId ? { ...values, ...ids } : values,
    warnings: [...warnings, ...(explicit.has("log.segment.ms") ? [misnamed] : []), ...found.warnings],
    explicit: hasId ? new Set([...explicit, ...Object.keys(ids)]) : explicit,
  };
}

/** The defaults that hold: of keys that the user names neither so nor otherwise. */
function unnamed(defaults: Readonly<Record<string, unknown>>, named: ReadonlySet<string>): Property[] {
  const aliasesOf = (key: string): readonly string[] =>
    ALIASES.find((group) => (group as readonly string[]).includes(key)) ?? [key];
  return toProperties(defaults).filter(({ key }) => !aliasesOf(key).some((alias) => named.has(alias)));
}

/** Collects what is wrong with keys that are well-typed one by one. */
class Findings {
  readonly problems: string[] = [];
  readonly warnings: string[] = [];
  readonly #origin: (key: string) => string;

  constructor(origin: (key: string) => string) {
    this.#origin = origin;
  }

  /** Notes `key: expected …, got …` unless `holds`. */
  expect(holds: boolean, key: string, expected: string, got: unknown): void {
    if (!holds) this.problems.push(`${key}: expected ${expected}, got ${String(got)}${this.#origin(key)}`);
  }

  /** Runs a parser; its complaint becomes a problem of `key`. */
  attempt<Result>(key: string, parse: () => Result, otherwise: Result): Result {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error;
      this.problems.push(`${key}: ${error.message}${this.#origin(key)}`);
      return otherwise;
    }
  }
}

function resolveIds(
  values: GivenBrokerConfig,
  explicit: ReadonlySet<string>,
  found: Findings,
): Pick<BrokerConfig, "broker.id" | "node.id"> {
  const brokerId = values["broker.id"];
  const nodeId = values["node.id"] ?? brokerId;
  found.expect(!explicit.has("broker.id") || nodeId === brokerId, "node.id", `broker.id, ${brokerId}`, nodeId);
  return { "broker.id": nodeId, "node.id": nodeId };
}

const NO_CONTROLLER = "brokers elect their controller among themselves, and it needs no port of its own.";

/** The listeners of a broker. Those of a KRaft controller, which stand in the same list, are none. */
function resolveListeners(
  values: GivenBrokerConfig,
  hostName: string,
  found: Findings,
): Pick<BrokerConfig, "listeners" | "advertised.listeners" | "inter.broker.listener.name"> {
  const controllers = values["controller.listener.names"].map((name) => name.toUpperCase());
  // What the map says of them comes later, and wins.
  const plain = controllers.map((name) => `${name}:PLAINTEXT`);
  const protocols = [...plain, values["listener.security.protocol.map"]].join();
  const parse = (key: "listeners" | "advertised.listeners", text: string): EndPoint[] =>
    found.attempt(key, () => parseListeners(text, protocols), []);
  const isOurs = ({ name }: EndPoint): boolean => !controllers.includes(name);
  const all = parse("listeners", values.listeners);
  const listeners = all.filter(isOurs);
  found.expect(listeners.length > 0 || all.length === 0, "listeners", "one of a broker, not only", controllers);
  const closed = all.filter((endPoint) => !isOurs(endPoint)).map(({ name }) => name);
  if (closed.length > 0) found.warnings.push(`Listener ${closed.join(", ")} is not opened: ${NO_CONTROLLER}`);
  const told = values["advertised.listeners"];
  const tellable = told === null ? listeners : parse("advertised.listeners", told).filter(isOurs);
  const advertised = tellable.map((endPoint) => ({
    ...endPoint,
    host: endPoint.host === "" ? hostName : endPoint.host,
  }));
  const addresses = listeners.filter(({ port }) => port !== 0).map(({ host, port }) => `${host}:${port}`);
  found.expect(new Set(addresses).size === addresses.length, "listeners", "each address once", values.listeners);
  const names = listeners.map(({ name }) => name);
  for (const { name, host } of listeners.length === 0 ? [] : advertised) {
    found.expect(names.includes(name), "advertised.listeners", `names among ${names.join(", ")}`, name);
    const routable = host !== "0.0.0.0" && host !== "::";
    found.expect(routable, "advertised.listeners", "an address that clients can connect to", host);
  }
  const between = (values["inter.broker.listener.name"] ?? values["security.inter.broker.protocol"]).toUpperCase();
  const options = advertised.map(({ name }) => name);
  const known = options.length === 0 || options.includes(between);
  found.expect(known, "inter.broker.listener.name", `one of ${options.join(", ")}`, between);
  return { listeners, "advertised.listeners": advertised, "inter.broker.listener.name": between };
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Of the keys that say the same in different units, the one that wins. */
export function resolveTimes(
  values: GivenBrokerConfig,
): Pick<BrokerConfig, "log.roll.ms" | "log.roll.jitter.ms" | "log.retention.ms" | "log.flush.interval.ms"> {
  const minutes = values["log.retention.minutes"];
  const retentionMs =
    values["log.retention.ms"] ?? (minutes === null ? values["log.retention.hours"] * HOUR_MS : minutes * MINUTE_MS);
  return {
    "log.retention.ms": retentionMs < 0 ? -1 : retentionMs,
    "log.roll.ms": values["log.roll.ms"] ?? values["log.segment.ms"] ?? values["log.roll.hours"] * HOUR_MS,
    "log.roll.jitter.ms": values["log.roll.jitter.ms"] ?? values["log.roll.jitter.hours"] * HOUR_MS,
    "log.flush.interval.ms": values["log.flush.interval.ms"] ?? values["log.flush.scheduler.interval.ms"],
  };
}

function resolveLogDirs(values: GivenBrokerConfig, found: Findings): readonly string[] {
  const dirs = values["log.dirs"] ?? [values["log.dir"]];
  const key = values["log.dirs"] === null ? "log.dir" : "log.dirs";
  found.expect(dirs.length > 0 && !dirs.includes(""), key, "at least one directory, none empty", JSON.stringify(dirs));
  found.expect(new Set(dirs).size === dirs.length, key, "different directories", JSON.stringify(dirs));
  return dirs;
}

function checkLimits(config: BrokerConfig, found: Findings): void {
  const requestBytes = config["socket.request.max.bytes"];
  const queuedBytes = config["queued.max.request.bytes"];
  const enough = queuedBytes <= 0 || queuedBytes >= requestBytes;
  found.expect(enough, "queued.max.request.bytes", `socket.request.max.bytes, ${requestBytes}, or more`, queuedBytes);
  for (const longer of ["replica.socket.timeout.ms", "replica.lag.time.max.ms"] as const) {
    const waitMs = config["replica.fetch.wait.max.ms"];
    found.expect(waitMs <= config[longer], longer, `replica.fetch.wait.max.ms, ${waitMs}, or more`, config[longer]);
  }
  const shortest = config["group.min.session.timeout.ms"];
  const longest = config["group.max.session.timeout.ms"];
  found.expect(longest >= shortest, "group.max.session.timeout.ms", `group.min.session.timeout.ms or more`, longest);
}
