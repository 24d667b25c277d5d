/**
 * Those who wait to learn about a topic. In Kafka that is a thread that sleeps in `waitOnMetadata`; here it is an
 * object in a line.
 *
 * @module
 */
import { type Metadata } from "./metadata.ts";
import { type NetworkClient } from "./network-client.ts";
import { type MetadataWaiter, tooLateError } from "#sender/given/assembly/metadata-waiter";

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

  /** Puts one at the end of the line. */
  wait(waiter: MetadataWaiter): void {
    this.#waiters.push(waiter);
    this.#heldBytes += waiter.heldBytes;
  }

  /**
   * Lets all go for whom `leaves` says so, in the order in which they came: they are in the line no more, hold no
   * memory any more, and only then `settle` is called for each. Whoever waits for them ({@link whenTheseHaveLeft}) is
   * told ({@link tellWatchers}), once they are settled. The others keep their order.
   *
   * What `settle` calls may put somebody into the line again.
   *
   * @exercise 4.5 WaitingLine.leave
   */
  leave(leaves: (waiter: MetadataWaiter) => boolean, settle: (waiter: MetadataWaiter) => void): void {
    const leaving = this.#waiters.filter(leaves);
    if (leaving.length === 0) return;
    const gone = new Set(leaving);
    this.#waiters = this.#waiters.filter((waiter) => !gone.has(waiter));
    for (const { heldBytes } of leaving) this.#heldBytes -= heldBytes;
    for (const waiter of leaving) settle(waiter);
    this.tellWatchers(gone);
  }

  /**
   * Something new is known: those who waited for it {@link leave}, in order. With the partitions of the topic, or the
   * one that was asked for, a waiter proceeds. With an error that says that a topic can't be sent to, however long one
   * waits (`NEVER`), it fails with that error. All others go on waiting.
   *
   * If somebody still waits for a certain partition, an update is requested: where a topic is missing in an answer,
   * that alone asks again, but that a partition is missing only this line knows.
   *
   * @exercise 4.5 WaitingLine.onUpdate
   */
  onUpdate(now: number): void {
    const { cluster } = this.#metadata;
    this.leave(
      ({ topic, partition }) => cluster.partitionsForTopic(topic).length > Math.max(0, partition),
      (waiter) => waiter.proceed(cluster, now),
    );
    this.leave(
      ({ topic }) => NEVER.has(this.#metadata.errorOf(topic)?.code ?? ""),
      (waiter) => waiter.fail(this.#metadata.errorOf(waiter.topic)!),
    );
    if (this.#waiters.some(({ partition }) => partition >= 0)) this.#metadata.requestUpdate();
  }

  /**
   * Fails those whose deadline has come, with a `tooLateError`.
   *
   * @exercise 4.5 WaitingLine.expire
   * @returns after how many milliseconds the next deadline is over; Infinity when nobody waits. (All wait equally long,
   *   so it is that of the first in line.)
   */
  expire(now: number): number {
    this.leave(
      ({ deadlineMs }) => deadlineMs <= now,
      (waiter) => waiter.fail(tooLateError(waiter, this.#metadata, this.#client, this.#maxBlockMs)),
    );
    return (this.#waiters[0]?.deadlineMs ?? Infinity) - now;
  }

  /** Fails all. */
  failAll(error: Error): void {
    this.leave(
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

  /** These have left: whoever waited for the last of them waits no more. */
  tellWatchers(gone: ReadonlySet<MetadataWaiter>): void {
    this.#watchers = this.#watchers.filter(({ awaited, resolve }) => {
      for (const waiter of gone) awaited.delete(waiter);
      if (awaited.size === 0) resolve();
      return awaited.size > 0;
    });
  }
}
