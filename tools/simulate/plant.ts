/**
 * Plants mistakes in a scratch copy of the tree, and looks whether the simulation finds them.
 *
 * @module
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
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

/** Why a mistake can't be planted in the tree at `root`; null if it can. */
export function misfitOf(root: string, { name, file, from }: Mistake): string | null {
  const path = join(root, file);
  if (!existsSync(path)) return `“${name}” is planted into ${file}, and there is no such file`;
  const count = readFileSync(path, "utf8").split(from).length - 1;
  return count === 1 ? null : `“${name}”: ${JSON.stringify(from)} occurs ${count} times in ${file}, not once`;
}

/** The mistake as it is planted where these chapters are the learner's: into their file, not the reference's. */
export function inLearnersFile(mistake: Mistake, mine: readonly number[]): Mistake {
  const chapter = /^solutions\/(\d\d)-/.exec(mistake.file)?.[1];
  if (chapter === undefined || !mine.includes(Number(chapter))) return mistake;
  return { ...mistake, file: mistake.file.replace(/^solutions/, "chapters") };
}

/** How to look for it. */
export interface PlantOptions {
  /** The first seed. */
  readonly from?: number;
  /** Where the run that shows it is to be kept; null: nowhere. */
  readonly trace?: string | null;
  /** Chapters that run on the learner's code; a mistake in one of them is planted there. */
  readonly mine?: readonly number[];
}

/** Tries seeds, in a copy of the tree at `root` with the mistake in it. @throws Error if it doesn't fit */
export async function plant(
  root: string,
  mistake: Mistake,
  mostSeeds: number = MOST_SEEDS,
  { from: first = 1, trace = null, mine = [] }: PlantOptions = {},
): Promise<Found> {
  const planted = inLearnersFile(mistake, mine);
  const { scenario, file, from, to } = planted;
  const misfit = misfitOf(root, planted);
  if (misfit !== null) throw new Error(misfit);
  const scratch = new Scratch(root);
  try {
    const path = join(scratch.root, file);
    writeFileSync(path, readFileSync(path, "utf8").replace(from, () => to));
    const kept = trace === null ? [] : ["--trace", trace];
    const seeds = ["--from", String(first), "--seeds", String(mostSeeds)];
    const args = ["--scenario", scenario, ...seeds, "--lines", "0", ...kept];
    const run = nodeArguments({ root: scratch.root, script: "tools/simulate/main.ts", args, mine });
    const { stdout, stderr } = await captureNode(scratch.root, run);
    const found = /^Seed (\d+) failed\. (?:Violated: )?(.*)$/m.exec(stderr);
    if (found === null) return { seed: null, what: (stderr + stdout).trim() };
    return { seed: Number(found[1]), what: found[2]! };
  } finally {
    scratch.remove();
  }
}
