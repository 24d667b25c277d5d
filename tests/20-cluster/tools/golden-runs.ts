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
  /** Of a run that was ended: by which signal, and after how long. */
  readonly stoppedBy?: string;
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

const SIGTERM_EXIT = 143;

/** After how long a run was ended; null: it ended by itself. */
export function stopAfterMs({ stoppedBy }: GoldenRun): number | null {
  return stoppedBy === undefined ? null : Number(/after (\d+) s/.exec(stoppedBy)![1]) * 1_000;
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

/** Runs a tool against a cluster in the simulator. @param stopAfterMs - when it is asked to end; null: never */
export async function runInCluster(
  cluster: SimCluster, name: string, args: readonly string[], files: Readonly<Record<string, string>> = {},
  stdin = "", stopAfterMs: number | null = null,
): Promise<ToolRun> {
  let [stdout, stderr] = ["", ""];
  const { runtime } = cluster.world.node("tool");
  const addressed = args.map((arg) => arg
    .replaceAll(/HOST:PORT(\d)/g, "broker-$1:9092")
    .replaceAll("HOST:PORT_UNREACHABLE", "broker-1:1"));
  const exitCode = await cluster.run(runTool(TOOLS.get(name) as Tool<string>, addressed, {
    runtime,
    out: (text) => void (stdout += typeof text === "string" ? text : Buffer.from(text).toString()),
    err: (text) => void (stderr += text),
    onStop(call) {
      if (stopAfterMs !== null) runtime.scheduler.at(runtime.clock.nowMs() + stopAfterMs, () => call(SIGTERM_EXIT));
    },
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
