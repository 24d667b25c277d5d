/**
 * `npm run reset 3`: the chapter's stubs again. What was there is saved under .attempts/ first.
 *
 * @module
 */
import { listChapters, ROOT } from "../course/chapters.ts";
import { BadRequest, learnersChapters, select } from "../course/selection.ts";
import { readSolution, stubsOf } from "../course/stubs.ts";
import { writeChapter } from "../course/work.ts";

/** @returns the exit code */
export function reset([word]: readonly string[], root: string = ROOT): number {
  const selection = select(root, learnersChapters(root, listChapters(root)), word);
  if (selection === null) throw new BadRequest("Reset which chapter? For example: npm run reset 3");
  if (selection.exercise !== null) throw new BadRequest("A chapter is reset as a whole: npm run reset 3");
  for (const chapter of selection.chapters) {
    const { changed, savedTo } = writeChapter(root, chapter, stubsOf(readSolution(root, chapter)));
    console.log(`chapters/${chapter.folder}: ${changed === 0 ? "was as new already" : `${changed} files reset`}`);
    if (savedTo !== null) console.log(`Your work is in ${savedTo}`);
  }
  return 0;
}
