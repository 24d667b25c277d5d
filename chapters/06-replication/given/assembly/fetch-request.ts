/**
 * A fetch as the replica manager sees it: free of versions and wire types.
 *
 * @module
 */
import { type AnswerError } from "#ground/errors";
import { type Partition } from "#replication/partition";
import { type StandingFetch } from "./standing-fetch.ts";
import { type FetchIsolation, type PartitionRecords } from "../partition-reads.ts";

/** What a fetch asks of one partition. */
export interface FetchPartition {
  /** Null when no topic has the id that it is asked by. */
  readonly topic: string | null;
  readonly index: number;
  readonly fetchOffset: number;
  /** -1 when the reader doesn't say. */
  readonly currentLeaderEpoch: number;
  /** -1 when the reader doesn't say. */
  readonly lastFetchedEpoch: number;
  /** Where a follower's log starts; -1 for a consumer. */
  readonly logStartOffset: number;
  readonly maxBytes: number;
}

/** One fetch. */
export interface FetchRequest {
  /** The follower's broker id; negative for a consumer. */
  readonly replicaId: number;
  /** The follower's broker epoch (KIP-903); -1 when it doesn't say. */
  readonly replicaEpoch: number;
  /** Whether a consumer also takes what a follower has (KIP-392). */
  readonly mayReadFollower: boolean;
  /** A replica that a consumer had better read from; -1 for this one. Null: nobody asks. */
  readonly preferredReplica: ((partition: Partition, fetchOffset: number) => number) | null;
  /** How far a consumer may see. A follower sees everything. */
  readonly isolation: FetchIsolation;
  /** How long to wait for `minBytes`, in milliseconds. */
  readonly maxWaitMs: number;
  readonly minBytes: number;
  /** Over all partitions. The first batch of the answer is whole even when it is larger. */
  readonly maxBytes: number;
  readonly partitions: readonly FetchPartition[] | StandingFetch;
}

/** What came of one partition of a fetch: records, or the reason why there are none. */
export type FetchedPartition = { readonly request: FetchPartition } & (
  | {
      readonly error: null;
      readonly found: PartitionRecords;
      /** Where the consumer had better read, instead of getting records here; -1 for nowhere else (KIP-392). */
      readonly preferredReadReplica: number;
    }
  | { readonly error: AnswerError; readonly found: null }
);

/** How far the reader sees. */
export function isolationOf({ replicaId, isolation }: Pick<FetchRequest, "replicaId" | "isolation">): FetchIsolation {
  return replicaId >= 0 ? "log_end" : isolation;
}
