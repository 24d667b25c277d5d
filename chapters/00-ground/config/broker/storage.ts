/**
 * Keys of the broker's logs: directories, and the defaults of its topics.
 *
 * Source: `ServerLogConfigs`, `CleanerConfig`, `ServerConfigs` of Kafka 4.0.
 *
 * @module
 */
import { type ConfigKeys } from "../config-def.ts";
import { LONG_MAX } from "../config-value.ts";
import { defaultOf } from "../topic-config.ts";

const ONE_THREAD = "a Node process runs its JavaScript on one thread.";
const NOT_ZERO = {
  expects: "-1 (for ever) or a whole number of at least 1",
  holds: (value: number): boolean => value >= 1 || value === -1,
};

/** Directories, segments, retention, cleaning, flushing. */
export const STORAGE_KEYS = {
  "log.dir": {
    type: "string",
    default: "/tmp/kafka-logs",
    doc: "The one directory for logs, if `log.dirs` is not set.",
  },
  "log.dirs": {
    type: "list",
    default: null,
    doc: "The directories for logs. A new partition goes to the one that has the fewest.",
  },
  "num.recovery.threads.per.data.dir": {
    type: "int",
    default: 2,
    min: 1,
    unused: ONE_THREAD,
    doc: "Threads a directory that recover logs at the start and flush them at the end.",
  },
  "log.dir.failure.timeout.ms": {
    type: "long",
    default: 30_000,
    min: 1,
    pending: true,
    doc: "End the broker if it can't tell the controller of a failed directory for this long.",
  },

  "log.segment.bytes": defaultOf("segment.bytes"),
  "log.roll.ms": {
    type: "long",
    default: null,
    min: 1,
    doc: "Default of a topic's `segment.ms`. None: `log.roll.hours`.",
  },
  "log.roll.hours": {
    type: "int",
    default: 168,
    min: 1,
    doc: "The same in hours; `log.roll.ms` wins.",
  },
  "log.segment.ms": {
    type: "long",
    default: null,
    min: 1,
    doc: "Not a key of Kafka's, but often written for `log.roll.ms`: taken as that (which wins), with a warning.",
  },
  "log.roll.jitter.ms": {
    type: "long",
    default: null,
    min: 0,
    doc: "Default of a topic's `segment.jitter.ms`. None: `log.roll.jitter.hours`.",
  },
  "log.roll.jitter.hours": {
    type: "int",
    default: 0,
    min: 0,
    doc: "The same in hours; `log.roll.jitter.ms` wins.",
  },
  "log.index.size.max.bytes": defaultOf("segment.index.bytes"),
  "log.index.interval.bytes": defaultOf("index.interval.bytes"),
  "log.preallocate": defaultOf("preallocate"),
  "message.max.bytes": defaultOf("max.message.bytes"),
  "compression.type": defaultOf("compression.type"),
  "compression.gzip.level": defaultOf("compression.gzip.level"),
  "compression.lz4.level": defaultOf("compression.lz4.level"),
  "compression.zstd.level": defaultOf("compression.zstd.level"),
  "log.message.timestamp.type": defaultOf("message.timestamp.type"),
  "log.message.timestamp.before.max.ms": defaultOf("message.timestamp.before.max.ms"),
  "log.message.timestamp.after.max.ms": defaultOf("message.timestamp.after.max.ms"),

  "log.retention.ms": {
    type: "long",
    default: null,
    rule: NOT_ZERO,
    doc: "Default of a topic's `retention.ms`; -1: for ever. None: `log.retention.minutes`.",
  },
  "log.retention.minutes": {
    type: "int",
    default: null,
    rule: NOT_ZERO,
    doc: "The same in minutes; `log.retention.ms` wins. None: `log.retention.hours`.",
  },
  "log.retention.hours": {
    type: "int",
    default: 168,
    rule: NOT_ZERO,
    doc: "The same in hours; the other two win.",
  },
  "log.retention.bytes": defaultOf("retention.bytes"),
  "log.local.retention.bytes": defaultOf("local.retention.bytes"),
  "log.local.retention.ms": defaultOf("local.retention.ms"),
  "log.retention.check.interval.ms": {
    type: "long",
    default: 300_000,
    min: 1,
    doc: "How often the broker looks for segments that are too old or too many.",
  },
  "log.segment.delete.delay.ms": defaultOf("file.delete.delay.ms"),
  "log.cleanup.policy": defaultOf("cleanup.policy"),

  "log.flush.interval.messages": defaultOf("flush.messages"),
  "log.flush.interval.ms": {
    type: "long",
    default: null,
    min: 0,
    doc: "Default of a topic's `flush.ms`. None: `log.flush.scheduler.interval.ms`.",
  },
  "log.flush.scheduler.interval.ms": {
    type: "long",
    default: LONG_MAX,
    doc: "How often the broker looks for logs to flush.",
  },
  "log.flush.offset.checkpoint.interval.ms": {
    type: "int",
    default: 60_000,
    min: 0,
    doc: "How often the recovery points are written: recovery after a crash starts there.",
  },
  "log.flush.start.offset.checkpoint.interval.ms": {
    type: "int",
    default: 60_000,
    min: 0,
    doc: "How often the log start offsets are written.",
  },

  "log.cleaner.enable": { type: "boolean", default: true, doc: "Whether logs are compacted." },
  "log.cleaner.threads": { type: "int", default: 1, min: 0, unused: ONE_THREAD, doc: "Threads that compact logs." },
  "log.cleaner.io.max.bytes.per.second": {
    type: "double",
    default: Number.MAX_VALUE,
    pending: true,
    doc: "How fast compaction may read and write.",
  },
  "log.cleaner.dedupe.buffer.size": {
    type: "long",
    default: 134_217_728,
    min: 1_048_577,
    doc: "Memory for the keys of a log that is being compacted, in bytes.",
  },
  "log.cleaner.io.buffer.size": {
    type: "int",
    default: 524_288,
    min: 0,
    unused: "what is read is read in pieces of 1 MiB, or whole batches.",
    doc: "Memory for the records of a log that is being compacted, in bytes.",
  },
  "log.cleaner.io.buffer.load.factor": {
    type: "double",
    default: 0.9,
    doc: "How full the memory for keys may become.",
  },
  "log.cleaner.backoff.ms": {
    type: "long",
    default: 15_000,
    min: 0,
    doc: "The pause when there is no log to compact.",
  },
  "log.cleaner.min.cleanable.ratio": defaultOf("min.cleanable.dirty.ratio"),
  "log.cleaner.delete.retention.ms": defaultOf("delete.retention.ms"),
  "log.cleaner.min.compaction.lag.ms": defaultOf("min.compaction.lag.ms"),
  "log.cleaner.max.compaction.lag.ms": defaultOf("max.compaction.lag.ms"),
} as const satisfies ConfigKeys;
