/**
 * How far each exercise of a chapter is, whatever the learner's code does. Where a run doesn't come to its end, each
 * exercise is tried by itself, in order: what loops, crashes or does not load costs that exercise alone, and the
 * reference's body stands in for it while the others are tried.
 *
 * @module
 */
import { basename } from "node:path";
import { type Chapter } from "../course/chapters.ts";
import { readVerdicts } from "../course/diagnosis.ts";
import { exercisesIn, isOf, listExercises, numbersOf } from "../course/exercises.ts";
import { type Files, readSolution, readWork } from "../course/files.ts";
import { graft } from "../course/graft.ts";
import { culpritsIn, syntaxErrorIn } from "../course/mend.ts";
import { parseTitle } from "../course/titles.ts";
import { Scratch } from "../verify/scratch.ts";
import { type Failure, type TestReport } from "./events.ts";
import { type ExerciseProgress, progressOf } from "./exercise-progress.ts";
import { knownOutcome } from "./known-outcome.ts";
import { type ChapterOutcome, LEARNERS_LIMITS } from "./run-chapter.ts";
import { type Broken, Interrupted, type RunResult, STALL_MS } from "./run-tests.ts";

/** Why an exercise has been ended. */
const WHY: Record<Exclude<Broken, "interrupted">, string> = {
  stalled: `ended after ${STALL_MS / 1000} s without progress: an endless loop?`,
  "out of memory": "ended, as it used up all memory",
  died: "its test process ended in the middle",
};

/**
 * The progress of every exercise of a chapter, in order.
 *
 * @throws Interrupted
 */
export async function assess(root: string, chapter: Chapter): Promise<ExerciseProgress[]> {
  const outcome = await knownOutcome(root, chapter);
  const { broken, failedFiles } = outcome.result;
  if (broken === "interrupted") throw new Interrupted();
  const isWhole = broken === null && failedFiles.length === 0 && outcome.tests.length > 0;
  const progress = isWhole ? progressOf(root, outcome) : await new Rescue(root, outcome).progress();
  return progress.map((one) => withMissing(one, missingTitles(root, outcome, one)));
}

/** Titles that the recorded wrong answers name, and that no test has any more: somebody has taken them out. */
function missingTitles(root: string, outcome: ChapterOutcome, { number }: ExerciseProgress): string[] {
  const { chapter, tests, result } = outcome;
  if (result.broken !== null || result.failedFiles.length > 0) return [];
  const there = new Set(tests.map(({ title }) => parseTitle(title).text));
  const named = new Set(readVerdicts(root, chapter).flatMap(({ failing }) => Object.keys(failing)));
  return [...named].filter((title) => parseTitle(title).exercise === number && !there.has(title));
}

function withMissing(progress: ExerciseProgress, missing: readonly string[]): ExerciseProgress {
  if (missing.length === 0) return progress;
  const remark = `${missing.length} of its tests ${missing.length === 1 ? "is" : "are"} missing`;
  const state = progress.state === "done" ? "begun" : progress.state;
  return { ...progress, state, total: progress.total + missing.length, remark };
}

/** One exercise after the other, in a scratch copy. */
class Rescue {
  readonly #root: string;
  readonly #chapter: Chapter;
  readonly #solution: Files;
  /** Number → why it can't be tried. */
  readonly #ended = new Map<string, string>();
  /** The exercise in whose test the whole run was ended, and why. */
  readonly #seen: readonly [number: string | null, why: string] | null;
  #files: Files;

  constructor(root: string, { chapter, result: { broken, running } }: ChapterOutcome) {
    this.#root = root;
    const why = broken === null || broken === "interrupted" ? null : WHY[broken];
    this.#seen = why === null ? null : [parseTitle(running.test ?? "").exercise, why];
    this.#chapter = chapter;
    this.#solution = readSolution(root, chapter);
    this.#files = readWork(root, chapter);
  }

  async progress(): Promise<ExerciseProgress[]> {
    this.#mend();
    const scratch = new Scratch(this.#root);
    const tests: TestReport[] = [];
    try {
      for (const number of numbersOf(listExercises(this.#root, this.#chapter, "solutions"))) {
        if (!this.#ended.has(number)) tests.push(...(await this.#try(scratch, number)));
      }
    } finally {
      scratch.remove();
    }
    const result = { broken: null } as RunResult;
    return progressOf(this.#root, { chapter: this.#chapter, tests, result }).map((one) => {
      const remark = this.#ended.get(one.number);
      if (remark !== undefined) return { ...one, state: "open", passed: 0, remark };
      return one.total > 0 ? one : { ...one, remark: "its tests did not run" };
    });
  }

  /** Files that are missing, or that the compiler can't read. */
  #mend(): void {
    for (const [name, source] of this.#solution) {
      const mine = this.#files.get(name);
      if (mine === undefined) {
        this.#give(name, source, "its file is missing");
        continue;
      }
      const error = syntaxErrorIn(name, mine);
      if (error === null) continue;
      const mended = culpritsIn(name, mine, source);
      if (mended === null) this.#give(name, source, `its file does not load: ${error}`);
      else {
        this.#files = new Map(this.#files).set(name, mended.text);
        this.#end(mended.numbers, `its file does not load: ${error}`);
      }
    }
  }

  /** The tests of one exercise. What breaks the run is its own, as lower ones are well, or replaced. */
  async #try(scratch: Scratch, number: string): Promise<TestReport[]> {
    const [seen, why] = this.#seen ?? [];
    if (seen === number && this.#ended.size === 0) return this.#replace(number, why!);
    const pattern = `(^| )${number.replace(".", "\\.")}(?!\\d)`;
    for (;;) {
      const { tests, result } = await scratch.run(this.#chapter, this.#files, LEARNERS_LIMITS, pattern);
      if (result.broken === "interrupted") throw new Interrupted();
      const unloadable = result.failedFiles[0];
      if (unloadable !== undefined && this.#giveUnloadable(unloadable.failures)) {
        if (this.#ended.has(number)) return [];
        continue;
      }
      if (result.broken === null) return tests.filter(({ title }) => parseTitle(title).exercise === number);
      return this.#replace(number, WHY[result.broken]);
    }
  }

  /** The reference's body stands in while the others are tried. @returns no tests */
  #replace(number: string, why: string): [] {
    this.#end([number], why);
    this.#files = graft(this.#files, this.#solution, (title) => isOf(title, number)).files;
    return [];
  }

  /** A file of the learner's that throws while it loads. @returns whether one was found and replaced */
  #giveUnloadable(failures: readonly Failure[]): boolean {
    const told = failures.flatMap(({ message, frames }) => [message, ...frames.map(({ file }) => file)]).join("\n");
    const mine = [...this.#solution].filter(([name, source]) => this.#files.get(name) !== source);
    const named = mine.filter(([name]) => told.includes(`chapters/${this.#chapter.folder}/${name}`));
    const [culprit] = named.length > 0 ? named : mine;
    if (culprit === undefined) return false;
    this.#give(...culprit, `its file does not load: ${failures[0]?.message.split("\n")[0] ?? ""}`);
    return true;
  }

  #give(name: string, source: string, why: string): void {
    this.#files = new Map(this.#files).set(name, source);
    this.#end(numbersOf(exercisesIn(source, name)), `${basename(name)}: ${why}`);
  }

  #end(numbers: readonly string[], why: string): void {
    for (const number of numbers) this.#ended.set(number, this.#ended.get(number) ?? why);
  }
}
