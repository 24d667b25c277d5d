/**
 * `npm run bench -- codec`: measures. The programs are those of tools/bench whose opening comment says so.
 *
 * @module
 */
import { readFileSync } from "node:fs";
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
  const names = programs(join(root, "tools/bench"));
  if (!names.includes(name)) {
    throw new BadRequest(`Measure what? There are: ${names.join(", ")}. For example: npm run bench -- ${names[0]}`);
  }
  return runNode({ root, script: `tools/bench/${name}.ts`, args: others, mine });
}

/** Names of the files in `folder` that are programs, not helpers of others. */
function programs(folder: string): string[] {
  const names = filesUnder(folder, ".ts").map((file) => file.replace(/\.ts$/, ""));
  return names.filter((name) => readFileSync(join(folder, `${name}.ts`), "utf8").includes(`npm run bench -- ${name}`));
}
