/**
 * `npm run stubs`: writes chapters/NN-name/*.ts from solutions/NN-name. For authors. A README is never touched,
 * and what differs from the new stubs is first saved under .attempts/.
 *
 * @module
 */
import { hasSolution, listChapters, ROOT } from "../course/chapters.ts";
import { readSolution } from "../course/files.ts";
import { checkRules } from "../course/rules.ts";
import { noWords } from "../course/selection.ts";
import { stubsOf } from "../course/stubs.ts";
import { writeChapter } from "../course/work.ts";
import { countOf } from "../run/wrap.ts";

/** @returns the exit code */
export function stubs(args: readonly string[], root: string = ROOT): number {
  noWords(args);
  const chapters = listChapters(root).filter((chapter) => hasSolution(root, chapter));
  let failed = false;
  for (const chapter of chapters) {
    const solution = readSolution(root, chapter);
    const complaints = checkRules(chapter, solution);
    if (complaints.length > 0) {
      console.error(complaints.join("\n"));
      failed = true;
      continue;
    }
    const { changed, savedTo } = writeChapter(root, chapter, stubsOf(solution));
    const saved = savedTo === null ? "" : ` (what was there: ${savedTo})`;
    const what = changed === 0 ? "current" : `${countOf(changed, "file")} written`;
    console.log(`chapters/${chapter.folder}: ${what}${saved}`);
  }
  return failed ? 1 : 0;
}
