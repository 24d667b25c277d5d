/**
 * `npm run verdicts`, `npm run verdicts 3`: tries all wrong answers and records how each fails, in
 * tests/NN-name/chaff/verdicts.json. For authors, after a change of tests, chaff or reference.
 * `npm run verdicts 3.4`, `npm run verdicts 3.4 linger`: only those of one exercise, or those of them whose name has
 * that part. It says of each how it fails; the other rows of the file stay as they are.
 *
 * @module
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Chaff } from "../../tests/support/chaff.ts";
import { chaffTitle, isSameChaff, loadChaff } from "../course/chaff.ts";
import { type Chapter, listChapters, ROOT } from "../course/chapters.ts";
import {
  readVerdictRecord,
  testsKey,
  type Verdict,
  type VerdictRecord,
  verdictsPath,
} from "../course/diagnosis.ts";
import { isOf } from "../course/exercises.ts";
import { readSolution } from "../course/files.ts";
import { BadRequest, learnersChapters, oneWord, select, unopenedChapters } from "../course/selection.ts";
import { type ChaffResult, tryChaff, verdictsOf } from "../verify/chaff-trials.ts";
import { isWhole, Lab } from "../verify/lab.ts";

/** Which wrong answers of a chapter to try. */
type Wanted = (chaff: Chaff) => boolean;

/** @returns the exit code: 0 when every wrong answer is caught */
export async function verdicts(words: readonly string[], root: string = ROOT): Promise<number> {
  const all = listChapters(root);
  const learners = learnersChapters(root, all);
  const selection = select(root, [...learners, ...unopenedChapters(root, all)], words[0]);
  const lab = new Lab(root);
  try {
    if (selection !== null && selection.exercise !== null) {
      return await tryExercise(root, selection.chapters[0]!, selection.exercise, words.slice(1).join(" "), lab);
    }
    oneWord(words);
    let failed = 0;
    for (const chapter of selection?.chapters ?? learners) failed += await tryChapter(root, chapter, lab);
    return failed === 0 ? 0 : 1;
  } finally {
    lab.close();
  }
}

/** @returns how many are not caught as they should be */
async function tryChapter(root: string, chapter: Chapter, lab: Lab): Promise<number> {
  const results = await tryChaff(root, chapter, lab);
  for (const result of results) if (result.complaints.length > 0) show(result);
  const wrong = sumUp(chapter.title, results);
  if (results.length === 0) return wrong;
  const { tests } = await lab.try(chapter, readSolution(root, chapter), isWhole);
  write(root, chapter, { tests: testsKey(tests), verdicts: verdictsOf(results) });
  return wrong;
}

/** @returns the exit code */
async function tryExercise(root: string, chapter: Chapter, number: string, part: string, lab: Lab): Promise<number> {
  const wanted: Wanted = ({ exercise, name }) => isOf(exercise, number) && name.includes(part);
  const all = await loadChaff(root, chapter);
  if (!all.some(wanted)) {
    throw new BadRequest(`${number} has no wrong answer${part === "" ? "" : ` with "${part}" in its name`}.`);
  }
  const { tests, verdicts } = readVerdictRecord(root, chapter);
  const recorded = verdicts.filter((verdict) => all.some((chaff) => isSameChaff(chaff, verdict)));
  const results = await tryChaff(root, chapter, lab, { wanted, recorded });
  for (const result of results) show(result);
  const wrong = sumUp(number, results);
  write(root, chapter, { tests, verdicts: merged(all, recorded, verdictsOf(results)) });
  return wrong === 0 ? 0 : 1;
}

/** In the order of the chapter's wrong answers. */
function merged(all: readonly Chaff[], recorded: readonly Verdict[], fresh: readonly Verdict[]): Verdict[] {
  return all.flatMap((chaff) => {
    const isIts = (verdict: Verdict): boolean => isSameChaff(chaff, verdict);
    return fresh.find(isIts) ?? recorded.find(isIts) ?? [];
  });
}

function show({ chaff, complaints, verdict }: ChaffResult): void {
  for (const complaint of complaints) console.log(`✗ ${chaffTitle(chaff)}: ${complaint}`);
  if (complaints.length > 0 || verdict === null) return;
  const others = Object.keys(verdict.failing).length - 1;
  console.log(`✓ ${chaffTitle(chaff)}: “${chaff.caughtBy}”${others === 0 ? "" : ` and ${others} more`}`);
}

function sumUp(what: string, results: readonly ChaffResult[]): number {
  const wrong = results.filter(({ complaints }) => complaints.length > 0).length;
  console.log(`${what}: ${results.length - wrong} wrong answers caught, ${wrong} not as declared`);
  return wrong;
}

function write(root: string, chapter: Chapter, record: VerdictRecord): void {
  writeFileSync(join(root, verdictsPath(chapter)), `${JSON.stringify(record, null, 1)}\n`);
}
