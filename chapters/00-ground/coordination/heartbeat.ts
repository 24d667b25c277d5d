/**
 * Signs of life, by which both ends of a connection to a coordination service know of each other.
 *
 * @module
 */
import { type Runtime, type Timer } from "#ground/runtime";

/** One that isn't answered before the next is due leaves a third of the session's time-out to connect elsewhere. */
export const HEARTBEATS_PER_TIMEOUT = 3;

/** What a {@link Heartbeat} does. */
export interface HeartbeatOptions {
  readonly everyMs: number;
  /** Asks the other end for a sign of life. */
  readonly ask: () => void;
  /** It gave none since it was last asked: it isn't there. @param reason - in words */
  readonly onSilence: (reason: string) => void;
}

/** Asks for a sign of life again and again, until it is stopped or none has come. */
export class Heartbeat {
  readonly #runtime: Runtime;
  readonly #options: HeartbeatOptions;
  #timer: Timer;
  #awaitsAnswer = false;

  constructor(runtime: Runtime, options: HeartbeatOptions) {
    this.#runtime = runtime;
    this.#options = options;
    this.#timer = this.#schedule();
  }

  /** The other end is there. */
  answered(): void {
    this.#awaitsAnswer = false;
  }

  /** Asks no more. */
  stop(): void {
    this.#timer.cancel();
  }

  #schedule(): Timer {
    const { clock, scheduler } = this.#runtime;
    return scheduler.at(clock.nowMs() + this.#options.everyMs, () => this.#beat());
  }

  #beat(): void {
    const { everyMs, ask, onSilence } = this.#options;
    if (this.#awaitsAnswer) {
      onSilence(`no sign of life for ${Math.round(everyMs)} ms`);
      return;
    }
    this.#awaitsAnswer = true;
    // Before it asks: who finds out by that that the other end is gone, stops this.
    this.#timer = this.#schedule();
    ask();
  }
}
