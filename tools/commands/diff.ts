/**
 * `npm run diff 3`, `npm run diff 3.2`: yours (-) against the reference (+).
 *
 * @module
 */
import { type Chapter, listChapters, ROOT } from "../course/chapters.ts";
import { listExercises } from "../course/exercises.ts";
import { readSolution, readWork } from "../course/files.ts";
import { lineDiff } from "../course/line-diff.ts";
import { BadRequest, learnersChapters, oneWord, select } from "../course/selection.ts";
import { findTags } from "../course/tagged.ts";
import { differences } from "../course/work.ts";
import { bold, green, red } from "../run/colours.ts";

/** @returns the exit code: 0 also when there are differences */
export function diff(words: readonly string[], root: string = ROOT): number {
  const word = oneWord(words);
  const selection = select(root, learnersChapters(root, listChapters(root)), word);
  if (selection === null) throw new BadRequest("Compare which chapter? For example: npm run diff 3 or diff 3.2");
  const sections =
    selection.exercise === null
      ? selection.chapters.flatMap((chapter) => chapterDiff(root, chapter))
      : exerciseDiff(root, selection.chapters[0]!, selection.exercise);
  console.log(sections.length === 0 ? "The same as the reference." : `${red("- yours")}   ${green("+ the reference")}`);
  for (const line of sections) console.log(line);
  return 0;
}

function chapterDiff(root: string, chapter: Chapter): string[] {
  const [mine, reference] = [readWork(root, chapter), readSolution(root, chapter)];
  return differences(mine, reference).flatMap((name) =>
    section(`chapters/${chapter.folder}/${name}`, mine.get(name) ?? "", reference.get(name) ?? ""),
  );
}

/** Only the functions of one exercise, whatever else differs. */
function exerciseDiff(root: string, chapter: Chapter, number: string): string[] {
  const [mine, reference] = [readWork(root, chapter), readSolution(root, chapter)];
  const wanted = listExercises(root, chapter, "solutions").filter((exercise) => exercise.number === number);
  return wanted.flatMap(({ title, file }) => {
    const name = file.slice(`solutions/${chapter.folder}/`.length);
    const textOf = (source: string | undefined): string =>
      findTags(name, source ?? "").exercises.find((exercise) => exercise.title === title)?.node.getText() ?? "";
    const [a, b] = [textOf(mine.get(name)), textOf(reference.get(name))];
    return a === b ? [] : section(`${title}  chapters/${chapter.folder}/${name}`, a, b);
  });
}

function section(heading: string, mine: string, reference: string): string[] {
  const lines = lineDiff(mine, reference);
  const paint = (line: string): string => (line[0] === "-" ? red(line) : line[0] === "+" ? green(line) : line);
  return ["", bold(heading), ...lines.map(paint)];
}
