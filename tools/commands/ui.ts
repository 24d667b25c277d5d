/**
 * `npm run ui`: the picture of the cluster that `npm start` runs over `data/`, in the browser. `--data DIR` if its data
 * is elsewhere; `--bootstrap-server HOST:PORT` for any Kafka cluster; `--trace FILE` for a run that was kept;
 * `--simulated`: a cluster that runs in the browser's tab, with `--mine 6` on the learner's code; `--ui-port P`,
 * `--ui-host HOST`.
 *
 * @module
 */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { listChapters, ROOT } from "../course/chapters.ts";
import { BadRequest, learnersChapters } from "../course/selection.ts";
import { takeMine } from "../run/mine.ts";
import { runNode } from "../run/run-node.ts";

/** @returns the exit code */
export async function ui(args: readonly string[], root: string = ROOT): Promise<number> {
  const learners = learnersChapters(root, listChapters(root)).map(({ number }) => number);
  const { mine, rest } = takeMine(args, learners);
  const options = {
    simulated: { type: "boolean", default: false },
    data: { type: "string", default: "data" }, "bootstrap-server": { type: "string" },
    trace: { type: "string" }, "ui-port": { type: "string" }, "ui-host": { type: "string" },
  } as const;
  const { values: { simulated, ...values } } = parseArgs({ args: rest, options });
  if (simulated) {
    const { "ui-port": port = "9090", "ui-host": host = "127.0.0.1" } = values;
    const own = ["--ui-port", port, "--ui-host", host, "--mine", mine.join(",")];
    return runNode({ root, script: "tools/ui/simulated/main.ts", args: own, mine });
  }
  if (mine.length > 0) throw new BadRequest("--mine goes with --simulated: else the cluster runs elsewhere.");
  const passed = Object.entries({ ...values, data: resolve(root, values.data) });
  const flags = passed.flatMap(([name, value]) => [`--${name}`, value]);
  return runNode({ root, script: "tools/ui/server/main.ts", args: flags, mine: [] });
}
