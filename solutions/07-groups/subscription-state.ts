/**
 * What a consumer has been assigned, and where it is in each partition. Answers come late: by then the program may have
 * moved on, and what they say must not move it back.
 *
 * Source: `org.apache.kafka.clients.consumer.internals.SubscriptionState`.
 *
 * @module
 */
import { KafkaError } from "#ground/errors";
import { nameOf, type TopicPartition } from "#ground/topic-partition";
import { type FetchPosition, PartitionState, type ResetStrategy } from "#groups/given/partition-state";

/** The partitions of one consumer. */
export class SubscriptionState {
  /** `auto.offset.reset`. */
  readonly defaultReset: ResetStrategy;
  readonly #states = new Map<string, PartitionState>();

  constructor(defaultReset: ResetStrategy) {
    this.defaultReset = defaultReset;
  }

  /** All partitions that are assigned, in the order in which they came. */
  get assigned(): readonly PartitionState[] {
    return [...this.#states.values()];
  }

  /** The state of a partition; undefined if it isn't assigned. */
  find(partition: TopicPartition): PartitionState | undefined {
    return this.#states.get(nameOf(partition));
  }

  /** @throws KafkaError INVALID_REQUEST when the partition isn't assigned */
  get(partition: TopicPartition): PartitionState {
    const found = this.find(partition);
    if (found !== undefined) return found;
    throw new KafkaError("INVALID_REQUEST", `${nameOf(partition)} is not assigned to this consumer.`);
  }

  /** Whether this very state is still in use: the partition may have gone, and even have come back, since. */
  has(state: PartitionState): boolean {
    return this.#states.get(state.name) === state;
  }

  /**
   * From now on these partitions are assigned, and no others. Of those that stay everything stays: position, pause, all
   * that is on its way. Those that are new have no position yet. A partition that is named twice is there once.
   *
   * @exercise 7.6 SubscriptionState.assign
   */
  assign(partitions: Iterable<TopicPartition>): void {
    const before = new Map(this.#states);
    this.#states.clear();
    for (const partition of partitions) {
      const name = nameOf(partition);
      this.#states.set(name, before.get(name) ?? new PartitionState(partition));
    }
  }

  /**
   * The next record to be returned is that at `position`, whatever was before: a reset that is under way is given up,
   * and `retryAtMs` no longer counts. A pause stays. Whether the position makes sense is found when it is fetched from.
   *
   * @exercise 7.6 SubscriptionState.seek
   */
  seek(state: PartitionState, position: FetchPosition): void {
    state.phase = "fetching";
    state.position = position;
    state.resetTo = null;
    state.retryAtMs = -Infinity;
  }

  /**
   * The position is given up, and is to be looked for, at once (`retryAtMs` no longer counts): at the partition's start
   * or at its end. Nothing is fetched until it is found.
   *
   * @exercise 7.6 SubscriptionState.requestReset
   */
  requestReset(state: PartitionState, to: "earliest" | "latest"): void {
    state.phase = "resetting";
    state.position = null;
    state.resetTo = to;
    state.retryAtMs = -Infinity;
  }

  /**
   * The start or the end of a partition was found. It becomes the position, unless nobody wants it any more: the
   * partition has gone, or gone and come back; or since the question was asked somebody has sought a position, or has
   * asked for the other end.
   *
   * @exercise 7.6 SubscriptionState.completeReset
   * @param to - what was asked for
   * @returns whether it was taken
   */
  completeReset(state: PartitionState, to: "earliest" | "latest", position: FetchPosition): boolean {
    if (!this.has(state) || state.phase !== "resetting" || state.resetTo !== to) return false;
    this.seek(state, position);
    return true;
  }

  /**
   * A fetch from `fetchOffset` was refused: the partition doesn't go there. If that isn't the partition's position (any
   * more), or the partition is gone, nothing is wrong. Else the position is reset as {@link defaultReset} says; if that
   * says `none`, the position stays, and the program must be told.
   *
   * @exercise 7.6 SubscriptionState.handleOutOfRange
   * @returns the error for the program, OFFSET_OUT_OF_RANGE, that names partition and offset; null if there is none
   */
  handleOutOfRange(state: PartitionState, fetchOffset: number): KafkaError | null {
    if (!this.has(state) || state.phase !== "fetching" || state.position?.offset !== fetchOffset) return null;
    if (this.defaultReset !== "none") {
      this.requestReset(state, this.defaultReset);
      return null;
    }
    const what = `${state.name} has no offset ${fetchOffset}`;
    return new KafkaError("OFFSET_OUT_OF_RANGE", `${what}, and auto.offset.reset is none: seek to one that it has.`);
  }

  /**
   * The partitions to fetch from at `now`, in the order in which they were assigned: their position is known and sound,
   * they are neither paused nor about to go, and no pause after a failure holds them back.
   *
   * @exercise 7.6 SubscriptionState.fetchable
   */
  fetchable(now: number): PartitionState[] {
    const isFetchable = ({ phase, isPaused, isGoing, retryAtMs }: PartitionState): boolean => {
      return phase === "fetching" && !isPaused && !isGoing && retryAtMs <= now;
    };
    return this.assigned.filter(isFetchable);
  }

  /** The positions of all partitions that have one: all that was returned lies before them. */
  positions(): Map<PartitionState, FetchPosition> {
    const known = this.assigned.filter(({ position }) => position !== null);
    return new Map(known.map((state) => [state, state.position!]));
  }
}
