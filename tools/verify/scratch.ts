/**
 * Scratch copies of the tree, in the system's folder for temporary files: verify tries stubs and wrong answers there
 * and leaves the tree itself alone.
 *
 * @module
 */
import { cpSync, existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Chapter, hasSolution, listChapters } from "../course/chapters.ts";
import { type Files, readSolution, readTypeScript, stubsOf } from "../course/stubs.ts";
import { differences } from "../course/work.ts";

/** What a copy holds of the tree; node_modules is linked. */
const COPIED = [
  "package.json",
  "tsconfig.json",
  "vitest.config.ts",
  ".oxlintrc.json",
  "README.md",
  "chapters",
  "solutions",
  "tests",
  "tools",
  "docs",
];

/** One scratch copy. */
export class Scratch {
  readonly root: string;
  readonly #files = new Map<string, Files>();

  constructor(from: string) {
    // The real path: a link in it, as /tmp is on macOS, would give every file two names.
    this.root = realpathSync(mkdtempSync(join(tmpdir(), "katafka-scratch-")));
    for (const name of COPIED) {
      if (existsSync(join(from, name))) cpSync(join(from, name), join(this.root, name), { recursive: true });
    }
    rmSync(join(this.root, "docs/api"), { recursive: true, force: true });
    symlinkSync(join(from, "node_modules"), join(this.root, "node_modules"));
  }

  /** Makes every chapter be the stubs, as on a fresh clone. */
  resetToStubs(): void {
    for (const chapter of listChapters(this.root).filter((one) => hasSolution(this.root, one))) {
      this.writeChapter(chapter, stubsOf(readSolution(this.root, chapter)));
    }
  }

  /** Makes a chapter's TypeScript files be exactly `files`. */
  writeChapter(chapter: Chapter, files: Files): void {
    const folder = join(this.root, "chapters", chapter.folder);
    const there = this.#files.get(chapter.folder) ?? readTypeScript(folder);
    for (const name of differences(there, files)) {
      const text = files.get(name);
      const path = join(folder, name);
      if (text === undefined) {
        rmSync(path);
      } else {
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, text);
      }
    }
    this.#files.set(chapter.folder, files);
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
