/**
 * `npm run hint 3.2`: the next of three hints. Asking costs nothing.
 *
 * @module
 */
import { listChapters, ROOT } from "../course/chapters.ts";
import { HINTS_AN_EXERCISE, readHints, SeenHints } from "../course/hints.ts";
import { BadRequest, learnersChapters, select } from "../course/selection.ts";
import { bold, cyan } from "../run/colours.ts";

/** @returns the exit code */
export function hint([word]: readonly string[], root: string = ROOT): number {
  const selection = word === undefined ? null : select(root, learnersChapters(root, listChapters(root)), word);
  const number = selection?.exercise ?? null;
  if (number === null) throw new BadRequest("A hint for which exercise? For example: npm run hint 1.1");
  const hints = readHints(root, selection!.chapters[0]!).get(number);
  if (hints === undefined) throw new BadRequest(`There are no hints for ${number} yet.`);
  const which = new SeenHints(root).next(number);
  const after =
    which < HINTS_AN_EXERCISE
      ? `Another one: ${cyan(`npm run hint ${number}`)}`
      : `That was the last. The reference: ${cyan(`npm run diff ${number}`)}, or take it: ${cyan(`npm run solve ${number}`)}`;
  console.log(`\n${bold(`Hint ${which} of ${HINTS_AN_EXERCISE} for ${number}`)}\n\n${hints[which - 1]!}\n\n${after}\n`);
  return 0;
}
