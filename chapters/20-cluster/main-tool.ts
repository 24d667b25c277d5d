/**
 * The process main of the tools: the tool's name and its arguments.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { createNodeRuntime } from "#ground/node/node-runtime";
import { StderrLogger } from "#ground/node/stderr-logger";
import { TOOLS } from "./tools/index.ts";
import { runTool, type ToolContext } from "./tools/tool.ts";

/** Runs a tool on this terminal. @returns the exit code */
export async function main([name = "", ...args]: readonly string[]): Promise<number> {
  const tool = TOOLS.get(name);
  if (tool === undefined) {
    process.stderr.write(`There is no tool "${name}". There are: ${[...TOOLS.keys()].join(", ")}.\n`);
    return 1;
  }
  let stop: ((exitCode: number) => void) | null = null;
  // Whoever reads the output may stop reading: `kafka-topics --list | head` is no error. Members leave their group.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    if (stop === null) process.exit(0);
    stop(0);
  });
  const context: ToolContext = {
    // As the tools' own logging settings have it in Kafka.
    runtime: createNodeRuntime({ log: new StderrLogger("warn") }),
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    onStop(call) {
      stop = call;
      process.once("SIGINT", () => call(130));
      process.once("SIGTERM", () => call(143));
    },
    lines: () => createInterface({ input: process.stdin, crlfDelay: Infinity }),
    readFile: (path) => readFileSync(path, "utf8"),
  };
  return runTool(tool, args, context);
}
