/**
 * How a test fails, in a word: what tells one mistake from another, and nothing that a learner is free to choose.
 *
 * @module
 */
import { type Failure } from "../run/events.ts";
import { keyOf } from "./cache.ts";

/** Title of each test that goes red, in order → how: see {@link outcomeOf}. */
export type Failing = Readonly<Record<string, string>>;

const KEY_LENGTH = 8;

/**
 * `timed out`; `threw TypeError`, by the code itself, whatever it says; `error` and a key: another error came than the
 * test asked for, or none; `value` and a key of what was expected and what came.
 */
export function outcomeOf(failure: Failure | undefined): string {
  if (failure === undefined) return "failed";
  const { name, message, actual, expected } = failure;
  if (/^Test timed out in \d+ms/.test(message)) return "timed out";
  if (name !== "AssertionError") return `threw ${name}`;
  const [claim] = message.split("\n", 1) as [string];
  const asked = /^[^]* to throw error (matching|including) [^]*?(?= but got )|^[^]* to be instance of [^]*/.exec(claim);
  if (asked !== null) return `error ${shortKey(asked[0])}`;
  if (actual === undefined) return `value ${shortKey(claim)}`;
  const about = claim.split(/(?:^|: )expected /, 1)[0]!;
  return `value ${shortKey(about, withoutWords(actual), withoutWords(expected ?? ""))}`;
}

/** Whether two tests fail in the same way, though perhaps with other values. */
export function areOfOneKind(one: string | undefined, other: string | undefined): boolean {
  return one?.split(" ")[0] === other?.split(" ")[0];
}

/** The messages of errors among the values are anybody's own. */
function withoutWords(value: string): string {
  return value.replace(/^ *"(message|stack)": .*$/gm, "").replace(/(\[\w*Error(?: \[\w+\])?): [^\n]*?\]/g, "$1]");
}

function shortKey(...texts: readonly string[]): string {
  return keyOf(...texts).slice(0, KEY_LENGTH);
}
