/**
 * `npm run verify`: all that a build server checks. `npm run verify 3` checks only the exercises of one chapter.
 * It works in scratch copies and leaves the tree as it is. Its last line is `N passed, N failed`.
 *
 * @module
 */
import { listChapters, ROOT } from "../course/chapters.ts";
import { learnersChapters, oneWord, select } from "../course/selection.ts";
import { LiveLine } from "../run/bar.ts";
import { bold, dim, green, red, yellow } from "../run/colours.ts";
import { Interrupted } from "../run/run-tests.ts";
import { addedUp, type Check, type Findings, together, type VerifyContext } from "../verify/check.ts";
import { ALL_CHECKS } from "../verify/checks/all.ts";
import { Lab } from "../verify/lab.ts";

/** @returns the exit code */
export async function verify(words: readonly string[], root: string = ROOT): Promise<number> {
  const word = oneWord(words);
  const chapters = listChapters(root);
  const all = learnersChapters(root, chapters);
  const learners = word === undefined ? all : select(root, all, word)!.chapters;
  const progress = new Progress();
  const lab = new Lab(root, () => progress.trial());
  const context: VerifyContext = { root, chapters, learners, lab, ci: process.env["CI"] === "true" };
  const results: Findings[] = [];
  const interruption = new Interruption();
  try {
    for (const row of ALL_CHECKS) {
      const checks = row.filter(({ aboutExercises }) => word === undefined || aboutExercises);
      progress.begin(checks);
      const runCheck = async (check: Check): Promise<void> => {
        const found = await check.run(context).catch(brokenCheck);
        interruption.giveUpIfAsked();
        results.push(found);
        progress.done(check, found);
      };
      await Promise.all(checks.map(runCheck));
    }
  } finally {
    interruption.stopListening();
    lab.close();
  }
  const { passed, failures, skipped, tally = [] } = together(results);
  if (tally.length > 0) console.log("");
  for (const { what, count, of } of addedUp(tally)) {
    const text = `${what.padEnd(22)} ${of === undefined ? count : `${count} of ${of}`}`;
    console.log(of === undefined || of === count ? text : red(text));
  }
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

/** What a person sees of it: a line that moves while checks run, then their results. */
class Progress {
  readonly #live = new LiveLine();
  #names = "";
  #trials = 0;
  #startMs = 0;

  begin(checks: readonly Check[]): void {
    this.#names = checks.map(({ name }) => name).join(", ");
    this.#trials = 0;
    this.#startMs = performance.now();
    this.#live.show(`  ${this.#names} …`);
  }

  trial(): void {
    this.#trials += 1;
    this.#live.show(`  ${this.#names} … ${this.#trials} runs`);
  }

  done({ name }: Check, { passed, failures, skipped, remark }: Findings): void {
    this.#live.clear();
    const sign = failures.length > 0 ? red("✗") : green("✓");
    const counts = `${passed} passed${failures.length > 0 ? `, ${failures.length} failed` : ""}`;
    const time = dim(`${((performance.now() - this.#startMs) / 1000).toFixed(1)} s`);
    console.log(`${sign} ${name.padEnd(26)} ${counts.padEnd(24)} ${time}${remark === undefined ? "" : `  ${remark}`}`);
    for (const text of failures) console.log(text.replace(/^/gm, "    "));
    for (const text of skipped) console.log(yellow(`    SKIPPED: ${text}`));
  }
}

/** Ctrl-C reaches the processes of the checks by itself; here it ends the sequence, so that everything is tidied up. */
class Interruption {
  #asked = false;
  readonly #ask = (): void => {
    this.#asked = true;
  };

  constructor() {
    process.on("SIGINT", this.#ask).on("SIGTERM", this.#ask);
  }

  /** @throws Interrupted */
  giveUpIfAsked(): void {
    if (this.#asked) throw new Interrupted();
  }

  stopListening(): void {
    process.off("SIGINT", this.#ask).off("SIGTERM", this.#ask);
  }
}
