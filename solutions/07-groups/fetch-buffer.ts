/**
 * Between the network and `poll`: what has been fetched and not yet returned. Fetching goes on while the program works;
 * so what lies here may be of a time when the position was another one.
 *
 * Source: `FetchBuffer`, `FetchCollector`.
 *
 * @module
 */
import { rethrowStub } from "#ground/errors";
import { type BufferedFetch } from "#groups/given/buffered-fetch";
import { type ConsumerRecord } from "#groups/given/assembly/consumer-record";
import { type PartitionState } from "#groups/given/partition-state";
import { type SubscriptionState } from "./subscription-state.ts";

/** So many answers of one broker may wait here before it is asked again: one is read while the next one comes. */
const MOST_ANSWERS = 2;

/** The fetched records of one consumer. */
export class FetchBuffer {
  readonly #subscriptions: SubscriptionState;
  /** In the order in which they came. Of one partition several may follow each other. */
  #fetches: BufferedFetch[] = [];

  constructor(subscriptions: SubscriptionState) {
    this.#subscriptions = subscriptions;
  }

  add(fetch: BufferedFetch): void {
    this.#fetches.push(fetch);
  }

  /** How many parts of answers lie here. */
  get size(): number {
    return this.#fetches.length;
  }

  /** Whether a broker should be asked for more: not too many of its answers wait. What is paused doesn't count. */
  hasRoomFor(nodeId: number): boolean {
    const waiting = this.#fetches.filter((fetch) => fetch.nodeId === nodeId && !fetch.partition.isPaused);
    return new Set(waiting.map(({ answer }) => answer)).size < MOST_ANSWERS;
  }

  /**
   * Where to fetch on from: at the position, or, if what lies here begins there, behind it. Several fetches of a
   * partition may follow each other. One that doesn't begin where the one before it ends, or at the position, is of
   * another time, and counts for nothing.
   *
   * @exercise 7.6 FetchBuffer.nextOffset
   * @param state - has a position
   */
  nextOffset(state: PartitionState): number {
    let { offset } = state.position!;
    for (const fetch of this.#fetches) {
      if (fetch.partition === state && fetch.nextOffset === offset) offset = fetch.endOffset;
    }
    return offset;
  }

  /**
   * Takes out the next records, `max` at most, in the order in which they came, and moves the positions of their
   * partitions behind them.
   *
   * - What is of a partition that isn't assigned (any more) is thrown away, and so is what doesn't begin at the
   *   position: somebody has sought another one, and these records come again, or aren't wanted.
   * - What is of a partition that is paused stays until it is resumed. One that is about to go is treated alike.
   * - What is drained goes.
   *
   * If a record can't be returned, because it is damaged or can't be deserialized, the records before it are returned
   * first; the call after that throws the error. It does so again and again, until somebody seeks past the record.
   *
   * @exercise 7.6 FetchBuffer.collect
   * @throws what {@link BufferedFetch.take} throws, if there is no record before it
   */
  collect(max: number): ConsumerRecord[] {
    const records: ConsumerRecord[] = [];
    const kept: BufferedFetch[] = [];
    let failure: unknown = null;
    for (const fetch of this.#fetches) {
      const { partition } = fetch;
      const isPast = failure !== null || records.length >= max;
      if (isPast || (this.#subscriptions.has(partition) && (partition.isPaused || partition.isGoing))) {
        kept.push(fetch);
        continue;
      }
      if (!this.#isCurrent(fetch)) continue;
      try {
        fetch.take(max - records.length, records);
      } catch (error) {
        rethrowStub(error);
        failure = error;
      }
      partition.position = { offset: fetch.nextOffset, leaderEpoch: fetch.leaderEpoch };
      if (failure !== null || !fetch.isDrained) kept.push(fetch);
    }
    this.#fetches = kept;
    if (failure !== null && records.length === 0) throw failure;
    return records;
  }

  /** @solution */
  #isCurrent({ partition, nextOffset }: BufferedFetch): boolean {
    const { phase, position } = partition;
    return this.#subscriptions.has(partition) && phase === "fetching" && position?.offset === nextOffset;
  }

  /** Throws away what is of partitions that are not assigned any more. */
  dropUnassigned(): void {
    this.#fetches = this.#fetches.filter(({ partition }) => this.#subscriptions.has(partition));
  }
}
