/**
 * `npm run simulate -- --scenario producer --seeds 200`: runs a scenario with one seed after the other, and stops at
 * the first that violates an invariant. The same seed is the same run. `--seed 7 --lines 200` shows more of what
 * happened before.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { BadRequest, wholeNumber } from "../course/selection.ts";
import { answer } from "../run/answer.ts";
import { type Outcome, ScenarioFailure } from "./outcome.ts";
import { groupsScenario } from "./groups/scenario.ts";
import { producerScenario } from "./producer.ts";
import { replicationScenario } from "./replication/scenario.ts";

/** Runs one seed; says what it was about, or throws a {@link ScenarioFailure}. */
type Scenario = (seed: number) => Promise<Outcome>;

const SCENARIOS: Record<string, Scenario> = {
  producer: producerScenario,
  replication: replicationScenario,
  groups: groupsScenario,
};

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      scenario: { type: "string" },
      seeds: { type: "string", default: "20" },
      seed: { type: "string" },
      from: { type: "string", default: "1" },
      lines: { type: "string", default: "40" },
    },
  });
  const name = values.scenario ?? "";
  const scenario = SCENARIOS[name];
  if (scenario === undefined) {
    const there = `There are: ${Object.keys(SCENARIOS).join(", ")}`;
    throw new BadRequest(`Simulate what? ${there}. For example:\nnpm run simulate -- --scenario producer --seeds 200`);
  }
  const first = wholeNumber("A seed", values.seed ?? values.from);
  const count = values.seed === undefined ? wholeNumber("The number of seeds", values.seeds) : 1;
  const lines = wholeNumber("The number of lines", values.lines);
  if (count < 1) throw new BadRequest(`Nothing is tried with ${count} seeds.`);
  let steps = 0;
  const faults = new Map<string, number>();
  for (let seed = first; seed < first + count; seed++) {
    try {
      const outcome = await scenario(seed);
      if (count === 1) console.log(`Seed ${seed}: ${outcome.about}\n${figuresOf(outcome)}`);
      steps += outcome.steps;
      for (const [fault, times] of outcome.faults) faults.set(fault, (faults.get(fault) ?? 0) + times);
    } catch (error) {
      if (!(error instanceof ScenarioFailure)) {
        console.error(`Seed ${seed} broke.`);
        throw error;
      }
      const { outcome, message } = error;
      const skipped = Math.max(0, error.timeline.length - lines);
      const timeline = error.timeline.slice(skipped).join("\n  ");
      console.error(`Seed ${seed} failed. ${message}\n\nWhat happened before:\n  ${timeline}`);
      console.error(`\nThis was: ${outcome.about}\n${figuresOf(outcome)}`);
      console.error(`\nTo see it again: npm run simulate -- --scenario ${name} --seed ${seed}`);
      return 1;
    }
  }
  const seeds = `${count} seed${count === 1 ? "" : "s"} from ${first} on`;
  console.log(`${name}: ${seeds}, ${steps} steps, ${inWords(faults)}: no invariant violated.`);
  return 0;
}

function figuresOf({ steps, faults, traceHash }: Outcome): string {
  return `${steps} steps, ${inWords(faults)}, trace ${traceHash.toString(16).padStart(8, "0")}`;
}

/** As `3 faults (2 crash, 1 freeze)`. */
function inWords(faults: ReadonlyMap<string, number>): string {
  const count = [...faults.values()].reduce((sum, times) => sum + times, 0);
  const each = [...faults].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, times]) => `${times} ${name}`);
  return count === 0 ? "no faults" : `${count} faults (${each.join(", ")})`;
}

process.exitCode = await answer(main);
