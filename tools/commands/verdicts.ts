/**
 * `npm run verdicts`, `npm run verdicts 3`: tries all wrong answers and records how each fails, in
 * tests/NN-name/chaff/verdicts.json. For authors, after a change of tests, chaff or reference.
 *
 * @module
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { chaffTitle } from "../course/chaff.ts";
import { listChapters, ROOT } from "../course/chapters.ts";
import { verdictsPath } from "../course/diagnosis.ts";
import { learnersChapters, oneWord, select } from "../course/selection.ts";
import { tryChaff, verdictsOf } from "../verify/chaff-trials.ts";
import { Lab } from "../verify/lab.ts";

/** @returns the exit code: 0 when every wrong answer is caught */
export async function verdicts(words: readonly string[], root: string = ROOT): Promise<number> {
  const word = oneWord(words);
  const learners = learnersChapters(root, listChapters(root));
  const chapters = select(root, learners, word)?.chapters ?? learners;
  const lab = new Lab(root);
  let failed = 0;
  try {
    for (const chapter of chapters) {
      const results = await tryChaff(root, chapter, lab);
      for (const { chaff, complaints } of results) {
        for (const complaint of complaints) console.log(`✗ ${chaffTitle(chaff)}: ${complaint}`);
      }
      const wrong = results.filter(({ complaints }) => complaints.length > 0).length;
      failed += wrong;
      console.log(`${chapter.title}: ${results.length - wrong} wrong answers caught, ${wrong} not as declared`);
      if (results.length > 0) writeFileSync(join(root, verdictsPath(chapter)), textOf(verdictsOf(results)));
    }
  } finally {
    lab.close();
  }
  return failed === 0 ? 0 : 1;
}

/** How verdicts stand in their file. */
export function textOf(verdicts: readonly object[]): string {
  return `${JSON.stringify(verdicts, null, 1)}\n`;
}
