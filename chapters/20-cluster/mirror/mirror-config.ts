/**
 * The properties of `kafka-mirror-maker`: those of MirrorMaker 2 that are known here.
 * Source: `MirrorMakerConfig`, `MirrorSourceConfig`, `MirrorCheckpointConfig` of Kafka 4.0.
 *
 * @module
 */
import { elements } from "#ground/config/config-value";
import { KafkaError } from "#ground/errors";
import { DefaultReplicationPolicy, IDENTITY_POLICY, type ReplicationPolicy } from "./replication-policy.ts";

/** A cluster: its name in topics, and how its clients are configured. */
export interface MirrorCluster {
  readonly alias: string;
  readonly client: Readonly<Record<string, string>>;
}

/** One direction. */
export interface MirrorFlowConfig {
  readonly source: MirrorCluster;
  readonly target: MirrorCluster;
  /** Which topics are copied. */
  readonly topics: RegExp;
  /** Of which groups the offsets are translated. */
  readonly groups: RegExp;
  readonly policy: ReplicationPolicy;
  /** Of topics that are made; −1: as the brokers have it. */
  readonly replicationFactor: number;
  readonly refreshTopicsMs: number;
  /** How often offsets of groups are translated; null: never. */
  readonly syncGroupsMs: number | null;
}

type Properties = Readonly<Record<string, string>>;

/**
 * The directions that are enabled.
 * @throws KafkaError INVALID_CONFIG that says what is wrong
 */
export function mirrorFlows(properties: Properties): MirrorFlowConfig[] {
  const aliases = elements(properties["clusters"] ?? "");
  if (aliases.length < 2) throw invalid("clusters", "two names or more, such as paris,rome", properties["clusters"]);
  const clusters = new Map(aliases.map((alias) => [alias, { alias, client: clientOf(alias, properties) }]));
  const flows = [...clusters.values()].flatMap((source) => {
    const targets = [...clusters.values()].filter((target) => {
      return target !== source && isTrue(properties[`${source.alias}->${target.alias}.enabled`]);
    });
    return targets.map((target) => flowOf(source, target, properties));
  });
  if (flows.length > 0) return flows;
  const [a, b] = aliases;
  throw new KafkaError("INVALID_CONFIG", `Nothing is copied: expected a line such as ${a}->${b}.enabled=true.`);
}

function flowOf(source: MirrorCluster, target: MirrorCluster, properties: Properties): MirrorFlowConfig {
  const name = `${source.alias}->${target.alias}`;
  const get = (key: string): string | undefined => properties[`${name}.${key}`] ?? properties[key];
  const number = (key: string, byDefault: number): number => {
    const text = get(key);
    if (text === undefined) return byDefault;
    if (!/^-?\d+$/.test(text)) throw invalid(key, "a whole number", text);
    return Number(text);
  };
  return {
    source,
    target,
    topics: pattern(get("topics") ?? ".*", get("topics.exclude")),
    groups: pattern(get("groups") ?? ".*", get("groups.exclude")),
    policy: policy(get("replication.policy.class"), get("replication.policy.separator")),
    replicationFactor: number("replication.factor", -1),
    refreshTopicsMs: number("refresh.topics.interval.seconds", 600) * 1_000,
    syncGroupsMs: isTrue(get("sync.group.offsets.enabled"))
      ? number("sync.group.offsets.interval.seconds", 60) * 1_000
      : null,
  };
}

/** @throws KafkaError for a class that isn't known */
function policy(className: string | undefined, separator: string | undefined): ReplicationPolicy {
  switch (className?.replace("org.apache.kafka.connect.mirror.", "")) {
    case undefined:
    case "DefaultReplicationPolicy": return new DefaultReplicationPolicy(separator);
    case "IdentityReplicationPolicy": return IDENTITY_POLICY;
    default: throw invalid("replication.policy.class", "DefaultReplicationPolicy or Identity…", className);
  }
}

/** `paris.bootstrap.servers` and the like, without `paris.`. */
function clientOf(alias: string, properties: Properties): Record<string, string> {
  const own = Object.entries(properties).filter(([key]) => key.startsWith(`${alias}.`));
  const client = Object.fromEntries(own.map(([key, value]) => [key.slice(alias.length + 1), value]));
  if (client["bootstrap.servers"] !== undefined) return client;
  throw invalid(`${alias}.bootstrap.servers`, "host:port, such as localhost:9092", undefined);
}

/** Regular expressions with commas between them. @throws KafkaError for what is none */
function pattern(text: string, excluded = ""): RegExp {
  try {
    return new RegExp(`^(?!(?:${elements(excluded).join("|")})$)(?:${elements(text).join("|")})$`);
  } catch {
    throw invalid("topics, groups, …exclude", "regular expressions", `${text}, ${excluded}`);
  }
}

function isTrue(text: string | undefined): boolean {
  return text?.trim().toLowerCase() === "true";
}

function invalid(key: string, expected: string, found: string | undefined): KafkaError {
  return new KafkaError("INVALID_CONFIG", `${key}: expected ${expected}, got ${JSON.stringify(found ?? "nothing")}`);
}
