/**
 * Diagnosis: a learner whose tests fail in just the way of one known wrong answer is told its name. The verdicts of
 * all wrong answers are recorded in tests/NN-name/chaff/verdicts.json and checked by verify.
 *
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type TestReport } from "../run/events.ts";
import { isUnwritten } from "../run/verdict.ts";
import { type Chapter } from "./chapters.ts";
import { parseTitle } from "./titles.ts";

/** How one wrong answer fails. */
export interface Verdict {
  /** Title of the exercise. */
  readonly exercise: string;
  /** Name of the wrong answer. */
  readonly name: string;
  /** Titles of the tests that go red, in order. */
  readonly failing: readonly string[];
  /** What the first of them got, or its message. */
  readonly first: string;
}

/** Where a chapter's verdicts are recorded, relative to the root. */
export function verdictsPath(chapter: Chapter): string {
  return join("tests", chapter.folder, "chaff", "verdicts.json");
}

/** The recorded verdicts; none while there are none. */
export function readVerdicts(root: string, chapter: Chapter): Verdict[] {
  const path = join(root, verdictsPath(chapter));
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Verdict[]) : [];
}

/** How a run fails, from its tests in order. */
export function fingerprint(tests: readonly TestReport[]): Pick<Verdict, "failing" | "first"> {
  const failing = tests.filter((test) => test.state === "failed" && !isUnwritten(test));
  return { failing: failing.map(({ title }) => parseTitle(title).text), first: firstActual(failing[0]) };
}

function firstActual(test: TestReport | undefined): string {
  const failure = test?.failures[0];
  if (failure === undefined) return "";
  const said = failure.actual ?? failure.message.replace(/^Test timed out in \d+ms[^]*/, "timed out");
  // Newer versions of Node add this to what JSON.parse finds wrong.
  const text = said.replace(/ \(line \d+ column \d+\)/, "");
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

/**
 * The name of the one wrong answer that fails as `tests` do, or null when none does, or several. Tests that are red
 * because something is not written yet say nothing either way.
 */
export function diagnose(tests: readonly TestReport[], verdicts: readonly Verdict[]): Verdict | null {
  const { failing, first } = fingerprint(tests);
  if (failing.length === 0) return null;
  const passing = tests.filter(({ state }) => state === "passed").map(({ title }) => parseTitle(title).text);
  const alike = verdicts.filter(
    (verdict) =>
      verdict.first === first &&
      failing.every((title) => verdict.failing.includes(title)) &&
      !passing.some((title) => verdict.failing.includes(title)),
  );
  return alike.length === 1 ? alike[0]! : null;
}
