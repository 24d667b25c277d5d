/**
 * The producer's one loop. In Kafka it is the Sender thread's `while (running) runOnce()`, which sleeps in `select`.
 * Here it runs when somebody wakes it or when its time has come, and one turn after the other: whoever calls {@link
 * SenderLoop.wakeup} is never inside of it.
 *
 * @module
 */
import { type Runtime, type Timer } from "#ground/runtime";

/** Timers come in whole milliseconds; and a step that finds nothing to do yet, by a rounding error, must not spin. */
const SHORTEST_SLEEP_MS = 1;

/**
 * Does what is to do now.
 * @returns after how many milliseconds to come again; Infinity: only when woken
 */
export type LoopStep = (now: number) => number;

/** Runs a step again and again, as soon as there is a reason to. */
export class SenderLoop {
  readonly #runtime: Runtime;
  /** Null before {@link start} and after {@link stop}. */
  #step: LoopStep | null = null;
  #isWoken = false;
  #timer: Timer | null = null;
  #timerAtMs = Infinity;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Has `step` run soon, and from now on again and again. */
  start(step: LoopStep): void {
    this.#step = step;
    this.wakeup();
  }

  /** Has the step run soon. */
  wakeup(): void {
    if (this.#isWoken || this.#step === null) return;
    this.#isWoken = true;
    this.#runtime.scheduler.soon(this.#run);
  }

  /** From now on nothing runs, and no timer is left. */
  stop(): void {
    this.#step = null;
    this.#timer?.cancel();
    this.#timer = null;
  }

  readonly #run = (): void => {
    const step = this.#step;
    if (step === null) return;
    this.#isWoken = false;
    const now = this.#runtime.clock.nowMs();
    const atMs = now + Math.max(SHORTEST_SLEEP_MS, step(now));
    // The step may have stopped the loop. And waking too early does no harm, so a timer that comes first may stay.
    if (this.#step === null || this.#timerAtMs <= atMs) return;
    this.#timer?.cancel();
    this.#timer = atMs === Infinity ? null : this.#runtime.scheduler.at(atMs, this.#onTimer);
    this.#timerAtMs = atMs;
  };

  readonly #onTimer = (): void => {
    this.#timer = null;
    this.#timerAtMs = Infinity;
    this.#run();
  };
}
