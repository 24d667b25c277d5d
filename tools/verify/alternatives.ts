/**
 * Alternatives: structurally different correct solutions under tests/NN-name/alternatives/NAME/. Their files replace
 * the reference's files of the same name, and all tests of the chapter must stay green.
 *
 * @module
 */
import { type Chapter } from "../course/chapters.ts";
import { diagnose, readVerdicts } from "../course/diagnosis.ts";
import { exercisesIn, numbersOf } from "../course/exercises.ts";
import { type Files, readAlternatives, readSolution } from "../course/files.ts";
import { isWhole, type Lab } from "./lab.ts";

/** What came of one alternative. */
export interface AlternativeResult {
  readonly name: string;
  /** Numbers of the exercises in the files that it replaces. */
  readonly exercises: readonly string[];
  /** Empty when it passes. */
  readonly complaints: readonly string[];
}

/** Tries all alternatives of a chapter. */
export function tryAlternatives(root: string, chapter: Chapter, lab: Lab): Promise<AlternativeResult[]> {
  const solution = readSolution(root, chapter);
  const verdicts = readVerdicts(root, chapter);
  return Promise.all(
    Array.from(readAlternatives(root, chapter), async ([name, files]): Promise<AlternativeResult> => {
      const replaced = [...files.keys()].flatMap((file) => exercisesIn(solution.get(file) ?? "", file));
      const exercises = numbersOf(replaced);
      const odd = complaintsAboutFiles(files, solution);
      if (odd.length > 0) return { name, exercises, complaints: odd };
      const trial = await lab.try(chapter, new Map([...solution, ...files]), isWhole);
      const like = diagnose(trial.tests, verdicts);
      const red = trial.tests.filter(({ state }) => state === "failed");
      return {
        name,
        exercises,
        complaints: [
          ...red.map(({ title, failures }) => `"${title}" is red: ${failures[0]?.message}`),
          ...trial.errors,
          ...(like === null ? [] : [`it is taken for “${like.verdict.name}”`]),
        ],
      };
    }),
  );
}

function complaintsAboutFiles(files: Files, solution: Files): string[] {
  if (files.size === 0) return ["it has no files"];
  const unknown = [...files.keys()].filter((name) => !solution.has(name));
  const silent = [...files].filter(([, text]) => !/^\s*(\/\*\*|\/\/)/.test(text));
  return [
    ...unknown.map((name) => `${name} replaces no file of the reference`),
    ...silent.map(([name]) => `${name} doesn't begin with a comment that says what is different`),
  ];
}
