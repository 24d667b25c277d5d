/**
 * What titles of tests speak of: "your code" in a failure is the function that the title names, or else all functions
 * of its exercise. So a title names none that there isn't: it would have been renamed since.
 *
 * @module
 */
import { type Chapter } from "../../course/chapters.ts";
import { listExercises } from "../../course/exercises.ts";
import { readGiven, readSolution } from "../../course/files.ts";
import { exercisesNamed, namedIn, parseTitle } from "../../course/titles.ts";
import { isWhole } from "../lab.ts";
import { type Check, type Findings, findings, together, type VerifyContext } from "../check.ts";

export const titles: Check = {
  name: "titles name functions",
  aboutExercises: true,
  async run({ root, learners, lab }) {
    const all = await Promise.all(learners.map((chapter) => ofChapter(root, chapter, lab)));
    return { ...together(all.map(({ found }) => found)), remark: all.map(({ remark }) => remark).join("; ") };
  },
};

async function ofChapter(
  root: string,
  chapter: Chapter,
  lab: VerifyContext["lab"],
): Promise<{ found: Findings; remark: string }> {
  const solution = readSolution(root, chapter);
  const { tests } = await lab.try(chapter, solution, isWhole);
  const own = [...new Set(tests.map(({ title }) => title))].filter((title) => parseTitle(title).exercise !== null);
  const exercises = listExercises(root, chapter, "solutions");
  const words = new Set([...solution.values(), ...readGiven(root, chapter).values()].join("\n").match(/\w+/g));
  const failures = own.flatMap((title) => [
    ...(exercisesNamed(title, exercises).length === 0 ? [`"${title}" is of no exercise of its chapter`] : []),
    ...unknownWords(title, words),
  ]);
  const naming = own.filter((title) => {
    const { exercise } = parseTitle(title);
    const functions = exercises.filter(({ number }) => number === exercise);
    return functions.length === 1 || exercisesNamed(title, exercises).length < functions.length;
  });
  return { found: findings(own.length, failures), remark: `${chapter.title}: ${naming.length} of ${own.length}` };
}

/** Words before a title's colon that look like a function's name, of which the chapter knows nothing. */
function unknownWords(title: string, words: ReadonlySet<string>): string[] {
  return namedIn(title).flatMap((word) => {
    if (!/^[a-z]+[A-Z]|\./.test(word)) return [];
    const unknown = word.split(".").find((part) => !words.has(part));
    return unknown === undefined ? [] : [`"${title}" names ${unknown}, which nothing in its chapter is called`];
  });
}
