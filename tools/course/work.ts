/**
 * The learner's work: the TypeScript files of a chapter's folder. Before any command overwrites them they are
 * saved under .attempts/, so that nothing a person wrote is ever lost.
 *
 * @module
 */
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Chapter } from "./chapters.ts";
import { type Files, readSolution, readWork } from "./files.ts";
import { stubsOf } from "./stubs.ts";

/** Names of the files that differ between two versions of a chapter, sorted. */
export function differences(a: Files, b: Files): string[] {
  const names = new Set([...a.keys(), ...b.keys()]);
  return [...names].filter((name) => a.get(name) !== b.get(name)).sort();
}

/** Whether the learner has changed anything in a chapter: it is neither as generated nor missing. */
export function isUntouched(root: string, chapter: Chapter): boolean {
  const work = readWork(root, chapter);
  return work.size === 0 || differences(work, stubsOf(readSolution(root, chapter))).length === 0;
}

/**
 * Makes a chapter's TypeScript files be exactly `files`; other files, such as the README, stay. What changes or
 * goes is saved first.
 *
 * @returns how many files changed, and where the old ones are (null when nothing had to be saved)
 */
export function writeChapter(
  root: string,
  chapter: Chapter,
  files: Files,
  now: Date = new Date(),
): { changed: number; savedTo: string | null } {
  const work = readWork(root, chapter);
  const changed = differences(work, files);
  const savedTo = changed.some((name) => work.has(name)) ? saveAttempt(root, chapter, now) : null;
  for (const name of changed) {
    const path = join(root, "chapters", chapter.folder, name);
    const text = files.get(name);
    if (text === undefined) {
      rmSync(path);
    } else {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
  }
  return { changed: changed.length, savedTo };
}

/** Copies a chapter's folder to `.attempts/05-log/2025-01-31T10-20-30`; returns that path, relative to `root`. */
export function saveAttempt(root: string, chapter: Chapter, now: Date = new Date()): string {
  const to = attemptFolder(root, chapter.folder, now);
  cpSync(join(root, "chapters", chapter.folder), join(root, to), { recursive: true });
  return to;
}

/** A folder that isn't there yet, for what is to be saved now: `.attempts/05-log/2025-01-31T10-20-30`. */
export function attemptFolder(root: string, what: string, now: Date = new Date()): string {
  const stamp = now.toISOString().slice(0, 19).replaceAll(":", "-");
  let folder = join(".attempts", what, stamp);
  for (let again = 2; existsSync(join(root, folder)); again++) folder = join(".attempts", what, `${stamp}-${again}`);
  return folder;
}
