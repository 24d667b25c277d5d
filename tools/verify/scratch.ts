/**
 * Scratch copies of the tree, in the system's folder for temporary files: verify tries stubs and wrong answers there
 * and leaves the tree itself alone.
 *
 * @module
 */
import { accessSync, chmodSync, constants, cpSync, existsSync, mkdirSync, mkdtempSync } from "node:fs";
import { readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Chapter, hasSolution, listChapters } from "../course/chapters.ts";
import { type Files, readSolution, readWork } from "../course/files.ts";
import { stubsOf } from "../course/stubs.ts";
import { differences } from "../course/work.ts";
import { ProgressFile } from "../run/progress.ts";
import { type ChapterOutcome, chapterRun, type ChapterRunOptions, outcomeOf } from "../run/run-chapter.ts";
import { type Only, TestServer } from "../run/test-server.ts";

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

function canWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** The copy of what is only to be read would be only to be read, too. */
function makeWritable(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) makeWritable(join(folder, entry.name));
    else chmodSync(join(folder, entry.name), 0o644);
  }
}

/** When a run is taken to hang. */
export type RunLimits = Pick<ChapterRunOptions, "stallMs" | "testTimeoutMs">;

/** One scratch copy. */
export class Scratch {
  readonly root: string;
  readonly #files = new Map<string, Files>();
  readonly #progress = new ProgressFile();
  #served: { readonly chapter: Chapter; readonly server: TestServer } | null = null;

  constructor(from: string) {
    // The real path: a link in it, as /tmp is on macOS, would give every file two names.
    this.root = realpathSync(mkdtempSync(join(tmpdir(), "katafka-scratch-")));
    for (const name of COPIED) {
      if (existsSync(join(from, name))) cpSync(join(from, name), join(this.root, name), { recursive: true });
    }
    if (!canWrite(from)) makeWritable(this.root);
    rmSync(join(this.root, "docs/api"), { recursive: true, force: true });
    symlinkSync(join(from, "node_modules"), join(this.root, "node_modules"));
  }

  /** Makes every chapter be the stubs, as on a fresh clone. */
  resetToStubs(): void {
    for (const chapter of listChapters(this.root).filter((one) => hasSolution(this.root, one))) {
      this.writeChapter(chapter, stubsOf(readSolution(this.root, chapter)));
    }
  }

  /** Makes a chapter's TypeScript files be exactly `files`. @returns the paths of those that have changed */
  writeChapter(chapter: Chapter, files: Files): string[] {
    const folder = join(this.root, "chapters", chapter.folder);
    const there = this.#files.get(chapter.folder) ?? readWork(this.root, chapter);
    const changed = differences(there, files);
    for (const name of changed) {
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
    return changed.map((name) => join(folder, name));
  }

  /**
   * Runs a chapter's tests on these files. Several versions of one chapter, one after the other, are cheap.
   *
   * @param only - if not all of them: those that shall run, of files in this copy
   * @param untilFirstFailure - whether the first test that fails ends the run
   */
  async run(
    chapter: Chapter,
    files: Files,
    limits: RunLimits,
    only: Only = null,
    untilFirstFailure = false,
  ): Promise<ChapterOutcome> {
    const changed = this.writeChapter(chapter, files);
    if (this.#served?.chapter !== chapter) {
      this.#served?.server.close();
      const server = new TestServer(chapterRun(this.root, chapter, limits), this.#progress);
      this.#served = { chapter, server };
    }
    return outcomeOf(chapter, await this.#served.server.run(changed, only, untilFirstFailure), null);
  }

  remove(): void {
    this.#served?.server.close();
    this.#progress.remove();
    rmSync(this.root, { recursive: true, force: true });
  }
}
