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
 * The functions that a title speaks of: `3.2 allocate: …` is about `3.2 BufferPool.allocate`, `3.2 allocate, free: …`
 * about two, `3.2 BufferPool: …` about all of that class. A title that names none of its exercise is about all.
 *
 * @param exercises - those of the chapter
 */
export function exercisesNamed(title: string, exercises: readonly Exercise[]): Exercise[] {
  const number = parseTitle(title).exercise;
  const words = namedIn(title);
  const own = exercises.filter((exercise) => exercise.number === number);
  const isIn = (name: string, word: string): boolean =>
    name === word || name.endsWith(`.${word}`) || name.startsWith(`${word}.`);
  const named = own.filter(({ name }) => words.some((word) => isIn(name, word)));
  return named.length > 0 ? named : own;
}

/** The words before the colon, if they are no sentence: what may be names of functions. */
export function namedIn(title: string): string[] {
  const words = /^\S+ ([\w.]+(?:, [\w.]+)*)(?=:|$)/.exec(parseTitle(title).text)?.[1];
  return words?.split(", ") ?? [];
}
