/**
 * A sweep of the simulations: each scenario of tools/simulate with so many seeds that each takes about half a minute.
 * And whether it bites: some mistakes are planted, and must be found.
 *
 * @module
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { captureNode } from "../../run/capture.ts";
import { nodeArguments } from "../../run/run-node.ts";
import { MISTAKES, PLANTED_EACH_TIME } from "../../simulate/mistakes.ts";
import { misfitOf, MOST_SEEDS, plant } from "../../simulate/plant.ts";
import { type Check, findings } from "../check.ts";

const SEEDS: Readonly<Record<string, number>> = { producer: 40, replication: 30, groups: 8 };
const SEEDS_OF_ANOTHER = 20;

export const simulationSweep: Check = {
  name: "simulation sweep",
  aboutExercises: false,
  async run({ root }) {
    const script = "tools/simulate/main.ts";
    if (!existsSync(join(root, script))) return findings(0, []);
    const simulate = (args: string[]): ReturnType<typeof captureNode> =>
      captureNode(root, nodeArguments({ root, script, args, mine: [] }));
    // Asked for nothing, it names its scenarios.
    const { stdout, stderr } = await simulate([]);
    const names = /There are: ([^.]+)\./.exec(stdout + stderr)?.[1]?.split(", ") ?? [];
    if (names.length === 0) return findings(1, [`${script} names no scenarios: ${stdout}${stderr}`]);
    const runs = await Promise.all(names.map((name) => simulate(["--scenario", name, "--seeds", seedsOf(name)])));
    const failures = runs.flatMap(({ code, ...out }, i) =>
      code === 0 ? [] : [`${names[i]}:\n${out.stdout}${out.stderr}`.trim()],
    );
    return findings(names.length, failures);
  },
};

export const simulationBites: Check = {
  name: "simulation finds mistakes",
  aboutExercises: false,
  async run({ root }) {
    if (!existsSync(join(root, "tools/simulate/main.ts"))) return findings(0, []);
    // Trying all takes too long, but each must still fit.
    const misfits = MISTAKES.flatMap((mistake) => misfitOf(root, mistake) ?? []);
    if (misfits.length > 0) return findings(MISTAKES.length - misfits.length, misfits);
    const planted = MISTAKES.filter(({ name }) => PLANTED_EACH_TIME.includes(name));
    const found = await Promise.all(planted.map((mistake) => plant(root, mistake)));
    const failures = planted.flatMap(({ name }, i) =>
      found[i]!.seed === null ? [`“${name}” is not found within ${MOST_SEEDS} seeds:\n${found[i]!.what}`] : [],
    );
    return findings(planted.length, failures);
  },
};

function seedsOf(scenario: string): string {
  return String(SEEDS[scenario] ?? SEEDS_OF_ANOTHER);
}
