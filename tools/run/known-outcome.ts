/**
 * Outcomes of chapters, remembered by the content of all that they depend on: what hasn't changed needn't run again.
 *
 * @module
 */
import { Cache, keyOf, keyOfTree } from "../course/cache.ts";
import { type Chapter, givenFolders, listChapters } from "../course/chapters.ts";
import { readWork } from "../course/files.ts";
import { type ChapterOutcome, runChapter } from "./run-chapter.ts";

const CONFIGURATION = ["package.json", "package-lock.json", "vitest.config.ts"];
/** What a run's outcome is made by. */
const MACHINERY = [
  ...["reporter", "run-tests", "run-chapter", "serve-tests", "test-server", "verdict"].map((name) => `run/${name}`),
  "verify/reach",
].map((name) => `tools/${name}.ts`);

/** A key from all that a run of a chapter's tests depends on, but the learner's files of that chapter. */
export function keyOfRun(root: string, chapter: Chapter): string {
  // A chapter imports only lower ones; and its own files are what the memory is about.
  const lower = listChapters(root).filter(({ number }) => number < chapter.number);
  const references = lower.map(({ folder }) => `solutions/${folder}`);
  const given = givenFolders(root, chapter.number);
  const helpers = lower.map(({ folder }) => `tests/${folder}`);
  const tests = [`tests/${chapter.folder}`, ...helpers, "tests/support", "tests/golden"];
  const counts = (path: string): boolean => {
    if (/\/(chaff|alternatives)\/|hints\.md$/.test(path)) return false;
    return !path.endsWith(".test.ts") || path.startsWith(`tests/${chapter.folder}/`);
  };
  return keyOfTree(root, [...CONFIGURATION, ...MACHINERY, ...given, ...references, ...tests], counts);
}

/** The outcome of a chapter's tests on the learner's code: the remembered one, if nothing has changed since. */
export async function knownOutcome(root: string, chapter: Chapter): Promise<ChapterOutcome> {
  const memory = new Memory(root, chapter);
  return memory.outcome() ?? memory.keep(await runChapter(root, chapter));
}

/** The memory of one chapter as it is now: made before a run, it isn't fooled by what is saved meanwhile. */
export class Memory {
  readonly #cache: Cache<ChapterOutcome>;
  readonly #key: string;

  constructor(root: string, chapter: Chapter) {
    this.#cache = new Cache(root, "outcomes");
    this.#key = keyOf(keyOfRun(root, chapter), ...[...readWork(root, chapter)].flat());
  }

  outcome(): ChapterOutcome | undefined {
    return this.#cache.get(this.#key);
  }

  /** Remembers an outcome, unless chance may have had a part in it: a test that took too long, a run that broke. */
  keep(outcome: ChapterOutcome): ChapterOutcome {
    const late = outcome.tests.some(({ failures }) => failures.some(({ message }) => /timed out/.test(message)));
    if (outcome.result.broken === null && !late) this.#cache.set(this.#key, outcome);
    return outcome;
  }
}
