/**
 * What a client of the consumer bench has to do, and what it reports.
 *
 * @module
 */

/** One run. */
export interface ConsumerTask {
  /** One of the file in this folder's `clients`. */
  readonly client: string;
  readonly address: string;
  readonly topic: string;
  /** A group that nobody has used yet. */
  readonly group: string;
  /** How many records the topic has. */
  readonly records: number;
}

/** What came of it, counted from the first record on: joining a group takes as long as the broker wants. */
export interface ConsumerResult {
  readonly elapsedMs: number;
  readonly cpuMs: number;
  /** All bytes of all values: whoever reads has looked at each. */
  readonly valueBytes: number;
}

/** Counts what a client reads. */
export interface Counter {
  /** One record with a value of so many bytes. */
  count(valueBytes: number): void;
  /** Whether all have come. */
  readonly isDone: boolean;
  /** Resolves when all have come. */
  readonly done: Promise<void>;
}

/** Reads the topic from its start, in a group, until the counter has all. */
export type Consume = (task: ConsumerTask, counter: Counter) => Promise<void>;
