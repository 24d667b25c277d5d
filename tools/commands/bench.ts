/**
 * `npm run bench -- codec`: measures; the programs are tools/bench/*.ts.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { filesUnder, listChapters, ROOT } from "../course/chapters.ts";
import { BadRequest, learnersChapters } from "../course/selection.ts";
import { takeMine } from "../run/mine.ts";
import { runNode } from "../run/run-node.ts";

/** @returns the exit code */
export async function bench(args: readonly string[], root: string = ROOT): Promise<number> {
  const learners = learnersChapters(root, listChapters(root)).map(({ number }) => number);
  const { mine, rest } = takeMine(args, learners);
  const [name = "", ...others] = rest;
  if (!/^[\w-]+$/.test(name) || !existsSync(join(root, "tools/bench", `${name}.ts`))) {
    const names = filesUnder(join(root, "tools/bench"), ".ts").filter((file) => !file.includes("/"));
    const list = names.map((file) => file.replace(/\.ts$/, "")).join(", ");
    throw new BadRequest(`Measure what? There are: ${list || "none yet"}. For example: npm run bench -- codec`);
  }
  return runNode({ root, script: `tools/bench/${name}.ts`, args: others, mine });
}
