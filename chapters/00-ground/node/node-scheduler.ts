import { rethrowStub } from "#ground/errors";
import { type Clock, type Logger, type Scheduler, type Timer } from "#ground/runtime";

/** The longest delay that `setTimeout` takes: a larger one would run at once. */
export const MAX_DELAY_MS = 2 ** 31 - 1;

/** The clocks of the machine. */
export class NodeClock implements Clock {
  wallMs(): number {
    return Date.now();
  }

  nowMs(): number {
    return performance.now();
  }
}

/** Timers and turns of Node's event loop. */
export class NodeScheduler implements Scheduler {
  readonly #clock: Clock;
  readonly #log: Logger;

  constructor(clock: Clock, log: Logger) {
    this.#clock = clock;
    this.#log = log;
  }

  at(deadlineMs: number, run: () => void): Timer {
    if (Number.isNaN(deadlineMs)) throw new RangeError("Nothing can happen at time NaN.");
    return new NodeTimer(this.#clock, deadlineMs, run);
  }

  soon(run: () => void): void {
    setImmediate(run);
  }

  spawn(name: string, loop: () => Promise<void>): void {
    setImmediate(() => {
      loop().catch((error: unknown) => this.#onFailure(name, error));
    });
  }

  #onFailure(name: string, error: unknown): void {
    try {
      rethrowStub(error);
      this.#log.error(`${name} failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    } catch (stub) {
      // Thrown outside of any promise it can't be overlooked: it ends the process.
      setImmediate(() => {
        throw stub;
      });
    }
  }
}

class NodeTimer implements Timer {
  readonly #clock: Clock;
  readonly #deadlineMs: number;
  readonly #run: () => void;
  #timeout: NodeJS.Timeout;

  constructor(clock: Clock, deadlineMs: number, run: () => void) {
    this.#clock = clock;
    this.#deadlineMs = deadlineMs;
    this.#run = run;
    this.#timeout = this.#arm();
  }

  cancel(): void {
    clearTimeout(this.#timeout);
  }

  #arm(): NodeJS.Timeout {
    const delayMs = Math.ceil(this.#deadlineMs - this.#clock.nowMs());
    return setTimeout(NodeTimer.#onTimeout, Math.min(Math.max(delayMs, 0), MAX_DELAY_MS), this);
  }

  static #onTimeout(timer: NodeTimer): void {
    // Node counts whole milliseconds from the start of its loop's turn, so it may be a fraction early.
    if (timer.#clock.nowMs() < timer.#deadlineMs) timer.#timeout = timer.#arm();
    else timer.#run();
  }
}
