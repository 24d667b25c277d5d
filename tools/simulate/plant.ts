/**
 * Plants mistakes in a scratch copy of the tree, and looks whether the simulation finds them.
 *
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { captureNode } from "../run/capture.ts";
import { nodeArguments } from "../run/run-node.ts";
import { Scratch } from "../verify/scratch.ts";
import { type Mistake } from "./mistakes.ts";

/** Within so many seeds each mistake must be found. */
export const MOST_SEEDS = 200;

/** What came of it. */
export interface Found {
  /** The first seed that showed it; null when none did. */
  readonly seed: number | null;
  /** The invariant that was violated, or why nothing was. */
  readonly what: string;
}

/** Tries seeds from 1 on, in a copy of the tree at `root` with the mistake in it. @throws Error if it doesn't fit */
export async function plant(
  root: string,
  { scenario, name, file, from, to }: Mistake,
  mostSeeds: number = MOST_SEEDS,
): Promise<Found> {
  const scratch = new Scratch(root);
  try {
    const path = join(scratch.root, file);
    const text = readFileSync(path, "utf8");
    const count = text.split(from).length - 1;
    if (count !== 1) throw new Error(`“${name}”: ${JSON.stringify(from)} occurs ${count} times in ${file}, not once`);
    writeFileSync(path, text.replace(from, () => to));
    const args = ["--scenario", scenario, "--seeds", String(mostSeeds), "--lines", "0"];
    const run = nodeArguments({ root: scratch.root, script: "tools/simulate/main.ts", args, mine: [] });
    const { stdout, stderr } = await captureNode(scratch.root, run);
    const found = /^Seed (\d+) failed\. (?:Violated: )?(.*)$/m.exec(stderr);
    if (found === null) return { seed: null, what: (stderr + stdout).trim() };
    return { seed: Number(found[1]), what: found[2]! };
  } finally {
    scratch.remove();
  }
}
