/**
 * How far a chapter's exercises are, from a run of its tests.
 *
 * @module
 */
import { type Exercise, listExercises, numbersOf } from "../course/exercises.ts";
import { parseTitle } from "../course/titles.ts";
import { type ChapterOutcome } from "./run-chapter.ts";

/** All tests green; some; none. */
export type ExerciseState = "done" | "begun" | "open";

/** One exercise's tests. */
export interface ExerciseProgress {
  readonly number: string;
  readonly state: ExerciseState;
  readonly passed: number;
  readonly total: number;
  /** The functions to write. */
  readonly exercises: readonly Exercise[];
  /** Why it has been ended, or what is missing: for the learner. */
  readonly remark?: string;
}

/** The progress of every exercise of a chapter, in order. */
export function progressOf(root: string, { chapter, tests }: ChapterOutcome): ExerciseProgress[] {
  const all = listExercises(root, chapter, "solutions");
  return numbersOf(all).map((number) => {
    const own = tests.filter(({ title }) => parseTitle(title).exercise === number);
    const passed = own.filter(({ state }) => state === "passed").length;
    const state = passed === 0 ? "open" : passed === own.length ? "done" : "begun";
    const exercises = all.filter((exercise) => exercise.number === number);
    return { number, state, passed, total: own.length, exercises };
  });
}
