// Different from the reference: a fetch leaves the list as soon as nothing is left in it, and what goes wrong ends the
// walk; the list isn't made anew.
import { rethrowStub } from "#ground/errors";
import { type BufferedFetch } from "#groups/given/buffered-fetch";
import { type ConsumerRecord } from "#groups/given/assembly/consumer-record";
import { type PartitionState } from "#groups/given/partition-state";
import { type SubscriptionState } from "#groups/subscription-state";

export class FetchBuffer {
  readonly #subscriptions: SubscriptionState;
  readonly #fetches = new Set<BufferedFetch>();

  constructor(subscriptions: SubscriptionState) {
    this.#subscriptions = subscriptions;
  }

  add(fetch: BufferedFetch): void {
    this.#fetches.add(fetch);
  }

  get size(): number {
    return this.#fetches.size;
  }

  hasRoomFor(nodeId: number): boolean {
    const answers = new Set<number>();
    for (const { nodeId: from, partition, answer } of this.#fetches) {
      if (from === nodeId && !partition.isPaused) answers.add(answer);
    }
    return answers.size < 2;
  }

  nextOffset(state: PartitionState): number {
    const own = [...this.#fetches].filter(({ partition }) => partition === state);
    return own.reduce((end, fetch) => (fetch.nextOffset === end ? fetch.endOffset : end), state.position!.offset);
  }

  collect(max: number): ConsumerRecord[] {
    const records: ConsumerRecord[] = [];
    for (const fetch of [...this.#fetches]) {
      if (records.length >= max) break;
      if (this.#mustWait(fetch.partition)) continue;
      if (!this.#begins(fetch)) {
        this.#fetches.delete(fetch);
        continue;
      }
      const failure = this.#take(fetch, max, records);
      if (failure === null) continue;
      if (records.length === 0) throw failure.error;
      break;
    }
    return records;
  }

  #take(fetch: BufferedFetch, max: number, records: ConsumerRecord[]): { readonly error: unknown } | null {
    try {
      fetch.take(max - records.length, records);
      if (fetch.isDrained) this.#fetches.delete(fetch);
      return null;
    } catch (error) {
      rethrowStub(error);
      return { error };
    } finally {
      fetch.partition.position = { offset: fetch.nextOffset, leaderEpoch: fetch.leaderEpoch };
    }
  }

  #mustWait(partition: PartitionState): boolean {
    return (partition.isPaused || partition.isGoing) && this.#subscriptions.has(partition);
  }

  #begins({ partition, nextOffset }: BufferedFetch): boolean {
    if (!this.#subscriptions.has(partition) || partition.phase !== "fetching") return false;
    return partition.position !== null && partition.position.offset === nextOffset;
  }

  dropUnassigned(): void {
    for (const fetch of [...this.#fetches]) if (!this.#subscriptions.has(fetch.partition)) this.#fetches.delete(fetch);
  }
}
