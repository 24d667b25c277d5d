/**
 * `npm run test:mine`: everything on your code at once, also where one chapter of yours uses another.
 * `npm run test:solutions`: everything on the reference.
 *
 * @module
 */
import { hasSolution, listChapters, ROOT } from "../course/chapters.ts";
import { noWords } from "../course/selection.ts";
import { hasTests, runChapter } from "../run/run-chapter.ts";
import { chapterBar, isGreen, redText } from "../run/show-chapter.ts";

/** @returns the exit code */
export function testMine(args: readonly string[], root: string = ROOT): Promise<number> {
  noWords(args);
  const all = listChapters(root).filter((chapter) => hasSolution(root, chapter));
  return testAll(root, all.map(({ number }) => number));
}

/** @returns the exit code */
export function testSolutions(args: readonly string[], root: string = ROOT): Promise<number> {
  noWords(args);
  return testAll(root, []);
}

/** Stops at the first chapter that is red. */
async function testAll(root: string, mine: readonly number[]): Promise<number> {
  console.log("");
  for (const chapter of listChapters(root).filter((one) => hasTests(root, one))) {
    const outcome = await runChapter(root, chapter, { mine });
    if (outcome.result.broken === "interrupted") return 130;
    console.log(chapterBar(root, outcome));
    if (isGreen(outcome)) continue;
    console.log(["", ...redText(root, outcome), ""].join("\n"));
    return 1;
  }
  return 0;
}
