/**
 * Finds positions for partitions that have none: what the group has committed; else what `auto.offset.reset` says.
 *
 * Source: `KafkaConsumer.updateFetchPositions`, `OffsetsRequestManager`.
 *
 * @module
 */
import { type Clock } from "#ground/runtime";
import { KafkaError } from "#ground/errors";
import { type ExponentialBackoff } from "#sender";
import { type SubscriptionState } from "#groups/subscription-state";
import { type OffsetAndMetadata } from "./consumer-interceptors.ts";
import { EARLIEST_TIMESTAMP, LATEST_TIMESTAMP, type OffsetLookups } from "./offset-lookups.ts";
import { type PartitionState, type PositionPhase } from "../partition-state.ts";
import { type PendingErrors } from "./pending-errors.ts";
import { nameOf, type TopicPartition } from "#ground/topic-partition";

/** Where committed positions come from. */
export interface CommitSource {
  /** Those that there are of these partitions; tries until it knows. @throws KafkaError that isn't retriable */
  fetchCommitted(partitions: readonly TopicPartition[], deadlineMs: number): Promise<OffsetAndMetadata[]>;
}

/** Looks for the positions of one consumer. */
export class PositionUpdater {
  readonly #subscriptions: SubscriptionState;
  readonly #lookups: OffsetLookups;
  readonly #errors: PendingErrors;
  /** Null without a group. */
  readonly #committed: CommitSource | null;
  readonly #clock: Clock;
  readonly #backoff: ExponentialBackoff;
  readonly #wakeup: () => void;
  /** What is being looked for. */
  readonly #underWay = new Set<PartitionState>();

  constructor(
    subscriptions: SubscriptionState,
    lookups: OffsetLookups,
    errors: PendingErrors,
    committed: CommitSource | null,
    clock: Clock,
    backoff: ExponentialBackoff,
    wakeup: () => void,
  ) {
    this.#subscriptions = subscriptions;
    this.#lookups = lookups;
    this.#errors = errors;
    this.#committed = committed;
    this.#clock = clock;
    this.#backoff = backoff;
    this.#wakeup = wakeup;
  }

  /** Looks for the positions that are missing. */
  update(now: number): void {
    const isDue = (state: PartitionState): boolean => state.retryAtMs <= now && !this.#underWay.has(state);
    const waiting = this.#subscriptions.assigned.filter(isDue);
    const unknown = waiting.filter(({ phase }) => phase === "unknown");
    if (unknown.length > 0 && this.#committed !== null) this.#lookForCommitted(unknown, this.#committed);
    else for (const state of unknown) this.#reset(state);
    for (const state of waiting) if (state.phase === "resetting") this.#lookForEnd(state, state.resetTo!);
  }

  #lookForCommitted(states: readonly PartitionState[], committed: CommitSource): void {
    for (const state of states) this.#underWay.add(state);
    const end = (): void => {
      for (const state of states) this.#underWay.delete(state);
      this.#wakeup();
    };
    committed.fetchCommitted(states, this.#clock.nowMs() + 60_000).then(
      (found) => {
        end();
        const byName = new Map(found.map((one) => [nameOf(one), one]));
        for (const state of states) {
          if (!this.#subscriptions.has(state) || state.phase !== "unknown") continue;
          const offset = byName.get(state.name);
          if (offset === undefined) this.#reset(state);
          else this.#subscriptions.seek(state, { offset: offset.offset, leaderEpoch: offset.leaderEpoch ?? -1 });
        }
      },
      (error: unknown) => {
        for (const state of states) this.#pause(state, "unknown");
        end();
        this.#errors.add(error as KafkaError);
      },
    );
  }

  /** Nothing is committed. */
  #reset(state: PartitionState): void {
    const { defaultReset } = this.#subscriptions;
    if (defaultReset !== "none") {
      this.#subscriptions.requestReset(state, defaultReset);
      return;
    }
    this.#pause(state, "unknown");
    const message = `${state.name} has no position: nothing is committed, and auto.offset.reset is none.`;
    const isCurrent = (): boolean => this.#subscriptions.has(state) && state.phase === "unknown";
    this.#errors.add(new KafkaError("OFFSET_OUT_OF_RANGE", message), isCurrent);
  }

  #lookForEnd(state: PartitionState, to: "earliest" | "latest"): void {
    const { topic, partition } = state;
    this.#underWay.add(state);
    this.#lookups.add({
      topic,
      partition,
      timestamp: to === "earliest" ? EARLIEST_TIMESTAMP : LATEST_TIMESTAMP,
      isWanted: () => {
        const isWanted = this.#subscriptions.has(state) && state.phase === "resetting" && state.resetTo === to;
        if (!isWanted) this.#underWay.delete(state);
        return isWanted;
      },
      onFound: ({ offset, leaderEpoch }) => {
        this.#underWay.delete(state);
        this.#subscriptions.completeReset(state, to, { offset, leaderEpoch });
      },
      onError: (error) => {
        this.#underWay.delete(state);
        this.#pause(state, "resetting");
        this.#errors.add(error);
      },
    });
  }

  /** It is looked for again, but not at once; unless somebody has sought a position, which ends the phase. */
  #pause(state: PartitionState, phase: PositionPhase): void {
    if (state.phase === phase) state.retryAtMs = this.#clock.nowMs() + this.#backoff.backoffMs(0);
  }
}
