/**
 * A hook of Node's module loader: resolves `#log` and the like inside of this package as `-C solution-01 -C solution-02 …` on the
 * command line would. With KATAFKA_MINE=4,7 in the environment, these chapters are the learner's.
 */
import { readdirSync } from "node:fs";

const folders = readdirSync(new URL("../../solutions", import.meta.url));
const mine = (process.env["KATAFKA_MINE"] ?? "").split(",").filter(Boolean).map(Number);
const numbers = folders.filter((name) => /^\d\d-/.test(name)).map((name) => name.slice(0, 2));
const conditions = numbers.filter((number) => !mine.includes(Number(number))).map((number) => `solution-${number}`);

export function resolve(specifier, context, nextResolve) {
  if (!specifier.startsWith("#")) return nextResolve(specifier, context);
  return nextResolve(specifier, { ...context, conditions: [...context.conditions, ...conditions] });
}
