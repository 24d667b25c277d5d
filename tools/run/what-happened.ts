/**
 * What went wrong in a test, in a learner's words: the values with their types, the difference, the error; all in
 * lines that fit.
 *
 * @module
 */
import { dim, green, red } from "./colours.ts";
import { type Failure } from "./events.ts";
import { fold, wrap } from "./wrap.ts";

/** Longer differences are cut: the first lines hold what matters. */
const MAX_DIFF_LINES = 40;
const LEAST_REPEATED = 4;
/** Longer texts are shown only around the difference; and at their beginning. */
const LONG = 200;
const HEAD = 60;
const LEAD = 20;
/** Columns before the values. */
const LABEL = "expected  ".length;

/** The lines for a failure, each of at most `width` columns. */
export function whatHappened(failure: Failure, width: number): string[] {
  // A second line that vitest adds to toMatchObject: it would pass for a message that was written for people.
  const message = failure.message.replace(/\n\(\d+ matching propert(y|ies) omitted from actual\)/, "");
  const timeout = /^Test timed out in (\d+)ms/.exec(message);
  if (timeout !== null) {
    const seconds = Number(timeout[1]) / 1000;
    return wrap(`It did not finish within ${seconds} s: something it waits for never happens.`, width);
  }
  const { input, rest } = inputOf(message);
  const opening = input === null ? [] : fold(input, width, "  ");
  if (failure.name === "AssertionError") return [...opening, ...assertionLines({ ...failure, message: rest }, width)];
  const known = ["Error", "BrokenRun"].includes(failure.name);
  return [...opening, ...cut(foldText(withoutColour(known ? rest : `${failure.name}: ${rest}`), width))];
}

/** What a property test puts in front of the error: `For value = 128 (seed 1): …`. */
function inputOf(message: string): { input: string | null; rest: string } {
  const match = /^(For [^]*? \(seed -?\d+\)): /.exec(message);
  return match === null ? { input: null, rest: message } : { input: match[1]!, rest: message.slice(match[0].length) };
}

/** What the test says of it, if anything; what it claims; and what was added, such as the end of a simulation. */
const ASSERTION = /^(?:([^]*?): )?((?:expected|nothing was thrown|promise resolved)[ ,][^\n]*)(\n[^]*)?$/;
/** Claims about a number that need not be just one. */
const LIMIT = /^expected (\S+) to be ((?:less than|greater than|at least|at most|above|below)(?: or equal to)?) (\S+)$/;

function assertionLines({ message, actual, expected, diff }: Failure, width: number): string[] {
  const said = ASSERTION.exec(message);
  // Any other message was written for people: it shows the difference itself.
  if (said === null || /^expected [^\n]*, got /.test(message)) return cut(foldText(message, width));
  const [, about, claim, more = ""] = said;
  const values = claim!.startsWith("expected ") ? valueLines(claim!, { actual, expected, diff }, width) : null;
  return [
    ...(about === undefined ? [] : foldText(about, width)),
    ...(values ?? fold(inOurWords(claim!), width, "  ")),
    ...(more === "" ? [] : cut(foldText(more, width))),
  ];
}

type Values = Pick<Failure, "actual" | "expected"> & { diff: string | undefined };

/** The two values of an assertion: beside each other, or as a difference. Null when it has no two values. */
function valueLines(claim: string, { actual, expected, diff }: Values, width: number): string[] | null {
  const limit = LIMIT.exec(claim);
  if (limit !== null) return pair(`${limit[2]} ${limit[3]}`, limit[1]!, width);
  const length = /to have a length of (\S+) but got (\S+)$/.exec(claim);
  if (length !== null) return pair(`a length of ${length[1]}`, `a length of ${length[2]}`, width);
  if (actual === undefined || expected === undefined) return null;
  if (claim.startsWith("expected error to be instance of ")) {
    return pair(`a ${expected.replace(/^\[Function (.*)\]$/, "$1")}`, actual, width);
  }
  if (/ to throw error (matching|including) /.test(claim)) return pair(`an error: ${expected}`, actual, width);
  const [flatExpected, flatActual] = [flat(expected), flat(actual)];
  if (Math.max(flatExpected.length, flatActual.length) <= width - LABEL && /\n/.test(expected + actual)) {
    return pair(flatExpected, flatActual, width);
  }
  if (!actual.includes("\n") && !expected.includes("\n")) {
    const areStrings = /^expected '[^]*' to (be|equal|deeply equal|strictly equal) '/.test(claim);
    const [should, is] = areStrings ? [JSON.stringify(expected), JSON.stringify(actual)] : [expected, actual];
    return pair(withType(should, is), withType(is, should), width);
  }
  return [dim("- expected   + got"), ...cut(differenceOf(diff ?? "", expected, actual, width)).map(colourDiff)];
}

/** A small array or object as one writes it, in one line. */
function flat(shown: string): string {
  return shown
    .replace(/\[\n\s*/g, "[")
    .replace(/\{\n\s*/g, "{ ")
    .replace(/,\n\s*\]/g, "]")
    .replace(/,\n\s*\}/g, " }")
    .replace(/,\n\s*/g, ", ");
}

function pair(expected: string, actual: string, width: number): string[] {
  const lines = (label: string, value: string, paint: (text: string) => string): string[] =>
    foldText(value, width - LABEL).map((line, i) => `${(i === 0 ? label : "").padEnd(LABEL)}${paint(line)}`);
  return [...lines("expected", elided(expected, actual), green), ...lines("got", elided(actual, expected), red)];
}

/** Says of a value what it is, where the other is something else and might be taken for the same. */
function withType(value: string, other: string): string {
  const [own, others] = [typeOf(value), typeOf(other)];
  return own === others || own === null || others === null ? value : `${value} (${own})`;
}

function typeOf(shown: string): string | null {
  if (/^["']/.test(shown)) return "a string";
  if (/^-?(\d|Infinity|NaN)/.test(shown)) return shown.endsWith("n") ? "a bigint" : "a number";
  return /^(true|false)$/.test(shown) ? "a boolean" : null;
}

/** The lines of a difference, each with its sign: vitest leaves them out where the types differ. */
function differenceOf(diff: string, expected: string, actual: string, width: number): string[] {
  const isSigned = diff.split("\n").some((line) => /^[-+] (?!(Expected|Received):?$)/.test(line));
  const signed = (sign: string, text: string): string[] => text.split("\n").map((line) => `${sign} ${line}`);
  const lines = isSigned
    ? diff.split("\n").filter((line) => !/^[-+] (Expected|Received)/.test(line))
    : [...signed("-", expected), ...signed("+", actual)];
  const text = lines.join("\n").replace(/^\n+/, "").replace(/^@@ -1[, ].*\n/, "");
  // `@@ -1,7 +1,7 @@`: lines that are the same were left out here.
  const shown = text.split("\n").map((line) => (line.startsWith("@@ ") ? "  …" : line));
  return shown.flatMap((line, i) => {
    // What is the same in both is only there to find one's way.
    if (line.startsWith(" ")) return [line.length > width ? `${line.slice(0, width - 1)}…` : line];
    const isOther = (next = ""): boolean => next.startsWith(line.startsWith("-") ? "+" : "-");
    const other = [shown[i + 1], shown[i - 1]].find(isOther);
    const sign = line.slice(0, 1);
    return fold(elided(line, sign + (other ?? "").slice(1)), width, `${sign}   `);
  });
}

/** Of a very long text the part around the first place where it is another than `other`. */
function elided(text: string, other: string): string {
  if (text.length <= LONG) return text;
  let at = HEAD;
  while (at < text.length && text[at] === other[at]) at++;
  const from = Math.max(HEAD, at - LEAD);
  const [before, after] = [from === HEAD ? "" : " … ", from + LONG < text.length ? "…" : ""];
  return `${text.slice(0, HEAD)}${before}${text.slice(from, from + LONG)}${after} (${text.length} characters)`;
}

/** What an assertion without values says, in plain words. */
function inOurWords(claim: string): string {
  return claim
    .replace(/ \/\/ Object\.is equality$/, "")
    .replace(/expected \[?Function[^\]\s]*\]? to /, "expected the call to ")
    .replace(/^promise resolved "([^]*)" instead of rejecting$/, "nothing was thrown, the promise resolved with $1");
}

function colourDiff(line: string): string {
  if (line.startsWith("-")) return green(line);
  return line.startsWith("+") ? red(line) : line;
}

/** Cuts what is too long, and says so; of many lines that are all the same, one is enough. */
export function cut(lines: readonly string[]): string[] {
  const shown: string[] = [];
  for (let at = 0; at < lines.length && shown.length < MAX_DIFF_LINES; ) {
    const line = lines[at]!;
    const end = lines.findIndex((other, i) => i > at && other !== line);
    const count = (end === -1 ? lines.length : end) - at;
    if (count < LEAST_REPEATED || line.trim() === "") {
      shown.push(line);
      at += 1;
    } else {
      shown.push(line, dim(`${line.slice(0, 1)} … ${count - 1} more lines like this one`));
      at += count;
    }
    if (shown.length >= MAX_DIFF_LINES && at < lines.length) shown.push(dim(`… and ${lines.length - at} more lines`));
  }
  return shown;
}

function foldText(text: string, width: number): string[] {
  return text.split("\n").flatMap((line) => fold(line, width, /^ */.exec(line)![0]));
}

function withoutColour(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/\u001b\[[\d;]*m/g, "");
}
