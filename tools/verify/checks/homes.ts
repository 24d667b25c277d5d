/**
 * One home for every line: no file stands twice, the reference stays short enough to be read to its end, and it is
 * said how much of each chapter a learner writes.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Chapter, filesUnder, hasSolution } from "../../course/chapters.ts";
import { type Files, readSolution } from "../../course/files.ts";
import { unopenedChapters } from "../../course/selection.ts";
import { findTags } from "../../course/tagged.ts";
import { type Check, findings } from "../check.ts";

/** Lines of `solutions/`, comments included. */
const MOST_LINES_OF_A_CHAPTER = 1600;
const MOST_LINES_OF_01_TO_05 = 6500;

export const homes: Check = {
  name: "one home for every line",
  aboutExercises: false,
  async run({ root, chapters }) {
    const withSolution = chapters.filter((chapter) => hasSolution(root, chapter));
    const sizes = withSolution.map((chapter) => sizeOf(root, chapter));
    const first = sizes.filter(({ chapter }) => chapter.number <= 5).reduce((sum, { read }) => sum + read, 0);
    const failures = [
      ...twins(root),
      ...sizes.flatMap(({ chapter, read }) => tooLong(`solutions/${chapter.folder}`, read, MOST_LINES_OF_A_CHAPTER)),
      ...tooLong("solutions/ 01 to 05", first, MOST_LINES_OF_01_TO_05),
    ];
    const unopened = unopenedChapters(root, chapters).map(({ number }) => number);
    const remark = sizes.map(({ chapter, written, read, given }) => {
      const state = unopened.includes(chapter.number) ? "; not open to learners yet: it has no lesson" : "";
      return `${chapter.title}: ${written} lines to write, ${read} to read with them, ${given} given${state}`;
    });
    return { ...findings(sizes.length + 1, failures), remark: remark.join("\n") };
  },
};

function tooLong(what: string, lines: number, most: number): string[] {
  return lines > most ? [`${what}: ${lines} lines, ${most} at most`] : [];
}

interface Size {
  readonly chapter: Chapter;
  /** Lines of code that stubs lack. */
  readonly written: number;
  /** All lines of the files with exercises. */
  readonly read: number;
  readonly given: number;
}

function sizeOf(root: string, chapter: Chapter): Size {
  const solution = readSolution(root, chapter);
  const folder = join(root, "chapters", chapter.folder, "given");
  const given = filesUnder(folder, ".ts").map((name) => readFileSync(join(folder, name), "utf8"));
  return {
    chapter,
    written: [...solution].reduce((sum, [name, source]) => sum + writtenLines(name, source), 0),
    read: linesOf(solution),
    given: given.reduce((sum, text) => sum + text.split("\n").length - 1, 0),
  };
}

function linesOf(files: Files): number {
  return [...files.values()].reduce((sum, text) => sum + text.split("\n").length - 1, 0);
}

/** Lines of the exercises' bodies and of the helpers that only the solution needs; no comments, no empty lines. */
function writtenLines(name: string, source: string): number {
  const { exercises, helpers } = findTags(name, source);
  const bodies = exercises.flatMap(({ body }) => (body === null ? [] : [body.getText().replace(/^\{|\}$/g, "")]));
  const texts = [...bodies, ...helpers.map((helper) => helper.getText())];
  return texts.flatMap((text) => text.split("\n")).filter((line) => !/^\s*(\/\/.*|\/?\*.*)?$/.test(line)).length;
}

/** Files of the reference that stand among the learner's with the same content, or among what is given. */
function twins(root: string): string[] {
  const homes = new Map<string, string>();
  return ["chapters", "solutions"].flatMap((parent) =>
    filesUnder(join(root, parent), ".ts").flatMap((name) => {
      const path = `${parent}/${name}`;
      const content = createHash("sha256").update(readFileSync(join(root, path))).digest("hex");
      const before = homes.get(content);
      homes.set(content, path);
      return before === undefined ? [] : [`${path} is the same as ${before}: one of them is too many`];
    }),
  );
}
