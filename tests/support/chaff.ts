/**
 * Wrong answers that must fail. Each is one mistake that people really make, spliced into the reference inside
 * the body of one exercise; `npm run verify` checks that the named test catches it, and a learner whose tests
 * fail in just the same way is told its name.
 *
 * @module
 */

/** One wrong answer. */
export interface Chaff {
  /** Title of the exercise whose body is wrong: `3.2 BufferPool.allocate`. */
  readonly exercise: string;
  /** What the mistake is, as one would say it: `linger counted from the last record`. Unique in its exercise. */
  readonly name: string;
  /** Why people write it, and what it breaks: one or two sentences. */
  readonly why: string;
  /** Title of a test that must go red. */
  readonly caughtBy: string;
  /** Replacements inside the exercise's body. Each `from` must occur there exactly once. */
  readonly replace?: readonly (readonly [from: string, to: string])[];
  /** Or a whole new body, without its braces. */
  readonly body?: string;
}

/** Declares the wrong answers of one exercise: the default export of `tests/NN-name/chaff/N.k.ts`. */
export function defineChaff(chaff: readonly Chaff[]): readonly Chaff[] {
  return chaff;
}
