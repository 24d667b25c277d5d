/**
 * The workshop's commands. Each is loaded when it is asked for: `npm test` must start fast.
 *
 * @module
 */

type Run = (args: readonly string[]) => number | Promise<number>;

const COMMANDS: Record<string, () => Promise<Run>> = {
  stubs: async () => (await import("./commands/stubs.ts")).stubs,
};

/** Runs one command; returns the exit code. */
export async function main([name = "", ...args]: readonly string[]): Promise<number> {
  const load = COMMANDS[name];
  if (load === undefined) {
    console.error(`There is no command "${name}". There are: ${Object.keys(COMMANDS).join(", ")}.`);
    return 1;
  }
  const run = await load();
  return run(args);
}
