/**
 * Runs the same tests again and again, on code that changes in between. Each run has a test process of its own, as with
 * {@link runTests}; what starts it stays, and has compiled already what hasn't changed.
 *
 * @module
 */
import { type ChildProcess } from "node:child_process";
import { type ProgressFile } from "./progress.ts";
import { kill, type RunOptions, type RunResult, start, supervise } from "./run-tests.ts";

/** What the process is asked. */
export interface ServeRequest {
  /** Test folders or files, relative to the root. */
  readonly paths: readonly string[];
  /** Files that have changed since the last run: absolute paths. */
  readonly changed: readonly string[];
  readonly only: Only;
  readonly untilFirstFailure: boolean;
}

/** Which tests shall run: those that are listed, or whose full name matches (text of a regular expression), or all. */
export type Only = readonly OnlyTests[] | string | null;

/** Some tests of one file. */
export interface OnlyTests {
  /** An absolute path. */
  readonly file: string;
  readonly titles: readonly string[];
}

/** The process says this when a run is over. */
export const SERVED = "served";

/** One process that runs tests for one set of {@link RunOptions}. */
export class TestServer {
  readonly #options: RunOptions;
  readonly #progress: ProgressFile;
  #child: ChildProcess | null = null;

  constructor(options: RunOptions, progress: ProgressFile) {
    this.#options = options;
    this.#progress = progress;
  }

  /**
   * Runs the tests once. One run at a time. Tests that are not asked for are reported as skipped, or not at all.
   *
   * @param changed - files that have changed since the last run
   * @param untilFirstFailure - whether the first test that fails ends it: the others are then not reported
   */
  async run(changed: readonly string[], only: Only = null, untilFirstFailure = false): Promise<RunResult> {
    const { paths, testTimeoutMs } = this.#options;
    const args = ["--import", "tsx", "tools/run/serve-tests.ts", String(testTimeoutMs ?? "")];
    this.#child ??= start(this.#options, args, this.#progress.path);
    const child = this.#child;
    this.#progress.clear();
    const over = new Promise<void>((resolve) => {
      child.once("close", () => resolve());
      child.on("message", (message) => {
        if (message === SERVED) resolve();
      });
    });
    child.send({ paths, changed, only, untilFirstFailure } satisfies ServeRequest);
    const result = await supervise(child, this.#progress, this.#options, over);
    child.removeAllListeners("close").removeAllListeners("message");
    // Whatever has happened to it: the next run begins with a process of which nothing is to be feared.
    if (result.broken !== null) this.close();
    return result;
  }

  /** Ends the process. */
  close(): void {
    if (this.#child !== null) kill(this.#child, this.#progress);
    this.#child = null;
  }
}
