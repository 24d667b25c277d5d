/**
 * Red for the right reason, test by test. With one exercise unwritten its tests are red, because of it, and those of
 * lower exercises are green; with the first k written their tests are green whatever follows; with none written
 * every test asks for an exercise of its own chapter that is not above its own; and the core needs nothing of what the
 * lesson calls optional.
 *
 * @module
 */
import { type Chapter } from "../course/chapters.ts";
import { compareNumbers, type Exercise, listExercises, numbersOf } from "../course/exercises.ts";
import { readSolution } from "../course/files.ts";
import { type Effort, effortsIn, readLesson } from "../course/lesson.ts";
import { stubsOf } from "../course/stubs.ts";
import { parseTitle } from "../course/titles.ts";
import { type TestReport } from "../run/events.ts";
import { firstRed } from "../run/show-chapter.ts";
import { type Lab, type Trial } from "./lab.ts";

/** One combination of written and unwritten exercises, and what it must show. */
interface Row {
  readonly name: string;
  readonly isStub: ((number: string) => boolean) | null;
  /** The exercise that comes next. */
  readonly next?: string;
  readonly complaint: (test: TestReport) => string | null;
}

/** Result of one row: empty when it is as it should be. */
export interface RowResult {
  readonly name: string;
  readonly complaints: readonly string[];
}

/** Runs the whole matrix of a chapter. */
export function runMatrix(root: string, chapter: Chapter, lab: Lab): Promise<RowResult[]> {
  const solution = readSolution(root, chapter);
  const exercises = listExercises(root, chapter, "solutions");
  const efforts = effortsIn(readLesson(root, chapter));
  const rows = [...rowsOf(numbersOf(exercises)), ...coreRow(numbersOf(exercises), efforts)];
  return Promise.all(
    rows.map(async ({ name, isStub, next = null, complaint }) => {
      const isChanged = (title: string): boolean => isStub?.(title.split(" ")[0]!) ?? true;
      const files = stubsOf(solution, isStub === null ? undefined : isChanged);
      const complaintsOf = (trial: Trial): string[] => [
        ...(next === null ? [] : wrongOrder(trial, exercises, next)),
        ...trial.errors.map((error) => `outside of any test: ${error}`),
        ...trial.tests.flatMap((test) => complaintsAbout(test, complaint)),
        ...(trial.tests.length === 0 ? ["no test ran"] : []),
      ];
      const trial = await lab.try(chapter, files, (done) => complaintsOf(done).length === 0, isChanged);
      return { name, complaints: complaintsOf(trial) };
    }),
  );
}

function complaintsAbout(test: TestReport, complaint: (test: TestReport) => string | null): string[] {
  const text = complaint(test) ?? generalComplaint(test);
  return text === null ? [] : [`"${test.title}" ${text}`];
}

/** What a learner is shown to write next is the first function of that exercise in its lesson. */
function wrongOrder({ tests }: Trial, exercises: readonly Exercise[], next: string): string[] {
  const own = tests.filter(({ title }) => parseTitle(title).exercise !== null);
  const shown = firstRed({ tests: own }, exercises)?.stubs[0];
  const first = exercises.find(({ number }) => number === next)!.title;
  return shown === first ? [] : [`the tests ask for ${shown} first, the lesson for ${first}`];
}

/** What holds in every row. */
function generalComplaint({ title, state, stubs, failures }: TestReport): string | null {
  const { exercise, given } = parseTitle(title);
  if (exercise === null && !given) return 'starts neither with an exercise, such as "1.1 ", nor with "given: "';
  if (state === "passed" && stubs.length > 0) return `is green although it met the stub of ${stubs[0]}`;
  if (given && state === "failed") return `is declared given, but needs ${stubs[0] ?? `more: ${failures[0]?.message}`}`;
  return null;
}

function rowsOf(numbers: readonly string[]): Row[] {
  return [
    { name: "nothing written", isStub: null, next: numbers[0]!, complaint: nothingWritten },
    ...numbers.slice(0, -1).map((last, i): Row => ({
      name: `written up to ${last}`,
      next: numbers[i + 1]!,
      isStub: (number) => compareNumbers(number, last) > 0,
      complaint: (test) => (isAtMost(test, last) ? mustBeGreen(test) : null),
    })),
    ...numbers.map((only): Row => ({
      name: `only ${only} unwritten`,
      isStub: (number) => number === only,
      complaint: (test) => onlyUnwritten(test, only),
    })),
  ];
}

/** What is optional is left out; what the lesson says to solve is there. Without a core there is no such row. */
function coreRow(numbers: readonly string[], efforts: ReadonlyMap<string, Effort>): Row[] {
  const isCore = (number: string | null): boolean => number !== null && efforts.get(number)?.optional !== true;
  const left = numbers.filter((number) => !isCore(number) && efforts.get(number)!.needed === false);
  if (left.length === 0 || !numbers.some(isCore)) return [];
  const complaint = (test: TestReport): string | null =>
    isCore(parseTitle(test.title).exercise) ? mustBeGreen(test) : null;
  const name = `optional ones unwritten (${left.join(", ")})`;
  return [{ name, isStub: (number) => left.includes(number), complaint }];
}

function nothingWritten(test: TestReport): string | null {
  const { exercise } = parseTitle(test.title);
  if (exercise === null) return null;
  const first = test.stubs[0];
  if (test.state === "passed") return "is green although nothing is written";
  if (first === undefined) return `is red for another reason than a stub: ${test.failures[0]?.message}`;
  if (first.split(".")[0] !== exercise.split(".")[0]) return `asks for ${first}, of another chapter`;
  return compareNumbers(first.split(" ")[0]!, exercise) > 0 ? `asks for ${first} first, which comes later` : null;
}

function onlyUnwritten(test: TestReport, only: string): string | null {
  const { exercise } = parseTitle(test.title);
  if (exercise === null) return null;
  if (exercise !== only) return compareNumbers(exercise, only) < 0 ? mustBeGreen(test) : null;
  if (test.state === "passed") return `is green although ${only} is not written`;
  const first = test.stubs[0];
  if (first === undefined) return `is red for another reason than a stub: ${test.failures[0]?.message}`;
  return first.split(" ")[0] === only ? null : `asks for ${first} first`;
}

function mustBeGreen({ state, stubs, failures }: TestReport): string | null {
  if (state !== "failed") return null;
  return `is red: ${stubs.length > 0 ? `it needs ${stubs.join(", ")}` : failures[0]?.message}`;
}

function isAtMost({ title }: TestReport, last: string): boolean {
  const { exercise } = parseTitle(title);
  return exercise !== null && compareNumbers(exercise, last) <= 0;
}
