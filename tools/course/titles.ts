/**
 * What a test's title says: `3.2 allocate: waiters are served in order [I2]` belongs to exercise 3.2 and guards
 * the chapter's second invariant; `given: …` needs no exercise.
 *
 * @module
 */
import { type Exercise } from "./exercises.ts";

/** The parts of a test's title. */
export interface Title {
  /** `3.2`, or null for a test that is declared `given` or belongs to no exercise. */
  readonly exercise: string | null;
  /** Declared to need no exercise. */
  readonly given: boolean;
  /** Number of the invariant it guards, from `[I2]`. */
  readonly invariant: string | null;
  /** The title without `[I2]`. */
  readonly text: string;
}

/** Reads a test's own title (not those of the `describe` around it). */
export function parseTitle(title: string): Title {
  const invariant = /\s*\[(I\d+)\]\s*$/.exec(title);
  const text = invariant === null ? title : title.slice(0, invariant.index);
  const exercise = /^(\d+\.\d+)(?!\d)/.exec(text)?.[1] ?? null;
  return { exercise, given: text.startsWith("given: "), invariant: invariant?.[1] ?? null, text };
}

/**
 * The functions that a title speaks of: `3.2 allocate: …` is about `3.2 BufferPool.allocate`. A title that names none
 * of its exercise is about all of them.
 *
 * @param exercises - those of the chapter
 */
export function exercisesNamed(title: string, exercises: readonly Exercise[]): Exercise[] {
  const number = parseTitle(title).exercise;
  const word = namedIn(title);
  const own = exercises.filter((exercise) => exercise.number === number);
  const named = own.filter(({ name }) => name === word || name.endsWith(`.${word}`));
  return named.length > 0 ? named : own;
}

/** The word before the colon, if it is one: what may be a function's name. */
export function namedIn(title: string): string | null {
  return /^\S+ ([\w.]+)(?=:|$)/.exec(parseTitle(title).text)?.[1] ?? null;
}
