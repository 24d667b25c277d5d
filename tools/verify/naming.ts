/**
 * How well mistakes get their names: tries mistakes that were written by people who knew neither the wrong answers nor
 * the tests, and compares the name that each is told with the one that is right. They stand in tests/naming/NN-name.md.
 *
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Chaff } from "../../tests/support/chaff.ts";
import { type Chapter } from "../course/chapters.ts";
import { diagnose, readVerdicts } from "../course/diagnosis.ts";
import { readSolution } from "../course/files.ts";
import { makeChaff } from "./chaff-trials.ts";
import { type Lab } from "./lab.ts";
import { TypeChecker } from "./type-check.ts";

/** One mistake. */
export interface Unseen {
  /** Title of the exercise whose body is wrong. */
  readonly exercise: string;
  /** What the mistake is. */
  readonly mistake: string;
  /** Name of the wrong answer that it is; null when the course knows no such one. */
  readonly right: string | null;
  /** The body with the mistake. */
  readonly body: string;
}

/** What one mistake was told. */
export interface Naming {
  readonly unseen: Unseen;
  readonly named: string | null;
  /** "right": as it should be, be it silence; "silent": a name would be known. "unseen": all tests are green. */
  readonly outcome: "right" | "silent" | "wrong" | "unseen";
}

/** `## 6.1 A.f`, what the mistake is, `Named: …` or `Named: –`, and the body. */
const SECTION = /^## (\d+\.\d+ \S+)\n+([^]*?)\nNamed: (.*)\n+```ts\n([^]*?)```$/gm;

/** The mistakes of a chapter. */
export function readUnseen(root: string, chapter: Chapter): Unseen[] {
  const path = join(root, "tests/naming", `${chapter.folder}.md`);
  if (!existsSync(path)) return [];
  const sections = readFileSync(path, "utf8").matchAll(SECTION);
  return Array.from(sections, ([, exercise, mistake, name, body]) => ({
    exercise: exercise!,
    mistake: mistake!.trim(),
    right: name === "–" ? null : name!,
    body: body!,
  }));
}

/** Tries all mistakes of a chapter. @throws ChaffError when one can't be made */
export function tryNames(root: string, chapter: Chapter, lab: Lab): Promise<Naming[]> {
  const solution = readSolution(root, chapter);
  const checker = new TypeChecker(root);
  const verdicts = readVerdicts(root, chapter);
  return Promise.all(
    readUnseen(root, chapter).map(async (unseen): Promise<Naming> => {
      const { exercise, mistake, body, right } = unseen;
      const chaff: Chaff = { exercise, name: mistake, why: "", caughtBy: "", body };
      const files = makeChaff(root, chapter, solution, chaff, checker);
      const { tests } = await lab.try(chapter, files, () => true, (title) => title === exercise);
      const named = diagnose(tests, verdicts)?.verdict.name ?? null;
      if (!tests.some(({ state }) => state === "failed")) return { unseen, named, outcome: "unseen" };
      return { unseen, named, outcome: named === right ? "right" : named === null ? "silent" : "wrong" };
    }),
  );
}
