/**
 * Traces in files.
 *
 * @module
 */
import { accessSync, constants, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { EVENTS_VERSION } from "#ground/events";
import { type Trace } from "./trace.ts";

/** Where traces go that nobody gave a place; git ignores it. Relative to the project. */
export const TRACES = ".cache/traces";

/** @throws Error in words for people, when nothing can be written to that file */
export function prepareTrace(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    accessSync(existsSync(path) ? path : dirname(path), constants.W_OK);
  } catch (error) {
    throw new Error(`Nothing can be written to ${path} (${(error as NodeJS.ErrnoException).code}).`, { cause: error });
  }
}

/** Where a trace goes that nobody gave a place: where the project is only to be read, a temporary folder. */
export function placeForTrace(root: string, name: string): string {
  const path = join(root, TRACES, name);
  try {
    prepareTrace(path);
    return path;
  } catch {
    return join(mkdtempSync(join(tmpdir(), "katafka-trace-")), name);
  }
}

/** Writes a trace; the same trace gives the same file. */
export function writeTrace(path: string, trace: Omit<Trace, "eventsVersion">): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify({ eventsVersion: EVENTS_VERSION, ...trace })}\n`);
}

/** @throws Error in words for people, when it is no trace, or one that speaks of other events */
export function readTrace(path: string): Trace {
  let trace: Partial<Trace> | null;
  try {
    trace = JSON.parse(readFileSync(path, "utf8")) as Partial<Trace> | null;
  } catch (error) {
    throw new Error(`${path} can't be read as a trace: ${(error as Error).message}`, { cause: error });
  }
  if (!Array.isArray(trace?.steps)) throw new Error(`${path} is no trace.`);
  const { eventsVersion } = trace;
  if (eventsVersion === EVENTS_VERSION) return trace as Trace;
  const versions = `events ${eventsVersion}, not ${EVENTS_VERSION}`;
  throw new Error(`${path} was written by another katafka (${versions}): make it anew.`);
}
