/**
 * A trace as it is gone through: every picture of it, and where to jump.
 *
 * @module
 */
import { type ClusterEvent } from "#ground/events";
import { type Picture } from "../picture.ts";
import { changed } from "./change.ts";
import { type KeptPicture, type Trace, type TraceStep } from "./trace.ts";

/** So the simulation says that it ends all faults. */
const ALL_OVER = "all are over";

/** What a step is marked with on the line of time, by what stands out most in it. */
export type Mark = "violation" | "fault" | "leader" | "isr" | null;

/** The picture before the first step and after each; what hasn't changed is the same object. */
export function picturesOf({ first, steps }: Trace): (Picture | null)[] {
  let kept = first;
  const all = [first === null ? null : pictureOf(first)];
  for (const { change } of steps) {
    kept = changed(kept, change) as KeptPicture | null;
    all.push(kept === null ? null : change === null ? all.at(-1)! : pictureOf(kept));
  }
  return all;
}

/** See {@link Mark}. */
export function markOf({ events }: TraceStep): Mark {
  const has = (kind: ClusterEvent["kind"]): boolean => events.some((event) => event.kind === kind);
  return has("violation") ? "violation" : has("fault") ? "fault" : has("leader") ? "leader" : has("isr") ? "isr" : null;
}

/** The faults that have begun and aren't over after each step, in words. */
export function openFaultsOf(steps: readonly TraceStep[]): (readonly string[])[] {
  let open: readonly string[] = [];
  return steps.map(({ events }) => {
    for (const { subject, before, after } of events.filter(({ kind }) => kind === "fault")) {
      if (before !== "") open = open.filter((what) => what !== before);
      else if (after === ALL_OVER) open = [];
      else if (subject === "fault") open = [...open, after];
    }
    return open;
  });
}

/** Whether records or readers have moved on in a step, and nothing else has happened. */
export function isOnlyAppend({ events }: TraceStep): boolean {
  return events.every(({ kind }) => kind === "append" || kind === "commit");
}

/**
 * The next step that is wanted, from one on that isn't.
 * @param by - 1: forward, -1: back
 * @returns where one is when there is none
 */
export function nextStep(
  steps: readonly TraceStep[],
  at: number,
  by: 1 | -1,
  is: (step: TraceStep) => boolean,
): number {
  for (let i = at + by; i >= 0 && i < steps.length; i += by) if (is(steps[i]!)) return i;
  return at;
}

/** Where one begins: at what was wrong, if something was. A timeline without brokers ends with it. */
export function beginningOf({ first, steps }: Trace): number {
  if (first === null) return steps.length - 1;
  return Math.max(0, steps.findIndex((step) => markOf(step) === "violation"));
}

function pictureOf(kept: KeptPicture): Picture {
  const nothing = { canAct: false, isPartial: null, producer: null, members: [], followed: null, events: [] };
  return { ...kept, ...nothing };
}
