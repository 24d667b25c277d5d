/**
 * Runs one chapter's tests on the learner's code, the reference everywhere else.
 *
 * @module
 */
import { join } from "node:path";
import { type Chapter, filesUnder, hasSolution } from "../course/chapters.ts";
import { listExercises, numbersOf } from "../course/exercises.ts";
import { effortsIn, readLesson } from "../course/lesson.ts";
import { parseTitle } from "../course/titles.ts";
import { type TestReport } from "./events.ts";
import { type RunOptions, type RunResult, runTests, STALL_MS } from "./run-tests.ts";
import { outcomes } from "./verdict.ts";

/** A test that takes this long is taken to have failed; one that merely waits has failed long before. */
const TEST_TIMEOUT_MS = 5_000;
/** For a run of a learner's code that isn't a whole chapter's. */
export const LEARNERS_LIMITS = { stallMs: STALL_MS, testTimeoutMs: TEST_TIMEOUT_MS } as const;

/** One chapter's tests, in the order in which a learner meets them. */
export interface ChapterOutcome {
  readonly chapter: Chapter;
  readonly tests: readonly TestReport[];
  readonly result: RunResult;
}

type Passed = "seed" | "inspect" | "onEvent" | "stallMs" | "testTimeoutMs";

/** What may be asked of a run of a chapter. */
export interface ChapterRunOptions extends Pick<RunOptions, Passed> {
  /** Only the tests of exercises up to this one. */
  readonly upTo?: string | null;
  /** Without the tests of exercises that the lesson calls optional. */
  readonly core?: boolean;
  /** Also other chapters on the learner's code. */
  readonly mine?: readonly number[];
}

/** The options with which a chapter runs. */
export function chapterRun(root: string, chapter: Chapter, options: ChapterRunOptions = {}): RunOptions {
  const { upTo = null, core = false, mine = hasSolution(root, chapter) ? [chapter.number] : [], ...rest } = options;
  const timeout = chapter.number === 0 || chapter.number >= 20 ? {} : { testTimeoutMs: TEST_TIMEOUT_MS };
  const pattern = upTo === null && !core ? {} : { pattern: patternOf(root, chapter, upTo, core) };
  return { root, paths: [`tests/${chapter.folder}/`], mine, ...timeout, ...pattern, ...rest };
}

/** Runs a chapter's tests once. */
export async function runChapter(
  root: string,
  chapter: Chapter,
  options: ChapterRunOptions = {},
): Promise<ChapterOutcome> {
  const result = await runTests(chapterRun(root, chapter, options));
  return outcomeOf(chapter, result, options.upTo ?? null, options.core);
}

/** Puts a run's tests in order; those that were filtered out are left out. */
export function outcomeOf(chapter: Chapter, result: RunResult, upTo: string | null, core = false): ChapterOutcome {
  const isAll = upTo === null && !core;
  const tests = outcomes(result).filter(({ state }) => isAll || state !== "skipped");
  return { chapter, tests, result };
}

/** Whether a chapter has any tests. */
export function hasTests(root: string, chapter: Chapter): boolean {
  return filesUnder(join(root, "tests", chapter.folder), ".test.ts").length > 0;
}

/** Whether a test belongs to an exercise of this chapter (the given ones don't). */
export function isExercise({ title }: TestReport): boolean {
  return parseTitle(title).exercise !== null;
}

/** Matches the full names of given tests, and of those of exercises up to `last`: 3.1 is not 3.10. */
function patternOf(root: string, chapter: Chapter, last: string | null, core: boolean): RegExp {
  const numbers = numbersOf(listExercises(root, chapter, "solutions"));
  const efforts = effortsIn(readLesson(root, chapter));
  const upTo = last === null ? numbers : numbers.slice(0, numbers.indexOf(last) + 1);
  const wanted = upTo.filter((number) => !core || efforts.get(number)?.optional !== true);
  const ranks = wanted.map((number) => number.split(".")[1]);
  return new RegExp(`(^| )(given: |${chapter.number}\\.(${ranks.join("|")})(?!\\d))`);
}
