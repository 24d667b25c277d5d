/**
 * Recorded runs of Apache Kafka's own tools, run again with ours against brokers in the simulator.
 *
 * @module
 */
import { type Tool, runTool } from "#cluster/tools/tool";
import { TOOLS } from "#cluster/tools/index";
import { type Runtime } from "#ground/runtime";
import { goldenRows } from "../../00-ground/protocol/golden-files.ts";
import { type SimCluster } from "../sim-cluster.ts";

/** One run. */
export interface GoldenRun {
  readonly tool: string;
  readonly args: readonly string[];
  readonly stdin: string | null;
  readonly note: string;
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
  readonly help?: boolean;
  readonly files?: Readonly<Record<string, string>>;
}

/** What a run of ours gave. */
export interface ToolRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The runs of a file in `tests/golden/tools`, in their order. */
export function goldenRuns(name: string): GoldenRun[] {
  return goldenRows<GoldenRun>(`tools/${name}.jsonl`);
}

/** Runs a tool that needs no broker. */
export async function runAlone(runtime: Runtime, name: string, args: readonly string[]): Promise<ToolRun> {
  let [stdout, stderr] = ["", ""];
  const exitCode = await runTool(TOOLS.get(name) as Tool<string>, args, {
    runtime,
    out: (text) => void (stdout += text),
    err: (text) => void (stderr += text),
    onStop() {},
    async *lines() {},
    readFile: (path) => Buffer.from(runtime.disk.readFile(path)).toString(),
  });
  return { exitCode, stdout, stderr };
}

/** Runs a tool against a cluster in the simulator. */
export async function runInCluster(
  cluster: SimCluster, name: string, args: readonly string[], files: Readonly<Record<string, string>> = {},
  stdin = "",
): Promise<ToolRun> {
  let [stdout, stderr] = ["", ""];
  const addressed = args.map((arg) => arg
    .replaceAll(/HOST:PORT(\d)/g, "broker-$1:9092")
    .replaceAll("HOST:PORT_UNREACHABLE", "broker-1:1"));
  const exitCode = await cluster.run(runTool(TOOLS.get(name) as Tool<string>, addressed, {
    runtime: cluster.world.node("tool").runtime,
    out: (text) => void (stdout += typeof text === "string" ? text : Buffer.from(text).toString()),
    err: (text) => void (stderr += text),
    onStop() {},
    async *lines() {
      yield* stdin.replace(/\n$/, "").split(/\r?\n/).slice(stdin === "" ? 1 : 0);
    },
    readFile(path) {
      if (files[path] === undefined) throw new Error("no such file");
      return files[path];
    },
  }));
  return { exitCode, stdout, stderr };
}
