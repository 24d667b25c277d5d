/**
 * How a follower reaches the leader of its partitions. This chapter only needs the promise; the one that keeps it
 * speaks the wire protocol and lives in chapter 20, and tests script their own. Source: Kafka's `LeaderEndPoint`.
 *
 * @module
 */
import { type EpochEndOffset } from "#log";
import { type FetchedPartition, type FetchRequest } from "./fetch-request.ts";

/** The broker that leads. All calls reject with a retriable KafkaError when it can't be reached. */
export interface LeaderEndPoint {
  readonly brokerId: number;
  /** Copies what comes after the fetch offsets; those also tell the leader how far this follower has got. */
  fetch(request: FetchRequest): Promise<readonly FetchedPartition[]>;
  /** Where the epoch that this follower last saw ended at the leader: what lies beyond must be cut off. */
  endOffsetForEpoch(topic: string, index: number, currentLeaderEpoch: number, epoch: number): Promise<EpochEndOffset>;
}
