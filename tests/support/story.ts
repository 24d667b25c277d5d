/**
 * Puts what happened in a test before what its failure says, without a word in the test itself.
 *
 * @module
 */
import { onTestFailed } from "vitest";
import { type Timeline } from "./timeline.ts";

/** The one that was made last: a test that tries many things fails in the last of them. */
let latest: Timeline | null = null;

/** When the test that runs fails, its message begins with `timeline`. */
export function tellOnFailure(timeline: Timeline): void {
  latest = timeline;
  onTestFailed(({ task }) => {
    if (latest !== timeline) return;
    const story = timeline.about("").trimEnd();
    for (const error of task.result?.errors ?? []) {
      const about = error.message.startsWith("expected ") ? "what the test asks for: " : "";
      if (/\bexpected /.test(error.message)) error.message = `${story}\n\n${about}${error.message}`;
    }
  });
}
