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
/** In a chapter's `given/`: what puts the parts together. */
const ASSEMBLY = "assembly/";

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
    const remark = sizes.map(({ chapter, written, mechanism, assembly, read }) => {
      const state = unopened.includes(chapter.number) ? "; not open to learners yet: it has no lesson" : "";
      const share = Math.round((100 * written) / (written + mechanism));
      return (
        `${chapter.title}: ${written} lines of code to write, ${share} % of it and the ${mechanism} given; ` +
        `${assembly} of assembly; ${read} lines with comments in the files to write${state}`
      );
    });
    const tally = [
      { what: "lines to write", count: sizes.reduce((sum, { written }) => sum + written, 0) },
      { what: "lines read with them", count: sizes.reduce((sum, { mechanism }) => sum + mechanism, 0) },
    ];
    return { ...findings(sizes.length + 1, failures), remark: remark.join("\n"), tally };
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
  /** Lines of code that are given, in files with exercises and in others. */
  readonly mechanism: number;
  /** Lines of code of `given/assembly/`: facades, wiring, managers, transactions. Nobody need read them to write. */
  readonly assembly: number;
}

function sizeOf(root: string, chapter: Chapter): Size {
  const solution = readSolution(root, chapter);
  const folder = join(root, "chapters", chapter.folder, "given");
  const codeOf = (wanted: (name: string) => boolean): number =>
    filesUnder(folder, ".ts")
      .filter(wanted)
      .reduce((sum, name) => sum + codeLines(readFileSync(join(folder, name), "utf8")), 0);
  const written = [...solution].reduce((sum, [name, source]) => sum + writtenLines(name, source), 0);
  const beside = [...solution.values()].reduce((sum, source) => sum + codeLines(source), 0) - written;
  return {
    chapter,
    written,
    read: linesOf(solution),
    mechanism: beside + codeOf((name) => !name.startsWith(ASSEMBLY)),
    assembly: codeOf((name) => name.startsWith(ASSEMBLY)),
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
  return texts.reduce((sum, text) => sum + codeLines(text), 0);
}

function codeLines(text: string): number {
  return text.split("\n").filter((line) => !/^\s*(\/\/.*|\/?\*.*)?$/.test(line)).length;
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
