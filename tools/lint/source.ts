/**
 * The files that the project's own checks read: the reference, the given chapters, tests and tools. Not the learner's
 * chapters: those are checked by their tests only.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type ts from "typescript";
import { filesUnder, givenFolders } from "../course/chapters.ts";
import { parse } from "../course/splice.ts";

/** One file. */
export interface Source {
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly tree: ts.SourceFile;
}

/** All files to check. */
export function readSources(root: string): Source[] {
  const folders = ["solutions", ...givenFolders(root), "tests", "tools"];
  const paths = folders.flatMap((folder) => filesUnder(join(root, folder), ".ts").map((name) => `${folder}/${name}`));
  return paths.map((path) => {
    const text = readFileSync(join(root, path), "utf8");
    return { path, text, tree: parse(path, text) };
  });
}

/** Whether a path is code that runs in a node of the cluster, or in a client: no ambient APIs there. */
export function isCourseCode(path: string): boolean {
  return path.startsWith("solutions/") || path.startsWith("chapters/");
}

/** Whether a line, or the one above it, carries `// allowed: why`. */
export function isAllowed({ tree, text }: Source, node: ts.Node): boolean {
  const { line } = tree.getLineAndCharacterOfPosition(node.getStart(tree));
  const lines = text.split("\n");
  return [lines[line], lines[line - 1]].some((one) => one !== undefined && /\/\/ allowed: \S/.test(one));
}

/** `path:line: text`. */
export function complaint({ path, tree }: Source, node: ts.Node, text: string): string {
  return `${path}:${tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1}: ${text}`;
}
