/**
 * A fetch that waits for more bytes: the long poll (Kafka's `DelayedFetch`).
 *
 * @module
 */
import { type FetchedPartition } from "./fetch-request.ts";
import { type Partition } from "./partition.ts";
import { type FetchIsolation } from "./partition-reads.ts";
import { type DelayedOperation } from "#replication/purgatory";

/** What one look at the log gave. */
export interface FetchReading {
  readonly results: readonly FetchedPartition[];
  /** How far the reader may see. */
  readonly isolation: FetchIsolation;
  /** Whether waiting could not make the answer better: there are bytes enough, or an error to tell. */
  readonly isFinal: boolean;
  /** Bytes of records in `results`. */
  readonly bytes: number;
  /** Whether nothing could be read only because too much waits to be read by clients. */
  readonly lacksRoom: boolean;
  /** How many bytes there are fewer than the fetch asks for. */
  readonly missingBytes: number;
  /** The partitions that were read, as they were then. Complete unless the reading is final. */
  readonly awaited: readonly AwaitedPartition[];
}

/** A partition that a fetch waits on. */
export interface AwaitedPartition {
  readonly partition: Partition;
  readonly role: Partition["role"];
  readonly leaderEpoch: number;
  /** The first offset that the reader could not see. */
  readonly end: number;
  /** Whether the log ended there, too: nothing was hidden from the reader. */
  readonly isWhole: boolean;
  readonly bytesAppended: number;
}

/**
 * Reading the log for every waiting fetch after every append would be dear. What was appended since the last look
 * is an upper bound of what there is more to read, and costs one subtraction: the log is read again only when that
 * bound says that there may be enough. Records that were there, but not committed yet, are not in that count: as long
 * as there were any, each move of the end that the reader may see is a reason to look.
 */
export class DelayedFetch implements DelayedOperation {
  #reading: FetchReading;
  readonly #read: () => FetchReading;
  readonly #answer: (reading: FetchReading) => void;

  constructor(reading: FetchReading, read: () => FetchReading, answer: (reading: FetchReading) => void) {
    this.#reading = reading;
    this.#read = read;
    this.#answer = answer;
  }

  tryComplete(): boolean {
    if (!this.#isWorthReading()) return false;
    this.#reading = this.#read();
    if (!this.#reading.isFinal) return false;
    this.#answer(this.#reading);
    return true;
  }

  expire(): void {
    this.#answer(this.#read());
  }

  #isWorthReading(): boolean {
    const { awaited, isolation, lacksRoom, missingBytes } = this.#reading;
    if (lacksRoom) return true;
    let moreBytes = 0;
    for (const { partition, role, leaderEpoch, end, isWhole, bytesAppended } of awaited) {
      if (partition.role !== role || partition.leaderEpoch !== leaderEpoch) return true;
      if (partition.endFor(isolation) === end) continue;
      if (!isWhole) return true;
      moreBytes += partition.bytesAppended - bytesAppended;
    }
    return moreBytes >= missingBytes;
  }
}
