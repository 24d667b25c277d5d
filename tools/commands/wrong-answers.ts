/**
 * `npm run wrong-answers`: the wrong answers that the course knows, what is wrong about each, and which test shows it.
 * `npm run wrong-answers 3`: those of chapter 3; `npm run wrong-answers 3.4`: of one exercise. For teachers, and for a
 * learner who was told what a mistake looks like.
 *
 * @module
 */
import { type Chaff } from "../../tests/support/chaff.ts";
import { loadChaff } from "../course/chaff.ts";
import { listChapters, ROOT } from "../course/chapters.ts";
import { isOf } from "../course/exercises.ts";
import { learnersChapters, oneWord, select } from "../course/selection.ts";
import { bold, dim } from "../run/colours.ts";
import { lineWidth, wrap } from "../run/wrap.ts";

/** @returns the exit code */
export async function wrongAnswers(words: readonly string[], root: string = ROOT): Promise<number> {
  const learners = learnersChapters(root, listChapters(root));
  const selection = select(root, learners, oneWord(words));
  for (const chapter of selection?.chapters ?? learners) {
    const number = selection?.exercise ?? null;
    const all = (await loadChaff(root, chapter)).filter((one) => number === null || isOf(one.exercise, number));
    for (const exercise of new Set(all.map((chaff) => chaff.exercise))) {
      console.log(["", bold(exercise), ...all.filter((one) => one.exercise === exercise).flatMap(shown)].join("\n"));
    }
  }
  console.log("");
  return 0;
}

function shown({ name, why, caughtBy }: Chaff): string[] {
  const width = lineWidth() - 4;
  const indented = (text: string): string[] => wrap(text, width).map((line) => `    ${line}`);
  return [`  ${name}`, ...indented(why), ...indented(`shown by ${caughtBy}`).map(dim)];
}
