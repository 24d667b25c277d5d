/**
 * The texts of a chapter's files, as the reference has them and as the learner does.
 *
 * @module
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Chapter, filesUnder } from "./chapters.ts";

/** File name (relative to the chapter's folder) → text. */
export type Files = ReadonlyMap<string, string>;

/** All TypeScript files of a chapter's reference. */
export function readSolution(root: string, chapter: Chapter): Files {
  return readTypeScript(join(root, "solutions", chapter.folder));
}

/** A chapter's other right solutions, by name: each the files that stand in for the reference's. */
export function readAlternatives(root: string, chapter: Chapter): Map<string, Files> {
  const folder = join(root, "tests", chapter.folder, "alternatives");
  const entries = existsSync(folder) ? readdirSync(folder, { withFileTypes: true }) : [];
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  return new Map(names.sort().map((name) => [name, readTypeScript(join(folder, name))]));
}

/** What is given in a chapter, by its path in the chapter's folder: `given/index.ts`, … */
export function readGiven(root: string, chapter: Chapter): Files {
  const folder = join(root, "chapters", chapter.folder);
  const names = filesUnder(folder, ".ts").filter((name) => name.startsWith("given/"));
  return new Map(names.map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}

/** All TypeScript files under `folder`, by their path in it, but those of `given/`. */
export function readTypeScript(folder: string): Files {
  const names = filesUnder(folder, ".ts").filter((name) => !name.startsWith("given/"));
  return new Map(names.map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}

/** The learner's files of a chapter: what is given in it isn't theirs. */
export function readWork(root: string, chapter: Chapter): Files {
  return readTypeScript(join(root, "chapters", chapter.folder));
}
