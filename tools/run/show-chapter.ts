/**
 * Shows the outcome of a chapter: its bar, and if something is red the first failing test, nothing else.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Chapter, hasSolution, listChapters } from "../course/chapters.ts";
import { diagnose, readVerdicts } from "../course/diagnosis.ts";
import { type Exercise, listExercises, numbersOf } from "../course/exercises.ts";
import { changedGivenFiles } from "../course/given-files.ts";
import { invariantsIn, readLesson } from "../course/lesson.ts";
import { learnersChapters } from "../course/selection.ts";
import { parseTitle } from "../course/titles.ts";
import { barLine } from "./bar.ts";
import { bold, cyan, dim } from "./colours.ts";
import { type Failure, type TestReport } from "./events.ts";
import { failureText } from "./failure-text.ts";
import { keepTimeline } from "./keep-timeline.ts";
import { type ChapterOutcome, isExercise } from "./run-chapter.ts";
import { shortPath } from "./run-tests.ts";
import { isUnwritten } from "./verdict.ts";
import { lineWidth, wrap } from "./wrap.ts";

/** What else is known of the run. */
export interface ShowOptions {
  /** The run followed `--seed`: its values are others than the recorded ones. */
  readonly seeded?: boolean;
  /** Only tests up to this exercise ran. */
  readonly upTo?: string | null;
  /** Chapters that are given ran on the learner's code below them, too. */
  readonly onMine?: boolean;
}

/**
 * The first test that isn't green. Within an exercise, what is wrong comes before what isn't written yet, and that in
 * the order of the lesson.
 *
 * @param exercises - the chapter's, in the order of its lesson
 */
export function firstRed(
  { tests }: Pick<ChapterOutcome, "tests">,
  exercises: readonly Exercise[] = [],
): TestReport | undefined {
  const red = tests.filter(({ state }) => state === "failed");
  const exerciseOf = ({ title }: TestReport): string | null => parseTitle(title).exercise;
  const first = red.filter((test) => exerciseOf(test) === exerciseOf(red[0]!));
  const waitsFor = ({ stubs }: TestReport): number => exercises.findIndex(({ title }) => title === stubs[0]);
  const unwritten = [...first].sort((a, b) => waitsFor(a) - waitsFor(b));
  return first.find((test) => !isUnwritten(test)) ?? unwritten[0];
}

/** Whether everything is green. */
export function isGreen(outcome: ChapterOutcome): boolean {
  const { failedFiles, unhandled, broken } = outcome.result;
  return firstRed(outcome) === undefined && failedFiles.length + unhandled.length === 0 && broken === null;
}

/** The chapter's bar. */
export function chapterBar(root: string, outcome: ChapterOutcome): string {
  const { chapter, tests } = outcome;
  const counted = tests.filter(({ state }) => state !== "skipped");
  const passed = counted.filter(({ state }) => state === "passed").length;
  const skipped = tests.length - counted.length;
  const remarks = [
    ...(chapter.number === 0 && isGreen(outcome) ? ["your setup works"] : []),
    ...(skipped > 0 ? [`${skipped} skipped`] : []),
  ];
  return barLine(chapter, passed, counted.length, remarks.join(", "));
}

/** What is to be said below the bar when something is red, as lines. */
export function redText(root: string, outcome: ChapterOutcome, options: ShowOptions = {}): string[] {
  const { chapter, tests, result } = outcome;
  const unloadable = result.failedFiles[0];
  const exercises = listExercises(root, chapter, "chapters");
  const red = unloadable === undefined ? firstRed(outcome, exercises) : loadFailure(unloadable);
  const report = red ?? outsideTests(outcome);
  const mine = hasSolution(root, chapter);
  const looksLike = options.seeded === true ? null : diagnose(tests, readVerdicts(root, chapter));
  const text = failureText(report, {
    root,
    codeFolder: `chapters/${chapter.folder}`,
    exercises,
    invariants: invariantsIn(readLesson(root, chapter)),
    looksLike,
    trace: keepTimeline(root, report),
    logs: result.logs.filter(({ title }) => title === report.title).map(({ text: log }) => log),
    changedGiven: report.stubs.length > 0 ? [] : changedGivenFiles(root).filter((path) => mattersTo(chapter, path)),
  });
  if (!mine) return [...text, "", ...(options.onMine === true ? onMineText() : setupText())];
  return report.stubs.length === 0 ? text : [...openingOf(outcome), ...text];
}

/** Whether a given file has a part in a chapter's run. */
function mattersTo({ number, folder }: Chapter, path: string): boolean {
  if (/\/(chaff|alternatives)\/|\.md$/.test(path)) return false;
  const [, parent, place] = /^(chapters|solutions|tests)\/([^/]+)\//.exec(path) ?? [];
  if (parent === "tests") return [folder, "support", "golden"].includes(place!);
  return place !== undefined && Number(place.slice(0, 2)) <= number;
}

/** On a chapter of which nothing is written yet. */
function openingOf({ chapter, tests }: ChapterOutcome): string[] {
  const own = tests.filter(isExercise);
  if (own.length === 0 || !own.every(isUnwritten)) return [];
  const lesson = cyan(`chapters/${chapter.folder}/README.md`);
  return [bold(`Chapter ${chapter.number} is yours to write.`) + ` The lesson: ${lesson}`, ""];
}

function onMineText(): string[] {
  return wrap(
    "This test is given, and runs on all of your chapters at once. On the reference it is green: which chapter of " +
      "yours it is, `npm start -- --mine N` may show.",
    lineWidth(),
  );
}

function setupText(): string[] {
  return wrap(
    "This code is given, and its tests should be green before you write a line. Try `npm ci`; then " +
      "`npm run status`, which says whether a given file has changed.",
    lineWidth(),
  );
}

/** An error that no test caught, such as a promise that nobody awaited. */
function outsideTests({ result, tests }: ChapterOutcome): TestReport {
  return reportOf(tests.at(-1)?.file ?? "", "", result.unhandled);
}

/** A test file, or something that it imports, that does not load. */
function loadFailure({ file, failures }: { file: string; failures: readonly Failure[] }): TestReport {
  return reportOf(file, "the tests could not start", failures);
}

function reportOf(file: string, title: string, failures: readonly Failure[]): TestReport {
  const stub = failures.find(({ name }) => name === "NotImplementedError");
  const stubs = stub === undefined ? [] : [stub.message.replace(/ is yours to write$/, "")];
  return { file, title, index: 0, state: "failed", stubs, failures, durationMs: 0 };
}

/** What to do next, when everything asked for is green. */
export function greenText(root: string, { chapter }: ChapterOutcome, upTo: string | null): string[] {
  const exercises = listExercises(root, chapter, "chapters");
  if (upTo !== null) {
    const numbers = numbersOf(exercises);
    const next = exercises.find(({ number }) => number === numbers[numbers.indexOf(upTo) + 1]);
    if (next === undefined) {
      return [`${upTo} is done, the last of chapter ${chapter.number}. Next: ${cyan(`npm test ${chapter.number}`)}`];
    }
    return [`${upTo} is done. Next: ${bold(next.title)}`, `  ${cyan(`${next.file}:${next.line}`)}`];
  }
  if (exercises.length === 0) return [];
  const { number } = chapter;
  const hasDemo = existsSync(join(root, "tools/demos", `${chapter.folder.slice(0, 2)}.ts`));
  const demo = hasDemo ? [`See it work on your code: ${cyan(`npm run demo ${number} -- --mine ${number}`)}`] : [];
  const following = learnersChapters(root, listChapters(root)).find((other) => other.number > number);
  const lesson = following === undefined ? null : cyan(`chapters/${following.folder}/README.md`);
  const all = `All of it on your code: ${cyan("npm start -- --mine")}`;
  const next = lesson === null ? all : `The next lesson: ${lesson}`;
  return [bold(`Chapter ${number} is done.`), ...demo, next];
}

/** Console output of a green run: a learner who writes `console.log` wants to see it. */
export function looseLogs(root: string, { result }: ChapterOutcome): string[] {
  if (result.logs.length === 0) return [];
  const lines = result.logs.flatMap(({ title, text }) => [dim(title ?? "console"), `  ${text.trimEnd()}`]);
  return ["", ...lines.slice(0, 60)].map((line) => shortPath(root, line));
}

/** The chapters' progress while tests run. */
export function liveBar(chapter: Chapter, passed: number, collected: number): string {
  return barLine(chapter, passed, Math.max(collected, passed));
}
