/**
 * What goes into the calls of a `UnifiedLog`, and what comes out.
 *
 * @module
 */
import { type Runtime } from "#ground/runtime";
import { type LogConfig } from "./log-config.ts";
import { type TopicPartition } from "#ground/topic-partition";
import { type InflationBudget } from "#serialization";
import { type AppendOrigin } from "../producer-append-info.ts";
import { type AbortedTransaction } from "./transaction-index.ts";

/** What a log is told when it is opened. Offsets that are left out are 0, as of a new log. */
export interface LogOptions {
  readonly runtime: Runtime;
  /** The partition's folder, `<log dir>/<topic>-<partition>`. It is made if there is none. */
  readonly folder: string;
  readonly topicPartition: TopicPartition;
  readonly config: LogConfig;
  /** The topic's id, 16 bytes. Checked against the one in the folder. */
  readonly topicId?: Uint8Array;
  /** From `log-start-offset-checkpoint`. */
  readonly logStartOffset?: number;
  /** From `recovery-point-offset-checkpoint`. */
  readonly recoveryPoint?: number;
  /** From `cleaner-offset-checkpoint`: everything below is compacted. Not given for a log that never was. */
  readonly cleanOffset?: number | undefined;
  /** Whether the log was closed in order; false if not given. */
  readonly hadCleanShutdown?: boolean;
  /**
   * Called when the log was cut below its recovery point. The checkpoint of the recovery point must be written anew
   * before anything is appended: else a later recovery would begin behind what isn't on the device.
   */
  readonly onRecoveryPointLowered?: () => void;
  /** `producer.id.expiration.ms`; a day if not given. */
  readonly producerIdExpirationMs?: number;
}

/** Who appends. */
export interface AppendOptions {
  /** `client` if not given. */
  readonly origin?: AppendOrigin;
  /** What the batches of the request may inflate to; no limit but the batch's own if not given. */
  readonly inflation?: InflationBudget | undefined;
}

/** How far a read may go. */
export interface ReadOptions {
  /** Exclusive: the high watermark or the last stable offset; the log's end if not given. */
  readonly maxOffset?: number;
  /** Give the first batch also when it is larger than what was asked for; true if not given. */
  readonly minOneMessage?: boolean;
  /** Look up the aborted transactions among what is read: for read_committed. */
  readonly withAbortedTransactions?: boolean;
}

/** What a read gave. Source: Kafka's `FetchDataInfo`. */
export interface LogRead {
  /** Whole batches, perhaps none. The first may begin below the offset that was asked for. The caller's to keep. */
  readonly records: Uint8Array;
  /** The offset that was asked for. */
  readonly firstOffset: number;
  /** The offset after the last record; `firstOffset` if there is none. */
  readonly nextOffset: number;
  /** Only if asked for. */
  readonly abortedTransactions?: readonly AbortedTransaction[];
}
