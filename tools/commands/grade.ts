/**
 * `npm run grade`: points for every exercise; `-- --json` for classrooms.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { listChapters, ROOT } from "../course/chapters.ts";
import { learnersChapters, select } from "../course/selection.ts";
import { bold } from "../run/colours.ts";
import { assess } from "../run/assess.ts";
import { type ExerciseProgress } from "../run/exercise-progress.ts";

/** Points for an exercise whose tests are all green. */
const POINTS = 10;

/** One line of the result. */
interface Grade {
  readonly exercise: string;
  readonly points: number;
  readonly of: number;
  readonly testsPassed: number;
  readonly tests: number;
  /** Why it has been ended, or what is missing. */
  readonly remark?: string;
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
    grades.push(...(await assess(root, chapter)).map(gradeOf));
  }
  const [points, of] = [sum(grades.map((one) => one.points)), sum(grades.map((one) => one.of))];
  if (values.json === true) {
    console.log(JSON.stringify({ points, of, exercises: grades }, null, 2));
    return 0;
  }
  for (const { exercise, points: own, of: most, testsPassed, tests, remark } of grades) {
    const counted = tests === 0 ? "" : `${testsPassed} of ${tests} tests`;
    const said = [counted, remark].filter((text) => text !== undefined && text !== "").join("; ");
    console.log(`  ${exercise.padEnd(6)} ${String(own).padStart(3)} of ${most}   ${said}`);
  }
  console.log(bold(`  total  ${String(points).padStart(3)} of ${of}`));
  return 0;
}

/** Full points for all tests; for some, their share, rounded down: never full. */
function gradeOf({ number, passed, total, remark }: ExerciseProgress): Grade {
  const points = total === 0 ? 0 : Math.floor((POINTS * passed) / total);
  const said = remark === undefined ? {} : { remark };
  return { exercise: number, points, of: POINTS, testsPassed: passed, tests: total, ...said };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
