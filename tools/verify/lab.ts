/**
 * The lab: tries versions of a chapter, two at once, each in a scratch copy and in a fresh process.
 *
 * @module
 */
import { join } from "node:path";
import { type Chapter } from "../course/chapters.ts";
import { type Files, readSolution } from "../course/files.ts";
import { type IsStub } from "../course/stubs.ts";
import { type Failure, type TestReport } from "../run/events.ts";
import { keyOfRun } from "../run/known-outcome.ts";
import { Interrupted, type RunResult } from "../run/run-tests.ts";
import { type OnlyTests } from "../run/test-server.ts";
import { inOrder, looseFailures } from "../run/verdict.ts";
import { Cache, keyOf } from "../course/cache.ts";
import { parseTitle } from "../course/titles.ts";
import { type IsWanted, Reach, traced } from "./reach.ts";
import { type RunLimits, Scratch } from "./scratch.ts";

// Generous: two run at once, perhaps on a machine that has more to do, and a verdict must not hang on its speed.
const STALL_MS = 20_000;
const TEST_TIMEOUT_MS = 15_000;
const PATIENT: RunLimits = { stallMs: STALL_MS, testTimeoutMs: TEST_TIMEOUT_MS };
const COPIES = 2;
const NOTHING: Trial = { tests: [], errors: [] };

/** What came of trying one version of a chapter. */
export interface Trial {
  /** In the order in which a learner meets them. */
  readonly tests: readonly TestReport[];
  /** Errors while loading files, or outside of any test. */
  readonly errors: readonly string[];
}

/** Whether a trial of the reference is worth keeping: all ran, and all are green. */
export function isWhole({ tests, errors }: Trial): boolean {
  return errors.length === 0 && tests.length > 0 && tests.every(({ state }) => state !== "failed");
}

/** Two scratch copies and a queue. */
export class Lab {
  readonly #root: string;
  readonly #cache: Cache<Trial>;
  readonly #bases = new Map<string, string>();
  readonly #reaches = new Map<string, Promise<Reach | null>>();
  readonly #all: Scratch[] = [];
  readonly #free: Scratch[] = [];
  readonly #waiting: ((scratch: Scratch) => void)[] = [];
  #closed = false;

  readonly #onTrial: () => void;
  readonly #limits: RunLimits;

  /**
   * @param onTrial - called after every trial: some checks make hundreds
   * @param limits - when a trial is taken to hang
   */
  constructor(root: string, onTrial: () => void = () => {}, limits: RunLimits = PATIENT) {
    this.#root = root;
    this.#limits = limits;
    this.#onTrial = onTrial;
    this.#cache = new Cache(root, "trials");
  }

  /**
   * Runs a chapter's tests on `files` as the learner's code.
   *
   * @param worthKeeping - whether to remember the result: one that nobody expected is tried again next time
   * @param isChanged - if `files` differ from the reference only in the bodies of some exercises: in which; then
   *   only tests that reach those run, and the outcome of the others is the reference's
   * @param titles - if only some of these tests are of interest: which
   */
  async try(
    chapter: Chapter,
    files: Files,
    worthKeeping: (trial: Trial) => boolean,
    isChanged: IsStub | null = null,
    titles: ReadonlySet<string> | null = null,
  ): Promise<Trial> {
    const texts = [...files].flatMap(([name, text]) => [name, text]);
    const key = keyOf(this.#baseOf(chapter), ...texts, ...(titles ?? []));
    const known = this.#cache.get(key);
    if (known !== undefined) return known;
    const isPart = isChanged !== null;
    const trial = await (isPart ? this.#tryPart(chapter, files, isChanged, titles) : this.#run(chapter, files));
    this.#onTrial();
    if (worthKeeping(trial)) this.#cache.set(key, trial);
    return trial;
  }

  /**
   * Whether any test fails on `files`. The first that does ends the run, so that this is cheaper than
   * {@link Lab.try}.
   *
   * @param isChanged - as for {@link Lab.try}
   */
  async anyFails(chapter: Chapter, files: Files, isChanged: IsStub | null): Promise<boolean> {
    const reach = isChanged === null ? null : await this.#reachOf(chapter);
    const only = reach?.testsOf(isChanged!) ?? null;
    if (only?.length === 0) return false;
    const trial = await this.#run(chapter, files, only, true);
    this.#onTrial();
    return !isWhole(trial);
  }

  async #tryPart(
    chapter: Chapter,
    files: Files,
    isChanged: IsStub,
    titles: ReadonlySet<string> | null,
  ): Promise<Trial> {
    const reach = await this.#reachOf(chapter);
    if (reach === null) return this.#run(chapter, files);
    const isWanted: IsWanted = ({ title }) => titles === null || titles.has(parseTitle(title).text);
    const only = reach.testsOf(isChanged, isWanted);
    const { tests, errors } = only.length === 0 ? NOTHING : await this.#run(chapter, files, only);
    return { tests: inOrder(reach.whole(tests, isChanged, isWanted)), errors };
  }

  /** Null when the reference itself isn't green. */
  #reachOf(chapter: Chapter): Promise<Reach | null> {
    const known = this.#reaches.get(chapter.folder);
    if (known !== undefined) return known;
    const trial = this.try(chapter, traced(readSolution(this.#root, chapter)), isWhole);
    const reach = trial.then((done) => (isWhole(done) ? new Reach(done.tests) : null));
    this.#reaches.set(chapter.folder, reach);
    return reach;
  }

  async #run(
    chapter: Chapter,
    files: Files,
    only: readonly OnlyTests[] | null = null,
    untilFirstFailure = false,
  ): Promise<Trial> {
    const scratch = await this.#take();
    try {
      if (this.#closed) throw new Interrupted();
      const there = only?.map(({ file, titles }) => ({ file: join(scratch.root, file), titles })) ?? null;
      const { result, tests } = await scratch.run(chapter, files, this.#limits, there, untilFirstFailure);
      if (result.broken === "interrupted") throw new Interrupted();
      return trialOf(scratch.root, tests, result);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free.push(scratch);
      else next(scratch);
    }
  }

  #take(): Scratch | Promise<Scratch> {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#all.length < COPIES) {
      const scratch = new Scratch(this.#root);
      this.#all.push(scratch);
      return scratch;
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** All that a chapter's run depends on, but the chapter's own files. */
  #baseOf(chapter: Chapter): string {
    const known = this.#bases.get(chapter.folder);
    if (known !== undefined) return known;
    const base = keyOfRun(this.#root, chapter);
    this.#bases.set(chapter.folder, base);
    return base;
  }

  /** Removes the scratch copies. What is still waiting is not tried any more. */
  close(): void {
    this.#closed = true;
    this.#cache.forgetOld();
    for (const scratch of this.#all) scratch.remove();
  }
}

/** Paths are made to look like the tree's own, so that results of two copies compare. */
function trialOf(scratchRoot: string, tests: readonly TestReport[], result: RunResult): Trial {
  const here = (path: string): string => (path.startsWith(scratchRoot) ? path.slice(scratchRoot.length + 1) : path);
  const relative = (failure: Failure): Failure => ({
    ...failure,
    message: failure.message.replaceAll(scratchRoot, "."),
    frames: failure.frames.map((frame) => ({ ...frame, file: here(frame.file) })),
  });
  return {
    tests: tests.map((test) => ({ ...test, file: here(test.file), failures: test.failures.map(relative) })),
    errors: looseFailures(result).map(({ name, message }) => `${name}: ${message.replaceAll(scratchRoot, ".")}`),
  };
}
