import { type DiskError } from "#ground/errors";
import { type Runtime } from "#ground/runtime";
import { type TopicPartition } from "#ground/topic-partition";
import { type LogConfig } from "./log-config.ts";

/** How a {@link LogManager} works. Times are in ms; `Infinity` for never. */
export interface LogManagerOptions {
  readonly runtime: Runtime;
  /** `log.dirs`: paths of folders, which are made if they don't exist. */
  readonly logDirs: readonly string[];
  /** The config of the logs that are found at the start, by topic. */
  readonly configFor: (topic: string) => LogConfig;
  /**
   * The id that the topic of this name has now. A folder with another one is not used: perhaps its topic was deleted
   * while the dir was offline, perhaps the id in it is damaged. Not checked if not given.
   */
  readonly topicIdFor?: (topic: string) => Uint8Array | undefined;
  /** Whose data this is: checked against, or written to, each dir's `meta.properties`. Not checked if not given. */
  readonly owner?: { readonly clusterId: string; readonly nodeId: number };
  /** Told once for each dir that fails while the broker runs, after its logs have been given up. */
  readonly onDirFailure?: (dir: string, partitions: readonly TopicPartition[], error: DiskError) => void;
  /** `log.retention.check.interval.ms`; 5 minutes if not given. */
  readonly retentionCheckMs?: number;
  /** `log.flush.scheduler.interval.ms`: how often `flush.ms` is looked after; never if not given. */
  readonly flushCheckMs?: number;
  /** `log.flush.offset.checkpoint.interval.ms`; a minute if not given. */
  readonly recoveryPointCheckpointMs?: number;
  /** `log.flush.start.offset.checkpoint.interval.ms`; a minute if not given. */
  readonly logStartOffsetCheckpointMs?: number;
  /** `producer.id.expiration.ms`; a day if not given. */
  readonly producerIdExpirationMs?: number;
  /** `producer.id.expiration.check.interval.ms`; 10 minutes if not given. */
  readonly producerIdExpirationCheckMs?: number;
}

/** What {@link LogManager.getOrCreate} needs to know of a partition. */
export interface LogSpec {
  readonly config: LogConfig;
  /** 16 bytes. */
  readonly topicId?: Uint8Array;
  /**
   * True when the partition has never had a log on this broker. Otherwise, while a dir is offline, no new log is made:
   * the partition's records may be in that dir, and an empty log beside them would pass for all there is.
   */
  readonly isNew?: boolean;
}
