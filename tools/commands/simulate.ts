/**
 * `npm run simulate -- --scenario producer --seeds 200`: faults on the simulated network. The program is
 * tools/simulate/main.ts.
 *
 * @module
 */
import { listChapters, ROOT } from "../course/chapters.ts";
import { BadRequest, learnersChapters } from "../course/selection.ts";
import { takeMine } from "../run/mine.ts";
import { runNode } from "../run/run-node.ts";

/** @returns the exit code */
export async function simulate(args: readonly string[], root: string = ROOT): Promise<number> {
  const learners = learnersChapters(root, listChapters(root)).map(({ number }) => number);
  const { mine, rest } = takeMine(args, learners);
  if (rest[0] === "--mistakes") {
    if (mine.length > 0) throw new BadRequest("--mistakes are those of the reference. One of them in yours: --plant");
    return runNode({ root, script: "tools/simulate/mistakes-main.ts", args: rest.slice(1), mine });
  }
  const told = mine.length === 0 ? [] : ["--mine", mine.join(",")];
  return runNode({ root, script: "tools/simulate/main.ts", args: [...rest, ...told], mine });
}
