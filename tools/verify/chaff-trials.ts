/**
 * Tries every wrong answer of a chapter: each must be makeable, pass the compiler, and go red, the named test among
 * the red ones; and no two of an exercise may look alike.
 *
 * @module
 */
import { join } from "node:path";
import { type Chaff } from "../../tests/support/chaff.ts";
import { ChaffError, chaffTitle, isSameChaff, loadChaff, spliceChaff } from "../course/chaff.ts";
import { type Chapter } from "../course/chapters.ts";
import { areAlike, fingerprint, type Verdict } from "../course/diagnosis.ts";
import { type Files, readSolution } from "../course/files.ts";
import { type Lab, type Trial } from "./lab.ts";
import { TypeChecker } from "./type-check.ts";

/** A complaint begins with it when two can't be told apart. */
export const LOOKALIKE = "fails in just the same way as";

/** What came of one wrong answer. */
export interface ChaffResult {
  readonly chaff: Chaff;
  /** Empty when it is caught as it should be. */
  readonly complaints: readonly string[];
  /** Null when it could not be tried. */
  readonly verdict: Verdict | null;
}

/** How the wrong answers of a chapter are tried. */
export interface ChaffOptions {
  /** Which of them; all if not given. */
  readonly wanted?: (chaff: Chaff) => boolean;
  /** What is recorded: none that is tried may look like another one. */
  readonly recorded?: readonly Verdict[];
  /**
   * Whether of each only those tests run that are recorded to fail, and the one that is to catch it: a few instead of
   * all that reach its exercise.
   */
  readonly quick?: boolean;
}

/** Tries the wrong answers of a chapter. */
export async function tryChaff(
  root: string,
  chapter: Chapter,
  lab: Lab,
  { wanted = () => true, recorded = [], quick = false }: ChaffOptions = {},
): Promise<ChaffResult[]> {
  const solution = readSolution(root, chapter);
  const checker = new TypeChecker(root);
  const all = (await loadChaff(root, chapter)).filter(wanted);
  const others = recorded.filter((verdict) => !all.some((chaff) => isSameChaff(chaff, verdict)));
  const results = await Promise.all(
    all.map(async (chaff): Promise<ChaffResult> => {
      let files: Files;
      try {
        files = makeChaff(root, chapter, solution, chaff, checker);
      } catch (error) {
        if (!(error instanceof ChaffError)) throw error;
        return { chaff, complaints: [error.message], verdict: null };
      }
      const isCaught = (done: Trial): boolean => complaintsAbout(chaff, done).length === 0;
      const known = quick ? recorded.find((one) => isSameChaff(chaff, one)) : undefined;
      const titles = known === undefined ? null : new Set([chaff.caughtBy, ...Object.keys(known.failing)]);
      const trial = await lab.try(chapter, files, isCaught, (title) => title === chaff.exercise, titles);
      const verdict = { exercise: chaff.exercise, name: chaff.name, failing: fingerprint(trial.tests) };
      return { chaff, complaints: complaintsAbout(chaff, trial), verdict };
    }),
  );
  return results.map((result, i) => withLookalike(result, [...others, ...verdictsOf(results.slice(0, i))]));
}

/**
 * The chapter's files with the wrong answer in them.
 *
 * @throws ChaffError when it can't be spliced, or the compiler refuses it
 */
export function makeChaff(root: string, chapter: Chapter, solution: Files, chaff: Chaff, checker: TypeChecker): Files {
  const { file, text } = spliceChaff(solution, chaff);
  const refused = checker.check(join(root, "solutions", chapter.folder, file), text)[0];
  if (refused !== undefined) throw new ChaffError(`the compiler refuses it: ${refused}`);
  return new Map(solution).set(file, text);
}

function complaintsAbout({ caughtBy }: Chaff, { tests, errors }: Trial): string[] {
  const failing = Object.keys(fingerprint(tests));
  if (errors.length > 0 && failing.length === 0) return [`it breaks outside of any test: ${errors[0]}`];
  if (failing.length === 0) return ["all tests are green: nothing catches it"];
  if (failing.includes(caughtBy)) return [];
  return [`not caught by "${caughtBy}", but by ${failing.map((title) => `"${title}"`).join(", ")}`];
}

function withLookalike(result: ChaffResult, before: readonly Verdict[]): ChaffResult {
  const { verdict } = result;
  if (verdict === null || result.complaints.length > 0) return result;
  const alike = before.find((other) => areAlike(other, verdict));
  if (alike === undefined) return result;
  return { ...result, complaints: [`${LOOKALIKE} ${chaffTitle(alike)}`] };
}

/** The verdicts of all wrong answers that could be tried. */
export function verdictsOf(results: readonly ChaffResult[]): Verdict[] {
  return results.flatMap(({ verdict }) => (verdict === null ? [] : [verdict]));
}
