/**
 * Runs tests in a process of their own, under a watchdog. All commands that run tests go through here.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { availableParallelism, loadavg } from "node:os";
import { join, relative } from "node:path";
import { type Failure, type RunEvent, type TestReport } from "./events.ts";
import { type Progress, ProgressFile } from "./progress.ts";

/** Without any progress for so long, a run is taken to hang. On a busy machine it is longer: {@link slowness}. */
export const STALL_MS = 10_000;
const MOST_SLOWNESS = 10;

/** What to run, and on whose code. */
export interface RunOptions {
  readonly root: string;
  /** Test folders or files, relative to `root`. */
  readonly paths: readonly string[];
  /** Chapters that run on the learner's code; the reference stands in for the others. */
  readonly mine: readonly number[];
  /** Only tests whose full name matches. */
  readonly pattern?: RegExp;
  readonly seed?: number;
  readonly stallMs?: number;
  /** After so long a test is taken to wait for what never happens; without it, vitest's own limit. */
  readonly testTimeoutMs?: number;
  /** For a person who wants to stop in the debugger: no watchdog, no time-outs. */
  readonly inspect?: boolean;
  /** Stays, and runs again when a file changes. */
  readonly watch?: boolean;
  readonly onEvent?: (event: RunEvent) => void;
  /** Called at the end of every run in watch mode. */
  readonly onEnd?: (result: RunResult) => void;
}

/** Why a run did not come to its end. */
export type Broken = "stalled" | "out of memory" | "died" | "interrupted";

/** Somebody pressed ctrl-C: what is under way is to be given up. */
export class Interrupted extends Error {}

/** All that is known after a run. */
export interface RunResult {
  /** In the order in which they ended. */
  readonly tests: readonly TestReport[];
  /** Test files that could not be loaded, or whose set-up failed. */
  readonly failedFiles: readonly { file: string; failures: readonly Failure[] }[];
  /** Errors outside of any test. */
  readonly unhandled: readonly Failure[];
  readonly broken: Broken | null;
  /** What ran when the run broke. */
  readonly running: { file: string | null; test: string | null };
  readonly logs: readonly { title: string | null; text: string }[];
  /** What the process itself printed: of use when it broke. */
  readonly output: string;
}

/** Runs tests once. Never rejects because of what the tests do. */
export async function runTests(options: RunOptions): Promise<RunResult> {
  const progress = new ProgressFile();
  const child = start(options, vitestArguments(options), progress.path);
  const result = await supervise(child, progress, options, new Promise((resolve) => child.on("close", resolve)));
  progress.remove();
  return result;
}

/**
 * Looks after a run in `child`: gathers its events, ends it when nothing moves any more or somebody presses ctrl-C.
 * @param over - resolves when the run is over, or the process
 */
export async function supervise(
  child: ChildProcess,
  progress: ProgressFile,
  options: RunOptions,
  over: Promise<unknown>,
): Promise<RunResult> {
  const collected = new Collected();
  const onMessage = (message: unknown): void => {
    const event = message as RunEvent;
    collected.add(event);
    options.onEvent?.(event);
    if (event.kind === "end") options.onEnd?.(collected.result(null, null));
  };
  const onOutput = (text: string): void => void (collected.output += text);
  const stop = (signal: NodeJS.Signals): void => {
    collected.ended("interrupted");
    kill(child, progress);
    process.exitCode = signal === "SIGINT" ? 130 : 143;
  };
  child.on("message", onMessage);
  const streams = [child.stdout, child.stderr];
  for (const stream of streams) stream?.setEncoding("utf8").on("data", onOutput);
  process.on("SIGINT", stop).on("SIGTERM", stop);
  const watchdog = options.inspect === true ? null : watch(progress, collected, options, () => kill(child, progress));
  await over;
  if (watchdog !== null) clearInterval(watchdog);
  process.off("SIGINT", stop).off("SIGTERM", stop);
  for (const stream of streams) stream?.off("data", onOutput);
  child.off("message", onMessage);
  const { file, test } = progress.read();
  return collected.result(file, test);
}

function vitestArguments(options: RunOptions): string[] {
  const { root, paths, pattern, inspect, watch, testTimeoutMs } = options;
  const vitest = join(root, "node_modules/vitest/vitest.mjs");
  const args = [vitest, watch === true ? "watch" : "run", ...paths, "--reporter", join(root, "tools/run/reporter.ts")];
  // Reads the configuration without writing anything into node_modules.
  args.push("--configLoader", "runner");
  if (pattern !== undefined) args.push("--testNamePattern", pattern.source);
  if (inspect === true) args.push("--inspect-brk=127.0.0.1:9229", "--no-file-parallelism", "--testTimeout=0");
  else if (testTimeoutMs !== undefined) args.push(`--testTimeout=${testTimeoutMs}`);
  return args;
}

/** Starts a process that runs tests, and tells its events over a channel. */
export function start(options: RunOptions, args: readonly string[], progressPath: string): ChildProcess {
  const { root, mine, seed, watch } = options;
  const { FORCE_COLOR: _, ...env } = process.env;
  return spawn(process.execPath, args, {
    cwd: root,
    // Differences are plain text here; the display colours them.
    env: {
      ...env,
      NO_COLOR: "1",
      KATAFKA_MINE: mine.join(","),
      KATAFKA_PROGRESS: progressPath,
      KATAFKA_SEED: seed === undefined ? "" : String(seed),
    },
    stdio: [watch === true ? "inherit" : "ignore", "pipe", "pipe", "ipc"],
  });
}

/** Gathers the events of a run; in watch mode, the latest of every file. */
class Collected {
  #tests: TestReport[] = [];
  #failedFiles: { file: string; failures: readonly Failure[] }[] = [];
  #unhandled: readonly Failure[] = [];
  #logs: { title: string | null; text: string }[] = [];
  /** Between a start and an end. */
  #running = true;
  #endedBy: Broken | null = null;
  #events = 0;
  output = "";

  /** Grows as long as anything moves. */
  get events(): number {
    return this.#events;
  }

  get running(): boolean {
    return this.#running;
  }

  /** The runner itself ended it. */
  ended(by: Broken): void {
    this.#endedBy = by;
  }

  add(event: RunEvent): void {
    this.#events += 1;
    switch (event.kind) {
      case "start":
        this.#tests = this.#tests.filter(({ file }) => !event.files.includes(file));
        this.#failedFiles = this.#failedFiles.filter(({ file }) => !event.files.includes(file));
        this.#logs = [];
        this.#running = true;
        break;
      case "test":
        this.#tests.push(event.report);
        break;
      case "file-failed":
        this.#failedFiles.push(event);
        break;
      case "log":
        this.#logs.push(event);
        break;
      case "end":
        this.#unhandled = event.failures;
        this.#running = false;
        break;
      case "collected":
        break;
    }
  }

  result(file: string | null, test: string | null): RunResult {
    return {
      tests: this.#tests,
      failedFiles: this.#failedFiles,
      unhandled: this.#unhandled,
      broken: this.#broken(test),
      running: { file, test },
      logs: this.#logs,
      output: this.output,
    };
  }

  #broken(test: string | null): Broken | null {
    if (this.#endedBy !== null) return this.#endedBy;
    const crashed = this.#unhandled.some(({ message }) => /Worker (exited|.*emitted error)/.test(message));
    if (!this.#running && !crashed) return null;
    if (/heap out of memory|heap limit/.test(this.output)) return "out of memory";
    return crashed || test !== null || this.#running ? "died" : null;
  }
}

/**
 * How many times longer everything takes, at least, on a machine that has more to do than it has cores for.
 *
 * @param load - how many processes want to run, on average (0 where the system doesn't tell)
 */
export function slowness(load: number, cores: number): number {
  return Math.min(MOST_SLOWNESS, Math.max(1, load / cores));
}

function watch(
  progress: ProgressFile,
  collected: Collected,
  { stallMs = STALL_MS }: RunOptions,
  end: () => void,
): NodeJS.Timeout {
  let last = "";
  let lastMoveMs = performance.now();
  return setInterval(() => {
    const now = `${progress.read().length} ${collected.events}`;
    if (now !== last || !collected.running) {
      last = now;
      lastMoveMs = performance.now();
    } else if (performance.now() - lastMoveMs > stallMs * slowness(loadavg()[0]!, availableParallelism())) {
      collected.ended("stalled");
      end();
    }
  }, 100);
}

/** Ends the run and the test process, which in an endless loop hears nothing. */
export function kill(child: ChildProcess, progress: ProgressFile): void {
  const { pid }: Progress = progress.read();
  if (pid !== null && child.exitCode === null && child.signalCode === null) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
  child.kill("SIGKILL");
}

/** A path for people: relative to the tree. */
export function shortPath(root: string, file: string): string {
  const path = relative(root, file);
  return path.startsWith("..") ? file : path;
}
