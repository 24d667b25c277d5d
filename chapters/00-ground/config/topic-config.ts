/**
 * The configuration of topics. Each key has a default that comes from the broker (`synonyms`), and may be
 * overridden for one topic with CreateTopics or IncrementalAlterConfigs.
 *
 * Source: `org.apache.kafka.common.config.TopicConfig`, `LogConfig` and `ServerTopicConfigSynonyms` of Kafka 4.0.
 *
 * @module
 */
// `import type`, or the two modules would load each other in a circle.
import type { BrokerConfig } from "./broker-config.ts";
import { type ConfigKey, type ConfigValues, define, didYouMean, readConfig, refuseProblems } from "./config-def.ts";
import { LONG_MAX } from "./config-value.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const NO_TIERED_STORAGE = "there is no tiered storage.";

/** The keys of a topic. */
export const TOPIC_CONFIG = define({
  "cleanup.policy": {
    type: "list",
    default: ["delete"],
    oneOf: ["compact", "delete"],
    synonyms: ["log.cleanup.policy"],
    doc: "What becomes of old segments: `delete` drops them by age and size, `compact` keeps each key's last record.",
  },
  "compression.gzip.level": {
    type: "int",
    default: -1,
    rule: {
      expects: "-1 (the library's choice) or an int from 1 to 9",
      holds: (level: number): boolean => level === -1 || (level >= 1 && level <= 9),
    },
    synonyms: ["compression.gzip.level"],
    pending: true,
    doc: "Effort of gzip when the broker compresses.",
  },
  "compression.lz4.level": {
    type: "int",
    default: 9,
    min: 1,
    max: 17,
    synonyms: ["compression.lz4.level"],
    pending: true,
    doc: "Effort of lz4 when the broker compresses.",
  },
  "compression.type": {
    type: "string",
    default: "producer",
    oneOf: ["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"],
    synonyms: ["compression.type"],
    pending: true,
    doc: "The compression of the log. `producer` keeps each batch as the producer sent it.",
  },
  "compression.zstd.level": {
    type: "int",
    default: 3,
    min: -131072,
    max: 22,
    synonyms: ["compression.zstd.level"],
    pending: true,
    doc: "Effort of zstd when the broker compresses.",
  },
  "delete.retention.ms": {
    type: "long",
    default: DAY_MS,
    min: 0,
    synonyms: ["log.cleaner.delete.retention.ms"],
    doc: "How long a compacted log keeps the marker of a deleted key, so that every reader has time to see it.",
  },
  "file.delete.delay.ms": {
    type: "long",
    default: 60_000,
    min: 0,
    synonyms: ["log.segment.delete.delay.ms"],
    doc: "How long a deleted segment stays on disk under a name that ends in `.deleted`.",
  },
  "flush.messages": {
    type: "long",
    default: LONG_MAX,
    min: 1,
    synonyms: ["log.flush.interval.messages"],
    doc:
      "Flush the log to the device after so many records. By default never: replication is what makes records safe. " +
      "(Different: the producer's answer doesn't wait for it.)",
  },
  "flush.ms": {
    type: "long",
    default: LONG_MAX,
    min: 0,
    synonyms: ["log.flush.interval.ms", "log.flush.scheduler.interval.ms"],
    doc: "Flush the log to the device when its oldest unflushed record is this old.",
  },
  "follower.replication.throttled.replicas": {
    type: "list",
    default: [],
    unused: "replication is not throttled.",
    doc: "Followers whose replication is throttled, as `partition:broker`.",
  },
  "index.interval.bytes": {
    type: "int",
    default: 4096,
    min: 0,
    synonyms: ["log.index.interval.bytes"],
    doc: "The offset index gets an entry after each so many bytes of the log.",
  },
  "leader.replication.throttled.replicas": {
    type: "list",
    default: [],
    unused: "replication is not throttled.",
    doc: "Leaders whose replication is throttled, as `partition:broker`.",
  },
  "local.retention.bytes": {
    type: "long",
    default: -2,
    min: -2,
    synonyms: ["log.local.retention.bytes"],
    unused: NO_TIERED_STORAGE,
    doc: "With tiered storage, how many bytes stay on the local disk.",
  },
  "local.retention.ms": {
    type: "long",
    default: -2,
    min: -2,
    synonyms: ["log.local.retention.ms"],
    unused: NO_TIERED_STORAGE,
    doc: "With tiered storage, how long records stay on the local disk.",
  },
  "max.compaction.lag.ms": {
    type: "long",
    default: LONG_MAX,
    min: 1,
    synonyms: ["log.cleaner.max.compaction.lag.ms"],
    doc: "A record may stay uncompacted for this long at most.",
  },
  "max.message.bytes": {
    type: "int",
    default: 1_048_588,
    min: 0,
    synonyms: ["message.max.bytes"],
    doc: "The largest record batch that is accepted, in bytes, as it comes (compressed).",
  },
  "message.timestamp.after.max.ms": {
    type: "long",
    default: 3_600_000,
    min: 0,
    synonyms: ["log.message.timestamp.after.max.ms"],
    doc: "How far a record's timestamp may lie after the broker's clock (only with `CreateTime`).",
  },
  "message.timestamp.before.max.ms": {
    type: "long",
    default: LONG_MAX,
    min: 0,
    synonyms: ["log.message.timestamp.before.max.ms"],
    doc: "How far a record's timestamp may lie before the broker's clock (only with `CreateTime`).",
  },
  "message.timestamp.type": {
    type: "string",
    default: "CreateTime",
    oneOf: ["CreateTime", "LogAppendTime"],
    synonyms: ["log.message.timestamp.type"],
    doc: "Whose clock gives records their timestamp: the producer's (`CreateTime`) or the broker's (`LogAppendTime`).",
  },
  "min.cleanable.dirty.ratio": {
    type: "double",
    default: 0.5,
    min: 0,
    max: 1,
    synonyms: ["log.cleaner.min.cleanable.ratio"],
    doc: "The log is compacted when this share of it is not yet.",
  },
  "min.compaction.lag.ms": {
    type: "long",
    default: 0,
    min: 0,
    synonyms: ["log.cleaner.min.compaction.lag.ms"],
    doc: "A record stays uncompacted for this long at least.",
  },
  "min.insync.replicas": {
    type: "int",
    default: 1,
    min: 1,
    synonyms: ["min.insync.replicas"],
    doc: "With `acks=all`, a write is refused while fewer replicas than this are in sync.",
  },
  preallocate: {
    type: "boolean",
    default: false,
    synonyms: ["log.preallocate"],
    unused: "files grow as they are written.",
    doc: "Give a new segment's file its full size at once.",
  },
  "remote.log.copy.disable": {
    type: "boolean",
    default: false,
    unused: NO_TIERED_STORAGE,
    doc: "With tiered storage, stop copying to it.",
  },
  "remote.log.delete.on.disable": {
    type: "boolean",
    default: false,
    unused: NO_TIERED_STORAGE,
    doc: "With tiered storage, delete what is there when it is switched off.",
  },
  "remote.storage.enable": {
    type: "boolean",
    default: false,
    unused: NO_TIERED_STORAGE,
    doc: "Keep old segments in tiered storage.",
  },
  "retention.bytes": {
    type: "long",
    default: -1,
    synonyms: ["log.retention.bytes"],
    doc: "A partition keeps at least so many bytes and deletes older segments; -1: no limit.",
  },
  "retention.ms": {
    type: "long",
    default: 7 * DAY_MS,
    min: -1,
    synonyms: ["log.retention.ms", "log.retention.minutes", "log.retention.hours"],
    doc: "How long records are kept, by their timestamps; -1: for ever.",
  },
  "segment.bytes": {
    type: "int",
    default: 1_073_741_824,
    min: 14,
    synonyms: ["log.segment.bytes"],
    doc: "A segment that would grow beyond this size is closed and a new one begun.",
  },
  "segment.index.bytes": {
    type: "int",
    default: 10_485_760,
    min: 4,
    synonyms: ["log.index.size.max.bytes"],
    doc: "The size of a segment's indexes; when one is full, a new segment is begun.",
  },
  "segment.jitter.ms": {
    type: "long",
    default: 0,
    min: 0,
    synonyms: ["log.roll.jitter.ms", "log.roll.jitter.hours"],
    doc: "A random time, up to this, by which `segment.ms` is shortened, so that not all partitions roll at once.",
  },
  "segment.ms": {
    type: "long",
    default: 7 * DAY_MS,
    min: 1,
    synonyms: ["log.roll.ms", "log.segment.ms", "log.roll.hours"],
    doc: "A segment whose first record is this much older than the next one is closed, also when it isn't full.",
  },
  "unclean.leader.election.enable": {
    type: "boolean",
    default: false,
    synonyms: ["unclean.leader.election.enable"],
    doc: "Whether a replica that is not in sync may become leader: the partition lives on, committed records are lost.",
  },
});

/** The values that hold for one topic. */
export type TopicConfig = ConfigValues<typeof TOPIC_CONFIG>;

type TopicKeys = (typeof TOPIC_CONFIG)["keys"];

/** The definition of the broker key that sets the default of a topic key: the same type, default and limits. */
export function defaultOf<Name extends keyof TopicKeys>(name: Name): TopicKeys[Name] {
  const key: ConfigKey = TOPIC_CONFIG.keys[name];
  return { ...key, synonyms: undefined, doc: `Default of a topic's \`${name}\`.` } as unknown as TopicKeys[Name];
}

/**
 * The values that hold for a topic: its overrides, and what the broker says for the rest.
 *
 * @throws KafkaError INVALID_CONFIG as {@link validateTopicOverrides} does.
 */
export function effectiveTopicConfig(broker: BrokerConfig, overrides: Readonly<Record<string, unknown>>): TopicConfig {
  const { values, problems } = readOverrides(overrides);
  refuseProblems(problems);
  const effective: Record<string, unknown> = { ...values };
  for (const [name, key] of Object.entries(TOPIC_CONFIG.keys)) {
    if (Object.hasOwn(overrides, name) || !("synonyms" in key)) continue;
    // The broker's values are resolved: its first synonym holds what the others would say.
    effective[name] = broker[key.synonyms[0]];
  }
  return effective as TopicConfig;
}

/**
 * Checks the overrides of a topic before anything is created or changed.
 *
 * @throws KafkaError INVALID_CONFIG that lists every unknown key and every value that doesn't fit.
 */
export function validateTopicOverrides(overrides: Readonly<Record<string, unknown>>): void {
  refuseProblems(readOverrides(overrides).problems);
}

function readOverrides(overrides: Readonly<Record<string, unknown>>): { values: TopicConfig; problems: string[] } {
  const { values, problems, others } = readConfig(TOPIC_CONFIG, overrides);
  const all = [
    ...Object.keys(others).map((name) => `Unknown topic config name: ${name}${didYouMean(name, TOPIC_CONFIG)}`),
    ...problems,
  ];
  if (values["min.compaction.lag.ms"] > values["max.compaction.lag.ms"]) {
    all.push(
      `min.compaction.lag.ms: expected at most max.compaction.lag.ms, ${values["max.compaction.lag.ms"]}, ` +
        `got ${values["min.compaction.lag.ms"]}`,
    );
  }
  return { values, problems: all };
}
