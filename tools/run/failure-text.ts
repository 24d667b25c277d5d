/**
 * What a learner reads about the first failing test: its title, the invariant it guards, the difference, the place
 * in the learner's code, the next step. Never a stack.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Diagnosis } from "../course/diagnosis.ts";
import { parseTitle } from "../course/titles.ts";
import { bold, cyan, dim, red } from "./colours.ts";
import { type Failure, type TestReport } from "./events.ts";
import { isLearners, type PlaceContext, placesOf, thrownByTest } from "./places.ts";
import { shortPath } from "./run-tests.ts";
import { cut, whatHappened } from "./what-happened.ts";
import { lineWidth, wrap } from "./wrap.ts";

/** What the text is made from. */
export interface FailureContext extends PlaceContext {
  /** The chapter's invariants, by name. */
  readonly invariants: ReadonlyMap<string, string>;
  /** The known mistake that it looks like. */
  readonly looksLike: Diagnosis | null;
  /** What the test, or code under it, wrote to the console. */
  readonly logs: readonly string[];
  /** Where the timeline of the test was put, as a path relative to the root; null: it has none. */
  readonly trace: string | null;
  /** Given files that have changed, as paths relative to the root: any of them may be the cause. */
  readonly changedGiven: readonly string[];
}

const UNCAUGHT = "Nobody has caught it. Is there a promise that nobody awaits, or a callback that throws?";

/** The text for one failing test, as lines that fit the terminal. */
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
    ...(waiting === "" ? [] : ["", ...hanging(`  ${dim("waits for it")}  `, "waits for it".length + 4, waiting)]),
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
  if (unreadable !== undefined) return unreadableText(unreadable, failure, context);
  const byTest = thrownByTest(failure, context.root);
  return [
    ...hanging("✗ ", 2, isOutside ? "outside of any test" : title.text).map((line) => red(bold(line))),
    ...(invariant === undefined ? [] : paragraph(`guards ${title.invariant}. ${invariant}`).map(dim)),
    "",
    ...indent(whatHappened(failure, lineWidth() - 2)),
    ...(byTest === null ? [] : paragraph(ownCode(byTest))),
    "",
    ...placesOf(report, failure, context, lineWidth() - 2),
    ...(context.trace === null ? [] : [`  ${dim("see it   ")}  ${cyan(`npm run ui -- --trace ${context.trace}`)}`]),
    ...logText(context.logs),
    "",
    ...changedText(context),
    ...(isOutside ? paragraph(UNCAUGHT) : nextStep(title.exercise, context)),
  ];
}

function ownCode(place: string): string {
  const why = "it can't go on with what yours gave it, or yours should have caught it";
  return `Thrown by the test's own code, at ${place}: ${why}.`;
}

/** The file that doesn't load, as `path:line`: a slip in its syntax, an import of what isn't there. */
function unreadableFile({ message, frames }: Failure, context: FailureContext): string | undefined {
  const { root, codeFolder, changedGiven } = context;
  const told = [...message.matchAll(/[^\s'"`(]+\.ts(:\d+)?/g)].map(([path]) => shortPath(root, path));
  const places = [...told, ...frames.map(({ file, line }) => `${shortPath(root, file)}:${line}`)];
  const isSuspect = (place: string): boolean => {
    const path = place.replace(/:\d+$/, "");
    return path.startsWith(`${codeFolder}/`) || changedGiven.includes(path);
  };
  return places.find(isSuspect);
}

function unreadableText(place: string, failure: Failure, { root, codeFolder, changedGiven }: FailureContext): string[] {
  const path = place.replace(/:\d+$/, "");
  const isYours = isLearners(path, codeFolder);
  const isChanged = changedGiven.includes(path);
  const what = isYours ? "your file" : isChanged ? "a given file that has changed" : "a given file";
  return [
    ...hanging("✗ ", 2, `${what} does not load, so the tests could not start`).map((line) => red(bold(line))),
    "",
    ...indent(whatHappened(failure, lineWidth() - 2)),
    "",
    `  ${dim(isYours ? "your code" : "given    ")}  ${cyan(place)}`,
    "",
    ...(isYours ? ["  Next: mend it. Your editor underlines it, too."] : backText(root, isChanged ? path : null)),
  ];
}

function backText(root: string, path: string | null): string[] {
  const see = `See what has changed: ${command("npm run status")}`;
  if (path === null) return [`  It is not yours to write. ${see}`];
  if (!existsSync(join(root, ".git"))) return ["  It is not yours to change. Take it from a fresh copy of katafka."];
  return [`  It is not yours to change. As it was: ${command(`git restore ${path}`)}`];
}

/** Given files that have changed: the cause may be there, and not in what the learner has written. */
function changedText({ changedGiven }: FailureContext): string[] {
  const [first] = changedGiven;
  if (first === undefined) return [];
  const more = changedGiven.length === 1 ? "" : ` and ${changedGiven.length - 1} more`;
  return [`  Changed, although given: ${cyan(first)}${more}`, `  See ${command("npm run status")}`, ""];
}

function nextStep(number: string | null, { looksLike, changedGiven }: FailureContext): string[] {
  if (number === null) {
    const ask = changedGiven.length > 0 ? "" : ` Has a given file changed? ${command("npm run status")}`;
    return [`  This needs nothing of yours.${ask}`];
  }
  return [...(looksLike === null ? [] : likeText(looksLike)), `  Next: ${command(`npm run hint ${number}`)}`];
}

function likeText({ verdict: { exercise, name }, isExact }: Diagnosis): string[] {
  const how = isExact ? "You fail exactly like" : "You fail nearly like";
  return [
    ...paragraph(`${how} “${name}”.`),
    `  What is wrong about that: ${command(`npm run wrong-answers ${exercise.split(" ")[0]}`)}`,
  ];
}

function logText(logs: readonly string[]): string[] {
  if (logs.length === 0) return [];
  const lines = logs.join("").replace(/\n$/, "").split("\n");
  return ["", `  ${dim("console")}`, ...cut(lines).map((line) => `    ${line}`)];
}

/** Running text, indented. */
function paragraph(text: string): string[] {
  return indent(wrap(text, lineWidth() - 2));
}

/** Running text behind `first`, which takes `columns`; further lines begin under its beginning. */
function hanging(first: string, columns: number, text: string): string[] {
  return wrap(text, lineWidth() - columns).map((line, i) => `${i === 0 ? first : " ".repeat(columns)}${line}`);
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => (line === "" ? "" : `  ${line}`));
}

function command(text: string): string {
  return cyan(`\`${text}\``);
}
