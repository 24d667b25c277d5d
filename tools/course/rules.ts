/**
 * The rules that keep generated stubs sound. Each complaint says where and what to do.
 *
 * @module
 */
import ts from "typescript";
import { type Chapter } from "./chapters.ts";
import { type Exercise, exercisesIn, numbersOf } from "./exercises.ts";
import { type Files } from "./files.ts";
import { placeOf } from "./splice.ts";
import { findTags, isFunctionOrMethod, type TaggedExercise, type TaggedFile } from "./tagged.ts";

/** Methods that test runners and loggers call on their own: as stubs they would throw in the wrong place. */
const CALLED_BY_PRINTERS = new Set(["toString", "toJSON", "valueOf", "inspect", "then"]);

/** Checks the reference of a chapter; returns complaints such as `solutions/05-log/x.ts:12: …`. */
export function checkRules(chapter: Chapter, solution: Files): string[] {
  const files = [...solution].map(([name, source]) => findTags(`solutions/${chapter.folder}/${name}`, source));
  const complaints = files.flatMap((file) => [
    ...file.exercises.flatMap((one) => checkExercise(chapter, file, one)),
    ...checkStrayTags(file),
  ]);
  return [...complaints, ...checkTitles(files), ...checkTopLevel(files)];
}

function checkExercise(chapter: Chapter, { sourceFile }: TaggedFile, { title, node, body }: TaggedExercise): string[] {
  const complain = (text: string): string[] => [`${placeOf(sourceFile, node)}: ${text}`];
  if (!/^\d+\.\d+ \S/.test(title)) {
    return complain(`write "@exercise ${chapter.number}.1 functionName", not "@exercise ${title}"`);
  }
  if (Number(title.split(".")[0]) !== chapter.number) {
    return complain(`"${title}" stands in chapter ${chapter.number}`);
  }
  if (!isFunctionOrMethod(node)) {
    return complain(`"${title}" is a ${kindOf(node)}; only functions and methods can be exercises`);
  }
  if (body === null) {
    return complain(`"${title}" has no body; with overloads the tag belongs on the implementation`);
  }
  if (node.type === undefined) return complain(`"${title}" needs an explicit return type, or its stub has another`);
  const name = node.name !== undefined && ts.isIdentifier(node.name) ? node.name.text : null;
  if (name === null) return complain(`"${title}" needs a plain name`);
  if (ts.isMethodDeclaration(node) && CALLED_BY_PRINTERS.has(name)) {
    return complain(`"${title}": ${name} is called by printers and cannot be an exercise`);
  }
  return [];
}

/** Tags that stand before nothing, inside a function's body, or inside a helper that stubs lose. */
function checkStrayTags({ file, source, exercises }: TaggedFile): string[] {
  const found = new Set(exercises.map(({ title }) => title));
  const stray = exercisesIn(source, file).filter(({ title }) => !found.has(title));
  return stray.map(({ title, line }) => `${file}:${line}: "@exercise ${title}" does not stand before a function`);
}

function checkTitles(files: readonly TaggedFile[]): string[] {
  const seen = new Map<string, string>();
  return files.flatMap(({ sourceFile, exercises }) =>
    exercises.flatMap(({ title, node }) => {
      const place = placeOf(sourceFile, node);
      const before = seen.get(title);
      seen.set(title, place);
      return before === undefined ? [] : [`${place}: "${title}" is also the title of ${before}`];
    }),
  );
}

/** Numbers run from 1 without gaps. Only for a whole chapter: while one is written, gaps are fine. */
export function checkNumbers(chapter: Chapter, exercises: readonly Exercise[]): string[] {
  const distinct = numbersOf(exercises).map((number) => Number(number.split(".")[1]));
  const gap = distinct.findIndex((rank, i) => rank !== i + 1);
  if (gap === -1) return [];
  const { folder, number } = chapter;
  return [`solutions/${folder}: there is ${number}.${distinct[gap]} but no ${number}.${gap + 1}`];
}

/**
 * No exercise is called while its module loads: the stub could not even be imported. This finds calls by name;
 * what hides behind a helper is found by importing the stubs.
 */
function checkTopLevel(files: readonly TaggedFile[]): string[] {
  const names = new Map<string, string>();
  for (const { exercises } of files) {
    for (const { node, title } of exercises) {
      if (ts.isFunctionDeclaration(node) && node.name !== undefined) names.set(node.name.text, title);
    }
  }
  return files.flatMap(({ sourceFile }) => {
    const complaints: string[] = [];
    const visit = (node: ts.Node): void => {
      if (runsLater(node)) return;
      const title = ts.isCallExpression(node) ? names.get(node.expression.getText(sourceFile)) : undefined;
      if (title !== undefined) {
        complaints.push(`${placeOf(sourceFile, node)}: "${title}" is called while the module loads; a stub throws`);
      }
      ts.forEachChild(node, visit);
    };
    visit(sourceFile);
    return complaints;
  });
}

/** Whether code inside `node` waits for a call: functions, and fields of instances. */
function runsLater(node: ts.Node): boolean {
  if (ts.isFunctionLike(node)) return true;
  return ts.isPropertyDeclaration(node) && !node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword);
}

function kindOf(node: ts.Node): string {
  if (ts.isConstructorDeclaration(node)) return "constructor";
  if (ts.isGetAccessor(node) || ts.isSetAccessor(node)) return "getter or setter";
  if (ts.isPropertyDeclaration(node)) return "field";
  if (ts.isVariableStatement(node)) return "variable";
  if (ts.isClassDeclaration(node)) return "class";
  return "declaration";
}
