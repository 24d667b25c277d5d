/**
 * A produce request with acks=all that waits for the other in-sync replicas (Kafka's `DelayedProduce`).
 *
 * @module
 */
import { KafkaError } from "#ground/errors";
import { type AppendResult } from "./append-request.ts";
import { type Partition } from "./partition.ts";
import { type DelayedOperation } from "./purgatory.ts";

/** A partition whose records are in the leader's log but not yet committed. */
export interface PendingAppend {
  readonly partition: Partition;
  readonly leaderEpoch: number;
  /** Committed once the high watermark has reached this offset. */
  readonly endOffset: number;
  /** Gets the error, if there is one. */
  readonly result: AppendResult;
}

/** Waits until every pending partition is committed, or can't be any more. */
export class DelayedProduce implements DelayedOperation {
  #pending: readonly PendingAppend[];
  readonly #done: () => void;

  constructor(pending: readonly PendingAppend[], done: () => void) {
    this.#pending = pending;
    this.#done = done;
  }

  tryComplete(): boolean {
    this.#pending = this.#pending.filter((append) => !isSettled(append));
    if (this.#pending.length > 0) return false;
    this.#done();
    return true;
  }

  expire(): void {
    for (const { partition, result } of this.#pending) {
      // The records stay in the log and may yet be committed: the producer can only try again.
      result.error = new KafkaError("REQUEST_TIMED_OUT", `${partition.name} was not replicated in time`);
    }
    this.#done();
  }
}

function isSettled({ partition, leaderEpoch, endOffset, result }: PendingAppend): boolean {
  if (!partition.isLeader || partition.leaderEpoch !== leaderEpoch) {
    result.error = new KafkaError("NOT_LEADER_OR_FOLLOWER", `${partition.name} got a new leader before it replied`);
    return true;
  }
  if (partition.highWatermark < endOffset) return false;
  if (!partition.hasEnoughReplicas) {
    result.error = new KafkaError(
      "NOT_ENOUGH_REPLICAS_AFTER_APPEND",
      `The in-sync replicas of ${partition.name} became too few`,
    );
  }
  return true;
}
