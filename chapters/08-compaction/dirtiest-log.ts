import { NotImplementedError } from "#ground/errors";
import { type LogToClean } from "#compaction/given/cleanable-log";

/** How much there is to clean in a log. */
export interface Dirt {
  /** Bytes of the dirty part that may be cleaned, in whole segments. */
  readonly cleanableBytes: number;
  /** The share of them in all that would be read: them and what is clean. 0 when there is nothing. */
  readonly ratio: number;
  /** Whether a record has waited for longer than it may (`max.compaction.lag.ms`). */
  readonly isOverdue: boolean;
}

/**
 * Says how dirty a log is.
 *
 * - The clean part is the segments that begin below `firstDirtyOffset`. But the segment that this offset lies inside of
 *   counts as cleanable, if it is: no segment counts twice. What may be cleaned is the segments from that one on, up to
 *   where `firstUncleanableOffset` is, exclusive.
 * - Cleaning reads the clean part, too, to drop from it what was written anew. So the less there is that is new, the
 *   dearer is each byte that is won: hence the ratio.
 * - It is overdue if in a segment that is dirty, and not active, the first batch is *more* than
 *   `log.config.maxCompactionLagMs` old (`segment.timestamps.ageAt(nowMs)`), also when it may not be cleaned.
 *
 * @param nowMs wall time
 * @exercise 8.6 dirtOf
 */
export function dirtOf({ log, firstDirtyOffset, firstUncleanableOffset }: LogToClean, nowMs: number): Dirt {
  throw new NotImplementedError("8.6 dirtOf");
}

/**
 * Chooses the log that is cleaned next: of those for which it is time, the one with the largest ratio; the first of
 * several. It is time for a log when there is something that may be cleaned, and
 * - the ratio is *above* `log.config.minCleanableDirtyRatio`, or
 * - it is overdue.
 *
 * @param nowMs wall time
 * @returns undefined when it is time for none
 * @exercise 8.6 dirtiestLog
 */
export function dirtiestLog(logs: readonly LogToClean[], nowMs: number): LogToClean | undefined {
  throw new NotImplementedError("8.6 dirtiestLog");
}
