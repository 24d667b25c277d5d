/**
 * `npm run naming`, `npm run naming 6`: how many of the mistakes in tests/naming, which nobody had seen before, are
 * told their right name. For authors, after a change of what names them (`tools/course/diagnosis.ts`).
 *
 * @module
 */
import { listChapters, ROOT } from "../course/chapters.ts";
import { learnersChapters, oneWord, select } from "../course/selection.ts";
import { Lab } from "../verify/lab.ts";
import { type Naming, tryNames } from "../verify/naming.ts";

/** @returns the exit code: 0 when none is told a wrong name */
export async function naming(words: readonly string[], root: string = ROOT): Promise<number> {
  const learners = learnersChapters(root, listChapters(root));
  const chapters = select(root, learners, oneWord(words))?.chapters ?? learners;
  const lab = new Lab(root);
  const all: Naming[] = [];
  try {
    for (const chapter of chapters) {
      const names = await tryNames(root, chapter, lab);
      names.filter(({ outcome }) => outcome !== "right").forEach(show);
      if (names.length > 0) sumUp(chapter.title, names);
      all.push(...names);
    }
  } finally {
    lab.close();
  }
  if (chapters.length > 1) sumUp("all", all);
  return count(all, "wrong") === 0 ? 0 : 1;
}

function show({ unseen: { exercise, mistake, right }, named, outcome }: Naming): void {
  const what = {
    right: "",
    silent: right === null ? "" : `no name, it is “${right}”`,
    wrong: `named “${named}”, it is ${right === null ? "none that the course knows" : `“${right}”`}`,
    unseen: "all tests are green",
  }[outcome];
  console.log(`${outcome === "wrong" ? "✗" : "·"} ${exercise}, ${mistake}: ${what}`);
}

function sumUp(what: string, names: readonly Naming[]): void {
  const red = names.filter(({ outcome }) => outcome !== "unseen");
  const named = red.filter(({ outcome, named: name }) => outcome === "right" && name !== null).length;
  const known = red.filter(({ unseen }) => unseen.right !== null).length;
  const wrong = count(names, "wrong");
  console.log(`${what}: of ${red.length} mistakes ${named} named rightly, ${wrong} wrongly; ${known} are known`);
}

function count(names: readonly Naming[], outcome: Naming["outcome"]): number {
  return names.filter((one) => one.outcome === outcome).length;
}
