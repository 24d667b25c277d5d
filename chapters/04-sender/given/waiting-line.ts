/**
 * Those who wait to learn about a topic. In Kafka that is a thread that sleeps in `waitOnMetadata`; here it is an
 * object in a line.
 *
 * @module
 */
import { type Cluster } from "#ground/cluster";
import { KafkaError } from "#ground/errors";
import { type Metadata } from "#sender/metadata";
import { type NetworkClient } from "#sender/network-client";

/** One who waits until the partitions of a topic, or one of them, are known. */
export interface MetadataWaiter {
  readonly topic: string;
  /** The partition that must be known; −1: any. */
  readonly partition: number;
  /** Memory that is held while waiting, in bytes. */
  readonly heldBytes: number;
  /** When waiting is over (`max.block.ms`), on the monotonic clock. */
  readonly deadlineMs: number;
  /** The partitions are known. */
  proceed(cluster: Cluster, now: number): void;
  /** They will not be known, or not in time. */
  fail(error: Error): void;
}

/** Topics that can't be sent to, however long one waits. */
const NEVER = new Set(["INVALID_TOPIC_EXCEPTION", "TOPIC_AUTHORIZATION_FAILED"]);

/** The line of those who wait for metadata, in the order in which they came. */
export class WaitingLine {
  readonly #metadata: Metadata;
  readonly #client: NetworkClient;
  readonly #maxBlockMs: number;
  #waiters: MetadataWaiter[] = [];
  #heldBytes = 0;
  /** Who waits for those in line, and for whom of them. */
  #watchers: { readonly awaited: Set<MetadataWaiter>; readonly resolve: () => void }[] = [];

  /** @param client - asked what went wrong with the connections */
  constructor(metadata: Metadata, client: NetworkClient, maxBlockMs: number) {
    this.#metadata = metadata;
    this.#client = client;
    this.#maxBlockMs = maxBlockMs;
  }

  /** Bytes that all who wait hold together. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  wait(waiter: MetadataWaiter): void {
    this.#waiters.push(waiter);
    this.#heldBytes += waiter.heldBytes;
  }

  /** Something new is known: whoever waited for it proceeds, in order. */
  onUpdate(now: number): void {
    const { cluster } = this.#metadata;
    this.#leave(
      ({ topic, partition }) => cluster.partitionsForTopic(topic).length > Math.max(0, partition),
      (waiter) => waiter.proceed(cluster, now),
    );
    this.#leave(
      ({ topic }) => NEVER.has(this.#metadata.errorOf(topic)?.code ?? ""),
      (waiter) => waiter.fail(this.#metadata.errorOf(waiter.topic)!),
    );
    // Where a topic is missing in an answer, that alone asks again. That a partition is missing only this line knows.
    if (this.#waiters.some(({ partition }) => partition >= 0)) this.#metadata.requestUpdate();
  }

  /**
   * Fails those who have waited until their deadline.
   * @returns after how many milliseconds the next deadline is over; Infinity when nobody waits
   */
  expire(now: number): number {
    this.#leave(
      ({ deadlineMs }) => deadlineMs <= now,
      (waiter) => waiter.fail(this.#tooLate(waiter)),
    );
    // All wait equally long, so the deadline of the first is the next one.
    return (this.#waiters[0]?.deadlineMs ?? Infinity) - now;
  }

  /** Fails all. */
  failAll(error: Error): void {
    this.#leave(
      () => true,
      (waiter) => waiter.fail(error),
    );
  }

  /** Resolves as soon as all who wait now have left, in whatever way. */
  whenTheseHaveLeft(): Promise<void> {
    const awaited = new Set(this.#waiters);
    if (awaited.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#watchers.push({ awaited, resolve }));
  }

  #leave(leaves: (waiter: MetadataWaiter) => boolean, settle: (waiter: MetadataWaiter) => void): void {
    const leaving = this.#waiters.filter(leaves);
    if (leaving.length === 0) return;
    this.#waiters = this.#waiters.filter((waiter) => !leaves(waiter));
    for (const waiter of leaving) {
      this.#heldBytes -= waiter.heldBytes;
      settle(waiter);
    }
    this.#watchers = this.#watchers.filter(({ awaited, resolve }) => {
      for (const waiter of leaving) awaited.delete(waiter);
      if (awaited.size === 0) resolve();
      return awaited.size > 0;
    });
  }

  #tooLate({ topic, partition }: MetadataWaiter): KafkaError {
    const neverConnected = this.#metadata.lastSuccessMs < 0;
    const reason = this.#metadata.errorOf(topic) ?? (neverConnected ? this.#lastConnectionError() : null);
    const why = reason === null ? "" : ` Last error: ${reason.message}`;
    const count = this.#metadata.cluster.partitionCountForTopic(topic);
    const missing = `Partition ${partition} of topic ${topic}, which has ${count}, is not there`;
    const what = count === undefined ? `Nothing is known of topic ${topic}` : missing;
    const message = `${what} after ${this.#maxBlockMs} ms (max.block.ms).${why}`;
    return new KafkaError("REQUEST_TIMED_OUT", message, { cause: reason ?? undefined });
  }

  #lastConnectionError(): Error | null {
    const errors = this.#metadata.nodesToAsk.map(({ id }) => this.#client.lastErrorOf(id));
    return errors.find((error) => error !== null) ?? null;
  }
}
