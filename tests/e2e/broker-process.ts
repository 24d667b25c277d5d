/**
 * A broker as users start it: a process of its own, real sockets, real files.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { BrokerConnection } from "#ground/network/broker-connection";
import { createNodeRuntime } from "#ground/node/node-runtime";
import { brokerPids } from "../../tools/bench/brokers-of.ts";
import { ROOT } from "../../tools/course/chapters.ts";
import { nodeArguments } from "../../tools/run/run-node.ts";
import { createTopic } from "../20-cluster/clients.ts";
import { residentBytesOf } from "./processes.ts";

const START = "tools/start.sh";
/** Processes run on the same code as this test does. */
const MINE = (process.env["KATAFKA_MINE"] ?? "").split(",").filter(Boolean).map(Number);
const START_LIMIT_MS = 120_000;
const STOP_LIMIT_MS = 20_000;
const UNTIL_LIMIT_MS = 60_000;

/** How a process ended. */
export interface Ending {
  /** Null when a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One run of `chapters/20-cluster/main.ts`. */
export class BrokerProcess {
  stdout = "";
  stderr = "";
  /** Resolves when the process is gone. */
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcess;

  /**
   * Starts it; doesn't wait.
   * @param maxOpenFiles the limit of descriptors for the process (`ulimit -n`)
   * @param main another program of the cluster
   * @param tree another tree, where it is started as `npm start` does it
   */
  constructor(args: readonly string[], maxOpenFiles?: number, main?: string, tree?: string) {
    const command = tree === undefined ? [process.execPath, ...nodeArgumentsFor(args, main)] : ["sh", START, ...args];
    const [program, ...programArgs] = [...limited(maxOpenFiles), ...command];
    this.#child = spawn(program!, programArgs, {
      cwd: tree ?? ROOT,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stdout!.on("data", (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.#child.stderr!.on("data", (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.ended = new Promise((resolve) => this.#child.once("close", (code, signal) => resolve({ code, signal })));
  }

  /** Starts it with its data in `folder`, and waits until it is ready. */
  static async start(folder: string, args: readonly string[] = [], maxOpenFiles?: number): Promise<BrokerProcess> {
    const broker = new BrokerProcess(["--brokers", "1", "--port", "0", "--data", folder, ...args], maxOpenFiles);
    await broker.ready();
    return broker;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** `127.0.0.1:PORT`, once it is ready. */
  get address(): string {
    const found = /^ready: (\S+)$/m.exec(this.stdout);
    if (found === null) throw new Error(`The broker isn't ready.\n${this.stdout}${this.stderr}`);
    return found[1]!;
  }

  get port(): number {
    return Number(this.address.split(":")[1]);
  }

  /** Resident memory in bytes; 0 where the machine doesn't tell. */
  get residentBytes(): number {
    return residentBytesOf(this.pid);
  }

  /** Waits for the line that says that clients are served. */
  async ready(): Promise<void> {
    const isOver = await Promise.race([this.ended.then(() => true), this.#readyLine().then(() => false)]);
    if (isOver) throw new Error(`The broker ended before it was ready.\n${this.stdout}${this.stderr}`);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends it with `signal` and waits until it is gone. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<Ending> {
    this.kill(signal);
    const timer = setTimeout(() => this.kill("SIGKILL"), STOP_LIMIT_MS);
    const ending = await this.ended;
    clearTimeout(timer);
    return ending;
  }

  /** A connection of our own. */
  connect(clientId = "e2e"): Promise<BrokerConnection> {
    const timeouts = { connectTimeoutMs: 10_000, requestTimeoutMs: 30_000 };
    const options = { host: "127.0.0.1", port: this.port, clientId, ...timeouts };
    return BrokerConnection.connect(createNodeRuntime(), options);
  }

  /** Makes a topic; fails if that fails. */
  async createTopic(name: string, partitions = 1): Promise<void> {
    const client = await this.connect();
    await createTopic(client, name, {}, partitions);
    client.close();
  }

  async #readyLine(): Promise<void> {
    const deadline = Date.now() + START_LIMIT_MS;
    while (!/^ready: /m.test(this.stdout)) {
      if (Date.now() > deadline) throw new Error(`The broker did not get ready.\n${this.stdout}${this.stderr}`);
      await sleep(20);
    }
  }
}

/** What to put before a command so that it may open so many files only. */
function limited(maxOpenFiles: number | undefined): string[] {
  return maxOpenFiles === undefined ? [] : ["sh", "-c", `ulimit -n ${maxOpenFiles} && exec "$0" "$@"`];
}

/** What node is given to run the broker, or another program, with these arguments, in {@link ROOT}. */
export function nodeArgumentsFor(args: readonly string[], main = "chapters/20-cluster/main.ts"): string[] {
  return nodeArguments({ root: ROOT, script: join(ROOT, main), args, mine: MINE });
}

/** An empty folder; `remove` takes it away with all that is in it. */
export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "katafka-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Three brokers for all tests of a file: started before them, ended after them. */
export class ThreeBrokers {
  readonly #folder = temporaryFolder();
  #addresses: string[] = [];

  constructor(limitMs: number) {
    let cluster: BrokerProcess;
    beforeAll(async () => {
      cluster = new BrokerProcess(["--brokers", "3", "--port", "0", "--data", this.data]);
      await cluster.ready();
      this.#addresses = cluster.address.split(",");
    }, limitMs);
    afterAll(async () => {
      await cluster.stop();
      this.#folder.remove();
    }, limitMs);
  }

  /** `host:port` of each. */
  get addresses(): string[] {
    return this.#addresses;
  }

  /** The folder of their data. */
  get data(): string {
    return this.#folder.path;
  }
}

/** The process of a broker of the cluster whose data is in `folder`. */
export async function pidOf(folder: string, brokerId: number): Promise<number> {
  return (await brokerPids(folder)).get(brokerId)!;
}

/** Waits for what is true in the end. */
export async function until(isTrue: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const endMs = Date.now() + UNTIL_LIMIT_MS;
  while (!(await isTrue())) {
    if (Date.now() > endMs) throw new Error(`Waited for ${what} in vain.`);
    await sleep(100);
  }
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
