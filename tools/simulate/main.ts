/**
 * `npm run simulate -- --scenario producer --seeds 200`: runs a scenario with one seed after the other, and stops at
 * the first that violates an invariant. The same seed is the same run. `--seed 7 --lines 200` shows more of what
 * happened before; `--seed 7 --ui` shows the run as a picture, step by step. `--plant torn --ui` does so with a mistake
 * of `mistakes.ts`, in a copy of the tree; with `--mine 6` in the learner's file.
 *
 * @module
 */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "../course/chapters.ts";
import { type NotImplementedError, onStubMet } from "#ground/errors";
import { BadRequest, wholeNumber } from "../course/selection.ts";
import { answer } from "../run/answer.ts";
import { tellStub } from "../run/missing-exercise.ts";
import { placeForTrace, prepareTrace, readTrace, TRACES, writeTrace } from "../ui/trace/trace-file.ts";
import { serveTrace } from "../ui/trace/trace-server.ts";
import { groupsScenario } from "./groups/scenario.ts";
import { MISTAKES, type Mistake } from "./mistakes.ts";
import { type Outcome, ScenarioFailure } from "./outcome.ts";
import { inLearnersFile, misfitOf, plant } from "./plant.ts";
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
  /** Chapters that run on the learner's code. */
  readonly mine: readonly number[];
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
      mine: { type: "string", default: "" },
      trace: { type: "string" },
      ui: { type: "boolean", default: false },
      "ui-port": { type: "string", default: "9090" },
      "ui-host": { type: "string", default: "127.0.0.1" },
    },
  });
  const mine = values.mine.split(",").filter(Boolean).map(Number);
  const mistake = values.plant === undefined ? null : mistakeOf(values.plant, values.scenario, mine);
  const name = mistake?.scenario ?? values.scenario ?? "";
  if (SCENARIOS[name] === undefined) {
    const there = `There are: ${Object.keys(SCENARIOS).join(", ")}`;
    throw new BadRequest(`Simulate what? ${there}. For example:\nnpm run simulate -- --scenario producer --seeds 200`);
  }
  const first = wholeNumber("A seed", values.seed ?? values.from);
  const count = values.seed === undefined ? wholeNumber("The number of seeds", values.seeds ?? "20") : 1;
  if (count < 1) throw new BadRequest(`Nothing is tried with ${count} seeds.`);
  const lines = wholeNumber("The number of lines", values.lines);
  const file = `${name}${mistake === null ? "" : "-planted"}.json`;
  const trace = values.trace !== undefined ? given(values.trace) : values.ui ? ownPlace(file) : null;
  const wish = { mine, name, first, count, lines, trace };
  const code = mistake === null ? await runSeeds(wish) : await runPlanted(wish, mistake);
  if (!values.ui || trace === null) return code;
  if (count > 1 && code === 0) throw new BadRequest("Nothing was violated. Which run do you want to see? --seed N");
  await serveTrace(readTrace(trace), values["ui-host"], wholeNumber("A port", values["ui-port"]));
  return code;
}

/** @throws BadRequest when nothing can be written there */
function given(trace: string): string {
  const path = resolve(trace);
  try {
    prepareTrace(path);
    return path;
  } catch (error) {
    throw new BadRequest((error as Error).message);
  }
}

function ownPlace(file: string): string {
  const path = placeForTrace(ROOT, file);
  if (!path.startsWith(ROOT)) console.log(`Nothing can be written to ${TRACES} here: the run is kept in ${path}`);
  return path;
}

/** The mistake with this in its name. @throws BadRequest unless there is one, and it fits the code it shall be in */
function mistakeOf(word: string, scenario: string | undefined, mine: readonly number[]): Mistake {
  const found = MISTAKES.filter((one) => one.name.includes(word) && one.scenario === (scenario ?? one.scenario));
  const one = found.length === 1 ? found[0] : found.find(({ name }) => name === word);
  if (one !== undefined) {
    const misfit = misfitOf(ROOT, inLearnersFile(one, mine));
    if (misfit === null || mine.length === 0) return one;
    throw new BadRequest(`Not planted. ${misfit}. Without --mine it is planted into the reference.`);
  }
  const names = (found.length === 0 ? MISTAKES : found).map(({ name }) => `  ${name}`).join("\n");
  const have = found.length === 0 ? "No mistake has" : "Several mistakes have";
  throw new BadRequest(`${have} “${word}” in its name:\n${names}`);
}

async function runSeeds(wish: Wish): Promise<number> {
  const { mine, name, first, count, lines, trace } = wish;
  let stub: NotImplementedError | null = null;
  // Whatever goes wrong then is wrong for want of it.
  onStubMet((met) => (stub ??= met));
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
      if (tellStub(stub, "this run")) return 1;
      if (!(error instanceof ScenarioFailure)) {
        console.error(`Seed ${seed} broke.`);
        throw error;
      }
      const { outcome, message } = error;
      const skipped = Math.max(0, error.timeline.length - lines);
      const timeline = error.timeline.slice(skipped).join("\n  ");
      console.error(`Seed ${seed} failed. ${message}\n\nWhat happened before:\n  ${timeline}`);
      console.error(`\nThis was: ${outcome.about}\n${figuresOf(outcome)}`);
      const command = `npm run simulate -- --scenario ${name} --seed ${seed}${flagOf(mine)}`;
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

/** The end of a command that is to run on the same code. */
function flagOf(mine: readonly number[]): string {
  return mine.length === 0 ? "" : ` --mine ${mine.join(",")}`;
}

function keep({ mine, name, trace }: Wish, seed: number, outcome: Outcome | null, violation: string | null): void {
  if (trace === null) return;
  const recording = outcome?.recording;
  if (recording === undefined) throw new BadRequest(`There is no picture of “${name}”: its brokers are scripted.`);
  writeTrace(trace, {
    title: `${name}, seed ${seed}`,
    command: `npm run simulate -- --scenario ${name} --seed ${seed}${flagOf(mine)} --ui`,
    about: outcome!.about,
    violation: violation?.replace(/^Violated: /, "").split("\n")[0] ?? null,
    ...recording,
  });
}

/** Tries the seeds on a copy of the tree with a mistake in it. */
async function runPlanted({ mine, first, count, trace }: Wish, mistake: Mistake): Promise<number> {
  const { name, scenario } = mistake;
  console.log(`“${name}” is planted in a copy of the tree: ${inLearnersFile(mistake, mine).file}`);
  const { seed, what } = await plant(ROOT, mistake, count, { from: first, trace, mine });
  if (seed === null) throw new BadRequest(`No violation was found:\n${what}`);
  console.log(`Seed ${seed} of ${scenario} violates: ${what}`);
  const command = `npm run simulate -- --plant ${JSON.stringify(name)} --seed ${seed}${flagOf(mine)} --ui`;
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
