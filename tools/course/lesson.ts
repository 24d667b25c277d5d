/**
 * What the tools read from a lesson, chapters/NN-name/README.md: its invariants, and the order of its exercises.
 *
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Chapter } from "./chapters.ts";

/** The lesson's text, or the empty string while there is none. */
export function readLesson(root: string, chapter: Chapter): string {
  const path = join(root, "chapters", chapter.folder, "README.md");
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

/** The lesson's invariants: `I3` → its statement, as one line of plain text. */
export function invariantsIn(lesson: string): Map<string, string> {
  const invariants = new Map<string, string>();
  const section = lesson.split(/^#+ /m).find((text) => /^[^\n]*invariants/i.test(text)) ?? "";
  // A statement begins where a line begins with its name, and ends at an empty line or the next statement.
  for (const text of section.split(/\n\s*\n|\n(?=[ \t]*(?:[-*] +|\d+\. +)?\**I\d+\b)/)) {
    const match = /^\s*(?:[-*] +|\d+\. +)?\**(I\d+)\b[.:]?\**[.:]?\s+([\s\S]+)$/.exec(text);
    if (match !== null) invariants.set(match[1]!, match[2]!.replace(/\s+/g, " ").replaceAll("**", "").trim());
  }
  return invariants;
}

/**
 * Where the lesson speaks of a function: its file's place and its own in the section of its exercise, each Infinity
 * when it isn't named there. In that order one writes them.
 *
 * @param number - of the exercise: `3.2`
 * @param file - the name of its file: `buffer-pool.ts`
 * @param name - of the function: `BufferPool.allocate`
 */
export function placeInLesson(lesson: string, number: string, file: string, name: string): [file: number, own: number] {
  const heading = new RegExp(`^#+ ${number.replace(".", "\\.")}(?!\\d)`, "m");
  const start = heading.exec(lesson)?.index ?? -1;
  if (start === -1) return [Infinity, Infinity];
  const end = lesson.indexOf("\n#", start + 1);
  const section = lesson.slice(start, end === -1 ? undefined : end);
  const placeOf = (...words: string[]): number =>
    words.map((word) => section.indexOf(`\`${word}\``)).find((place) => place >= 0) ?? Infinity;
  const [owner, method] = name.split(".");
  return [placeOf(file), method === undefined ? placeOf(name) : placeOf(name, method, owner!)];
}

/**
 * What the heading of an exercise says of it: `### 3.4 When is a batch due? (30 min)`, `(30 min, optional)`, or, of one
 * that the core needs, `(30 min, or solve it)`.
 */
export interface Effort {
  readonly minutes: number;
  /** Not part of the core, which fits two days. */
  readonly optional: boolean;
  /** Not part of the core, but of use in it: `npm run solve 3.2` takes the reference. */
  readonly needed: boolean;
}

/** The efforts of a lesson's exercises, by number; of those that say nothing there is none. */
export function effortsIn(lesson: string): Map<string, Effort> {
  const headings = lesson.matchAll(/^#+ (\d+\.\d+) [^\n]*\((\d+) min(, optional|, or solve it)?\)[ \t]*$/gm);
  return new Map(
    [...headings].map(([, number, minutes, rest]) => [
      number!,
      { minutes: Number(minutes), optional: rest !== undefined, needed: rest === ", or solve it" },
    ]),
  );
}
