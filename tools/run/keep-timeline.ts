/**
 * Puts the timeline of a failed test where the browser can show it.
 *
 * @module
 */
import { join } from "node:path";
import { parseTitle } from "../course/titles.ts";
import { TRACES, writeTrace } from "../ui/trace/trace-file.ts";
import { type TestReport } from "./events.ts";

/** @returns the file, relative to `root`; null when the test has no timeline, or the folder is only to be read */
export function keepTimeline(root: string, { title, events = [], failures, stubs }: TestReport): string | null {
  if (events.length === 0 || stubs.length > 0) return null;
  const { exercise } = parseTitle(title);
  const path = `${TRACES}/${exercise ?? "test"}.json`;
  const steps = events.map((event) => ({ events: [event], change: null }));
  const about = title;
  // Of what a failure says, the timeline comes first, and is what is shown anyway.
  const violation = failures[0]?.message.split("\n\n").at(-1) ?? "it failed";
  const command = `npm run ui -- --trace ${path}`;
  try {
    writeTrace(join(root, path), { title, command, about, violation, first: null, steps, omitted: 0 });
    return path;
  } catch {
    return null;
  }
}
