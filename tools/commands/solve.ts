/**
 * `npm run solve 3`, `solve 3.2`, `solve 1-3`: takes the reference: of whole chapters, or of one exercise only.
 * What was there is saved under .attempts/ first.
 *
 * @module
 */
import { type Chapter, listChapters, ROOT } from "../course/chapters.ts";
import { listExercises } from "../course/exercises.ts";
import { readSolution, readWork } from "../course/files.ts";
import { graft } from "../course/graft.ts";
import { BadRequest, learnersChapters, oneWord, select } from "../course/selection.ts";
import { stubsOf } from "../course/stubs.ts";
import { writeChapter } from "../course/work.ts";
import { countOf } from "../run/wrap.ts";

/** @returns the exit code */
export function solve(words: readonly string[], root: string = ROOT): number {
  const word = oneWord(words);
  const selection = select(root, learnersChapters(root, listChapters(root)), word);
  if (selection === null) throw new BadRequest("Solve what? For example: npm run solve 3, solve 3.2 or solve 1-3");
  const { exercise } = selection;
  if (exercise !== null) return solveExercise(root, selection.chapters[0]!, exercise);
  for (const chapter of selection.chapters) {
    report(chapter, writeChapter(root, chapter, readSolution(root, chapter)));
    console.log(`Check it: npm test ${chapter.number}`);
  }
  return 0;
}

function solveExercise(root: string, chapter: Chapter, number: string): number {
  const solution = readSolution(root, chapter);
  const work = readWork(root, chapter);
  const start = work.size === 0 ? stubsOf(solution) : work;
  const wanted = new Set(
    listExercises(root, chapter, "solutions")
      .filter((exercise) => exercise.number === number)
      .map(({ title }) => title),
  );
  const { files, taken, notFound } = graft(start, solution, (title) => wanted.has(title));
  if (notFound.length > 0) {
    console.log(`Not found in your files: ${notFound.join(", ")}. (Was the @exercise tag removed?)`);
    console.log(`See the reference with: npm run diff ${number}`);
  }
  if (taken.length === 0) return 1;
  report(chapter, writeChapter(root, chapter, files));
  console.log(`Taken from the reference: ${taken.join(", ")}`);
  console.log(`Check it: npm test ${number}`);
  return notFound.length > 0 ? 1 : 0;
}

function report(chapter: Chapter, { changed, savedTo }: { changed: number; savedTo: string | null }): void {
  const what = changed === 0 ? "nothing to change" : `${countOf(changed, "file")} changed`;
  console.log(`chapters/${chapter.folder}: ${what}`);
  if (savedTo !== null) console.log(`What was there is in ${savedTo}`);
}
