/**
 * `npm run status`: where you are, exercise by exercise, and whether something changed that isn't yours to change.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { listChapters, ROOT } from "../course/chapters.ts";
import { changedGivenFiles } from "../course/given-files.ts";
import { type Exercise } from "../course/exercises.ts";
import { type Effort, effortsIn, readLesson } from "../course/lesson.ts";
import { learnersChapters, noWords } from "../course/selection.ts";
import { bold, cyan, dim, green, yellow } from "../run/colours.ts";
import { assess } from "../run/assess.ts";
import { type ExerciseProgress, type ExerciseState } from "../run/exercise-progress.ts";
import { lineWidth, wrap } from "../run/wrap.ts";

/** Columns before the names: `  ✓ 1.1   `. */
const INDENT = 10;
const SIGNS: Record<ExerciseState, string> = { done: "✓", begun: "◐", open: "○" };

/** @returns the exit code: always 0 */
export async function status(args: readonly string[], root: string = ROOT): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { core: { type: "boolean" } },
  });
  noWords(positionals);
  let here: string | null = null;
  for (const chapter of learnersChapters(root, listChapters(root))) {
    const efforts = effortsIn(readLesson(root, chapter));
    const isWanted = ({ number, state }: ExerciseProgress): boolean => {
      const { optional = false, needed = false } = efforts.get(number) ?? {};
      return values.core !== true || !optional || (needed && state !== "done");
    };
    const progress = (await assess(root, chapter)).filter(isWanted);
    if (progress.length === 0) continue;
    console.log(`\n${sign(wholeState(progress.map(({ state }) => state)))} ${bold(chapter.title)}`);
    for (const { number, state, passed, total, exercises, remark } of progress) {
      const isHere = here === null && state !== "done";
      if (isHere) here = number;
      const effort = state === "done" ? "" : effortText(efforts.get(number));
      const count = (state === "begun" ? `  ${passed} of ${total} tests` : "") + effort;
      const mark = isHere ? "  ← you are here" : "";
      const names = namesOf(exercises, lineWidth() - INDENT - count.length - mark.length);
      console.log(`  ${sign(state)} ${number.padEnd(5)} ${names}${dim(count)}${bold(mark)}`);
      const remarks = remark === undefined ? [] : wrap(remark, lineWidth() - INDENT);
      for (const line of remarks) console.log(`${" ".repeat(INDENT)}${yellow(line)}`);
    }
  }
  console.log("");
  if (here !== null) console.log(`Go on: ${cyan(`npm test ${here}`)}`);
  reportGivenFiles(root);
  return 0;
}

function effortText(effort: Effort | undefined): string {
  if (effort === undefined) return "";
  const { minutes, optional, needed } = effort;
  return `  ${minutes} min${needed ? ", or solve it" : optional ? ", optional" : ""}`;
}

function wholeState(states: readonly ExerciseState[]): ExerciseState {
  const [first = "open"] = states;
  return states.every((state) => state === first) ? first : "begun";
}

function sign(state: ExerciseState): string {
  const paint = { done: green, begun: yellow, open: dim }[state];
  return paint(SIGNS[state]);
}

function namesOf(exercises: readonly Exercise[], mostColumns: number): string {
  const names = exercises.map(({ name }) => name);
  const first = (count: number): string => names.slice(0, count).join(", ") + (count < names.length ? ", …" : "");
  let shown = names.length;
  while (shown > 1 && first(shown).length > mostColumns) shown -= 1;
  return first(shown);
}

function reportGivenFiles(root: string): void {
  const changed = changedGivenFiles(root);
  if (changed.length === 0) return;
  console.log(yellow(`\nChanged, although not yours to change (write under chapters/01… to 19…):`));
  for (const file of changed.slice(0, 20)) console.log(`  ${file}`);
  if (changed.length > 20) console.log(`  … and ${changed.length - 20} more`);
}
