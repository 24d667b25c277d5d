/**
 * When a member says that it lives, and when it takes itself for dead. Two different things can go wrong. The process
 * or the network can die: then heartbeats stop, and the coordinator notices. Or the process lives but its program is
 * stuck on a record: then heartbeats would go on for ever, so the member itself looks when it was last polled (KIP-62).
 *
 * Source: `org.apache.kafka.clients.consumer.internals.Heartbeat`.
 *
 * @module
 */

/** How often, and how long. */
export interface HeartbeatOptions {
  /** `heartbeat.interval.ms`. */
  readonly intervalMs: number;
  /** `session.timeout.ms`. */
  readonly sessionTimeoutMs: number;
  /** `max.poll.interval.ms`. */
  readonly maxPollIntervalMs: number;
  /** `retry.backoff.ms`: after a heartbeat that failed. */
  readonly retryBackoffMs: number;
}

/** The clockwork of one member. All times are of the monotonic clock, in milliseconds. */
export class Heartbeats {
  readonly #options: HeartbeatOptions;
  /** When the next heartbeat is due. */
  #nextMs = 0;
  #sessionEndMs = Infinity;
  #pollEndMs = Infinity;
  #isUnderWay = false;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  /**
   * The member has just joined: the session and the poll interval begin anew, and the first heartbeat is due in
   * `intervalMs`. No heartbeat is under way.
   *
   * @exercise 7.7 Heartbeats.restart
   */
  restart(now: number): void {
    this.#isUnderWay = false;
    this.#nextMs = now + this.#options.intervalMs;
    this.#sessionEndMs = now + this.#options.sessionTimeoutMs;
    this.#pollEndMs = now + this.#options.maxPollIntervalMs;
  }

  /**
   * The program polls: the poll interval begins anew.
   *
   * @exercise 7.7 Heartbeats.polled
   */
  polled(now: number): void {
    this.#pollEndMs = now + this.#options.maxPollIntervalMs;
  }

  /**
   * A heartbeat has left. The next one is due in `intervalMs`, but not before this one's fate is known: one at a time.
   * The session goes on only when an answer comes.
   *
   * @exercise 7.7 Heartbeats.sent
   */
  sent(now: number): void {
    this.#isUnderWay = true;
    this.#nextMs = now + this.#options.intervalMs;
  }

  /**
   * The heartbeat was answered. The coordinator counts the session from when it got it: so counting it from the answer
   * on is never too short.
   *
   * @exercise 7.7 Heartbeats.answered
   */
  answered(now: number): void {
    this.#isUnderWay = false;
    this.#sessionEndMs = now + this.#options.sessionTimeoutMs;
  }

  /**
   * The heartbeat failed: the next one is due in `retryBackoffMs`. The session goes on towards its end.
   *
   * @exercise 7.7 Heartbeats.failed
   */
  failed(now: number): void {
    this.#isUnderWay = false;
    this.#nextMs = now + this.#options.retryBackoffMs;
  }

  /**
   * How long until a heartbeat is due: 0 when it is, Infinity while one is under way.
   *
   * @exercise 7.7 Heartbeats.timeToNextMs
   */
  timeToNextMs(now: number): number {
    return this.#isUnderWay ? Infinity : Math.max(0, this.#nextMs - now);
  }

  /**
   * Whether the coordinator hasn't answered for `sessionTimeoutMs`: it has given up this member, or it is gone.
   *
   * @exercise 7.7 Heartbeats.isSessionOver
   */
  isSessionOver(now: number): boolean {
    return now >= this.#sessionEndMs;
  }

  /**
   * Whether the program hasn't polled for `maxPollIntervalMs`: it is stuck, and others should get its partitions.
   *
   * @exercise 7.7 Heartbeats.isPollOverdue
   */
  isPollOverdue(now: number): boolean {
    return now >= this.#pollEndMs;
  }

  /** When to look again, if nothing happens before. */
  nextLookMs(now: number): number {
    return Math.min(this.timeToNextMs(now), this.#pollEndMs - now, this.#sessionEndMs - now);
  }
}
