/**
 * `npm run simulate -- --scenario producer --seeds 200`: runs a scenario with one seed after the other, and stops at
 * the first that violates an invariant. The same seed is the same run.
 *
 * @module
 */
import { parseArgs } from "node:util";
import { BadRequest, wholeNumber } from "../course/selection.ts";
import { answer } from "../run/answer.ts";
import { producerScenario } from "./producer.ts";

/** Runs one seed; says what it was about, or throws what is wrong. */
type Scenario = (seed: number) => Promise<string>;

const SCENARIOS: Record<string, Scenario> = { producer: producerScenario };

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      scenario: { type: "string" },
      seeds: { type: "string", default: "20" },
      seed: { type: "string" },
      from: { type: "string", default: "1" },
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
  if (count < 1) throw new BadRequest(`Nothing is tried with ${count} seeds.`);
  for (let seed = first; seed < first + count; seed++) {
    try {
      const about = await scenario(seed);
      if (count === 1) console.log(`Seed ${seed}: ${about}`);
    } catch (error) {
      console.error(`Seed ${seed} failed.\n${error instanceof Error ? error.message : String(error)}`);
      console.error(`\nTo see it again: npm run simulate -- --scenario ${name} --seed ${seed}`);
      return 1;
    }
  }
  console.log(`${name}: ${count} seed${count === 1 ? "" : "s"} from ${first} on, no invariant violated.`);
  return 0;
}

process.exitCode = await answer(main);
