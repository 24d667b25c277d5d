/**
 * What one consumer does with one partition, from when it gets it until it loses it.
 *
 * @module
 */

/** See above. A consumer that gets the partition once more has another one. */
export interface Hold {
  /** The first record that it was given; null before there was one. */
  start: number | null;
  /** The record that it must be given next. */
  next: number;
  /** It has done with all records before this one. */
  done: number;
  /** Whether it has been told to give it up. */
  isOver: boolean;
  /** Whether it has gone back to a record that it was given before: it may commit less than it has committed. */
  isRewound: boolean;
}

/** A consumer, as its group's book sees it. */
export interface Holder {
  /** For people. */
  readonly name: string;
  /** By partition. Those that are over stay: what was committed meanwhile may be seen later. */
  readonly holds: Map<number, Hold>;
}
