/**
 * Text splices: stubs and wrong answers are made by replacing spans of the reference's text, so that everything
 * else stays byte for byte.
 *
 * @module
 */
import ts from "typescript";

/** Replaces the characters from `start` to before `end` by `text`. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Applies splices that do not overlap, in any order. */
export function applySplices(source: string, splices: readonly Splice[]): string {
  const fromTheEnd = [...splices].sort((a, b) => b.start - a.start);
  return fromTheEnd.reduce((text, { start, end, text: by }) => text.slice(0, start) + by + text.slice(end), source);
}

/** Parses a file, with parent links. */
export function parse(file: string, source: string): ts.SourceFile {
  return ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
}

/** `file:line` of a node, as editors and terminals understand it. */
export function placeOf(sourceFile: ts.SourceFile, node: ts.Node): string {
  const { line } = sourceFile.getLineAndCharacterOfPosition(node.getStart(sourceFile));
  return `${sourceFile.fileName}:${line + 1}`;
}

/** The white space in front of the line on which `at` lies. */
export function indentAt(source: string, at: number): string {
  const lineStart = source.lastIndexOf("\n", at - 1) + 1;
  return /^[ \t]*/.exec(source.slice(lineStart, at))![0];
}
