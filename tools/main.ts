/**
 * The workshop's commands. Each is loaded when it is asked for: `npm test` must start fast.
 *
 * @module
 */
import { createRequire } from "node:module";
import { answer, endWhenNobodyReads } from "./run/answer.ts";
import { swallowedFlag } from "./run/swallowed-flags.ts";

type Run = (args: readonly string[]) => number | Promise<number>;

// Not `import()`: loading TypeScript that way takes Node 20 a thread of its own, and every start a tenth of a second.
const load = createRequire(import.meta.url) as (file: string) => Record<string, Run>;

/** The file of each command, and its function there. */
const COMMANDS: Readonly<Record<string, readonly [file: string, run: string]>> = {
  test: ["./commands/test.ts", "test"],
  "test:mine": ["./commands/test-all.ts", "testMine"],
  "test:solutions": ["./commands/test-all.ts", "testSolutions"],
  status: ["./commands/status.ts", "status"],
  hint: ["./commands/hint.ts", "hint"],
  diff: ["./commands/diff.ts", "diff"],
  reset: ["./commands/reset.ts", "reset"],
  solve: ["./commands/solve.ts", "solve"],
  upgrade: ["./commands/upgrade.ts", "upgrade"],
  demo: ["./commands/demo.ts", "demo"],
  bench: ["./commands/bench.ts", "bench"],
  cluster: ["./commands/cluster.ts", "cluster"],
  ui: ["./commands/ui.ts", "ui"],
  simulate: ["./commands/simulate.ts", "simulate"],
  chaos: ["./commands/chaos.ts", "chaos"],
  docs: ["./commands/docs.ts", "docs"],
  grade: ["./commands/grade.ts", "grade"],
  verify: ["./commands/verify.ts", "verify"],
  stubs: ["./commands/stubs.ts", "stubs"],
  verdicts: ["./commands/verdicts.ts", "verdicts"],
  "wrong-answers": ["./commands/wrong-answers.ts", "wrongAnswers"],
  hunt: ["./commands/hunt.ts", "hunt"],
  mutate: ["./commands/mutate.ts", "mutate"],
  naming: ["./commands/naming.ts", "naming"],
  lint: ["./commands/lint.ts", "lint"],
  "paste-outputs": ["./paste-outputs.ts", "pasteOutputs"],
};

/** Runs one command; returns the exit code. */
export async function main([name = "", ...args]: readonly string[]): Promise<number> {
  endWhenNobodyReads();
  const command = COMMANDS[name];
  if (command === undefined) {
    console.error(`There is no command "${name}". There are: ${Object.keys(COMMANDS).join(", ")}.`);
    return 1;
  }
  const swallowed = swallowedFlag(process.env, args);
  if (swallowed !== null) {
    console.error(swallowed);
    return 2;
  }
  const [file, run] = command;
  return answer(() => load(file)[run]!(args));
}
