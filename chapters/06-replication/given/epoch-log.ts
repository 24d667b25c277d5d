import { type EpochEndOffset } from "#log";

/** The log of a replica, as far as epochs go: `UnifiedLog` is one. */
export interface EpochLog {
  readonly logEndOffset: number;
  /** The epoch of the last record; null for none. */
  readonly latestEpoch: number | null;
  /**
   * The largest epoch known that isn't above `epoch`, and where it ends. One before all known ones ends where the first
   * of them begins. -1, -1 for one after all known, or when none is known.
   */
  endOffsetForEpoch(epoch: number): EpochEndOffset;
}
