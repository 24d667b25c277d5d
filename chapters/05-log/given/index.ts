/**
 * Chapter 5: the log.
 *
 * @module
 */
export { type EpochEntry, type PartitionOffset } from "./assembly/checkpoint-file.ts";
export { consumableBatches } from "./assembly/consumable-batches.ts";
export {
  type EpochEndOffset,
  LeaderEpochFileCache,
  UNDEFINED_EPOCH,
  UNDEFINED_EPOCH_OFFSET,
} from "#log/leader-epoch-file-cache";
export { type LogAppendInfo } from "./assembly/log-append-info.ts";
export { DEFAULT_LOG_CONFIG, type LogConfig, logConfigFrom } from "./assembly/log-config.ts";
export { LogManager } from "./assembly/log-manager.ts";
export type { LogManagerOptions, LogSpec } from "./assembly/log-manager-options.ts";
export { type AppendOptions, type LogOptions, type LogRead, type ReadOptions } from "./assembly/log-options.ts";
export { LogSegment } from "#log/log-segment";
export { OffsetIndex, type OffsetPosition } from "#log/offset-index";
export { type AppendOrigin } from "./producer-append-info.ts";
export { type BatchMetadata, ProducerStateEntry } from "#log/producer-state-entry";
export { ProducerStateManager } from "./producer-state-manager.ts";
export { TimeIndex, type TimestampOffset } from "#log/time-index";
export { type TimestampAndOffset } from "#log/timestamp-search";
export { type AbortedTransaction } from "./assembly/transaction-index.ts";
export { UnifiedLog } from "./assembly/unified-log.ts";
