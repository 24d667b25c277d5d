import { type AbortedTransaction, type LogConfig, type LogSegment, type UnifiedLog } from "#log";

/** What decides which part of a log may be cleaned. A `UnifiedLog` is one. */
export interface CleanableLog {
  readonly segments: {
    /** Oldest first; the last one is active. */
    readonly all: readonly LogSegment[];
  };
  readonly logStartOffset: number;
  readonly logEndOffset: number;
  readonly highWatermark: number;
  /** Where the oldest transaction begins that isn't decided, or null. */
  readonly firstUnstableOffset: number | null;
  readonly config: LogConfig;
}

/** What of a log is to be read by the cleaner. A `UnifiedLog` is one. */
export interface CleanedLog extends CleanableLog {
  /** The aborted transactions that have records in [`from`, `to`). */
  abortedTransactions(from: number, to: number): AbortedTransaction[];
}

/** The part of a log that has come since it was last cleaned. */
export interface CleanableOffsets {
  /** Everything below has been cleaned before. Need not be where a segment begins. */
  readonly firstDirtyOffset: number;
  /** Where the first segment begins that must stay as it is; not below {@link firstDirtyOffset}. */
  readonly firstUncleanableOffset: number;
}

/** A log, what of it may be cleaned, and how much that would be worth. Source: Kafka's `LogToClean`. */
export interface LogToClean extends CleanableOffsets {
  readonly log: UnifiedLog;
}
