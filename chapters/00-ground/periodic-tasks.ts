import { rethrowStub } from "#ground/errors";
import { type Runtime, type Timer } from "#ground/runtime";

/** Things to be done again and again. A run that fails is logged; the next one comes all the same. */
export class PeriodicTasks {
  readonly #runtime: Runtime;
  readonly #timers = new Map<string, Timer>();
  #isStopped = false;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /**
   * Runs `task` after `delayMs` and then `periodMs` after each end, so that runs never overlap. Not at all when the
   * period is `Infinity`.
   */
  start(name: string, delayMs: number, periodMs: number, task: () => void | Promise<void>): void {
    if (this.#isStopped || periodMs === Infinity) return;
    const { clock, scheduler, log } = this.#runtime;
    const run = async (): Promise<void> => {
      this.#timers.delete(name);
      try {
        await task();
      } catch (error) {
        rethrowStub(error);
        log.error(`${name}: ${String(error)}`);
      }
      this.start(name, periodMs, periodMs, task);
    };
    this.#timers.set(name, scheduler.at(clock.nowMs() + delayMs, () => scheduler.spawn(name, run)));
  }

  /** Starts nothing more. A run that is under way goes on to its end. */
  stop(): void {
    this.#isStopped = true;
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
  }
}
