/**
 * The texts of a chapter's files, as the reference has them and as the learner does.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Chapter, filesUnder } from "./chapters.ts";

/** File name (relative to the chapter's folder) → text. */
export type Files = ReadonlyMap<string, string>;

/** All TypeScript files of a chapter's reference. */
export function readSolution(root: string, chapter: Chapter): Files {
  return readTypeScript(join(root, "solutions", chapter.folder));
}

/** All TypeScript files under `folder`, by their path in it. */
export function readTypeScript(folder: string): Files {
  return new Map(filesUnder(folder, ".ts").map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}

/** The learner's files of a chapter. */
export function readWork(root: string, chapter: Chapter): Files {
  return readTypeScript(join(root, "chapters", chapter.folder));
}
