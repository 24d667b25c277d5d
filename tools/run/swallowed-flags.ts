/**
 * `npm test 3 --watch` gives `--watch` to npm and not to us. npm leaves a trace of it, so that we can say so.
 *
 * @module
 */

const OUR_SWITCHES = ["watch", "inspect", "mine", "step", "json", "given", "core"];
/** npm leaves their value among the arguments. */
const OUR_FLAGS_WITH_VALUE = [
  "seed", "seeds", "from", "scenario", "profile", "lines", "minutes", "data", "bootstrap-server", "ui-port", "ui-host",
];

/** A sentence for the person whose flag npm kept for itself; null when it kept none of ours. */
export function swallowedFlag(env: NodeJS.ProcessEnv, args: readonly string[]): string | null {
  const isSwallowed = (name: string): boolean =>
    env[`npm_config_${name.replaceAll("-", "_")}`] !== undefined && !args.includes(`--${name}`);
  const flag = [...OUR_SWITCHES, ...OUR_FLAGS_WITH_VALUE].find(isSwallowed);
  if (flag === undefined) return null;
  const script = env["npm_lifecycle_event"] ?? "test";
  const word = args.slice(0, 1);
  const flagged = ["--", `--${flag}`];
  const command = [
    script === "test" ? "npm test" : `npm run ${script}`,
    ...(OUR_SWITCHES.includes(flag) ? [...word, ...flagged] : [...flagged, ...word]),
  ];
  return `npm kept --${flag} for itself. Flags come after a lone --, like this: ${command.join(" ")}`;
}
