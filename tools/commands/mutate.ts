/**
 * `npm run mutate 3`, `npm run mutate 3.2`: makes small changes to the reference, one at a time, and shows those that
 * no test notices. For authors: each is either no mistake, or a wrong answer that the course would pass. A chapter
 * takes some minutes. `npm run mutate 3 -- --given` does so with what isn't an exercise.
 *
 * @module
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Chapter, listChapters, ROOT } from "../course/chapters.ts";
import { isOf } from "../course/exercises.ts";
import { type Files, readGiven, readSolution } from "../course/files.ts";
import { BadRequest, learnersChapters, oneWord, select } from "../course/selection.ts";
import { LiveLine } from "../run/bar.ts";
import { dim, green, red } from "../run/colours.ts";
import { LEARNERS_LIMITS } from "../run/run-chapter.ts";
import { Lab } from "../verify/lab.ts";
import { type Mutation, mutationsOf } from "../verify/mutations.ts";
import { TypeChecker } from "../verify/type-check.ts";

/** @returns the exit code: 0 also when changes go unnoticed, as some are no mistakes */
export async function mutate(args: readonly string[], root: string = ROOT): Promise<number> {
  const options = { given: { type: "boolean" } } as const;
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options });
  const selection = select(root, learnersChapters(root, listChapters(root)), oneWord(positionals));
  if (selection === null) throw new BadRequest("Change which chapter? For example: npm run mutate 3, or mutate 3.2");
  const live = new LiveLine();
  let all: readonly Mutation[] = [];
  let tried = 0;
  const onTrial = (): void => {
    tried += 1;
    live.show(dim(`  ${tried} of ${all.length} changes tried`));
  };
  const lab = new Lab(root, onTrial, LEARNERS_LIMITS);
  try {
    for (const chapter of selection.chapters) {
      const solution = readSolution(root, chapter);
      const files = values.given === true ? new Map([...solution, ...readGiven(root, chapter)]) : solution;
      all = mutationsIn(files, values.given === true ? "given" : selection.exercise);
      tried = 0;
      const unnoticed = await unnoticedOf(root, chapter, files, all, lab);
      live.clear();
      console.log(`${chapter.title}: ${all.length} changes, ${unnoticed.length} of them unnoticed`);
      for (const { exercise, file, line, from, to } of unnoticed) {
        console.log(`\n  ${exercise}  ${placeOf(chapter, file)}:${line}`);
        console.log(`  ${red(`- ${inOneLine(from)}`)}\n  ${green(`+ ${inOneLine(to)}`)}`);
      }
    }
  } finally {
    live.clear();
    lab.close();
  }
  return 0;
}

/** @param which - an exercise's number, or "given"; null for all exercises */
function mutationsIn(files: Files, which: string | null): Mutation[] {
  const all = [...files].flatMap(([file, source]) => mutationsOf(file, source));
  return all.filter(({ exercise }) => (which === null ? exercise !== "given" : isOf(exercise, which)));
}

/** Those with which all tests are green, though the compiler takes them. */
async function unnoticedOf(
  root: string,
  chapter: Chapter,
  files: Files,
  all: readonly Mutation[],
  lab: Lab,
): Promise<Mutation[]> {
  const checker = new TypeChecker(root);
  const noticed = await Promise.all(
    all.map(async ({ file, text, exercise }) => {
      const isExercise = exercise !== "helper" && exercise !== "given";
      const isChanged = isExercise ? (title: string): boolean => title === exercise : null;
      if (await lab.anyFails(chapter, new Map(files).set(file, text), isChanged)) return true;
      return checker.check(join(root, placeOf(chapter, file)), text).length > 0;
    }),
  );
  return all.filter((_, i) => !noticed[i]);
}

function placeOf({ folder }: Chapter, file: string): string {
  return `${file.startsWith("given/") ? "chapters" : "solutions"}/${folder}/${file}`;
}

function inOneLine(text: string): string {
  return text.replace(/\s+/g, " ");
}
