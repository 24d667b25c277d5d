/** @module */
import { type Runtime } from "#ground/runtime";

/** Those who wait for the consumer's loop: whoever is woken looks for himself whether that is what he waits for. */
export class Turns {
  readonly #runtime: Runtime;
  #waiters: (() => void)[] = [];

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Resolves after the next turn of the loop, and at `deadlineMs` at the latest. */
  next(deadlineMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = deadlineMs === Infinity ? null : this.#runtime.scheduler.at(deadlineMs, resolve);
      this.#waiters.push(() => {
        timer?.cancel();
        resolve();
      });
    });
  }

  /** The loop has done a turn. */
  done(): void {
    if (this.#waiters.length === 0) return;
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }
}
