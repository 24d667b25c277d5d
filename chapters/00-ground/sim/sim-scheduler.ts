import { rethrowStub } from "#ground/errors";
import { type Clock, type Logger, type Scheduler, type Timer } from "#ground/runtime";
import { type SimEvent } from "./event-queue.ts";
import { type Resource, type SimProcess } from "./sim-process.ts";

/** Wall time at which every simulated world begins: 1 July 2024, 00:00 UTC. */
export const WORLD_BEGAN_MS = Date.UTC(2024, 6, 1);

/** Clocks of one process. The monotonic one starts at zero with it, as a real process's does. */
export class SimClock implements Clock {
  readonly #process: SimProcess;
  readonly #wallOffsetMs: () => number;

  /** @param wallOffsetMs - by how much the machine's wall clock is wrong at the moment */
  constructor(process: SimProcess, wallOffsetMs: () => number) {
    this.#process = process;
    this.#wallOffsetMs = wallOffsetMs;
  }

  wallMs(): number {
    return Math.floor(WORLD_BEGAN_MS + this.#process.nowMs + this.#wallOffsetMs());
  }

  nowMs(): number {
    return this.#process.nowMs - this.#process.bootMs;
  }
}

/** Timers and turns of one process, as events of the world. */
export class SimScheduler implements Scheduler {
  readonly #process: SimProcess;
  readonly #log: Logger;

  constructor(process: SimProcess, log: Logger) {
    this.#process = process;
    this.#log = log;
  }

  at(deadlineMs: number, run: () => void): Timer {
    const process = this.#process;
    const timer = new SimTimer(process, deadlineMs);
    timer.event = process.schedule(process.bootMs + deadlineMs, "timer", () => {
      process.resources.delete(timer);
      run();
    });
    if (process.alive) process.resources.add(timer);
    return timer;
  }

  soon(run: () => void): void {
    this.#process.schedule(this.#process.nowMs, "turn", run);
  }

  spawn(name: string, loop: () => Promise<void>): void {
    this.soon(() => {
      loop().catch((error: unknown) => this.#onFailure(name, error));
    });
  }

  #onFailure(name: string, error: unknown): void {
    try {
      rethrowStub(error);
      this.#log.error(`${name} failed: ${String(error)}`);
    } catch (stub) {
      // Thrown in a turn of its own it reaches whoever runs the world.
      this.soon(() => {
        throw stub;
      });
    }
  }
}

class SimTimer implements Timer, Resource {
  event: SimEvent | null = null;
  readonly #process: SimProcess;
  readonly #deadlineMs: number;

  constructor(process: SimProcess, deadlineMs: number) {
    this.#process = process;
    this.#deadlineMs = deadlineMs;
  }

  get label(): string {
    return `timer due at ${this.#deadlineMs} ms`;
  }

  cancel(): void {
    if (this.event !== null) this.event.run = null;
    this.#process.resources.delete(this);
  }
}

/** Log lines become lines of the trace. */
export class SimLogger implements Logger {
  readonly #process: SimProcess;

  constructor(process: SimProcess) {
    this.#process = process;
  }

  debug(message: string): void {
    this.#line("debug", message);
  }

  info(message: string): void {
    this.#line("info", message);
  }

  warn(message: string): void {
    this.#line("warn", message);
  }

  error(message: string): void {
    this.#line("error", message);
  }

  #line(level: string, message: string): void {
    if (this.#process.alive) this.#process.note(`log ${level} ${message}`);
  }
}
