/**
 * Finds the exercise whose text the compiler can't read, so that it alone can be replaced.
 *
 * @module
 */
import ts from "typescript";
import { exercisesIn, numbersOf } from "./exercises.ts";

/** What the compiler can't read in a file, with its line; null when it can. */
export function syntaxErrorIn(file: string, source: string): string | null {
  const compilerOptions = { target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext };
  const { diagnostics = [] } = ts.transpileModule(source, { fileName: file, reportDiagnostics: true, compilerOptions });
  const [first] = diagnostics;
  if (first === undefined) return null;
  const line = source.slice(0, first.start ?? 0).split("\n").length;
  return `line ${line}: ${ts.flattenDiagnosticMessageText(first.messageText, " ")}`;
}

/** A file that can be read again, and the numbers of the exercises that had to be replaced. */
export interface Mended {
  readonly text: string;
  readonly numbers: readonly string[];
}

/**
 * The file with the reference's text for those exercises that can't be read, and their numbers; null when that
 * doesn't help. Works on the text: where a brace is missing, no tree tells where a function ends.
 */
export function culpritsIn(file: string, source: string, reference: string): Mended | null {
  const titles = exercisesIn(reference, file).map(({ title }) => title);
  for (const title of titles) {
    const text = withText(source, reference, title);
    if (text !== null && syntaxErrorIn(file, text) === null) return { text, numbers: [title.split(" ")[0]!] };
  }
  let text = source;
  const replaced: string[] = [];
  for (const title of titles) {
    const next = withText(text, reference, title);
    if (next === null) continue;
    replaced.push(title);
    text = next;
    if (syntaxErrorIn(file, text) === null) {
      return { text, numbers: numbersOf(exercisesIn(reference, file).filter((one) => replaced.includes(one.title))) };
    }
  }
  return null;
}

/** `source` with what stands from the exercise's tag to the next doc comment taken from the reference. */
function withText(source: string, reference: string, title: string): string | null {
  const [mine, theirs] = [spanOf(source, title), spanOf(reference, title)];
  if (mine === null || theirs === null) return null;
  return source.slice(0, mine.start) + reference.slice(theirs.start, theirs.end) + source.slice(mine.end);
}

function spanOf(source: string, title: string): { start: number; end: number } | null {
  const tag = source.indexOf(`@exercise ${title}\n`);
  const start = tag === -1 ? -1 : source.indexOf("*/", tag);
  if (start === -1) return null;
  const next = source.indexOf("/**", start);
  return { start, end: next === -1 ? source.length : next };
}
