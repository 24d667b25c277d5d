/**
 * `npm start`, for the benches: in a process of its own.
 *
 * @module
 */
import { spawn } from "node:child_process";

const MAIN = "chapters/20-cluster/main.ts";

/** Brokers that run. */
export interface RunningBrokers {
  readonly pid: number;
  /** `host:port` of each, comma-separated. */
  readonly addresses: string;
  /** Ends them in order. */
  stop(): Promise<void>;
}

/**
 * Starts `npm start` with `args`, and waits until it is ready.
 * @param flags for node, besides those of this process
 * @param stderr what becomes of its log lines
 */
export async function startBrokers(
  args: readonly string[],
  flags: readonly string[] = [],
  stderr: "ignore" | "inherit" = "ignore",
): Promise<RunningBrokers> {
  const child = spawn(process.execPath, [...process.execArgv, ...flags, MAIN, ...args], {
    stdio: ["ignore", "pipe", stderr],
  });
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const addresses = await new Promise<string>((resolve, reject) => {
    let printed = "";
    child.stdout!.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
      const found = /^ready: (\S+)$/m.exec(printed)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.once("close", () => reject(new Error(`npm start -- ${args.join(" ")} did not become ready.`)));
  });
  const stop = (): Promise<void> => {
    child.kill("SIGTERM");
    return gone;
  };
  return { pid: child.pid!, addresses, stop };
}
