/**
 * What a learner reads about the first failing test: its title, the invariant it guards, the difference, the place
 * in the learner's code, the next step. Never a stack.
 *
 * @module
 */
import { type Exercise } from "../course/exercises.ts";
import { parseTitle } from "../course/titles.ts";
import { wrap } from "../stage.ts";
import { bold, cyan, dim, green, red } from "./colours.ts";
import { type Failure, type TestReport } from "./events.ts";
import { shortPath } from "./run-tests.ts";

/** Widest line of running text. */
const WIDTH = 96;
/** Longer differences are cut: the first lines hold what matters. */
const MAX_DIFF_LINES = 40;

/** What the text is made from. */
export interface FailureContext {
  readonly root: string;
  /** The folder of the code under test: `chapters/05-log`. */
  readonly codeFolder: string;
  /** The chapter's exercises, where they stand in that folder. */
  readonly exercises: readonly Exercise[];
  /** The chapter's invariants, by name. */
  readonly invariants: ReadonlyMap<string, string>;
  /** Name of the known mistake that fails in just this way. */
  readonly looksLike: string | null;
  /** What the test, or code under it, wrote to the console. */
  readonly logs: readonly string[];
}

const UNCAUGHT = ["  Nobody has caught it. Is there a promise that nobody awaits, or a callback that throws?"];

/** The text for one failing test, as lines. */
export function failureText(report: TestReport, context: FailureContext): string[] {
  const stub = report.stubs[0];
  return stub === undefined ? wrongText(report, context) : stubText(stub, report, context);
}

function stubText(stub: string, report: TestReport, context: FailureContext): string[] {
  const exercise = context.exercises.find(({ title }) => title === stub);
  const number = stub.split(" ")[0]!;
  const waiting = parseTitle(report.title).text;
  return [
    bold(`○ ${stub} is yours to write`),
    ...(exercise === undefined ? [] : [`  ${cyan(`${exercise.file}:${exercise.line}`)}`]),
    ...(waiting === "" ? [] : ["", `  ${dim("waits for it")}  ${waiting}`]),
    ...logText(context.logs),
    "",
    `  Next: write it, then ${command(`npm test ${number}`)}. Stuck? ${command(`npm run hint ${number}`)}`,
  ];
}

function wrongText(report: TestReport, context: FailureContext): string[] {
  const title = parseTitle(report.title);
  const failure = report.failures[0] ?? { name: "Error", message: "It failed without saying why.", frames: [] };
  const invariant = title.invariant === null ? undefined : context.invariants.get(title.invariant);
  const isOutside = title.text === "";
  const unreadable = title.exercise === null && !isOutside ? unreadableFile(failure, context) : undefined;
  if (unreadable !== undefined) return unreadableText(unreadable, failure);
  return [
    red(bold(`✗ ${isOutside ? "outside of any test" : title.text}`)),
    ...(invariant === undefined ? [] : indent(wrap(`guards ${title.invariant}. ${invariant}`, WIDTH)).map(dim)),
    "",
    ...indent(whatHappened(failure)),
    "",
    ...placesOf(report, failure, context),
    ...logText(context.logs),
    "",
    ...(isOutside ? UNCAUGHT : nextStep(title.exercise, context)),
  ];
}

/** The learner's file that doesn't load: a slip in its syntax, an import of what isn't there. */
function unreadableFile({ message, frames }: Failure, { root, codeFolder }: FailureContext): string | undefined {
  const inCode = (path: string): boolean => path.startsWith(`${codeFolder}/`);
  const told = [...message.matchAll(/[^\s'"`(]+\.ts(:\d+)?/g)].map(([path]) => shortPath(root, path)).find(inCode);
  if (told !== undefined) return told;
  return frames.map(({ file, line }) => `${shortPath(root, file)}:${line}`).find(inCode);
}

function unreadableText(place: string, failure: Failure): string[] {
  return [
    red(bold("✗ your file does not load, so the tests could not start")),
    "",
    ...indent(whatHappened(failure)),
    "",
    `  ${dim("your code")}  ${cyan(place)}`,
    "",
    "  Next: mend it. Your editor underlines it, too.",
  ];
}

function whatHappened(failure: Failure): string[] {
  const { name, actual, expected, diff } = failure;
  // A second line that vitest adds to toMatchObject: it would pass for a message that was written for people.
  const message = failure.message.replace(/\n\(\d+ matching propert(y|ies) omitted from actual\)$/, "");
  const timeout = /^Test timed out in (\d+)ms/.exec(message);
  if (timeout !== null) {
    return [`It did not finish within ${Number(timeout[1]) / 1000} s: something it waits for never happens.`];
  }
  if (name !== "AssertionError") {
    const known = ["Error", "BrokenRun"].includes(name);
    return cut(withoutColour(known ? message : `${name}: ${message}`).split("\n"));
  }
  // A message of several lines was written for people: it shows the difference itself.
  if (message.includes("\n") || actual === undefined || expected === undefined) return cut(message.split("\n"));
  const about = /^(.*?): expected /.exec(message)?.[1];
  const opening = about === undefined ? [] : [about];
  if (/expected \[?Function[^\]]*\]? to throw/.test(message)) {
    return [...opening, message.slice(message.indexOf("expected [Function")).replace("[Function]", "the call")];
  }
  if (!actual.includes("\n") && !expected.includes("\n")) {
    const areStrings = /to (be|equal|deeply equal|strictly equal) '/.test(message);
    const quote = (text: string): string => (areStrings && !text.startsWith('"') ? `"${text}"` : text);
    return [...opening, `expected  ${green(quote(expected))}`, `got       ${red(quote(actual))}`];
  }
  const lines = (diff ?? message).split("\n").filter((line) => !/^[-+] (Expected|Received)/.test(line));
  const shown = cut(lines.join("\n").trim() === "" ? [message] : lines.join("\n").replace(/^\n+/, "").split("\n"));
  return [...opening, dim("- expected   + got"), ...shown.map(colourDiff)];
}

function colourDiff(line: string): string {
  if (line.startsWith("-")) return green(line);
  return line.startsWith("+") ? red(line) : line;
}

function cut(lines: readonly string[]): string[] {
  if (lines.length <= MAX_DIFF_LINES) return [...lines];
  return [...lines.slice(0, MAX_DIFF_LINES), dim(`… and ${lines.length - MAX_DIFF_LINES} more lines`)];
}

/** The learner's file and line: where the error was thrown, or else where the exercise stands; and the test's. */
function placesOf(report: TestReport, failure: Failure, context: FailureContext): string[] {
  const frames = failure.frames.map(({ file, line }) => ({ file: shortPath(context.root, file), line }));
  const thrown = frames.find(({ file }) => file.startsWith(`${context.codeFolder}/`));
  const place = thrown ?? exerciseOf(report.title, context.exercises);
  const testFile = shortPath(context.root, report.file);
  const test = frames.find(({ file }) => file === testFile);
  const line = test === undefined ? "" : `:${test.line}`;
  return [
    ...(place === undefined ? [] : [`  ${dim("your code")}  ${cyan(`${place.file}:${place.line}`)}`]),
    ...(testFile === "" ? [] : [`  ${dim("the test")}   ${testFile}${line}`]),
  ];
}

/** The exercise that a title speaks of: `3.2 allocate: …` is about `3.2 BufferPool.allocate`. */
function exerciseOf(title: string, exercises: readonly Exercise[]): Exercise | undefined {
  const { exercise: number, text } = parseTitle(title);
  const word = /^\S+ ([\w.]+)/.exec(text)?.[1];
  const candidates = exercises.filter((exercise) => exercise.number === number);
  return candidates.find(({ name }) => name === word || name.endsWith(`.${word}`)) ?? candidates[0];
}

function nextStep(number: string | null, { looksLike }: FailureContext): string[] {
  if (number === null) return [`  This needs nothing of yours. Has a given file changed? ${command("npm run status")}`];
  const like = looksLike === null ? [] : indent(wrap(`You fail exactly like “${looksLike}”.`, WIDTH));
  return [...like, `  Next: ${command(`npm run hint ${number}`)}`];
}

function logText(logs: readonly string[]): string[] {
  if (logs.length === 0) return [];
  const lines = logs.join("").replace(/\n$/, "").split("\n");
  return ["", `  ${dim("console")}`, ...cut(lines).map((line) => `    ${line}`)];
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => (line === "" ? "" : `  ${line}`));
}

function command(text: string): string {
  return cyan(`\`${text}\``);
}

function withoutColour(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/\u001b\[[\d;]*m/g, "");
}
