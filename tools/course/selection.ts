/**
 * What a person asks for: `npm test`, `npm test 3`, `npm test 3.2`, `npm run solve 1-3`, or nothing, from inside a
 * chapter's folder.
 *
 * @module
 */
import { join, relative, sep } from "node:path";
import { type Chapter } from "./chapters.ts";
import { listExercises, numbersOf } from "./exercises.ts";
import { readLesson } from "./lesson.ts";

/** A request that can't be fulfilled; the message is for the person who made it. */
export class BadRequest extends Error {}

/** Chapters, or the exercises of one chapter up to a number. */
export interface Selection {
  readonly chapters: readonly Chapter[];
  /** `3.2`, when one exercise was asked for. */
  readonly exercise: string | null;
}

/**
 * Understands `3`, `3.2` and `1-3`; without a word, the chapter in whose folder the person stands, or null.
 *
 * @param chapters - those that may be chosen
 * @throws BadRequest
 */
export function select(
  root: string,
  chapters: readonly Chapter[],
  word: string | undefined,
  standingIn: string | undefined = process.env["INIT_CWD"],
): Selection | null {
  if (word === undefined) {
    const here = standingIn === undefined ? undefined : chapterAt(root, chapters, standingIn);
    return here === undefined ? null : { chapters: [here], exercise: null };
  }
  const match = /^(\d{1,2})(?:\.(\d{1,2})|-(\d{1,2}))?$/.exec(word);
  if (match === null) throw new BadRequest(`"${word}" is neither a chapter, such as 3, nor an exercise, such as 3.2.`);
  const first = Number(match[1]);
  if (match[3] !== undefined) {
    const range = chapters.filter(({ number }) => number >= first && number <= Number(match[3]));
    if (range.length === 0) throw new BadRequest(`There are no chapters ${word}; ${whatThereIs(chapters)}.`);
    return { chapters: range, exercise: null };
  }
  const chapter = chapters.find(({ number }) => number === first);
  if (chapter === undefined) throw new BadRequest(`There is no chapter ${first}; ${whatThereIs(chapters)}.`);
  if (match[2] === undefined) return { chapters: [chapter], exercise: null };
  const exercise = `${first}.${Number(match[2])}`;
  const numbers = numbersOf(listExercises(root, chapter, "solutions"));
  if (!numbers.includes(exercise)) {
    throw new BadRequest(`There is no exercise ${exercise}; chapter ${first} has ${numbers.join(", ") || "none"}.`);
  }
  return { chapters: [chapter], exercise };
}

/**
 * The one word that a command takes, if any.
 * @throws BadRequest when there are more: all but the first would silently be left out
 */
export function oneWord(words: readonly string[]): string | undefined {
  if (words.length > 1) {
    const got = `${words.length}: ${words.join(" ")}`;
    throw new BadRequest(`One chapter or exercise at a time, such as ${words[0]}; got ${got}.`);
  }
  return words[0];
}

/** For a command that takes nothing. @throws BadRequest: what was given would silently be left out */
export function noWords(words: readonly string[]): void {
  if (words.length > 0) throw new BadRequest(`This takes no arguments; got ${words.join(" ")}.`);
}

/** Understands a whole number. @param what - begins the sentence: `A seed` @throws BadRequest */
export function wholeNumber(what: string, text: string): number {
  if (/^-?\d+$/.test(text)) return Number(text);
  throw new BadRequest(`${what} is a whole number, such as 42, not "${text}".`);
}

function whatThereIs(chapters: readonly Chapter[]): string {
  return `there are ${chapters.map(({ number }) => number).join(", ")}`;
}

function chapterAt(root: string, chapters: readonly Chapter[], folder: string): Chapter | undefined {
  return chapters.find((chapter) =>
    ["chapters", "solutions", "tests"].some((parent) => {
      const path = relative(join(root, parent, chapter.folder), folder);
      return path === "" || (path !== ".." && !path.startsWith(`..${sep}`));
    }),
  );
}

/** The chapters that are open to learners: those that have exercises, and a lesson that leads to them. */
export function learnersChapters(root: string, chapters: readonly Chapter[]): Chapter[] {
  return withExercises(root, chapters).filter((chapter) => readLesson(root, chapter) !== "");
}

/** Chapters whose exercises are being written: without a lesson nobody is sent there yet. */
export function unopenedChapters(root: string, chapters: readonly Chapter[]): Chapter[] {
  return withExercises(root, chapters).filter((chapter) => readLesson(root, chapter) === "");
}

function withExercises(root: string, chapters: readonly Chapter[]): Chapter[] {
  return chapters.filter((chapter) => listExercises(root, chapter, "solutions").length > 0);
}
