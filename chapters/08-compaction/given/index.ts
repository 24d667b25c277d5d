/**
 * Chapter 8: compaction.
 *
 * @module
 */
export { type CleanableLog, type CleanableOffsets, type CleanedLog, type LogToClean } from "./cleanable-log.ts";
export { CleanedTransactions } from "./cleaned-transactions.ts";
export { Cleaner, type CleanerLimits } from "./cleaner.ts";
export { type CleaningRound } from "./cleaning-round.ts";
export { LogCleaner, type LogCleanerOptions } from "./log-cleaner.ts";
export { OffsetMap } from "#compaction/offset-map";
export { SourceSegment } from "./source-segment.ts";
