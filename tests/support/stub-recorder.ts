/**
 * Set-up of every test file: makes `toThrow` say what was returned, records which stubs a test met, also those that a
 * retry loop or a swallowed rejection hid, hands on the timeline of one that failed, and tells the runner's watchdog
 * which test is running.
 *
 * @module
 */
import { appendFileSync } from "node:fs";
import { afterEach, beforeEach, expect } from "vitest";
import { tellWhatWasReturned } from "./thrown.ts";
import { type ClusterEvent } from "#ground/events";
import { forgetTimelines, latestEvents } from "./timeline.ts";
import { onStubMet } from "#ground/errors";

declare module "vitest" {
  interface TaskMeta {
    /** Exercises whose stubs the test met, in order of first meeting. */
    stubs?: string[];
    /** On the traced reference: exercises that were entered in the test, and outside of any test before it. */
    reached?: { exercises: string[]; outside: string[] };
    /** Of a test that failed: what its timeline has, if it has one. */
    events?: readonly ClusterEvent[];
  }
}

/** See tools/verify/reach.ts. */
const REACHED: unique symbol = Symbol.for("katafka.reached") as never;

tellWhatWasReturned();

const progressFile = process.env["KATAFKA_PROGRESS"];
let met: string[] = [];

onStubMet(({ exercise }) => {
  if (!met.includes(exercise)) met.push(exercise);
});

const outside: string[] = [];
let reached = outside;

(globalThis as { [REACHED]?: (exercise: string) => void })[REACHED] = (exercise) => {
  if (!reached.includes(exercise)) reached.push(exercise);
};

// Written at once, past all buffers: in an endless loop nothing that is queued ever gets out.
function tell(what: string): void {
  if (progressFile !== undefined) appendFileSync(progressFile, `${what}\n`);
}

tell(`pid ${process.pid}`);
tell(`file ${expect.getState().testPath ?? ""}`);

beforeEach(({ task, onTestFinished }) => {
  met = [];
  task.meta.stubs = met;
  forgetTimelines();
  reached = [];
  const entered = { exercises: reached, outside };
  // The first to be asked for is the last to run: what the test itself does at its end is part of it.
  onTestFinished(() => {
    if (entered.exercises.length + outside.length > 0) task.meta.reached = entered;
    reached = outside;
  });
  tell(`test ${task.name}`);
});

afterEach(({ task }) => {
  const events = latestEvents();
  if (task.result?.state === "fail" && events.length > 0) task.meta.events = events;
  tell(`done ${task.name}`);
});
