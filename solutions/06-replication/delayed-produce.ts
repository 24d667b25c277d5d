/**
 * A produce request with acks=all that waits for the other in-sync replicas. Source: Kafka's `DelayedProduce`.
 *
 * @module
 */
import { KafkaError } from "#ground/errors";
import { type PendingAppend } from "#replication/given/pending-append";
import { type DelayedOperation } from "./purgatory.ts";

/** Waits until every pending append is committed, or can't be any more. */
export class DelayedProduce implements DelayedOperation {
  /** Those that are not settled yet. */
  pending: readonly PendingAppend[];
  /** Answers the request. */
  readonly done: () => void;

  constructor(pending: readonly PendingAppend[], done: () => void) {
    this.pending = pending;
    this.done = done;
  }

  /**
   * Looks whether the request can be answered: calls {@link done}, once, when no append is {@link pending} any more.
   *
   * An append is settled when
   * - this broker doesn't lead the partition any more, or leads it in another epoch: NOT_LEADER_OR_FOLLOWER. Nobody
   *   here can say what has become of the records;
   * - the high watermark has reached its `endOffset`: the records are committed. If the ISR has become too small since,
   *   that is told: NOT_ENOUGH_REPLICAS_AFTER_APPEND. While it is too small *before*, the high watermark stands still,
   *   and the request goes on waiting.
   *
   * @returns whether it has been answered
   * @exercise 6.3 DelayedProduce.tryComplete
   */
  tryComplete(): boolean {
    this.pending = this.pending.filter((append) => !isSettled(append));
    if (this.pending.length > 0) return false;
    this.done();
    return true;
  }

  /**
   * The time is up (`timeout.ms` of the request): what is still pending gets REQUEST_TIMED_OUT, and the request is
   * answered. The records stay in the log, with the offsets that they were given, and may be committed yet.
   *
   * @exercise 6.3 DelayedProduce.expire
   */
  expire(): void {
    for (const { partition, result } of this.pending) {
      result.error = new KafkaError("REQUEST_TIMED_OUT", `${partition.name} was not replicated in time`);
    }
    this.done();
  }
}

/** @solution */
function isSettled({ partition, leaderEpoch, endOffset, result }: PendingAppend): boolean {
  if (!partition.isLeader || partition.leaderEpoch !== leaderEpoch) {
    result.error = new KafkaError("NOT_LEADER_OR_FOLLOWER", `${partition.name} got a new leader before it replied`);
    return true;
  }
  if (partition.highWatermark < endOffset) return false;
  if (!partition.hasEnoughReplicas) {
    const text = `The in-sync replicas of ${partition.name} became too few`;
    result.error = new KafkaError("NOT_ENOUGH_REPLICAS_AFTER_APPEND", text);
  }
  return true;
}
