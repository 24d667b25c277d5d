/**
 * Those who wait to learn about a topic. In Kafka that is a thread that sleeps in `waitOnMetadata`; here it is an
 * object in a line.
 *
 * @module
 */
import { type Cluster } from "#ground/cluster";
import { KafkaError } from "#ground/errors";
import { type Metadata } from "#sender/metadata";

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
  readonly #maxBlockMs: number;
  #waiters: MetadataWaiter[] = [];
  #heldBytes = 0;
  /** Who waits for those in line, and for whom of them. */
  #watchers: { readonly awaited: Set<MetadataWaiter>; readonly resolve: () => void }[] = [];

  constructor(metadata: Metadata, maxBlockMs: number) {
    this.#metadata = metadata;
    this.#maxBlockMs = maxBlockMs;
  }

  /** Bytes that all who wait hold together. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /**
   * When {@link expire} is to be called next; Infinity when nobody waits. All wait equally long: the first came first.
   */
  get nextDeadlineMs(): number {
    return this.#waiters[0]?.deadlineMs ?? Infinity;
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
    // An answer that lacks a topic asks for another one; that it lacks a partition, only those in line know.
    if (this.#waiters.some(({ partition }) => partition >= 0)) this.#metadata.requestUpdate();
  }

  /** Fails those who have waited until their deadline. */
  expire(now: number, lastConnectionError: () => Error | null): void {
    this.#leave(
      ({ deadlineMs }) => deadlineMs <= now,
      (waiter) => waiter.fail(this.#tooLate(waiter, lastConnectionError())),
    );
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

  #tooLate({ topic, partition }: MetadataWaiter, lastConnectionError: Error | null): KafkaError {
    const reason = this.#metadata.errorOf(topic) ?? (this.#metadata.lastSuccessMs < 0 ? lastConnectionError : null);
    const why = reason === null ? "" : ` Last error: ${reason.message}`;
    const count = this.#metadata.cluster.partitionCountForTopic(topic);
    const missing = `Partition ${partition} of topic ${topic}, which has ${count}, is not there`;
    const what = count === undefined ? `Nothing is known of topic ${topic}` : missing;
    const message = `${what} after ${this.#maxBlockMs} ms (max.block.ms).${why}`;
    return new KafkaError("REQUEST_TIMED_OUT", message, { cause: reason ?? undefined });
  }
}
