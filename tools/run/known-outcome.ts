/**
 * Outcomes of chapters, remembered: `npm run status` doesn't run again what hasn't changed.
 *
 * @module
 */
import { Cache, keyOf, keyOfTree } from "../course/cache.ts";
import { type Chapter } from "../course/chapters.ts";
import { readWork } from "../course/work.ts";
import { type ChapterOutcome, runChapter } from "./run-chapter.ts";

/** A key from all that a run of a chapter's tests depends on, but the learner's files of that chapter. */
export function keyOfRun(root: string, chapter: Chapter): string {
  const paths = ["package.json", "package-lock.json", "vitest.config.ts", "chapters/00-ground", "solutions"];
  const tests = ["tests/support", "tests/golden", `tests/${chapter.folder}`, "tools/run", "tools/course"];
  const counts = (path: string): boolean => !/\/(chaff|alternatives)\/|hints\.md$/.test(path);
  return keyOfTree(root, [...paths, ...tests], counts);
}

/** The outcome of a chapter's tests on the learner's code: the remembered one, if nothing has changed since. */
export async function knownOutcome(root: string, chapter: Chapter): Promise<ChapterOutcome> {
  const cache = new Cache<ChapterOutcome>(root, "outcomes");
  const key = keyOf(keyOfRun(root, chapter), ...[...readWork(root, chapter)].flat());
  const known = cache.get(key);
  if (known !== undefined) return known;
  const outcome = await runChapter(root, chapter);
  if (outcome.result.broken === null) cache.set(key, outcome);
  return outcome;
}
