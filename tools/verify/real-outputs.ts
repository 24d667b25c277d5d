/**
 * Makes the texts that lessons show: runs our own commands in a scratch copy, as on a fresh clone, and shows what the
 * reporter says of a wrong answer.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { loadChaff, spliceChaff } from "../course/chaff.ts";
import { type Chapter, hasSolution, listChapters } from "../course/chapters.ts";
import { isOf } from "../course/exercises.ts";
import { readSolution } from "../course/files.ts";
import { brokenIn, type Pasted, pastedIn } from "../course/pasted.ts";
import { guides, lessons } from "../docs/pages.ts";
import { captureNode } from "../run/capture.ts";
import { runChapter } from "../run/run-chapter.ts";
import { redText } from "../run/show-chapter.ts";
import { Scratch } from "./scratch.ts";

/** A document with blocks, and what they should hold. */
export interface Document {
  /** Relative to the root. */
  readonly path: string;
  readonly markdown: string;
  readonly blocks: readonly Pasted[];
  /** The real text of each block, or why there is none. */
  readonly real: readonly ({ text: string } | { problem: string })[];
  /** Comments without a block. */
  readonly broken: readonly string[];
}

/** Documents that have blocks: the lessons, the README, the guides. @param isWanted - takes those of these paths */
export async function realOutputs(root: string, isWanted = (_path: string): boolean => true): Promise<Document[]> {
  const pages = [...lessons(root), ...guides(root)].map(({ path }) => path);
  const documents: Document[] = [];
  for (const path of ["README.md", ...pages].filter(isWanted)) {
    const markdown = readFileSync(join(root, path), "utf8");
    const [blocks, broken] = [pastedIn(markdown), brokenIn(markdown)];
    if (blocks.length + broken.length === 0) continue;
    const real: Document["real"][number][] = [];
    for (const block of blocks) real.push(await realText(root, block));
    documents.push({ path, markdown, blocks, real, broken });
  }
  return documents;
}

function realText(root: string, { kind, what }: Pasted): Promise<{ text: string } | { problem: string }> {
  return kind === "output" ? outputOf(root, what) : failureOf(root, what);
}

/** Output of `npm test …` or `npm run …`, without npm. The exit code may be any: failing tests are worth showing. */
async function outputOf(root: string, command: string): Promise<{ text: string } | { problem: string }> {
  const match = /^npm (?:run (?<script>[\w:-]+)|(?<test>test))(?<args>( .*)?)$/.exec(command);
  if (match === null) return { problem: `"${command}" is none of our npm scripts` };
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: Record<string, string> };
  const script = manifest.scripts[match.groups!["script"] ?? "test"];
  if (script?.startsWith("node ") !== true) return { problem: `"${command}" is none of our npm scripts` };
  const args = match.groups!["args"]!.split(" ").filter((arg) => arg !== "" && arg !== "--");
  const scratch = new Scratch(root);
  try {
    scratch.resetToStubs();
    const { stdout, stderr } = await captureNode(scratch.root, [...script.split(" ").slice(1), ...args]);
    if (stdout.trim() === "") return { problem: `"${command}" printed nothing; its errors: ${stderr.trim()}` };
    return { text: tidy(stdout, scratch.root) };
  } finally {
    scratch.remove();
  }
}

/** What the reporter shows to a learner who has made one of the known mistakes. */
async function failureOf(root: string, what: string): Promise<{ text: string } | { problem: string }> {
  const [, number, name] = /^(\d+\.\d+) (.+)$/.exec(what) ?? [];
  const chapter = chapterWith(root, number);
  const all = chapter === undefined ? [] : await loadChaff(root, chapter);
  const chaff = all.find((one) => one.name === name && isOf(one.exercise, number!));
  if (chapter === undefined || chaff === undefined) return { problem: `there is no wrong answer "${what}"` };
  const solution = readSolution(root, chapter);
  const { file, text } = spliceChaff(solution, chaff);
  const scratch = new Scratch(root);
  try {
    scratch.writeChapter(chapter, new Map(solution).set(file, text));
    const outcome = await runChapter(scratch.root, chapter);
    return { text: tidy(redText(scratch.root, outcome).join("\n"), scratch.root) };
  } finally {
    scratch.remove();
  }
}

function chapterWith(root: string, number: string | undefined): Chapter | undefined {
  return listChapters(root).find((one) => hasSolution(root, one) && one.number === Number(number?.split(".")[0]));
}

function tidy(text: string, scratchRoot: string): string {
  const lines = text.replaceAll(`${scratchRoot}/`, "").split("\n").map((line) => line.trimEnd());
  return `${lines.join("\n").replace(/^\n+/, "").trimEnd()}\n`;
}
