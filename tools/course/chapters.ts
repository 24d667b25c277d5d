/**
 * The chapters, read from the folders: `chapters/NN-name`, `solutions/NN-name`, `tests/NN-name`. Nothing else
 * knows how many there are.
 *
 * @module
 */
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder that holds package.json. */
export const ROOT: string = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

/** One chapter. */
export interface Chapter {
  /** As in its exercises' numbers: 5 for `5.2`. */
  readonly number: number;
  /** Folder under chapters/, solutions/ and tests/: `05-log`. */
  readonly folder: string;
  /** For people: `05 log`. */
  readonly title: string;
}

/** All chapters under `root`, in order: those with a folder in chapters/ or solutions/. */
export function listChapters(root: string): Chapter[] {
  const folders = new Set<string>();
  for (const parent of ["chapters", "solutions"]) {
    if (!existsSync(join(root, parent))) continue;
    for (const entry of readdirSync(join(root, parent), { withFileTypes: true })) {
      if (entry.isDirectory() && /^\d\d-/.test(entry.name)) folders.add(entry.name);
    }
  }
  return [...folders].sort().map(chapterOf);
}

/** The chapter in the folder called `folder`. */
export function chapterOf(folder: string): Chapter {
  return { number: Number(folder.slice(0, 2)), folder, title: `${folder.slice(0, 2)} ${folder.slice(3)}` };
}

/** Whether a chapter has a reference, and so stubs: the others are given. */
export function hasSolution(root: string, chapter: Chapter): boolean {
  return existsSync(join(root, "solutions", chapter.folder));
}

/**
 * The folders under chapters/ that hold no learner's file: `chapters/00-ground`, `chapters/05-log/given`, … A chapter
 * has a folder `given` beside its stubs, or is given as a whole.
 *
 * @param upTo - leaves out chapters with a higher number
 */
export function givenFolders(root: string, upTo: number = Infinity): string[] {
  const chapters = listChapters(root).filter(({ number }) => number <= upTo);
  return chapters.flatMap(({ folder }) => {
    const [whole, part] = [join("chapters", folder), join("chapters", folder, "given")];
    if (existsSync(join(root, part))) return [part];
    return existsSync(join(root, "solutions", folder)) ? [] : [whole];
  });
}

/** The condition under which node, vitest and tsc take the reference of a chapter. */
export function conditionOf(chapter: number): string {
  return `solution-${String(chapter).padStart(2, "0")}`;
}

/** Conditions for the reference in every chapter that has one but those in `mine`. */
export function conditions(root: string, mine: readonly number[] = []): string[] {
  return listChapters(root)
    .filter((chapter) => hasSolution(root, chapter) && !mine.includes(chapter.number))
    .map((chapter) => conditionOf(chapter.number));
}

/** All files under `folder` whose name ends in `suffix`, as paths relative to it, sorted; none when it is missing. */
export function filesUnder(folder: string, suffix: string): string[] {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(suffix))
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}
