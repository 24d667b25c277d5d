/**
 * What the benches start and talk to: `npm start`, and programs of their own, each in a process; a topic.
 *
 * @module
 */
import { spawn } from "node:child_process";
import { BrokerConnection } from "#ground/network/broker-connection";
import { createNodeRuntime } from "#ground/node/node-runtime";
import { CreateTopics } from "#ground/protocol/messages/19-create-topics";
import { DeleteTopics } from "#ground/protocol/messages/20-delete-topics";

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

/**
 * Runs a program of the benches in a process of its own.
 * @param task its argument, as JSON
 * @param flags for node, besides those of this process
 * @param signal ends it early
 * @returns what it prints, as JSON
 */
export async function runTask<Result>(
  script: string,
  task: object,
  flags: readonly string[] = [],
  signal?: AbortSignal,
): Promise<Result> {
  const args = [...flags, ...process.execArgv, script, JSON.stringify(task)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"], signal });
  // Its end says it all.
  child.on("error", () => {});
  let printed = "";
  child.stdout.on("data", (chunk: Buffer) => (printed += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${JSON.stringify(task)}`);
  return JSON.parse(printed) as Result;
}

/** Flags with which node writes a CPU profile into a folder, if there is one. */
export function profileFlags(folder: string | undefined): string[] {
  return folder === undefined ? [] : ["--cpu-prof", "--cpu-prof-dir", folder];
}

/** Makes a topic. @throws Error when that is refused */
export async function createTopic(
  admin: BrokerConnection,
  name: string,
  numPartitions: number,
  configs: readonly { readonly name: string; readonly value: string }[] = [],
  replicationFactor = 1,
): Promise<void> {
  const wanted = [{ name, numPartitions, replicationFactor, configs }];
  const { topics } = await admin.send(CreateTopics, { topics: wanted, timeoutMs: 60_000 });
  if (topics[0]!.errorCode !== 0) throw new Error(`The topic can't be made: ${topics[0]!.errorMessage}`);
}

/** Runs `body` with a topic that is made for it, and deleted with its files after it. @param addresses of brokers */
export async function withTopic(
  addresses: string,
  { name, partitions, replicas = 1 }: Readonly<{ name: string; partitions: number; replicas?: number }>,
  body: () => Promise<void>,
): Promise<void> {
  const admin = await connect(addresses.split(",")[0]!);
  try {
    const configs = [{ name: "file.delete.delay.ms", value: "0" }];
    await createTopic(admin, name, partitions, configs, replicas);
    await body();
  } finally {
    await admin.send(DeleteTopics, { topics: [{ name }], timeoutMs: 30_000 });
    admin.close();
  }
}

/** A connection of the bench's own. @param address `host:port` */
export function connect(address: string): Promise<BrokerConnection> {
  const [host = "", port = ""] = address.split(":");
  const options = { host, port: Number(port), clientId: "bench", connectTimeoutMs: 10_000, requestTimeoutMs: 60_000 };
  return BrokerConnection.connect(createNodeRuntime(), options);
}
