/**
 * Long work in short turns. A generator does the work and yields where it may rest; who drives it decides how long a
 * turn lasts. There is one thread: while a turn lasts, no request is answered and no heartbeat sent.
 *
 * @module
 */
import { type Disk, type Runtime, type Timer } from "#ground/runtime";

/** The longest turn, in ms. */
const TURN_MS = 5;
/** Cut from a file in one step before it is removed: removing a large file at once can take longer than a turn. */
const REMOVE_STEP_BYTES = 64 << 20;

/** Does all of the work at once. For what is known to be short, and for tests. */
export function runToEnd<T>(work: Generator<void, T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

/** Does the work in turns of 5 ms, with room for other things in between. */
export function runGradually<T>(runtime: Pick<Runtime, "clock" | "scheduler">, work: Generator<void, T>): Promise<T> {
  return runWhile(runtime, () => true, work) as Promise<T>;
}

/** As {@link runGradually}; but before each turn it is asked whether to go on. If not, that was all: `undefined`. */
export function runWhile<T>(
  runtime: Pick<Runtime, "clock" | "scheduler">,
  mayGoOn: () => boolean,
  work: Generator<void, T>,
): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const turn = (): void => {
      if (!mayGoOn()) return resolve(undefined);
      const endMs = runtime.clock.nowMs() + TURN_MS;
      try {
        do {
          const step = work.next();
          if (step.done === true) return resolve(step.value);
        } while (runtime.clock.nowMs() < endMs);
      } catch (error) {
        return reject(error);
      }
      runtime.scheduler.soon(turn);
    };
    turn();
  });
}

/** Removes a file, or a folder with the files in it, a large file piece by piece. Harmless when there is none. */
export function* removeGradually(disk: Disk, path: string): Generator<void, void> {
  if (!disk.exists(path)) return;
  if (disk.isFolder(path)) {
    for (const name of disk.list(path)) yield* removeGradually(disk, `${path}/${name}`);
  } else if (disk.size(path) > REMOVE_STEP_BYTES) {
    const file = disk.open(path);
    for (let size = file.size - REMOVE_STEP_BYTES; size > 0; size -= REMOVE_STEP_BYTES) {
      file.truncate(size);
      yield;
    }
    file.close();
  }
  disk.remove(path);
  yield;
}

/** Work that is to be done later, gradually, unless it is cancelled: removing the files of deleted segments. */
export class LaterWork {
  readonly #runtime: Pick<Runtime, "clock" | "scheduler">;
  readonly #timers = new Set<Timer>();

  constructor(runtime: Pick<Runtime, "clock" | "scheduler">) {
    this.#runtime = runtime;
  }

  /** Starts the work after `delayMs`. What fails is logged under `name`. */
  after(delayMs: number, name: string, work: () => Generator<void, void>): void {
    const { clock, scheduler } = this.#runtime;
    const timer = scheduler.at(clock.nowMs() + delayMs, () => {
      this.#timers.delete(timer);
      scheduler.spawn(name, () => runGradually(this.#runtime, work()));
    });
    this.#timers.add(timer);
  }

  /** Forgets what hasn't been started. */
  cancel(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }
}
