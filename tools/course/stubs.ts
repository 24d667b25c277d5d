/**
 * Stubs: the reference with the bodies of its exercises replaced by `throw new NotImplementedError("3.2 Title")`,
 * the helpers that only a solution needs removed, and unused imports pruned.
 *
 * @module
 */
import ts from "typescript";
import { type Files } from "./files.ts";
import { pruneImports } from "./prune-imports.ts";
import { applySplices, indentAt, parse, type Splice } from "./splice.ts";
import { findTags, type TaggedExercise } from "./tagged.ts";

const ERRORS_MODULE = "#ground/errors";

/** Says, for the title of an exercise, whether it is to be a stub. */
export type IsStub = (title: string) => boolean;

/** The stubs of a chapter. With `isStub`, only some exercises are unwritten; then the solution's helpers stay. */
export function stubsOf(solution: Files, isStub?: IsStub): Files {
  return new Map([...solution].map(([name, source]) => [name, stubFile(name, source, isStub)]));
}

/** One file of {@link stubsOf}. A file without exercises and helpers comes back as it is. */
export function stubFile(file: string, source: string, isStub?: IsStub): string {
  const { exercises, helpers } = findTags(file, source);
  const unwritten = exercises.filter(({ title }) => isStub?.(title) ?? true);
  const removed = isStub === undefined ? removals(source, helpers) : [];
  const bodies = unwritten
    .filter(({ body }) => body !== null && !removed.some(({ start, end }) => body.pos >= start && body.end <= end))
    .map((exercise) => stubBody(source, exercise));
  if (bodies.length + removed.length === 0) return source;
  const pruned = pruneImports(file, applySplices(source, [...bodies, ...removed]));
  return bodies.length === 0 ? pruned : importNotImplemented(file, pruned);
}

function stubBody(source: string, { title, node, body }: TaggedExercise): Splice {
  const indent = indentAt(source, node.getStart());
  const statement = `throw new NotImplementedError(${JSON.stringify(title)});`;
  return { start: body!.getStart(), end: body!.end, text: `{\n${indent}  ${statement}\n${indent}}` };
}

type Span = Pick<Splice, "start" | "end">;

/** Removes declarations with their comments; where several stand together, as one. */
function removals(source: string, nodes: readonly ts.Node[]): Splice[] {
  const merged: { -readonly [K in keyof Span]: Span[K] }[] = [];
  for (const { start, end } of nodes.map((node) => spanOf(source, node)).sort((a, b) => a.start - b.start)) {
    const last = merged.at(-1);
    if (last !== undefined && source.slice(last.end, start).trim() === "") last.end = end;
    else merged.push({ start, end });
  }
  return merged.map((span) => ({ ...withoutEmptyLine(source, span), text: "" }));
}

/** A declaration with its comments, in whole lines. */
function spanOf(source: string, node: ts.Node): Span {
  const docs = (node as { jsDoc?: ts.JSDoc[] }).jsDoc ?? [];
  const top = Math.min(node.getStart(), ...docs.map(({ pos }) => pos));
  // Comments that touch the declaration belong to it; one before an empty line is about something else.
  const comments = ts.getLeadingCommentRanges(source, node.getFullStart()) ?? [];
  const attached = comments.filter(({ end }) => !/\n\s*\n/.test(source.slice(end, top)));
  const first = Math.min(top, ...attached.map(({ pos }) => pos));
  const lineEnd = source.indexOf("\n", node.end);
  return { start: source.lastIndexOf("\n", first - 1) + 1, end: lineEnd === -1 ? source.length : lineEnd + 1 };
}

/** Takes one of the two empty lines along that would be left, and the one before a closing brace or the end. */
function withoutEmptyLine(source: string, { start, end }: Span): Span {
  if (!source.slice(0, start).endsWith("\n\n")) return { start, end };
  if (source[end] === "\n") return { start, end: end + 1 };
  if (end === source.length || /^\s*\}/.test(source.slice(end))) return { start: start - 1, end };
  return { start, end };
}

/** Adds `NotImplementedError` to the file's imports: into the one from the errors module if it has one. */
function importNotImplemented(file: string, source: string): string {
  const imports = parse(file, source).statements.filter(ts.isImportDeclaration);
  const from = imports.find(({ moduleSpecifier }) => (moduleSpecifier as ts.StringLiteral).text === ERRORS_MODULE);
  const named = from?.importClause?.namedBindings;
  if (named !== undefined && ts.isNamedImports(named) && from!.importClause!.phaseModifier === undefined) {
    const specifiers = named.elements.map((element) => element.getText());
    if (specifiers.includes("NotImplementedError")) return source;
    const all = [...specifiers, "NotImplementedError"].sort((a, b) => (bare(a) < bare(b) ? -1 : 1));
    return applySplices(source, [{ start: named.getStart(), end: named.end, text: `{ ${all.join(", ")} }` }]);
  }
  const line = `import { NotImplementedError } from "${ERRORS_MODULE}";\n`;
  const first = imports[0];
  const at = first?.getStart() ?? afterModuleComment(source);
  const alone = first === undefined && source[at] !== "\n";
  return applySplices(source, [{ start: at, end: at, text: alone ? `${line}\n` : line }]);
}

function bare(specifier: string): string {
  return specifier.replace(/^type /, "").toLowerCase();
}

/** The place after the `@module` comment that opens a file, or its start. */
function afterModuleComment(source: string): number {
  const comment = /^\/\*\*(?:(?!\*\/)[\s\S])*@module(?:(?!\*\/)[\s\S])*\*\/\n/.exec(source);
  return comment?.[0].length ?? 0;
}
