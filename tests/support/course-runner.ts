/**
 * How vitest runs one test of a chapter: nothing in chapters 01 to 19 waits for real time, network or disk, so a test
 * that leaves the process idle waits for something that never happens. It fails after a second, however loaded the
 * machine is, and long before a time-out: one forgotten `resolve` can hang thirty tests.
 *
 * @module
 */
import { type RunnerTestCase, TestRunner } from "vitest";

const POLL_MS = 25;
/** So many polls in a row must find the process idle. */
const IDLE_POLLS = 40;

/** vitest's own runner, and an eye on idleness. */
export default class CourseRunner extends TestRunner {
  async runTask(test: RunnerTestCase): Promise<void> {
    const run = TestRunner.getTestFn(test) as () => Promise<void>;
    if (!/\/tests\/(0[1-9]|1\d)-[^/]+\//.test(test.file.filepath)) return run();
    const watch = new IdleWatch();
    try {
      await Promise.race([run(), watch.idle]);
    } finally {
      watch.stop();
    }
  }
}

/** Rejects when the process has had nothing to do for a while. */
class IdleWatch {
  readonly idle: Promise<never>;
  readonly #busyAtStart = activity();
  #timer: NodeJS.Timeout | undefined;
  #idlePolls = 0;

  constructor() {
    this.idle = new Promise((_, reject) => {
      this.#timer = setInterval(() => {
        this.#idlePolls = this.#isBusy() ? 0 : this.#idlePolls + 1;
        if (this.#idlePolls >= IDLE_POLLS) reject(new Error("It waits for something that never happens."));
      }, POLL_MS);
    });
    // Rejected or not, nobody may be waiting any more.
    this.idle.catch(() => {});
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Something is under way, now, that wasn't when the test began: a turn that was put off, a file, a socket. */
  #isBusy(): boolean {
    return [...activity()].some(([kind, count]) => count > (this.#busyAtStart.get(kind) ?? 0));
  }
}

/** What keeps the process going, but for timers: kind → count. */
function activity(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) {
    if (kind !== "Timeout") counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return counts;
}
