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
  const section = lesson.split(/^#+ /m).find((text) => /^[^\n]*invariants/i.test(text)) ?? "";
  // A statement begins where a line begins with its name, and ends at an empty line or the next statement.
  for (const text of section.split(/\n\s*\n|\n(?=[ \t]*(?:[-*] +|\d+\. +)?\**I\d+\b)/)) {
    const match = /^\s*(?:[-*] +|\d+\. +)?\**(I\d+)\b[.:]?\**[.:]?\s+([\s\S]+)$/.exec(text);
    if (match !== null) invariants.set(match[1]!, match[2]!.replace(/\s+/g, " ").replaceAll("**", "").trim());
  }
  return invariants;
}
