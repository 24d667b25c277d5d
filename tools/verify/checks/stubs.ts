/**
 * Stubs: made by the rules, current in chapters/, and each can be imported without a stub being met.
 *
 * @module
 */
import { hasSolution } from "../../course/chapters.ts";
import { readSolution, readWork } from "../../course/files.ts";
import { checkNumbers, checkRules } from "../../course/rules.ts";
import { listExercises } from "../../course/exercises.ts";
import { stubsOf } from "../../course/stubs.ts";
import { differences } from "../../course/work.ts";
import { captureNode } from "../../run/capture.ts";
import { type Check, type Findings, findings, together, type VerifyContext } from "../check.ts";
import { Scratch } from "../scratch.ts";

export const stubs: Check = {
  name: "stubs",
  aboutExercises: false,
  async run(context) {
    const { root, chapters } = context;
    const withSolution = chapters.filter((chapter) => hasSolution(root, chapter));
    const rules = withSolution.map((chapter) => {
      const complaints = checkRules(chapter, readSolution(root, chapter));
      const numbers = checkNumbers(chapter, listExercises(root, chapter, "solutions"));
      return { ...findings(1, []), failures: [...complaints, ...numbers] };
    });
    return { ...together([...rules, current(context), await importable(root)]), ...yourWork(context) };
  },
};

/** On a build server chapters/ is as generated; on a learner's machine it is the learner's. */
function current({ root, chapters, ci }: VerifyContext): Findings {
  if (!ci) return findings(0, []);
  const all = chapters.filter((chapter) => hasSolution(root, chapter));
  const failures = all.flatMap((chapter) => {
    const changed = differences(readWork(root, chapter), stubsOf(readSolution(root, chapter)));
    if (changed.length === 0) return [];
    return [`chapters/${chapter.folder} is not what \`npm run stubs\` writes: ${changed.join(", ")}`];
  });
  return findings(all.length, failures);
}

function yourWork({ root, learners, ci }: VerifyContext): { remark?: string } {
  const changed = learners.filter((chapter) => {
    const work = readWork(root, chapter);
    return work.size > 0 && differences(work, stubsOf(readSolution(root, chapter))).length > 0;
  });
  if (ci || changed.length === 0) return {};
  return { remark: `your work: ${changed.length} ${changed.length === 1 ? "chapter" : "chapters"}` };
}

async function importable(root: string): Promise<Findings> {
  const scratch = new Scratch(root);
  try {
    scratch.resetToStubs();
    const args = ["--import", "tsx", "tools/verify/import-stubs.ts"];
    const { code, stdout, stderr } = await captureNode(scratch.root, args);
    if (code === 0) return findings(Number(/^(\d+) imported/m.exec(stdout)?.[1] ?? 0), []);
    return findings(0, [stdout.trim() || stderr.trim()]);
  } finally {
    scratch.remove();
  }
}
