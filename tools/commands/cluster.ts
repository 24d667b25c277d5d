/**
 * `npm run cluster -- status | start [N] | stop [N] | kill N | freeze N | resume N`: talks to the cluster that
 * `npm start` runs; `start` and `stop` without a number run the whole of it in the background. `--data DIR` if its data
 * isn't in `data/`.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { mkdirSync, openSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { ask } from "#cluster/main-cluster-control";
import { BadRequest } from "../course/selection.ts";
import { ROOT } from "../course/chapters.ts";

const USAGE =
  "npm run cluster -- status | start [N] | stop [N] | kill N | freeze N | resume N, where N is a broker's number, or " +
  '"coordinator" to start or stop';
/** What is done with one broker. */
const WITH_ONE = ["kill", "freeze", "resume"];
const VERBS = ["status", "start", "stop", ...WITH_ONE];
const START_LIMIT_MS = 60_000;

/** @returns the exit code */
export async function cluster(args: readonly string[], root: string = ROOT): Promise<number> {
  const options = { data: { type: "string", default: "data" } } as const;
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true, strict: false });
  const [verb = "", number] = positionals;
  const data = resolve(root, String(values.data));
  const flags = args.slice(args.indexOf(verb) + 1);
  // What follows an option of `npm start` is its value, and no broker.
  if (verb === "start" && !/^[^-]/.test(flags[0] ?? "")) return startInBackground(root, data, flags);
  if (!VERBS.includes(verb) || positionals.length > 2) throw new BadRequest(`Do what? ${USAGE}`);
  if (number !== undefined && !/^(\d+|coordinator)$/.test(number)) {
    throw new BadRequest(`A broker is a number, not "${number}": ${USAGE}`);
  }
  if (WITH_ONE.includes(verb) && !/^\d+$/.test(number ?? "")) throw new BadRequest(`Which broker? ${USAGE}`);
  try {
    console.log(await ask(data, number === undefined ? verb : `${verb} ${number}`));
    return 0;
  } catch {
    console.error(`No cluster of several brokers runs over ${data}. Start one: npm start, or npm run cluster -- start`);
    return 1;
  }
}

async function startInBackground(root: string, data: string, flags: readonly string[]): Promise<number> {
  mkdirSync(data, { recursive: true });
  const path = join(data, "cluster.log");
  const log = openSync(path, "a");
  const before = readFileSync(path, "utf8").length;
  const args = ["tools/start.sh", ...flags, ...(flags.includes("--data") ? [] : ["--data", data])];
  const child = spawn("sh", args, { cwd: root, detached: true, stdio: ["ignore", log, log] });
  let code: number | null = null;
  child.once("exit", (ended) => (code = ended ?? 1));
  for (const deadline = Date.now() + START_LIMIT_MS; Date.now() < deadline; await sleep(100)) {
    const said = readFileSync(path, "utf8").slice(before);
    const ready = /^ready: .+$/m.exec(said);
    if (ready !== null) {
      console.log(`${ready[0]}\nIts lines: ${path}. To end it: npm run cluster -- stop`);
      child.unref();
      return 0;
    }
    if (code !== null) {
      console.error(said.trim());
      return code;
    }
  }
  console.error(`It isn't ready after ${START_LIMIT_MS / 1000} s; its lines are in ${path}.`);
  return 1;
}
