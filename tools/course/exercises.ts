/**
 * Exercises, found by their `@exercise 3.2 BufferPool.allocate` tags. Read with a regular expression, so that
 * commands start fast; the stub generator parses the same tags properly and checks them.
 *
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type Chapter, filesUnder } from "./chapters.ts";
import { placeInLesson, readLesson } from "./lesson.ts";

/** One function or method that is the learner's to write. */
export interface Exercise {
  /** `3.2`: several functions may share it. */
  readonly number: string;
  /** `BufferPool.allocate`. */
  readonly name: string;
  /** `3.2 BufferPool.allocate`: unique in the course. */
  readonly title: string;
  /** Where it stands: a path relative to the tree's root, and the line of its declaration. */
  readonly file: string;
  readonly line: number;
}

const TAG = /@exercise\s+(\d+\.\d+)[ \t]+(\S[^\n]*)/g;

/**
 * The exercises of a chapter, in the order in which its lesson names them, as they stand under `parent`: the
 * reference's or the learner's.
 */
export function listExercises(root: string, chapter: Chapter, parent: "solutions" | "chapters"): Exercise[] {
  const folder = join(root, parent, chapter.folder);
  // A copy of a file beside it misleads nobody: what stands twice is taken from the file that the reference has, too.
  const isKnown = (name: string): boolean => existsSync(join(root, "solutions", chapter.folder, name));
  const names = filesUnder(folder, ".ts").sort((a, b) => Number(isKnown(b)) - Number(isKnown(a)));
  const all = names.flatMap((name) =>
    exercisesIn(readFileSync(join(folder, name), "utf8"), join(parent, chapter.folder, name)),
  );
  const found = all.filter(({ title, file }) => all.find((one) => one.title === title)!.file === file);
  const lesson = readLesson(root, chapter);
  const placed = found.map((exercise) => {
    const [inFiles, own] = placeInLesson(lesson, exercise.number, basename(exercise.file), exercise.name);
    return { exercise, inFiles, own };
  });
  const order = (a: number, b: number): number => (a === b ? 0 : a - b);
  placed.sort(
    (a, b) =>
      compareNumbers(a.exercise.number, b.exercise.number) || order(a.inFiles, b.inFiles) || order(a.own, b.own),
  );
  return placed.map(({ exercise }) => exercise);
}

/** The exercises in one file's text. */
export function exercisesIn(source: string, file: string): Exercise[] {
  return [...source.matchAll(TAG)].map((match) => {
    const number = match[1]!;
    const name = match[2]!.replace(/\*\/.*$/, "").trim();
    const commentEnd = source.indexOf("*/", match.index);
    const declaration = source.indexOf("\n", commentEnd) + 1;
    const line = source.slice(0, declaration).split("\n").length;
    return { number, name, title: `${number} ${name}`, file, line };
  });
}

/** Whether `3.4 RecordAccumulator.ready` belongs to a number: 3.40 is another one. */
export function isOf(title: string, number: string): boolean {
  return title.startsWith(`${number} `);
}

/** Orders `3.2` before `3.10`. */
export function compareNumbers(a: string, b: string): number {
  const [chapterA = 0, rankA = 0] = a.split(".").map(Number);
  const [chapterB = 0, rankB = 0] = b.split(".").map(Number);
  return chapterA - chapterB || rankA - rankB;
}

/** The distinct numbers of `exercises`, in order. */
export function numbersOf(exercises: readonly Exercise[]): string[] {
  return [...new Set(exercises.map((exercise) => exercise.number))].sort(compareNumbers);
}
