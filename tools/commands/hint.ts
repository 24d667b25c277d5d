/**
 * `npm run hint 3.2`: the next of three hints. Asking costs nothing.
 *
 * @module
 */
import { listChapters, ROOT } from "../course/chapters.ts";
import { HINTS_AN_EXERCISE, readHints, SeenHints } from "../course/hints.ts";
import { BadRequest, learnersChapters, oneWord, select } from "../course/selection.ts";
import { bold, cyan } from "../run/colours.ts";
import { lineWidth, reflow } from "../run/wrap.ts";

/** @returns the exit code */
export function hint(words: readonly string[], root: string = ROOT): number {
  const word = oneWord(words);
  const selection = word === undefined ? null : select(root, learnersChapters(root, listChapters(root)), word);
  const number = selection?.exercise ?? null;
  if (number === null) throw new BadRequest("A hint for which exercise? For example: npm run hint 1.1");
  const hints = readHints(root, selection!.chapters[0]!).get(number);
  if (hints === undefined) throw new BadRequest(`There are no hints for ${number} yet.`);
  const which = new SeenHints(root).next(number);
  const heading = bold(`Hint ${which} of ${HINTS_AN_EXERCISE} for ${number}`);
  console.log(["", heading, "", ...reflow(hints[which - 1]!, lineWidth()), "", ...after(which, number), ""].join("\n"));
  return 0;
}

function after(which: number, number: string): string[] {
  if (which < HINTS_AN_EXERCISE) return [`Another one: ${cyan(`npm run hint ${number}`)}`];
  const [see, take] = [cyan(`npm run diff ${number}`), cyan(`npm run solve ${number}`)];
  return ["That was the last.", `Yours beside the reference: ${see}`, `Take the reference: ${take}`];
}
