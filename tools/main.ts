/**
 * The workshop's commands. Each is loaded when it is asked for: `npm test` must start fast.
 *
 * @module
 */
import { BadRequest } from "./course/selection.ts";
import { Interrupted } from "./run/run-tests.ts";
import { swallowedFlag } from "./run/swallowed-flags.ts";

type Run = (args: readonly string[]) => number | Promise<number>;

const COMMANDS: Record<string, () => Promise<Run>> = {
  test: async () => (await import("./commands/test.ts")).test,
  "test:mine": async () => (await import("./commands/test-all.ts")).testMine,
  "test:solutions": async () => (await import("./commands/test-all.ts")).testSolutions,
  status: async () => (await import("./commands/status.ts")).status,
  hint: async () => (await import("./commands/hint.ts")).hint,
  diff: async () => (await import("./commands/diff.ts")).diff,
  reset: async () => (await import("./commands/reset.ts")).reset,
  solve: async () => (await import("./commands/solve.ts")).solve,
  demo: async () => (await import("./commands/demo.ts")).demo,
  bench: async () => (await import("./commands/bench.ts")).bench,
  simulate: async () => (await import("./commands/simulate.ts")).simulate,
  docs: async () => (await import("./commands/docs.ts")).docs,
  grade: async () => (await import("./commands/grade.ts")).grade,
  verify: async () => (await import("./commands/verify.ts")).verify,
  stubs: async () => (await import("./commands/stubs.ts")).stubs,
  verdicts: async () => (await import("./commands/verdicts.ts")).verdicts,
  mutate: async () => (await import("./commands/mutate.ts")).mutate,
  lint: async () => (await import("./commands/lint.ts")).lint,
  "paste-outputs": async () => (await import("./paste-outputs.ts")).pasteOutputs,
};

/** Runs one command; returns the exit code. */
export async function main([name = "", ...args]: readonly string[]): Promise<number> {
  const load = COMMANDS[name];
  if (load === undefined) {
    console.error(`There is no command "${name}". There are: ${Object.keys(COMMANDS).join(", ")}.`);
    return 1;
  }
  const swallowed = swallowedFlag(process.env, args);
  if (swallowed !== null) {
    console.error(swallowed);
    return 2;
  }
  try {
    const run = await load();
    return await run(args);
  } catch (error) {
    if (error instanceof Interrupted) return 130;
    if (!isForThePerson(error)) throw error;
    console.error(error.message);
    return 2;
  }
}

/** What was asked for makes no sense, or an option is unknown: a sentence says it, not a stack. */
function isForThePerson(error: unknown): error is Error {
  const code = (error as { code?: unknown } | null)?.code;
  return error instanceof BadRequest || (typeof code === "string" && code.startsWith("ERR_PARSE_ARGS"));
}
