/**
 * `npm run chaos -- --minutes 2`: real processes among kills, stops and cut links. The program is tools/chaos/main.ts.
 *
 * @module
 */
import { ROOT } from "../course/chapters.ts";
import { runNode } from "../run/run-node.ts";

/** @returns the exit code */
export function chaos(args: readonly string[], root: string = ROOT): Promise<number> {
  return runNode({ root, script: "tools/chaos/main.ts", args, mine: [] });
}
