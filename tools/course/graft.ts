/**
 * Takes the reference's body of some exercises into a learner's file, and leaves everything else as the learner
 * wrote it.
 *
 * @module
 */
import ts from "typescript";
import { type Files } from "./files.ts";
import { applySplices, indentAt, parse, type Splice } from "./splice.ts";
import { type IsStub, stubFile } from "./stubs.ts";
import { findTags, type TaggedExercise, type TaggedFile } from "./tagged.ts";

/** What came of taking exercises from the reference. */
export interface Grafted {
  readonly files: Files;
  /** Titles of the exercises whose body was taken. */
  readonly taken: readonly string[];
  /** Titles that could not be found in the learner's files: those files were left alone. */
  readonly notFound: readonly string[];
}

/** `work` with the bodies of the exercises that `wanted` names taken from `solution`. */
export function graft(work: Files, solution: Files, wanted: IsStub): Grafted {
  const files = new Map(work);
  const taken: string[] = [];
  const notFound: string[] = [];
  for (const [name, source] of solution) {
    const reference = findTags(name, source);
    const titles = reference.exercises.map(({ title }) => title).filter(wanted);
    if (titles.length === 0) continue;
    const mine = work.get(name);
    if (mine === undefined || mine === stubFile(name, source)) {
      // Nothing of the learner's is in it: make the file anew, the other exercises as stubs.
      files.set(name, stubFile(name, source, (title) => !wanted(title)));
      taken.push(...titles);
      continue;
    }
    const learners = findTags(name, mine);
    const found = titles.filter((title) => learners.exercises.some((one) => one.title === title && one.body !== null));
    notFound.push(...titles.filter((title) => !found.includes(title)));
    if (found.length === 0) continue;
    files.set(name, withImports(reference, withHelpers(reference, withBodies(reference, learners, found))));
    taken.push(...found);
  }
  return { files, taken, notFound };
}

function withBodies(reference: TaggedFile, learners: TaggedFile, titles: readonly string[]): string {
  const splices = titles.map((title): Splice => {
    const from = bodyOf(reference.exercises, title);
    const to = bodyOf(learners.exercises, title);
    return { start: to.getStart(), end: to.end, text: from.getText() };
  });
  return applySplices(learners.source, splices);
}

function bodyOf(exercises: readonly TaggedExercise[], title: string): ts.Block {
  return exercises.find((exercise) => exercise.title === title)!.body!;
}

/** Adds the helpers that only the solution uses, where something has not their name already. */
function withHelpers(reference: TaggedFile, source: string): string {
  const mine = parse(reference.file, source);
  const splices = reference.helpers.flatMap((helper): Splice[] => {
    const owner = ts.isClassDeclaration(helper.parent) ? mine.statements.find(isSameClass(helper.parent)) : mine;
    if (owner === undefined) return []; // the learner has taken the class apart: nothing to add to
    const members: readonly ts.Node[] = ts.isClassDeclaration(owner) ? owner.members : mine.statements;
    const names = new Set(members.flatMap(namesOf));
    if (namesOf(helper).some((name) => names.has(name))) return [];
    const text = `${indentAt(reference.source, helper.getStart())}${helper.getFullText().trim()}`;
    if (owner === mine) return [{ start: source.length, end: source.length, text: `\n${text}\n` }];
    const end = owner.end - 1;
    return [{ start: end, end, text: `\n${text}\n` }];
  });
  return applySplices(source, joined(splices));
}

function isSameClass(like: ts.ClassDeclaration): (node: ts.Node) => node is ts.ClassDeclaration {
  return (node): node is ts.ClassDeclaration => ts.isClassDeclaration(node) && node.name?.text === like.name?.text;
}

/** Insertions at one place, made one, in their order. */
function joined(splices: readonly Splice[]): Splice[] {
  const byPlace = new Map<number, Splice>();
  for (const splice of splices) {
    const before = byPlace.get(splice.start)?.text ?? "";
    byPlace.set(splice.start, { ...splice, text: before + splice.text });
  }
  return [...byPlace.values()];
}

function namesOf(node: ts.Node): string[] {
  if (ts.isVariableStatement(node)) return node.declarationList.declarations.map(({ name }) => name.getText());
  const name = (node as { name?: ts.Node }).name;
  return name === undefined ? [] : [name.getText()];
}

/** Adds the imports that the reference has and the learner's file lacks. */
function withImports(reference: TaggedFile, source: string): string {
  const have = new Set(parse(reference.file, source).statements.flatMap(importedNames));
  const lines = reference.sourceFile.statements.filter(ts.isImportDeclaration).flatMap((statement) => {
    const named = statement.importClause?.namedBindings;
    if (named === undefined || !ts.isNamedImports(named)) {
      return importedNames(statement).every((name) => have.has(name)) ? [] : [statement.getText()];
    }
    const missing = named.elements.filter(({ name }) => !have.has(name.text)).map((element) => element.getText());
    if (missing.length === 0) return [];
    return [`import { ${missing.join(", ")} } from ${statement.moduleSpecifier.getText()};`];
  });
  if (lines.length === 0) return source;
  const statements = parse(reference.file, source).statements;
  const at = statements[0]?.getStart() ?? 0;
  const first = statements.find(ts.isImportDeclaration)?.getStart() ?? at;
  return applySplices(source, [{ start: first, end: first, text: `${lines.join("\n")}\n` }]);
}

function importedNames(statement: ts.Statement): string[] {
  if (!ts.isImportDeclaration(statement)) return [];
  const clause = statement.importClause;
  if (clause === undefined) return [statement.moduleSpecifier.getText()];
  const named = clause.namedBindings;
  const names = clause.name === undefined ? [] : [clause.name.text];
  if (named === undefined) return names;
  if (ts.isNamespaceImport(named)) return [...names, named.name.text];
  return [...names, ...named.elements.map(({ name }) => name.text)];
}
