/**
 * What the tools read from a lesson, chapters/NN-name/README.md: its invariants.
 *
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Chapter } from "./chapters.ts";

/** The lesson's text, or the empty string while there is none. */
export function readLesson(root: string, chapter: Chapter): string {
  const path = join(root, "chapters", chapter.folder, "README.md");
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

/** The lesson's invariants: `I3` → its statement, as one line of plain text. */
export function invariantsIn(lesson: string): Map<string, string> {
  const invariants = new Map<string, string>();
  const section = /^#+[^\n]*invariants[^\n]*\n([\s\S]*?)(?=^#|$(?![\s\S]))/im.exec(lesson)?.[1] ?? "";
  const statement = /^[ \t]*(?:[-*] +|\d+\. +)?\**(I\d+)\.?\**\.?[ \t]+([\s\S]*?)(?=\n[ \t]*\n|\n[ \t]*(?:[-*] +|\d+\. +)?\**I\d+\b|$(?![\s\S]))/gm;
  for (const [, name, text] of section.matchAll(statement)) {
    invariants.set(name!, text!.replace(/\s+/g, " ").replace(/\*\*/g, "").trim());
  }
  return invariants;
}
