/**
 * `npm run simulate -- --mistakes`: plants one mistake after the other, and prints the table of docs/contributing.md.
 * `--mistakes torn` plants those with "torn" in their name, `--mistakes torn 20` tries 20 seeds at most.
 *
 * @module
 */
import { ROOT } from "../course/chapters.ts";
import { BadRequest, wholeNumber } from "../course/selection.ts";
import { answer } from "../run/answer.ts";
import { MISTAKES } from "./mistakes.ts";
import { MOST_SEEDS, plant } from "./plant.ts";

/** Violations begin with the name of the invariant, perhaps after that of a partition. */
function invariantOf(what: string): string {
  return what.replace(/^orders-\d+: /, "").split(/[,:(]/)[0]!.trim();
}

async function main(): Promise<number> {
  const [word = "", seeds = String(MOST_SEEDS)] = process.argv.slice(2);
  const mostSeeds = wholeNumber("The number of seeds", seeds);
  const wanted = MISTAKES.filter(({ name }) => name.includes(word));
  if (wanted.length === 0) throw new BadRequest(`No mistake has “${word}” in its name.`);
  console.log("| mistake | scenario | found by seed | what it violates |\n|---|---|--:|---|");
  let missed = 0;
  for (const mistake of wanted) {
    const { seed, what } = await plant(ROOT, mistake, mostSeeds);
    if (seed === null) missed += 1;
    console.log(`| ${mistake.name} | ${mistake.scenario} | ${seed ?? "none"} | ${invariantOf(what)} |`);
  }
  return missed === 0 ? 0 : 1;
}

process.exitCode = await answer(main);
