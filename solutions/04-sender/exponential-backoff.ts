/**
 * How long to wait before the next attempt: twice as long after each failure, and never exactly as long as everybody
 * else.
 *
 * @module
 */
import { type Random } from "#ground/runtime";

/** Each failure makes the wait so many times longer. */
const MULTIPLIER = 2;
/** A wait is longer or shorter by up to this part of it. */
const JITTER = 0.2;
/**
 * After so many failures the wait grows no more: larger powers of two would end in infinity, and 0 times that is NaN.
 */
const MOST_DOUBLINGS = 60;

/**
 * Waits that grow: `retry.backoff.ms` to `retry.backoff.max.ms`, `reconnect.backoff.ms` to `reconnect.backoff.max.ms`.
 *
 * Source: `org.apache.kafka.common.utils.ExponentialBackoff`, KIP-580.
 */
export class ExponentialBackoff {
  readonly initialMs: number;
  readonly maxMs: number;
  readonly #random: Random;

  /**
   * @param initialMs - the wait after the first failure
   * @param maxMs - no wait is longer, also if it is below `initialMs`
   */
  constructor(initialMs: number, maxMs: number, random: Random) {
    this.initialMs = initialMs;
    this.maxMs = maxMs;
    this.#random = random;
  }

  /**
   * The wait after a failure. With 100 and 1,000 ms, and without jitter, that is 100, 200, 400, 800, 1,000, 1,000, …
   *
   * The wait is multiplied with a number drawn from 0.8 up to 1.2, so that a thousand clients which a broker's crash
   * has cut off at one instant don't all come back at one instant. It is limited to {@link maxMs} before that: else all
   * waits at the limit would be equally long. And it is limited once more after it, so that no wait is longer.
   *
   * @exercise 4.1 ExponentialBackoff.backoffMs
   * @param failures - how many failures there were before this one: 0, 1, 2, … without limit
   * @returns milliseconds, with fractions: a number also after 10,000 failures, and 0 if {@link initialMs} is 0
   */
  backoffMs(failures: number): number {
    const factor = 1 - JITTER + 2 * JITTER * this.#random.next();
    const doubled = this.initialMs * MULTIPLIER ** Math.min(failures, MOST_DOUBLINGS);
    const limited = Math.min(this.maxMs, doubled);
    return Math.min(this.maxMs, limited * factor);
  }
}
