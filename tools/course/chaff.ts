/**
 * Wrong answers: loading them from tests/NN-name/chaff/N.k.ts, and splicing them into the reference.
 *
 * @module
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type Chaff } from "../../tests/support/chaff.ts";
import { type Chapter, filesUnder } from "./chapters.ts";
import { type Files } from "./files.ts";
import { applySplices, indentAt } from "./splice.ts";
import { findTags } from "./tagged.ts";

/** A wrong answer cannot be made as it is declared; the message says why. */
export class ChaffError extends Error {}

/** All wrong answers of a chapter, in the order of the exercises' files. */
export async function loadChaff(root: string, chapter: Chapter): Promise<Chaff[]> {
  const folder = join(root, "tests", chapter.folder, "chaff");
  // Loaded here, as most commands don't need what this costs. See main.ts.
  const { tsImport } = await import("tsx/esm/api");
  const all: Chaff[] = [];
  for (const name of filesUnder(folder, ".ts")) {
    const file = pathToFileURL(join(folder, name)).href;
    const module = (await tsImport(file, import.meta.url)) as { default: readonly Chaff[] };
    all.push(...module.default);
  }
  return all;
}

/** Enough to tell which wrong answer it is. */
export type NamedChaff = Pick<Chaff, "exercise" | "name">;

/** Whether both are about one wrong answer. */
export function isSameChaff(one: NamedChaff, other: NamedChaff): boolean {
  return one.exercise === other.exercise && one.name === other.name;
}

/** What a wrong answer is called in messages. */
export function chaffTitle({ exercise, name }: NamedChaff): string {
  return `${exercise}: “${name}”`;
}

/**
 * Puts a wrong answer into the reference.
 *
 * @returns the name of the file that changes, and its new text
 * @throws ChaffError when the exercise is unknown, or a `from` doesn't occur exactly once in its body
 */
export function spliceChaff(solution: Files, chaff: Chaff): { file: string; text: string } {
  for (const [file, source] of solution) {
    const body = findTags(file, source).exercises.find(({ title }) => title === chaff.exercise)?.body;
    if (body === undefined || body === null) continue;
    const [start, end] = [body.getStart() + 1, body.end - 1];
    const text = newBody(chaff, source.slice(start, end), indentAt(source, body.end - 1));
    return { file, text: applySplices(source, [{ start, end, text }]) };
  }
  throw new ChaffError(`there is no exercise "${chaff.exercise}"`);
}

function newBody({ replace, body }: Chaff, old: string, indent: string): string {
  if ((replace === undefined) === (body === undefined)) throw new ChaffError("give either replace or body");
  if (body !== undefined) {
    const lines = body.trim().split("\n");
    return `\n${lines.map((line) => (line === "" ? "" : `${indent}  ${line}`)).join("\n")}\n${indent}`;
  }
  let text = old;
  for (const [from, to] of replace!) {
    const count = text.split(from).length - 1;
    if (count !== 1) throw new ChaffError(`${JSON.stringify(from)} occurs ${count} times in the body, not once`);
    text = text.replace(from, () => to);
  }
  if (text === old) throw new ChaffError("it changes nothing");
  return text;
}
