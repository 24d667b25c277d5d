/**
 * One poll after the other: rebalances when one is due, takes what has been fetched, and waits when there is nothing.
 *
 * Source: `KafkaConsumer.poll`, `AsyncKafkaConsumer.poll`.
 *
 * @module
 */
import { KafkaError } from "#ground/errors";
import { type ConsumerParts } from "./consumer-parts.ts";
import { type ConsumerRecord } from "./consumer-record.ts";

/** After so long without a turn of the event loop a poll gives it one: else the network would starve. */
const LONGEST_RUN_MS = 5;

/** Polls for one consumer. */
export class Poller {
  readonly #parts: ConsumerParts;
  readonly #ensureOpen: () => void;
  #isPolling = false;
  #isWoken = false;
  /** When the event loop last had a turn, as far as it is known. */
  #lastTurnMs = -Infinity;

  /** @param ensureOpen - throws when the consumer is closed */
  constructor(parts: ConsumerParts, ensureOpen: () => void) {
    this.#parts = parts;
    this.#ensureOpen = ensureOpen;
  }

  /** The poll that waits, or the next one, is over at once. */
  wakeup(): void {
    this.#isWoken = true;
    this.#parts.loop.wakeup();
  }

  /** The next records; none when `timeoutMs` are over. @throws KafkaError */
  async poll(timeoutMs: number): Promise<readonly ConsumerRecord[]> {
    this.#ensureOpen();
    if (this.#isPolling) throw new KafkaError("INVALID_REQUEST", "poll: the poll before this one has not ended yet.");
    this.#isPolling = true;
    try {
      return await this.#poll(timeoutMs);
    } finally {
      this.#isPolling = false;
      this.#isWoken = false;
    }
  }

  async #poll(timeoutMs: number): Promise<readonly ConsumerRecord[]> {
    const { runtime, errors, turns, metrics, membership } = this.#parts;
    const { clock } = runtime;
    const startMs = clock.nowMs();
    const deadlineMs = startMs + timeoutMs;
    metrics.onPoll(startMs);
    // What was returned so far counts as done.
    membership?.commits.onPoll(startMs);
    if (startMs - this.#lastTurnMs > LONGEST_RUN_MS) await this.#turn(startMs);
    for (;;) {
      this.#ensureOpen();
      await membership?.group.advance();
      errors.throwNext();
      const records = this.#collect();
      if (records.length > 0 || this.#isWoken || clock.nowMs() >= deadlineMs) return records;
      await turns.next(deadlineMs);
      this.#lastTurnMs = clock.nowMs();
    }
  }

  #collect(): readonly ConsumerRecord[] {
    const { runtime, buffer, config, interceptors, metrics, fetcher } = this.#parts;
    const records = buffer.collect(config["max.poll.records"]);
    if (records.length === 0) return records;
    metrics.onRecords(records.length);
    // What comes next is fetched while the program works on these.
    fetcher.sendFetches(runtime.clock.nowMs());
    return interceptors.onConsume(records);
  }

  /** Lets the event loop have a turn. */
  async #turn(now: number): Promise<void> {
    this.#lastTurnMs = now;
    await new Promise<void>((resolve) => this.#parts.runtime.scheduler.soon(resolve));
  }
}
