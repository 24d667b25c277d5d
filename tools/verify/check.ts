/**
 * What a check of verify is.
 *
 * @module
 */
import { type Chapter } from "../course/chapters.ts";
import { type Lab } from "./lab.ts";

/** Handed to every check. */
export interface VerifyContext {
  readonly root: string;
  /** All chapters. */
  readonly chapters: readonly Chapter[];
  /** Those with exercises, or the one that was asked for. */
  readonly learners: readonly Chapter[];
  readonly lab: Lab;
  /** On a build server: chapters/ must be as generated. */
  readonly ci: boolean;
}

/** What a check found. */
export interface Findings {
  /** How many things were as they should be. */
  readonly passed: number;
  /** One text for each thing that wasn't. */
  readonly failures: readonly string[];
  /** What could not be checked here, and why. */
  readonly skipped: readonly string[];
  /** Said beside the result: not a failure. */
  readonly remark?: string;
  /** What is added up over all chapters and said at the very end. */
  readonly tally?: readonly Tally[];
}

/** `wrong answers caught 799 of 799`. */
export interface Tally {
  readonly what: string;
  readonly count: number;
  /** Where some may be missing: how many there should be. */
  readonly of?: number;
}

/** Adds up what is called the same. */
export function addedUp(tallies: readonly Tally[]): Tally[] {
  const sums = new Map<string, Tally>();
  for (const { what, count, of } of tallies) {
    const before = sums.get(what);
    const both = of === undefined ? {} : { of: of + (before?.of ?? 0) };
    sums.set(what, { what, count: count + (before?.count ?? 0), ...both });
  }
  return [...sums.values()];
}

/** One check. */
export interface Check {
  readonly name: string;
  /** Concerns the exercises of single chapters, so that it can run for one of them. */
  readonly aboutExercises: boolean;
  run(context: VerifyContext): Promise<Findings>;
}

/** Findings from complaints about `total` things, one complaint a thing at most. */
export function findings(total: number, failures: readonly string[], skipped: readonly string[] = []): Findings {
  return { passed: Math.max(0, total - failures.length), failures, skipped };
}

/** Sums up findings. */
export function together(all: readonly Findings[]): Findings {
  const remarks = all.flatMap(({ remark }) => remark ?? []);
  return {
    ...(remarks.length > 0 && { remark: remarks.join("\n") }),
    passed: all.reduce((sum, { passed }) => sum + passed, 0),
    failures: all.flatMap(({ failures }) => failures),
    skipped: all.flatMap(({ skipped }) => skipped),
    tally: all.flatMap(({ tally = [] }) => tally),
  };
}
