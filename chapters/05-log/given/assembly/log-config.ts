import { type TopicConfig } from "#ground/config/topic-config";
import { type Runtime } from "#ground/runtime";
import { type RecordRules } from "#serialization";
import { type AppendOptions } from "./log-options.ts";

/** How a log is kept. The names are those of the topic's config keys. Source: Kafka's `LogConfig`. */
export interface LogConfig {
  /** `segment.bytes`: a segment that would grow beyond this is sealed, a new one begun. */
  readonly segmentBytes: number;
  /** `segment.ms`: so is one whose first record is this much older than the next one. */
  readonly segmentMs: number;
  /** `segment.jitter.ms`: up to this much is taken off `segmentMs`, at random. */
  readonly segmentJitterMs: number;
  /** `segment.index.bytes`: most bytes of an index; when it is full, the segment is sealed. */
  readonly segmentIndexBytes: number;
  /** `index.interval.bytes`: the indexes get an entry when more than this was appended since the last. */
  readonly indexIntervalBytes: number;
  /** `retention.ms`: segments whose records are all older are deleted; −1: never. */
  readonly retentionMs: number;
  /** `retention.bytes`: the oldest segments are deleted while the log would keep at least this; −1: never. */
  readonly retentionBytes: number;
  /** `file.delete.delay.ms`: how long a deleted segment's files stay on disk. */
  readonly fileDeleteDelayMs: number;
  /** `max.message.bytes`: the largest batch that a client may append. */
  readonly maxMessageBytes: number;
  /** `message.timestamp.type`: whose clock a record's timestamp is from. */
  readonly messageTimestampType: "CreateTime" | "LogAppendTime";
  /** `message.timestamp.before.max.ms`: how far before the broker's clock a client's timestamp may lie. */
  readonly messageTimestampBeforeMaxMs: number;
  /** `message.timestamp.after.max.ms`: how far after it. */
  readonly messageTimestampAfterMaxMs: number;
  /** `cleanup.policy` */
  readonly cleanupPolicy: readonly string[];
  /** `min.cleanable.dirty.ratio`: a log is compacted when more than this share of it is new since the last time. */
  readonly minCleanableDirtyRatio: number;
  /** `min.compaction.lag.ms`: a record stays uncompacted for this long at least. */
  readonly minCompactionLagMs: number;
  /** `max.compaction.lag.ms`: and for this long at most. */
  readonly maxCompactionLagMs: number;
  /** `delete.retention.ms`: how long tombstones and markers stay after a compaction has first met them. */
  readonly deleteRetentionMs: number;
  /** `flush.messages`: the log is flushed when this many records aren't on the device. */
  readonly flushMessages: number;
  /** `flush.ms`: or when this time has passed since the last flush. */
  readonly flushMs: number;
}

/** The values that hold for a topic, as a log needs them. */
export function logConfigFrom(topic: TopicConfig): LogConfig {
  const isCompacted = topic["cleanup.policy"].includes("compact");
  return {
    segmentBytes: topic["segment.bytes"],
    // Only sealed segments are compacted.
    segmentMs: isCompacted ? Math.min(topic["segment.ms"], topic["max.compaction.lag.ms"]) : topic["segment.ms"],
    segmentJitterMs: topic["segment.jitter.ms"],
    segmentIndexBytes: topic["segment.index.bytes"],
    indexIntervalBytes: topic["index.interval.bytes"],
    retentionMs: topic["retention.ms"],
    retentionBytes: topic["retention.bytes"],
    fileDeleteDelayMs: topic["file.delete.delay.ms"],
    maxMessageBytes: topic["max.message.bytes"],
    messageTimestampType: topic["message.timestamp.type"] === "LogAppendTime" ? "LogAppendTime" : "CreateTime",
    messageTimestampBeforeMaxMs: topic["message.timestamp.before.max.ms"],
    messageTimestampAfterMaxMs: topic["message.timestamp.after.max.ms"],
    cleanupPolicy: topic["cleanup.policy"],
    minCleanableDirtyRatio: topic["min.cleanable.dirty.ratio"],
    minCompactionLagMs: topic["min.compaction.lag.ms"],
    maxCompactionLagMs: topic["max.compaction.lag.ms"],
    deleteRetentionMs: topic["delete.retention.ms"],
    flushMessages: topic["flush.messages"],
    flushMs: topic["flush.ms"],
  };
}

/** What the config says of a batch that is to be appended. */
export function recordRules(
  config: LogConfig,
  { origin = "client", inflation }: AppendOptions,
  runtime: Runtime,
): RecordRules {
  return {
    inflation,
    crc32c: runtime.crc32c,
    origin: origin === "client" ? "client" : "coordinator",
    maxMessageBytes: config.maxMessageBytes,
    timestampType: config.messageTimestampType,
    compactedTopic: config.cleanupPolicy.includes("compact"),
    nowMs: runtime.clock.wallMs(),
    timestampBeforeMaxMs: config.messageTimestampBeforeMaxMs,
    timestampAfterMaxMs: config.messageTimestampAfterMaxMs,
  };
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Kafka's defaults. */
export const DEFAULT_LOG_CONFIG: LogConfig = {
  segmentBytes: 1 << 30,
  segmentMs: 7 * DAY_MS,
  segmentJitterMs: 0,
  segmentIndexBytes: 10 << 20,
  indexIntervalBytes: 4096,
  retentionMs: 7 * DAY_MS,
  retentionBytes: -1,
  fileDeleteDelayMs: 60_000,
  maxMessageBytes: 1_048_588,
  messageTimestampType: "CreateTime",
  messageTimestampBeforeMaxMs: Number.MAX_SAFE_INTEGER,
  messageTimestampAfterMaxMs: 3_600_000,
  cleanupPolicy: ["delete"],
  minCleanableDirtyRatio: 0.5,
  minCompactionLagMs: 0,
  maxCompactionLagMs: Number.MAX_SAFE_INTEGER,
  deleteRetentionMs: DAY_MS,
  flushMessages: Number.MAX_SAFE_INTEGER,
  flushMs: Number.MAX_SAFE_INTEGER,
};
