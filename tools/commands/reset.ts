/**
 * `npm run reset 3`: the chapter's stubs again; `npm run reset 3.2`: only that exercise's. What was there is saved
 * under .attempts/ first.
 *
 * @module
 */
import { type Chapter, listChapters, ROOT } from "../course/chapters.ts";
import { type Files, readSolution, readWork } from "../course/files.ts";
import { isOf } from "../course/exercises.ts";
import { graft } from "../course/graft.ts";
import { BadRequest, learnersChapters, oneWord, select } from "../course/selection.ts";
import { stubsOf } from "../course/stubs.ts";
import { writeChapter } from "../course/work.ts";
import { countOf } from "../run/wrap.ts";

/** @returns the exit code */
export function reset(words: readonly string[], root: string = ROOT): number {
  const word = oneWord(words);
  const selection = select(root, learnersChapters(root, listChapters(root)), word);
  if (selection === null) throw new BadRequest("Reset what? For example: npm run reset 3 or reset 3.2");
  for (const chapter of selection.chapters) {
    const stubs = stubsOf(readSolution(root, chapter));
    const files = selection.exercise === null ? stubs : withStubsOf(root, chapter, stubs, selection.exercise);
    const { changed, savedTo } = writeChapter(root, chapter, files);
    const what = changed === 0 ? "was as new already" : `${countOf(changed, "file")} reset`;
    console.log(`chapters/${chapter.folder}: ${what}`);
    if (savedTo !== null) console.log(`Your work is in ${savedTo}`);
  }
  return 0;
}

/** The learner's files, with one exercise unwritten again. */
function withStubsOf(root: string, chapter: Chapter, stubs: Files, number: string): Files {
  const { files, notFound } = graft(readWork(root, chapter), stubs, (title) => isOf(title, number));
  if (notFound.length === 0) return files;
  throw new BadRequest(`Not found in your files: ${notFound.join(", ")}. (Was the @exercise tag removed?)`);
}
