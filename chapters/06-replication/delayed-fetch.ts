/**
 * A fetch that waits for more bytes: the long poll. Source: Kafka's `DelayedFetch`.
 *
 * @module
 */
import { NotImplementedError } from "#ground/errors";
import { type FetchReading } from "#replication/given/fetch-reading";
import { type DelayedOperation } from "./purgatory.ts";

/** A fetch that found less than it asks for (`fetch.min.bytes`), or nothing. */
export class DelayedFetch implements DelayedOperation {
  /** The last look at the logs: what there was, and what was awaited then. */
  reading: FetchReading;
  /** Looks once more. It costs a read of every partition. */
  readonly read: () => FetchReading;
  /** Answers the request. */
  readonly answer: (reading: FetchReading) => void;

  constructor(reading: FetchReading, read: () => FetchReading, answer: (reading: FetchReading) => void) {
    this.reading = reading;
    this.read = read;
    this.answer = answer;
  }

  /**
   * Looks whether there is enough by now. Whatever a new look gives is the {@link reading} from then on; if that is
   * final, it is the answer.
   *
   * To read the logs for every waiting fetch after every append would be dear. It reads only when that may be of use:
   *
   * - nothing could be read for want of room, or a partition has another role or leader epoch: there may be an error;
   * - what this reader may see of a partition has moved, and something was there, but hidden from it, at the last look
   *   (`isWhole` is false): nobody knows how much has come to light;
   * - what was appended since to those partitions of which the reader may see more than it could, is together as much
   *   as is missing, or more.
   *
   * @returns whether it has been answered
   * @exercise 6.8 DelayedFetch.tryComplete
   */
  tryComplete(): boolean {
    throw new NotImplementedError("6.8 DelayedFetch.tryComplete");
  }

  /**
   * The time is up (`fetch.max.wait.ms`): answers with what there is by now.
   *
   * @exercise 6.8 DelayedFetch.expire
   */
  expire(): void {
    throw new NotImplementedError("6.8 DelayedFetch.expire");
  }
}
