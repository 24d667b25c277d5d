/**
 * `npm run simulate -- --scenario producer --seeds 200`: runs a scenario with one seed after the other, and stops at
 * the first that violates an invariant. The same seed is the same run. `--seed 7 --lines 200` shows more of what
 * happened before; `--seed 7 --ui` shows the run as a picture, step by step. `--plant torn --ui` does so with a mistake
 * of `mistakes.ts`, in a copy of the tree.
 *
 * @module
 */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "../course/chapters.ts";
import { BadRequest, wholeNumber } from "../course/selection.ts";
import { answer } from "../run/answer.ts";
import { readTrace, TRACES, writeTrace } from "../ui/trace/trace-file.ts";
import { serveTrace } from "../ui/trace/trace-server.ts";
import { groupsScenario } from "./groups/scenario.ts";
import { MISTAKES, type Mistake } from "./mistakes.ts";
import { type Outcome, ScenarioFailure } from "./outcome.ts";
import { plant } from "./plant.ts";
import { producerScenario } from "./producer.ts";
import { replicationScenario } from "./replication/scenario.ts";

/** Runs one seed; says what it was about, or throws a {@link ScenarioFailure}. */
type Scenario = (seed: number, isRecorded: boolean) => Promise<Outcome>;

const SCENARIOS: Record<string, Scenario> = {
  producer: producerScenario,
  replication: replicationScenario,
  groups: groupsScenario,
};

/** What was asked for. */
interface Wish {
  readonly name: string;
  readonly first: number;
  readonly count: number;
  readonly lines: number;
  /** Where the run is to be kept; null: nowhere. */
  readonly trace: string | null;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      scenario: { type: "string" },
      seeds: { type: "string" },
      seed: { type: "string" },
      from: { type: "string", default: "1" },
      lines: { type: "string", default: "40" },
      plant: { type: "string" },
      trace: { type: "string" },
      ui: { type: "boolean", default: false },
      "ui-port": { type: "string", default: "9090" },
      "ui-host": { type: "string", default: "127.0.0.1" },
    },
  });
  const mistake = values.plant === undefined ? null : mistakeOf(values.plant, values.scenario);
  const name = mistake?.scenario ?? values.scenario ?? "";
  if (SCENARIOS[name] === undefined) {
    const there = `There are: ${Object.keys(SCENARIOS).join(", ")}`;
    throw new BadRequest(`Simulate what? ${there}. For example:\nnpm run simulate -- --scenario producer --seeds 200`);
  }
  const first = wholeNumber("A seed", values.seed ?? values.from);
  const count = values.seed === undefined ? wholeNumber("The number of seeds", values.seeds ?? "20") : 1;
  if (count < 1) throw new BadRequest(`Nothing is tried with ${count} seeds.`);
  const lines = wholeNumber("The number of lines", values.lines);
  const file = `${TRACES}/${name}${mistake === null ? "" : "-planted"}.json`;
  const trace = values.trace !== undefined ? resolve(values.trace) : values.ui ? resolve(ROOT, file) : null;
  const wish = { name, first, count, lines, trace };
  const code = mistake === null ? await runSeeds(wish) : await runPlanted(wish, mistake);
  if (!values.ui || trace === null) return code;
  if (count > 1 && code === 0) throw new BadRequest("Nothing was violated. Which run do you want to see? --seed N");
  await serveTrace(readTrace(trace), values["ui-host"], wholeNumber("A port", values["ui-port"]));
  return code;
}

/** The mistake with this in its name. @throws BadRequest unless there is one */
function mistakeOf(word: string, scenario: string | undefined): Mistake {
  const found = MISTAKES.filter((one) => one.name.includes(word) && one.scenario === (scenario ?? one.scenario));
  if (found.length === 1) return found[0]!;
  const exact = found.find(({ name }) => name === word);
  if (exact !== undefined) return exact;
  const names = (found.length === 0 ? MISTAKES : found).map(({ name }) => `  ${name}`).join("\n");
  const have = found.length === 0 ? "No mistake has" : "Several mistakes have";
  throw new BadRequest(`${have} “${word}” in its name:\n${names}`);
}

async function runSeeds(wish: Wish): Promise<number> {
  const { name, first, count, lines, trace } = wish;
  const scenario = SCENARIOS[name]!;
  let steps = 0;
  const faults = new Map<string, number>();
  for (let seed = first; seed < first + count; seed++) {
    try {
      const outcome = await scenario(seed, count === 1 && trace !== null);
      if (count === 1) console.log(`Seed ${seed}: ${outcome.about}\n${figuresOf(outcome)}`);
      if (count === 1) keep(wish, seed, outcome, null);
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
      const command = `npm run simulate -- --scenario ${name} --seed ${seed}`;
      console.error(`\nTo see it again: ${command}`);
      if (name !== "producer") console.error(`As a picture:    ${command} --ui`);
      keep(wish, seed, outcome.recording === undefined ? await again(scenario, seed, wish) : outcome, message);
      return 1;
    }
  }
  const seeds = `${count} seed${count === 1 ? "" : "s"} from ${first} on`;
  console.log(`${name}: ${seeds}, ${steps} steps, ${inWords(faults)}: no invariant violated.`);
  return 0;
}

/** Only the run that fails is recorded: its seed gives it again. */
async function again(scenario: Scenario, seed: number, { trace }: Wish): Promise<Outcome | null> {
  if (trace === null) return null;
  return scenario(seed, true).catch((error: unknown) => (error as ScenarioFailure).outcome);
}

function keep({ name, trace }: Wish, seed: number, outcome: Outcome | null, violation: string | null): void {
  if (trace === null) return;
  const recording = outcome?.recording;
  if (recording === undefined) throw new BadRequest(`There is no picture of “${name}”: its brokers are scripted.`);
  writeTrace(trace, {
    title: `${name}, seed ${seed}`,
    command: `npm run simulate -- --scenario ${name} --seed ${seed} --ui`,
    about: outcome!.about,
    violation: violation?.replace(/^Violated: /, "").split("\n")[0] ?? null,
    ...recording,
  });
}

/** Tries the seeds on a copy of the tree with a mistake in it. */
async function runPlanted({ first, count, trace }: Wish, mistake: Mistake): Promise<number> {
  const { name, scenario } = mistake;
  console.log(`“${name}” is planted in a copy of the tree.`);
  const { seed, what } = await plant(ROOT, mistake, count, { from: first, trace });
  if (seed === null) throw new BadRequest(`No violation was found:\n${what}`);
  console.log(`Seed ${seed} of ${scenario} violates: ${what}`);
  const command = `npm run simulate -- --plant ${JSON.stringify(name)} --seed ${seed} --ui`;
  if (trace === null) console.log(`As a picture: ${command}`);
  else writeTrace(trace, { ...readTrace(trace), title: `${scenario}, seed ${seed}; planted: ${name}`, command });
  return 1;
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
