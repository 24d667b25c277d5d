/**
 * What every exercise has: a test, three hints, at least three wrong answers (and one for each of its functions), a
 * place in the lesson; and the red matrix.
 *
 * @module
 */
import { type Chaff } from "../../../tests/support/chaff.ts";
import { chaffTitle, loadChaff } from "../../course/chaff.ts";
import { type Chapter } from "../../course/chapters.ts";
import { readVerdictRecord, testsKey, type Verdict, verdictsPath } from "../../course/diagnosis.ts";
import { type Exercise, isOf, listExercises, numbersOf } from "../../course/exercises.ts";
import { readSolution } from "../../course/files.ts";
import { HINTS_AN_EXERCISE, readHints } from "../../course/hints.ts";
import { readLesson } from "../../course/lesson.ts";
import { areOfOneKind } from "../../course/outcome.ts";
import { parseTitle } from "../../course/titles.ts";
import { tryAlternatives } from "../alternatives.ts";
import { type ChaffResult, LOOKALIKE, tryChaff, verdictsOf } from "../chaff-trials.ts";
import { type Check, type Findings, findings, together } from "../check.ts";
import { isWhole } from "../lab.ts";
import { runMatrix } from "../matrix.ts";

const CHAFF_A_NUMBER = 3;
const EXERCISES_WITH_ALTERNATIVES = 2;

/** Every exercise is complete. */
export const complete: Check = {
  name: "exercises complete",
  aboutExercises: true,
  async run({ root, learners, lab }) {
    const all = learners.map(async (chapter): Promise<Findings> => {
      const exercises = listExercises(root, chapter, "solutions");
      const chaff = await loadChaff(root, chapter);
      const trial = await lab.try(chapter, readSolution(root, chapter), isWhole);
      const tested = new Set(trial.tests.map(({ title }) => parseTitle(title).exercise));
      const missing = numbersOf(exercises).map((number) => [
        ...(tested.has(number) ? [] : [`${number} has no test`]),
        ...missingHints(readHints(root, chapter).get(number), number),
        ...missingChaff(chaff, exercises, number),
        ...missingInLesson(readLesson(root, chapter), chapter, number),
      ]);
      const passed = missing.filter((texts) => texts.length === 0).length;
      const hints = [...readHints(root, chapter).values()].filter(({ length }) => length === HINTS_AN_EXERCISE).length;
      const tally = [
        { what: "exercises", count: numbersOf(exercises).length },
        { what: "functions to write", count: exercises.length },
        { what: "tests", count: trial.tests.length },
        { what: "with three hints", count: hints, of: numbersOf(exercises).length },
      ];
      return { passed, failures: missing.flat(), skipped: [], tally };
    });
    return together(await Promise.all(all));
  },
};

function missingHints(hints: readonly string[] | undefined, number: string): string[] {
  if (hints?.length === HINTS_AN_EXERCISE) return [];
  return [`${number} has ${hints?.length ?? 0} hints, not ${HINTS_AN_EXERCISE}`];
}

function missingChaff(chaff: readonly Chaff[], exercises: readonly Exercise[], number: string): string[] {
  const own = chaff.filter(({ exercise }) => isOf(exercise, number));
  const few = own.length < CHAFF_A_NUMBER ? [`${number} has ${own.length} chaff, not ${CHAFF_A_NUMBER} or more`] : [];
  const functions = exercises.filter((exercise) => exercise.number === number);
  const without = functions.filter(({ title }) => !own.some(({ exercise }) => exercise === title));
  return [...few, ...without.map(({ title }) => `${title} has no chaff`)];
}

function missingInLesson(lesson: string, { folder }: Chapter, number: string): string[] {
  const heading = new RegExp(`^#+ .*\\b${number.replace(".", "\\.")}(?!\\d)`, "m");
  return heading.test(lesson) ? [] : [`chapters/${folder}/README.md has no heading for ${number}`];
}

/** Red for the right reason. */
export const redMatrix: Check = {
  name: "red for the right reason",
  aboutExercises: true,
  async run({ root, learners, lab }) {
    const all = learners.map(async (chapter) => {
      const rows = await runMatrix(root, chapter, lab);
      const wrong = rows.filter(({ complaints }) => complaints.length > 0);
      return findings(
        rows.length,
        wrong.map(({ name, complaints }) => `chapter ${chapter.number}, ${name}:\n${firstOf(complaints)}`),
      );
    });
    return together(await Promise.all(all));
  },
};

function firstOf(complaints: readonly string[]): string {
  return complaints.slice(0, 12).join("\n");
}

/** Every wrong answer is caught, and their verdicts are recorded. */
export const chaffCaught: Check = {
  name: "wrong answers caught",
  aboutExercises: true,
  async run({ root, learners, lab }) {
    const all = learners.map(async (chapter) => {
      const { tests, verdicts } = readVerdictRecord(root, chapter);
      const results = await tryChaff(root, chapter, lab, { recorded: verdicts, quick: true });
      const failures = results.flatMap(({ chaff, complaints }) =>
        complaints.length === 0 ? [] : [`${chaffTitle(chaff)}: ${complaints.join("; ")}`],
      );
      const reference = await lab.try(chapter, readSolution(root, chapter), isWhole);
      const isKnown = testsKey(reference.tests) === tests;
      const compared = comparedVerdicts(verdicts, verdictsOf(results));
      const { drifted, stale } = isKnown ? compared : { ...compared, stale: "its tests have other titles now" };
      if (stale !== null) {
        const path = verdictsPath(chapter);
        failures.push(`${path} is not current: run \`npm run verdicts ${chapter.number}\`\n${stale}`);
      }
      const unlike = results.filter(({ complaints }) => !complaints.some((text) => text.startsWith(LOOKALIKE)));
      const tally = [
        { what: "wrong answers caught", count: results.filter(isRed).length, of: results.length },
        { what: "names unique", count: unlike.length, of: results.length },
      ];
      const remark = drifted === null ? null : `${verdictsPath(chapter)}: another value than recorded: ${drifted}`;
      return { ...findings(results.length + 1, failures), tally, ...(remark !== null && { remark }) };
    });
    return together(await Promise.all(all));
  },
};

/**
 * What is recorded is current if all wrong answers fail the same tests in the same ways. A value may hold what nobody
 * decides, such as memory that was never written: that it is another one is only told.
 */
function comparedVerdicts(
  recorded: readonly Verdict[],
  tried: readonly Verdict[],
): { readonly stale: string | null; readonly drifted: string | null } {
  let drifted: string | null = null;
  for (let i = 0; i < Math.max(recorded.length, tried.length); i++) {
    const [before, now] = [recorded[i], tried[i]];
    if (before === undefined || now === undefined || chaffTitle(before) !== chaffTitle(now)) {
      return { stale: `recorded: ${before && chaffTitle(before)}; tried: ${now && chaffTitle(now)}`, drifted };
    }
    for (const title of new Set([...Object.keys(before.failing), ...Object.keys(now.failing)])) {
      const [was, is] = [before.failing[title], now.failing[title]];
      const text = `${chaffTitle(now)}, ${title}: ${was}; ${is}`;
      if (!areOfOneKind(was, is)) return { stale: text, drifted };
      if (was !== is) drifted ??= text;
    }
  }
  return { stale: null, drifted };
}

function isRed({ verdict }: ChaffResult): boolean {
  return verdict !== null && Object.keys(verdict.failing).length > 0;
}

/** Other correct solutions pass: the tests check behaviour, not our code. */
export const alternatives: Check = {
  name: "alternatives pass",
  aboutExercises: true,
  async run({ root, learners, lab }) {
    const all = learners.map(async (chapter) => {
      const results = await tryAlternatives(root, chapter, lab);
      const failures = results.flatMap(({ name, complaints }) =>
        complaints.length === 0 ? [] : [`chapter ${chapter.number}, ${name}: ${complaints.join("\n")}`],
      );
      const covered = new Set(results.flatMap(({ exercises }) => exercises)).size;
      const few = covered < EXERCISES_WITH_ALTERNATIVES;
      if (few) failures.push(`tests/${chapter.folder}/alternatives covers ${covered} exercises, not two or more`);
      const good = results.filter(({ complaints }) => complaints.length === 0).length;
      const tally = [{ what: "alternatives pass", count: good, of: results.length }];
      return { ...findings(results.length + 1, failures), tally };
    });
    return together(await Promise.all(all));
  },
};
