/**
 * `npm run simulate -- --scenario producer --seeds 200`: faults on the simulated network. The program is
 * tools/simulate/main.ts.
 *
 * @module
 */
import { listChapters, ROOT } from "../course/chapters.ts";
import { learnersChapters } from "../course/selection.ts";
import { takeMine } from "../run/mine.ts";
import { runNode } from "../run/run-node.ts";

/** @returns the exit code */
export async function simulate(args: readonly string[], root: string = ROOT): Promise<number> {
  const learners = learnersChapters(root, listChapters(root)).map(({ number }) => number);
  const { mine, rest } = takeMine(args, learners);
  return runNode({ root, script: "tools/simulate/main.ts", args: rest, mine });
}
