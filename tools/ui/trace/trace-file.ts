/**
 * Traces in files.
 *
 * @module
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { EVENTS_VERSION } from "#ground/events";
import { type Trace } from "./trace.ts";

/** Where traces go that nobody gave a place; git ignores it. Relative to the project. */
export const TRACES = ".cache/traces";

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
