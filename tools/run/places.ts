/**
 * Where a failure lies: in the learner's code, in what is given, and in the test, with the statement that failed.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Exercise } from "../course/exercises.ts";
import { exercisesNamed } from "../course/titles.ts";
import { cyan, dim } from "./colours.ts";
import { type Failure, type TestReport } from "./events.ts";
import { shortPath } from "./run-tests.ts";
import { fold } from "./wrap.ts";

/** A statement of a test is shown up to so many lines. */
const MOST_LINES_OF_A_STATEMENT = 4;
const LABEL = 11;

/** What places are found by. */
export interface PlaceContext {
  readonly root: string;
  /** The folder of the code under test: `chapters/05-log`. */
  readonly codeFolder: string;
  /** The chapter's exercises, where they stand in that folder. */
  readonly exercises: readonly Exercise[];
}

interface Place {
  readonly file: string;
  readonly line: number;
}

/** Whether a path, relative to the root, is the learner's in a chapter's folder, and not given. */
export function isLearners(path: string, codeFolder: string): boolean {
  return path.startsWith(`${codeFolder}/`) && !path.startsWith(`${codeFolder}/given/`);
}

/**
 * The learner's file and line: where the error was thrown, or else where the functions stand that the title names, or
 * else all of the exercise; then the test's, with the statement that failed.
 */
export function placesOf(report: TestReport, failure: Failure, context: PlaceContext, width: number): string[] {
  const frames = framesOf(failure, context.root);
  const thrown = frames.find(({ file }) => isLearners(file, context.codeFolder));
  const named = exercisesNamed(report.title, context.exercises);
  const places: readonly (Exercise | Place)[] = thrown === undefined ? named : [thrown];
  const testFile = shortPath(context.root, report.file);
  const test = callIn(frames.filter(({ file }) => file === testFile), context.root);
  return [
    ...places.flatMap((place, i) => {
      const name = "name" in place && places.length > 1 ? `  ${methodOf(place)}` : "";
      const [first, ...more] = fold(`${place.file}:${place.line}${name}`, width - LABEL, "  ");
      return [label(i === 0 ? "your code" : "", cyan(first!)), ...more.map((line) => label("", cyan(line)))];
    }),
    ...(testFile === "" ? [] : [label("the test", test === undefined ? testFile : `${testFile}:${test.line}`)]),
    ...(test === undefined ? [] : statementAt(test, context.root, width - LABEL).map((line) => label("", dim(line)))),
  ];
}

function methodOf({ name }: Exercise): string {
  return name.split(".").at(-1)!;
}

/** Where an error came out of the test's own code: nothing of the learner's was running. Null when it did not. */
export function thrownByTest({ name, frames }: Failure, root: string): string | null {
  const first = framesOf({ frames }, root).find(({ file }) => isOurs(file));
  if (first === undefined || name === "AssertionError" || !first.file.startsWith("tests/")) return null;
  return `${first.file}:${first.line}`;
}

function isOurs(file: string): boolean {
  return /^(chapters|solutions|tests)\//.test(file);
}

function framesOf({ frames }: Pick<Failure, "frames">, root: string): Place[] {
  return frames.map(({ file, line }) => ({ file: shortPath(root, file), line }));
}

/** Of the test's own frames, the outermost that is a whole statement: it has the inputs. */
function callIn(frames: readonly Place[], root: string): Place | undefined {
  const isWhole = (place: Place): boolean => statementAt(place, root, Infinity).length > 0;
  return frames.findLast(isWhole) ?? frames[0];
}

/** The statement that stands at a place; none when it is longer than a few lines: it opens a block, or a table. */
function statementAt({ file, line }: Place, root: string, width: number): string[] {
  let source: string[];
  try {
    source = readFileSync(join(root, file), "utf8").split("\n").slice(line - 1, line - 1 + MOST_LINES_OF_A_STATEMENT);
  } catch {
    return []; // not there: the tree has changed since
  }
  const end = source.findIndex((text) => /;( *\/\/.*)?$/.test(text));
  const lines = source.slice(0, end + 1);
  if (lines.length === 0 || /^ *\}/.test(lines[0]!) || lines.some((text) => /=> \{$|^ *$/.test(text))) return [];
  const indent = /^ */.exec(lines[0]!)![0].length;
  return lines.flatMap((text) => fold(text.slice(indent), width, "  "));
}

function label(text: string, what: string): string {
  return `  ${dim(text)}${" ".repeat(LABEL - text.length)}${what}`;
}
