/**
 * `npm run verify`: all that a build server checks. `npm run verify 3` checks only the exercises of one chapter.
 * It works in scratch copies and leaves the tree as it is. Its last line is `N passed, N failed`.
 *
 * @module
 */
import { listChapters, ROOT } from "../course/chapters.ts";
import { learnersChapters, select } from "../course/selection.ts";
import { LiveLine } from "../run/bar.ts";
import { bold, dim, green, red, yellow } from "../run/colours.ts";
import { Interrupted } from "../run/run-tests.ts";
import { type Findings, together, type VerifyContext } from "../verify/check.ts";
import { ALL_CHECKS } from "../verify/checks/all.ts";
import { Lab } from "../verify/lab.ts";

/** @returns the exit code */
export async function verify([word]: readonly string[], root: string = ROOT): Promise<number> {
  const chapters = listChapters(root);
  const all = learnersChapters(root, chapters);
  const learners = word === undefined ? all : select(root, all, word)!.chapters;
  const live = new LiveLine();
  let current = "";
  let trials = 0;
  const lab = new Lab(root, () => live.show(`  ${current} … ${++trials} runs`));
  const context: VerifyContext = { root, chapters, learners, lab, ci: process.env["CI"] === "true" };
  const results: Findings[] = [];
  let interrupted = false;
  const interrupt = (): void => void (interrupted = true);
  process.on("SIGINT", interrupt).on("SIGTERM", interrupt);
  try {
    for (const check of ALL_CHECKS.filter(({ aboutExercises }) => word === undefined || aboutExercises)) {
      [current, trials] = [check.name, 0];
      live.show(`  ${current} …`);
      const startMs = performance.now();
      const found = await check.run(context).catch(brokenCheck);
      live.clear();
      if (interrupted) throw new Interrupted();
      results.push(found);
      show(check.name, found, performance.now() - startMs);
    }
  } finally {
    process.off("SIGINT", interrupt).off("SIGTERM", interrupt);
    lab.close();
  }
  const { passed, failures, skipped } = together(results);
  if (skipped.length > 0) console.log(bold(yellow(`\nSkipped: ${skipped.length}, see above.`)));
  console.log(`\n${passed} passed, ${failures.length} failed`);
  return failures.length === 0 ? 0 : 1;
}

/** A check that breaks has failed, and the others still run. */
function brokenCheck(error: unknown): Findings {
  if (error instanceof Interrupted) throw error;
  const what = error instanceof Error ? error.stack : String(error);
  return { passed: 0, failures: [`The check itself broke: ${what}`], skipped: [] };
}

function show(name: string, { passed, failures, skipped, remark }: Findings, tookMs: number): void {
  const sign = failures.length > 0 ? red("✗") : green("✓");
  const counts = failures.length > 0 ? `${passed} passed, ${red(`${failures.length} failed`)}` : `${passed} passed`;
  const time = dim(`${(tookMs / 1000).toFixed(1)} s`);
  console.log(`${sign} ${name.padEnd(26)} ${counts.padEnd(24)} ${time}${remark === undefined ? "" : `  ${remark}`}`);
  for (const text of failures) console.log(`${text.replace(/^/gm, "    ")}`);
  for (const text of skipped) console.log(yellow(`    SKIPPED: ${text}`));
}
