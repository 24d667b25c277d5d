/**
 * `npm run test:mine`: everything on your code at once, also where one chapter of yours uses another; when all of it is
 * green, the end-to-end tests, whose brokers and clients run on your code, too.
 * `npm run test:solutions`: everything on the reference.
 *
 * @module
 */
import { type Chapter, hasSolution, listChapters, ROOT } from "../course/chapters.ts";
import { noWords } from "../course/selection.ts";
import { hasTests, runChapter } from "../run/run-chapter.ts";
import { chapterBar, isGreen, redText } from "../run/show-chapter.ts";

/** No chapter, but shown like one: real processes, real sockets, foreign clients. */
const END_TO_END: Chapter = { number: 99, folder: "e2e", title: "end to end" };
/** Such a test waits for other processes, and says nothing meanwhile. */
const E2E_STALL_MS = 180_000;

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
  for (const chapter of [...listChapters(root), END_TO_END].filter((one) => hasTests(root, one))) {
    const limits = chapter === END_TO_END ? { stallMs: E2E_STALL_MS } : {};
    const outcome = await runChapter(root, chapter, { mine, ...limits });
    if (outcome.result.broken === "interrupted") return 130;
    console.log(chapterBar(root, outcome));
    if (isGreen(outcome)) continue;
    console.log(["", ...redText(root, outcome, { onMine: mine.length > 0 }), ""].join("\n"));
    return 1;
  }
  return 0;
}
