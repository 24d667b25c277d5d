/**
 * Hints: tests/NN-name/hints.md holds a section `## 3.2` for each exercise, with an ordered list of exactly three.
 *
 * @module
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Chapter } from "./chapters.ts";

/** Hints an exercise has: a question, the mechanism, the shape of the code. */
export const HINTS_AN_EXERCISE = 3;

/** A chapter's hints: `3.2` → its three hints, each as Markdown text. */
export function readHints(root: string, chapter: Chapter): Map<string, string[]> {
  const path = join(root, "tests", chapter.folder, "hints.md");
  return existsSync(path) ? parseHints(readFileSync(path, "utf8")) : new Map();
}

/** Reads the sections of a hints file. */
export function parseHints(text: string): Map<string, string[]> {
  const hints = new Map<string, string[]>();
  for (const section of text.split(/^## +/m).slice(1)) {
    const number = /^\d+\.\d+/.exec(section)?.[0];
    if (number === undefined) continue;
    const items = section.split(/^\d+\. +/m).slice(1);
    hints.set(number, items.map((item) => item.replace(/^ {2,4}/gm, "").trim()));
  }
  return hints;
}

/** Remembers how many hints a learner has seen of each exercise, across runs: under .attempts/. */
export class SeenHints {
  readonly #path: string;

  constructor(root: string) {
    this.#path = join(root, ".attempts", "hints.json");
  }

  /** Counts one more hint of `number` and returns which one it is, from 1; stays at the last. */
  next(number: string): number {
    const seen = this.#read();
    const count = Math.min((seen[number] ?? 0) + 1, HINTS_AN_EXERCISE);
    mkdirSync(dirname(this.#path), { recursive: true });
    writeFileSync(this.#path, `${JSON.stringify({ ...seen, [number]: count }, null, 2)}\n`);
    return count;
  }

  #read(): Record<string, number> {
    try {
      return JSON.parse(readFileSync(this.#path, "utf8")) as Record<string, number>;
    } catch {
      return {}; // none seen yet; a damaged file only costs the count
    }
  }
}
