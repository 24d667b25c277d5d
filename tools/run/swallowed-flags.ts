/**
 * `npm test 3 --watch` gives `--watch` to npm and not to us. npm leaves a trace of it, so that we can say so.
 *
 * @module
 */

const OUR_FLAGS = ["watch", "inspect", "seed", "mine", "step", "json"];

/** A sentence for the person whose flag npm kept for itself; null when it kept none of ours. */
export function swallowedFlag(env: NodeJS.ProcessEnv, args: readonly string[]): string | null {
  const flag = OUR_FLAGS.find((name) => env[`npm_config_${name}`] !== undefined && !args.includes(`--${name}`));
  if (flag === undefined) return null;
  const script = env["npm_lifecycle_event"] ?? "test";
  const command = [script === "test" ? "npm test" : `npm run ${script}`, ...args.slice(0, 1), "--", `--${flag}`];
  return `npm kept --${flag} for itself. Flags come after a lone --, like this: ${command.join(" ")}`;
}
