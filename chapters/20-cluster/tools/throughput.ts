/**
 * How fast a tool sends.
 * Source: `org.apache.kafka.server.util.ThroughputThrottler` of Kafka 4.0.
 *
 * @module
 */
import { pause } from "#ground/pause";
import { type Runtime } from "#ground/runtime";

/** How long a tool may send without room for anything else, in ms. */
const TURN_MS = 5;

/** Paces a loop: so many turns a second, and room for the network between them. */
export class Throughput {
  readonly #runtime: Pick<Runtime, "clock" | "scheduler">;
  readonly #perSecond: number;
  readonly #startMs: number;
  #turnMs: number;

  /** @param perSecond - below 0: as fast as it goes */
  constructor(runtime: Pick<Runtime, "clock" | "scheduler">, perSecond: number) {
    this.#runtime = runtime;
    this.#perSecond = perSecond;
    this.#startMs = runtime.clock.nowMs();
    this.#turnMs = this.#startMs;
  }

  /** When to go on after so many turns; null: at once. */
  next(done: number): Promise<void> | null {
    const now = this.#runtime.clock.nowMs();
    const dueMs = this.#perSecond < 0 ? now : this.#startMs + (done * 1_000) / this.#perSecond;
    if (dueMs <= now && now - this.#turnMs < TURN_MS) return null;
    this.#turnMs = Math.max(dueMs, now);
    return dueMs > now ? pause(this.#runtime, dueMs - now) : new Promise((go) => this.#runtime.scheduler.soon(go));
  }
}
