/**
 * Which keys of a broker can be changed while it runs.
 *
 * @module
 */
import { type ConfigKeys } from "../config-def.ts";
import { LONG_MAX } from "../config-value.ts";

const NOT_THROTTLED = { type: "long", default: LONG_MAX, min: 0, unused: "replication is not throttled." } as const;

/** Keys that can't stand in a file. Reassignments set them. */
export const DYNAMIC_ONLY_KEYS: ConfigKeys = {
  "leader.replication.throttled.rate": { ...NOT_THROTTLED, doc: "Bytes a second that a throttled leader sends." },
  "follower.replication.throttled.rate": { ...NOT_THROTTLED, doc: "Bytes a second that a throttled follower takes." },
  "replica.alter.log.dirs.io.max.bytes.per.second": { ...NOT_THROTTLED, doc: "Bytes a second moved between log dirs." },
};

/** Keys that may stand in a file, too; besides them the defaults of topics' keys. */
export const DYNAMIC_KEYS: readonly string[] = [
  "background.threads",
  "log.cleaner.backoff.ms",
  "log.cleaner.dedupe.buffer.size",
  "log.cleaner.io.buffer.load.factor",
  "log.cleaner.io.buffer.size",
  "log.cleaner.io.max.bytes.per.second",
  "log.cleaner.threads",
  "max.connection.creation.rate",
  "max.connections",
  "max.connections.per.ip",
  "max.connections.per.ip.overrides",
  "metric.reporters",
  "num.io.threads",
  "num.network.threads",
  "num.recovery.threads.per.data.dir",
  "num.replica.fetchers",
  "producer.id.expiration.ms",
  "transaction.partition.verification.enable",
];
