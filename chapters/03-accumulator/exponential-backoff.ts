/**
 * How long to wait before the next attempt.
 *
 * Source: `org.apache.kafka.common.utils.ExponentialBackoff`, KIP-580.
 *
 * @module
 */
import { type Random } from "#ground/runtime";

const MULTIPLIER = 2;
/** So that those who failed together don't come back together. */
const JITTER = 0.2;

/** Waits that double with each failure, up to a limit, each up to 20 % shorter or longer by chance. */
export class ExponentialBackoff {
  readonly #initialMs: number;
  readonly #maxMs: number;
  readonly #random: Random;

  /** @param initialMs - after the first failure (`retry.backoff.ms`) @param maxMs - `retry.backoff.max.ms` */
  constructor(initialMs: number, maxMs: number, random: Random) {
    this.#initialMs = initialMs;
    this.#maxMs = maxMs;
    this.#random = random;
  }

  /** Milliseconds to wait after so many failures in a row, 1 or more. */
  afterFailures(failures: number): number {
    const factor = 1 - JITTER + 2 * JITTER * this.#random.next();
    return Math.min(this.#maxMs, this.#initialMs * MULTIPLIER ** (failures - 1) * factor);
  }
}
