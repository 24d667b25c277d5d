/**
 * Which test failed first: by exercise, then by file, then by place in the file. The first failing test is the
 * learner's next step; the others are noise until it is green.
 *
 * @module
 */
import { compareNumbers } from "../course/exercises.ts";
import { parseTitle } from "../course/titles.ts";
import { type Failure, type TestReport } from "./events.ts";
import { type RunResult, STALL_MS } from "./run-tests.ts";

/** Names of the failures that stand for a broken run. */
export const BROKEN_RUN = "BrokenRun";

/** Tests in the order in which a learner meets them. */
export function inOrder(tests: readonly TestReport[]): TestReport[] {
  return [...tests].sort(
    (a, b) =>
      compareNumbers(parseTitle(a.title).exercise ?? "0.0", parseTitle(b.title).exercise ?? "0.0") ||
      (a.file < b.file ? -1 : a.file > b.file ? 1 : a.index - b.index),
  );
}

/** All outcomes of a run in order; what broke the run stands in for the test that was running. */
export function outcomes(result: RunResult): TestReport[] {
  const broken = brokenTest(result);
  return inOrder(broken === null ? result.tests : [...result.tests, broken]);
}

function brokenTest({ broken, running }: RunResult): TestReport | null {
  if (broken === null) return null;
  const message = {
    stalled: `It did not come back for ${STALL_MS / 1000} seconds, and the run was ended: an endless loop?`,
    "out of memory": "It used up all memory: a loop that never ends and keeps what it makes?",
    interrupted: "It was interrupted.",
    died: "The test process ended in the middle of it.",
  }[broken];
  return {
    file: running.file ?? "",
    title: running.test ?? "",
    index: Number.MAX_SAFE_INTEGER,
    state: "failed",
    stubs: [],
    failures: [{ name: BROKEN_RUN, message, frames: [] }],
    durationMs: 0,
  };
}

/** Failures outside of any test: while files are loaded, or afterwards. */
export function looseFailures({ failedFiles, unhandled }: RunResult): Failure[] {
  return [...failedFiles.flatMap(({ failures }) => failures), ...unhandled];
}

/** Whether a test is red only because something is not written yet. */
export function isUnwritten({ state, stubs }: TestReport): boolean {
  return state === "failed" && stubs.length > 0;
}
