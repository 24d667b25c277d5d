/**
 * Fetched records for tests of positions, without bytes and without a network.
 *
 * @module
 */
import { type BufferedFetch } from "#groups/given/buffered-fetch";
import { type ConsumerRecord } from "#groups";
import { type PartitionState } from "#groups/given/partition-state";
import { SubscriptionState } from "#groups/subscription-state";

/** `orders-0` and `orders-1`. */
export const FIRST = { topic: "orders", partition: 0 };
export const SECOND = { topic: "orders", partition: 1 };

/** Subscriptions to these partitions, each with its position, or none. */
export function subscribed(
  positions: readonly (number | null)[],
  defaultReset: "earliest" | "latest" | "none" = "earliest",
): { subscriptions: SubscriptionState; states: PartitionState[] } {
  const subscriptions = new SubscriptionState(defaultReset);
  subscriptions.assign(positions.map((_, partition) => ({ topic: "orders", partition })));
  const states = [...subscriptions.assigned];
  positions.forEach((offset, i) => {
    const state = states[i]!;
    if (offset === null) return;
    state.phase = "fetching";
    state.position = { offset, leaderEpoch: -1 };
  });
  return { subscriptions, states };
}

/** Records from `nextOffset` up to `endOffset` (exclusive); at `poison` there is one that can't be returned. */
export class ScriptedFetch implements BufferedFetch {
  readonly partition: PartitionState;
  readonly nodeId = 1;
  readonly answer: number;
  readonly leaderEpoch = 3;
  readonly endOffset: number;
  nextOffset: number;
  readonly #poison: number | null;

  constructor(
    partition: PartitionState,
    from: number,
    to: number,
    { poison, answer = 0 }: { poison?: number; answer?: number } = {},
  ) {
    this.partition = partition;
    this.nextOffset = from;
    this.endOffset = to;
    this.answer = answer;
    this.#poison = poison ?? null;
  }

  get isDrained(): boolean {
    return this.nextOffset === this.endOffset;
  }

  take(max: number, into: ConsumerRecord[]): void {
    for (let taken = 0; taken < max && !this.isDrained; taken++) {
      if (this.nextOffset === this.#poison) throw new Error(`poison at ${this.#poison}`);
      const { topic, partition } = this.partition;
      into.push({ topic, partition, offset: this.nextOffset++ } as ConsumerRecord);
    }
  }
}

/** `0@7`: partition 0, offset 7. */
export function shortly(records: readonly ConsumerRecord[]): string[] {
  return records.map(({ partition, offset }) => `${partition}@${offset}`);
}
