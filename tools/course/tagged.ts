/**
 * Declarations with the course's tags, found in a parsed file: `@exercise 3.2 Title` and `@solution`.
 *
 * @module
 */
import ts from "typescript";
import { parse } from "./splice.ts";

/** A function or method with an `@exercise` tag (or, to be refused by the rules, something else with one). */
export interface TaggedExercise {
  readonly title: string;
  readonly node: ts.Node;
  /** Null when `node` is nothing that can be an exercise. */
  readonly body: ts.Block | null;
}

/** What the course's tags say about one file. */
export interface TaggedFile {
  readonly file: string;
  readonly source: string;
  readonly sourceFile: ts.SourceFile;
  readonly exercises: readonly TaggedExercise[];
  /** Helpers that only the solution uses. */
  readonly helpers: readonly ts.Node[];
}

/** Parses `source` and collects its tagged declarations, in order. */
export function findTags(file: string, source: string): TaggedFile {
  const sourceFile = parse(file, source);
  const exercises: TaggedExercise[] = [];
  const helpers: ts.Node[] = [];
  const visit = (node: ts.Node): void => {
    const tags = ownTags(node);
    const exercise = tags.find((tag) => tag.tagName.text === "exercise");
    if (exercise !== undefined) {
      exercises.push({ title: titleOf(exercise), node, body: isFunctionOrMethod(node) ? (node.body ?? null) : null });
    }
    if (tags.some((tag) => tag.tagName.text === "solution")) helpers.push(node);
    else ts.forEachChild(node, visit);
  };
  visit(sourceFile);
  return { file, source, sourceFile, exercises, helpers };
}

/** The only two kinds of declaration that may be exercises. */
export function isFunctionOrMethod(node: ts.Node): node is ts.FunctionDeclaration | ts.MethodDeclaration {
  return ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node);
}

/** Tags of the doc comments that stand on this very node: TypeScript also hands a parent's on to its children. */
function ownTags(node: ts.Node): ts.JSDocTag[] {
  const comments = (node as { jsDoc?: ts.JSDoc[] }).jsDoc ?? [];
  return comments.flatMap((comment) => [...(comment.tags ?? [])]);
}

function titleOf(tag: ts.JSDocTag): string {
  return (ts.getTextOfJSDocComment(tag.comment) ?? "").split("\n")[0]!.trim();
}
