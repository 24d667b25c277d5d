/**
 * After a leader change: is what lies before our position still what we have read? A new leader may have had fewer
 * records, and by now others in their place. It is asked where the epoch of the last record read ended (KIP-320).
 *
 * Source: `SubscriptionState.maybeValidatePosition`, `OffsetFetcher.validatePositionsAsync`.
 *
 * @module
 */
import { type Node } from "#ground/cluster";
import { errorForCode, KafkaError } from "#ground/errors";
import {
  OffsetForLeaderEpoch,
  type OffsetForLeaderEpochResponse,
} from "#ground/protocol/messages/23-offset-for-leader-epoch";
import { type ExponentialBackoff, type Metadata, type NetworkClient } from "#sender";
import { type SubscriptionState } from "#groups/subscription-state";
import { type FetchPosition, type PartitionState } from "../partition-state.ts";
import { type PendingErrors } from "./pending-errors.ts";
import { secondLine } from "./second-line.ts";

type EpochAnswer = OffsetForLeaderEpochResponse["topics"][number]["partitions"][number];

/** Checks the positions of one consumer. */
export class PositionValidator {
  readonly #subscriptions: SubscriptionState;
  readonly #client: NetworkClient;
  readonly #metadata: Metadata;
  readonly #backoff: ExponentialBackoff;
  readonly #errors: PendingErrors;
  readonly #underWay = new Set<PartitionState>();

  constructor(
    subscriptions: SubscriptionState,
    client: NetworkClient,
    metadata: Metadata,
    backoff: ExponentialBackoff,
    errors: PendingErrors,
  ) {
    this.#subscriptions = subscriptions;
    this.#client = client;
    this.#metadata = metadata;
    this.#backoff = backoff;
    this.#errors = errors;
  }

  /** Checks what is to be checked. @returns after how many milliseconds to call again, if nothing happens before */
  validate(now: number): number {
    let delayMs = Infinity;
    for (const state of this.#subscriptions.assigned) {
      const info = this.#metadata.cluster.partition(state.topic, state.partition);
      if (info === undefined || info.leader === null || info.leaderEpoch < 0) continue;
      if (state.phase === "fetching" && state.validatedEpoch !== info.leaderEpoch) {
        const { leaderEpoch } = state.position!;
        // Without an epoch there is nothing to compare; and what the leader itself has written it still has.
        if (leaderEpoch < 0 || leaderEpoch >= info.leaderEpoch) state.validatedEpoch = info.leaderEpoch;
        else state.phase = "validating";
      }
      if (state.phase !== "validating" || this.#underWay.has(state)) continue;
      if (state.retryAtMs > now) delayMs = Math.min(delayMs, state.retryAtMs - now);
      else delayMs = Math.min(delayMs, this.#ask(state, info.leader, info.leaderEpoch, now));
    }
    return delayMs;
  }

  #ask(state: PartitionState, leader: Node, currentLeaderEpoch: number, now: number): number {
    const node = secondLine(leader);
    if (!this.#client.ready(node, now)) return this.#client.connectionDelayMs(node.id, now);
    const { topic, partition } = state;
    const position = state.position!;
    const partitions = [{ partition, currentLeaderEpoch, leaderEpoch: position.leaderEpoch }];
    this.#underWay.add(state);
    this.#client.send(node.id, OffsetForLeaderEpoch, { replicaId: -1, topics: [{ topic, partitions }] }, {
      onResponse: ({ topics }, later) => {
        this.#underWay.delete(state);
        const answer = topics[0]?.partitions[0];
        if (answer === undefined || !this.#isWanted(state, position)) return;
        this.#onAnswer(state, position, answer, currentLeaderEpoch, later);
      },
      onFailure: (error, later) => {
        this.#underWay.delete(state);
        if (!this.#isWanted(state, position)) return;
        // A broker that doesn't know the question can't be asked.
        if (error.code === "UNSUPPORTED_VERSION") this.#sound(state, currentLeaderEpoch);
        else state.retryAtMs = later + this.#backoff.backoffMs(0);
      },
    });
    return Infinity;
  }

  #onAnswer(
    state: PartitionState,
    position: FetchPosition,
    { errorCode, endOffset, leaderEpoch }: EpochAnswer,
    currentLeaderEpoch: number,
    now: number,
  ): void {
    const error = errorForCode(errorCode);
    if (error !== null) {
      state.retryAtMs = now + this.#backoff.backoffMs(0);
      this.#metadata.requestUpdate();
      return;
    }
    const end = Number(endOffset);
    if (end >= position.offset) {
      this.#sound(state, currentLeaderEpoch);
      return;
    }
    if (this.#subscriptions.defaultReset === "none") {
      const message = `${state.name} was cut to offset ${end} below the position, ${position.offset}: seek to go on.`;
      state.retryAtMs = now + this.#backoff.backoffMs(0);
      this.#errors.add(new KafkaError("OFFSET_OUT_OF_RANGE", message), () => this.#isWanted(state, position));
      return;
    }
    if (end < 0) this.#subscriptions.requestReset(state, this.#subscriptions.defaultReset);
    else this.#subscriptions.seek(state, { offset: end, leaderEpoch });
  }

  #isWanted(state: PartitionState, position: FetchPosition): boolean {
    return this.#subscriptions.has(state) && state.phase === "validating" && state.position === position;
  }

  #sound(state: PartitionState, leaderEpoch: number): void {
    state.phase = "fetching";
    state.validatedEpoch = leaderEpoch;
    state.retryAtMs = -Infinity;
  }
}
