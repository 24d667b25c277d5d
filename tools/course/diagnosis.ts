/**
 * Diagnosis: a learner whose tests fail in the way of one known wrong answer is told its name. Every test of a chapter
 * is a probe: what each wrong answer makes of all of them is recorded in tests/NN-name/chaff/verdicts.json, and checked
 * by verify. The nearest wrong answer is named if it is near enough, and clearly nearer than the next.
 *
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestReport } from "../run/events.ts";
import { isUnwritten } from "../run/verdict.ts";
import { type Chapter } from "./chapters.ts";
import { areOfOneKind, type Failing, outcomeOf } from "./outcome.ts";
import { keyOf } from "./cache.ts";
import { parseTitle } from "./titles.ts";

/** How one wrong answer fails. */
export interface Verdict {
  /** Title of the exercise. */
  readonly exercise: string;
  /** Name of the wrong answer. */
  readonly name: string;
  readonly failing: Failing;
}

/** The wrong answer that a learner's looks like. */
export interface Diagnosis {
  readonly verdict: Verdict;
  /** All tests fail alike. */
  readonly isExact: boolean;
}

/** Whoever is less like all that is known has made another mistake. */
const NEAR = 0.6;
/** As much nearer is the nearest than the next. */
const CLEARLY = 0.15;
/** Of a test that fails in both, but with other values. */
const ALIKE_IN_KIND = 0.3;
/** The first exercise that fails is where the mistake is looked for: tests of others count less. */
const OF_ANOTHER_EXERCISE = 0.4;
/** What only the learner fails there may come from a second mistake. */
const OF_A_SECOND_MISTAKE = 0.3;

/** Where a chapter's verdicts are recorded, relative to the root. */
export function verdictsPath(chapter: Chapter): string {
  return join("tests", chapter.folder, "chaff", "verdicts.json");
}

/** What is recorded of a chapter's wrong answers. */
export interface VerdictRecord {
  /** {@link testsKey} of the tests that each was tried with. */
  readonly tests: string;
  readonly verdicts: readonly Verdict[];
}

/** What is recorded; nothing while there is nothing. */
export function readVerdictRecord(root: string, chapter: Chapter): VerdictRecord {
  const path = join(root, verdictsPath(chapter));
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as VerdictRecord) : { tests: "", verdicts: [] };
}

/** The recorded verdicts; none while there are none. */
export function readVerdicts(root: string, chapter: Chapter): readonly Verdict[] {
  return readVerdictRecord(root, chapter).verdicts;
}

/** Another one as soon as there is a new test: nobody knows yet which wrong answers it catches. */
export function testsKey(tests: readonly TestReport[]): string {
  return keyOf(...tests.map(({ title }) => parseTitle(title).text).sort());
}

/** How a run fails, from its tests in order. */
export function fingerprint(tests: readonly TestReport[]): Failing {
  const failing = tests.filter((test) => test.state === "failed" && !isUnwritten(test));
  return Object.fromEntries(failing.map((test) => [parseTitle(test.title).text, outcomeOf(test.failures[0])]));
}

/**
 * The wrong answer that `tests` look like, or null when they look like none, or like several. Only those are compared
 * that show first in the exercise in which the learner's does: so a mistake in a later one hides no name. Tests that
 * did not run, or are red because something is not written yet, say nothing either way.
 */
export function diagnose(tests: readonly TestReport[], verdicts: readonly Verdict[]): Diagnosis | null {
  const failing = fingerprint(tests);
  const exercise = firstExercise(failing);
  if (exercise === undefined) return null;
  const passing = new Set(tests.filter(({ state }) => state === "passed").map(({ title }) => parseTitle(title).text));
  const ranked = verdicts
    .filter((verdict) => firstExercise(verdict.failing) === exercise)
    .map((verdict) => ({ verdict, likeness: likeness(failing, passing, verdict.failing, exercise) }))
    .sort((a, b) => b.likeness - a.likeness);
  const [best, next = { likeness: 0 }] = ranked;
  if (best === undefined || best.likeness < NEAR) return null;
  const isExact = best.likeness === 1;
  const isClear = isExact ? next.likeness < 1 : best.likeness - next.likeness >= CLEARLY;
  return isClear ? { verdict: best.verdict, isExact } : null;
}

/** Whether two wrong answers of an exercise can't be told apart. */
export function areAlike(a: Verdict, b: Verdict): boolean {
  if (a.exercise.split(" ")[0] !== b.exercise.split(" ")[0]) return false;
  return JSON.stringify(a.failing) === JSON.stringify(b.failing);
}

function firstExercise(failing: Failing): string | null | undefined {
  const first = Object.keys(failing)[0];
  return first === undefined ? undefined : parseTitle(first).exercise;
}

/** What the two have in common of all that either of them fails: from 0, nothing, to 1, all. */
function likeness(own: Failing, passing: ReadonlySet<string>, known: Failing, exercise: string | null): number {
  let common = 0;
  let all = 0;
  for (const title of new Set([...Object.keys(own), ...Object.keys(known)])) {
    const [mine, its] = [own[title], known[title]];
    if (mine === undefined && !passing.has(title)) continue;
    const isNear = parseTitle(title).exercise === exercise;
    const isSecond = !isNear && its === undefined;
    const weight = isNear ? 1 : isSecond ? OF_ANOTHER_EXERCISE * OF_A_SECOND_MISTAKE : OF_ANOTHER_EXERCISE;
    all += weight;
    if (mine === undefined || its === undefined) continue;
    if (mine === its) common += weight;
    else if (areOfOneKind(mine, its)) common += weight * ALIKE_IN_KIND;
  }
  return all === 0 ? 0 : common / all;
}
