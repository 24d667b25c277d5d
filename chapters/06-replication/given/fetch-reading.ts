/**
 * What a fetch that waits remembers of its last look at the logs.
 *
 * @module
 */
import { type Partition } from "#replication/partition";
import { type FetchedPartition } from "./assembly/fetch-request.ts";
import { type FetchIsolation } from "./partition-reads.ts";

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
