/**
 * `npm run hunt 3.4`: a test of the learner's own, hunts/3.4.test.ts. It must be green on the reference and on other
 * right solutions, and red on each known wrong answer of 3.4. The first time, the file is made.
 *
 * @module
 */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type Chaff } from "../../tests/support/chaff.ts";
import { loadChaff, spliceChaff } from "../course/chaff.ts";
import { type Chapter, filesUnder, listChapters, ROOT } from "../course/chapters.ts";
import { isOf, listExercises } from "../course/exercises.ts";
import { type Files, readAlternatives, readSolution } from "../course/files.ts";
import { BadRequest, learnersChapters, oneWord, select } from "../course/selection.ts";
import { LiveLine } from "../run/bar.ts";
import { bold, cyan, dim, green, red } from "../run/colours.ts";
import { type ChapterOutcome, LEARNERS_LIMITS } from "../run/run-chapter.ts";
import { Interrupted } from "../run/run-tests.ts";
import { looseFailures } from "../run/verdict.ts";
import { lineWidth, wrap } from "../run/wrap.ts";
import { Scratch } from "../verify/scratch.ts";

/** @returns the exit code: 0 when every wrong answer is caught, and no right one */
export async function hunt(words: readonly string[], root: string = ROOT): Promise<number> {
  const { chapters, exercise } = select(root, learnersChapters(root, listChapters(root)), oneWord(words)) ?? {};
  const chapter = chapters?.[0];
  if (chapter === undefined || exercise === null || exercise === undefined) {
    throw new BadRequest("Hunt for mistakes in which exercise? For example: npm run hunt 1.1");
  }
  const path = join("hunts", `${exercise}.test.ts`);
  if (!existsSync(join(root, path))) {
    mkdirSync(join(root, "hunts"), { recursive: true });
    writeFileSync(join(root, path), templateOf(root, chapter, exercise));
    console.log(`Write your test into ${cyan(path)}, then ${cyan(`npm run hunt ${exercise}`)} again.`);
    return 0;
  }
  const hunter = new Hunter(root, chapter, readFileSync(join(root, path), "utf8"));
  try {
    const all = (await loadChaff(root, chapter)).filter((chaff) => isOf(chaff.exercise, exercise));
    return (await isTooStrict(root, chapter, hunter)) ? 1 : await showCatch(hunter, all);
  } finally {
    hunter.close();
  }
}

/** Says on which right solution the test is red. @returns whether there is one */
async function isTooStrict(root: string, chapter: Chapter, hunter: Hunter): Promise<boolean> {
  const right: [what: string, files: Files][] = [
    ["the reference", new Map()],
    ...Array.from(readAlternatives(root, chapter), ([name, files]): [string, Files] => [
      `the alternative “${name}”`,
      files,
    ]),
  ];
  for (const [what, files] of right) {
    const said = await hunter.try(files);
    if (said === null) continue;
    const text = said === "" ? "It holds no test that runs." : `It is red on ${what}, which is right: ${said}`;
    console.log(wrap(text, lineWidth()).join("\n"));
    return true;
  }
  console.log(`${green("✓")} green on the reference and on ${right.length - 1} other right solutions`);
  return false;
}

/** @returns the exit code */
async function showCatch(hunter: Hunter, all: readonly Chaff[]): Promise<number> {
  const missed: Chaff[] = [];
  for (const chaff of all) {
    const { file, text } = spliceChaff(hunter.solution, chaff);
    if ((await hunter.try(new Map([[file, text]]))) === null) missed.push(chaff);
  }
  for (const { exercise, name, why } of missed) {
    console.log(`${red("✗")} missed: ${bold(`“${name}”`)} in ${exercise.split(" ")[1]}`);
    console.log(wrap(why, lineWidth() - 4).map((line) => dim(`    ${line}`)).join("\n"));
  }
  console.log(bold(`Caught ${all.length - missed.length} of ${all.length} wrong answers.`));
  return missed.length === 0 ? 0 : 1;
}

/** A scratch copy in which the learner's test is the only one of its chapter. */
class Hunter {
  readonly solution: Files;
  readonly #chapter: Chapter;
  readonly #scratch: Scratch;
  readonly #live = new LiveLine();
  #tried = 0;

  constructor(root: string, chapter: Chapter, test: string) {
    this.solution = readSolution(root, chapter);
    this.#chapter = chapter;
    this.#scratch = new Scratch(root);
    const folder = join(this.#scratch.root, "tests", chapter.folder);
    for (const name of filesUnder(folder, ".test.ts")) rmSync(join(folder, name));
    // It stands one folder deeper there: what it takes from tests/support is as near as to the others.
    writeFileSync(join(folder, "hunt.test.ts"), test.replaceAll('"../tests/', '"../'));
  }

  /**
   * Runs the test on the reference with these files in place of its own.
   *
   * @returns null when it is green, else what is wrong; the empty string when no test ran
   */
  async try(files: Files): Promise<string | null> {
    const outcome = await this.#scratch.run(this.#chapter, new Map([...this.solution, ...files]), LEARNERS_LIMITS);
    if (outcome.result.broken === "interrupted") throw new Interrupted();
    this.#live.show(dim(`  ${++this.#tried} solutions tried`));
    return wrongIn(outcome);
  }

  close(): void {
    this.#live.clear();
    this.#scratch.remove();
  }
}

function wrongIn({ tests, result }: ChapterOutcome): string | null {
  const failed = tests.find(({ state }) => state === "failed");
  if (failed !== undefined) return `“${failed.title}”: ${failed.failures[0]?.message ?? ""}`;
  const [loose] = looseFailures(result);
  if (loose !== undefined) return loose.message;
  return tests.some(({ state }) => state === "passed") ? null : "";
}

function templateOf(root: string, chapter: Chapter, number: string): string {
  const solution = readSolution(root, chapter);
  const own = listExercises(root, chapter, "solutions").filter((exercise) => exercise.number === number);
  const byFile = new Map<string, Set<string>>();
  for (const { file, name } of own) {
    const stem = basename(file, ".ts");
    const owner = name.split(".")[0]!;
    const isExported = new RegExp(`^export (async )?(abstract )?(function|class) ${owner}\\b`, "m");
    if (!isExported.test(solution.get(`${stem}.ts`) ?? "")) continue;
    byFile.set(stem, (byFile.get(stem) ?? new Set()).add(owner));
  }
  const imports = [...byFile].map(
    ([stem, names]) => `import { ${[...names].join(", ")} } from "#${chapter.folder.slice(3)}/${stem}";`,
  );
  return `/**
 * Your test of ${number}: green on every right solution, red on every wrong one that you can think of.
 * \`npm run hunt ${number}\` says how many of the known mistakes it catches.
 */
import { expect, test } from "vitest";
${imports.join("\n")}

test("${number} …", () => {
  expect(1).toBe(1);
});
`;
}
