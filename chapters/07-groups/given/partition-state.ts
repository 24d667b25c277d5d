/** @module */
import { nameOf, type TopicPartition } from "#ground/topic-partition";

/** Where to begin when there is no position (`auto.offset.reset`). */
export type ResetStrategy = "earliest" | "latest" | "none";

/** Where a consumer is in a partition. */
export interface FetchPosition {
  /** The next record to be returned. */
  readonly offset: number;
  /** The leader epoch of the record before it, as far as it is known; −1 if not. */
  readonly leaderEpoch: number;
}

/**
 * How it stands with a partition's position.
 *
 * - `unknown`: nobody has looked for it yet
 * - `resetting`: the partition's start or end is looked for
 * - `validating`: it is there, but another leader may have other records (KIP-320)
 * - `fetching`: it is there, and records can be fetched
 */
export type PositionPhase = "unknown" | "resetting" | "validating" | "fetching";

/**
 * What a consumer knows of one partition that is assigned to it. When the partition goes and comes back, it is another
 * object: what was on its way for the old one is nobody's.
 *
 * Source: `SubscriptionState.TopicPartitionState`.
 */
export class PartitionState implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  /** `orders-3`. */
  readonly name: string;
  phase: PositionPhase = "unknown";
  /** Set in the phases `validating` and `fetching`. */
  position: FetchPosition | null = null;
  /** Set in the phase `resetting`. */
  resetTo: "earliest" | "latest" | null = null;
  /** Nothing is returned, and nothing fetched, but the position stays. */
  isPaused = false;
  /** Its listener is being told that it goes: nothing more is returned. */
  isGoing = false;
  /** After a failure, nothing is fetched before this time. */
  retryAtMs = -Infinity;
  /** As the last answer said them; −1 before the first one. */
  highWatermark = -1;
  lastStableOffset = -1;
  /** The leader epoch in which the position was last found to be sound. */
  validatedEpoch = -1;

  constructor({ topic, partition }: TopicPartition) {
    this.topic = topic;
    this.partition = partition;
    this.name = nameOf({ topic, partition });
  }
}
