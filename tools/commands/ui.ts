/**
 * `npm run ui`: the picture of the cluster that `npm start` runs over `data/`, in the browser. `--data DIR` if its data
 * is elsewhere; `--bootstrap-server HOST:PORT` for any Kafka cluster; `--trace FILE` for a run that was kept;
 * `--ui-port P`, `--ui-host HOST`.
 *
 * @module
 */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "../course/chapters.ts";
import { runNode } from "../run/run-node.ts";

/** @returns the exit code */
export async function ui(args: readonly string[], root: string = ROOT): Promise<number> {
  const options = {
    data: { type: "string", default: "data" }, "bootstrap-server": { type: "string" },
    trace: { type: "string" }, "ui-port": { type: "string" }, "ui-host": { type: "string" },
  } as const;
  const { values } = parseArgs({ args: [...args], options });
  const passed = Object.entries({ ...values, data: resolve(root, values.data) });
  const flags = passed.flatMap(([name, value]) => [`--${name}`, value]);
  return runNode({ root, script: "tools/ui/server/main.ts", args: flags, mine: [] });
}
