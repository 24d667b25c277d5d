/**
 * A hook of Node's module loader: resolves `#log` and the like inside of this package as `-C solution-01 -C solution-02 …` on the
 * command line would.
 */
import { readdirSync } from "node:fs";

const folders = readdirSync(new URL("../../solutions", import.meta.url));
const conditions = folders.filter((name) => /^\d\d-/.test(name)).map((name) => `solution-${name.slice(0, 2)}`);

export function resolve(specifier, context, nextResolve) {
  if (!specifier.startsWith("#")) return nextResolve(specifier, context);
  return nextResolve(specifier, { ...context, conditions: [...context.conditions, ...conditions] });
}
