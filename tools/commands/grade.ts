/**
 * `npm run grade`: points for every exercise; `-- --json` for classrooms.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { listChapters, ROOT } from "../course/chapters.ts";
import { learnersChapters, select } from "../course/selection.ts";
import { bold } from "../run/colours.ts";
import { type ExerciseProgress, progressOf } from "../run/exercise-progress.ts";
import { knownOutcome } from "../run/known-outcome.ts";

/** Points for an exercise whose tests are all green. */
const POINTS = 10;

/** One line of the result. */
interface Grade {
  readonly exercise: string;
  readonly points: number;
  readonly of: number;
  readonly testsPassed: number;
  readonly tests: number;
}

/** @returns the exit code: 0, whatever the points */
export async function grade(args: readonly string[], root: string = ROOT): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { json: { type: "boolean" } },
  });
  const learners = learnersChapters(root, listChapters(root));
  const chapters = select(root, learners, positionals[0])?.chapters ?? learners;
  const grades: Grade[] = [];
  for (const chapter of chapters) {
    grades.push(...progressOf(root, await knownOutcome(root, chapter)).map(gradeOf));
  }
  const [points, of] = [sum(grades.map((one) => one.points)), sum(grades.map((one) => one.of))];
  if (values.json === true) {
    console.log(JSON.stringify({ points, of, exercises: grades }, null, 2));
    return 0;
  }
  for (const { exercise, points: own, of: most, testsPassed, tests } of grades) {
    console.log(`  ${exercise.padEnd(6)} ${String(own).padStart(3)} of ${most}   ${testsPassed} of ${tests} tests`);
  }
  console.log(bold(`  total  ${String(points).padStart(3)} of ${of}`));
  return 0;
}

/** Full points for all tests; for some, their share, rounded down: never full. */
function gradeOf({ number, passed, total }: ExerciseProgress): Grade {
  const points = total === 0 ? 0 : Math.floor((POINTS * passed) / total);
  return { exercise: number, points, of: POINTS, testsPassed: passed, tests: total };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
