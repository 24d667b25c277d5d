import { safeOffset, type Int64 } from "#ground/int64";
import { type RecordBatch } from "#serialization";
import { type BatchMetadata } from "#log/producer-state-entry";

/** What an append did. Source: Kafka's `LogAppendInfo`. */
export interface LogAppendInfo {
  readonly firstOffset: number;
  /** Inclusive. */
  readonly lastOffset: number;
  /** The largest timestamp appended; −1 if there is none. */
  readonly maxTimestamp: Int64;
  /** When it was appended, if the topic has LogAppendTime, else −1. Of a duplicate: the first one's timestamp. */
  readonly logAppendTime: Int64;
  readonly logStartOffset: number;
  readonly numMessages: number;
  /** True if the batch had been appended before: nothing was written, and the offsets are those of the first time. */
  readonly isDuplicate: boolean;
}

/** A log's offsets, after the append. */
interface LogOffsets {
  readonly logStartOffset: number;
  readonly logEndOffset: number;
}

/** Tells of batches that have just been appended, perhaps none. */
export function appendInfo(
  appended: readonly RecordBatch[],
  { logStartOffset, logEndOffset }: LogOffsets,
  logAppendTime: Int64,
): LogAppendInfo {
  const first = appended[0];
  return {
    firstOffset: first === undefined ? logEndOffset : safeOffset(first.baseOffset, "baseOffset"),
    lastOffset: logEndOffset - 1,
    maxTimestamp: largestTimestamp(appended),
    logAppendTime,
    logStartOffset,
    numMessages: appended.reduce((sum, { count }) => sum + count, 0),
    isDuplicate: false,
  };
}

/** Tells of a batch that was in the log already, as `known`. */
export function duplicateInfo(known: BatchMetadata, { logStartOffset }: LogOffsets): LogAppendInfo {
  return {
    firstOffset: known.lastOffset - known.offsetDelta,
    lastOffset: known.lastOffset,
    maxTimestamp: known.timestamp,
    logAppendTime: known.timestamp,
    logStartOffset,
    numMessages: known.offsetDelta + 1,
    isDuplicate: true,
  };
}

/** The largest timestamp of some batches, or −1. */
export function largestTimestamp(appended: readonly RecordBatch[]): Int64 {
  let largest: Int64 = -1;
  for (const { maxTimestamp } of appended) if (maxTimestamp > largest) largest = maxTimestamp;
  return largest;
}
