/**
 * `npm start` with several brokers: the coordination service and each broker are processes of their own, and this one
 * looks after them. A broker that dies is told of and stays dead: that is what one wants to see.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { KafkaError } from "#ground/errors";
import { createNodeRuntime } from "#ground/node/node-runtime";
import { type Disk } from "#ground/runtime";
import { type CommandLine, type UiAddress } from "./command-line.ts";
import { fail, stopOnSignals } from "./main-process.ts";
import { serveCluster } from "./main-cluster-control.ts";
import { codeOf, execArgvFor } from "./main-mine.ts";
import { type ObservedMessage, type ObserveMessage } from "./observe-messages.ts";

const FIRST_PORT = 9092;
/** It is no part of a chapter: a program that looks on from outside. */
const UI_MAIN = "../../tools/ui/server/main.ts";
const COLOURS = [36, 33, 35, 32, 34, 31];

/** One process of the cluster. */
class Member {
  readonly name: string;
  /** `host:port`, from its line `ready: …`. */
  readonly ready: Promise<string>;
  /** How it ended. */
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;
  #isFrozen = false;
  #observed: Promise<number> | null = null;

  /**
   * @param colour of its lines on a terminal
   * @param execArgv node's own arguments
   */
  constructor(
    name: string,
    main: string,
    args: readonly string[],
    colour: number,
    execArgv: readonly string[] = process.execArgv,
  ) {
    this.name = name;
    const file = fileURLToPath(new URL(main, import.meta.url));
    // In a group of its own: ctrl-C reaches a whole group, and brokers must end before the coordinator does.
    const stdio = ["ignore", "pipe", "pipe", "ipc"] as const;
    const argv = [...execArgv, file, ...args];
    this.#child = spawn(process.execPath, argv, { stdio: [...stdio], detached: true });
    this.ended = new Promise((settle) => {
      this.#child.once("exit", (code, signal) => settle(signal ?? `exit code ${code}`));
    });
    this.ready = new Promise((settle, reject) => {
      eachLine(this.#child.stdout!, (line) => {
        const found = /^ready: (\S+)$/.exec(line);
        if (found !== null) settle(found[1]!);
      });
      void this.ended.then((how) => reject(new KafkaError("INVALID_CONFIG", `${name} did not start: ${how}.`)));
    });
    this.ready.catch(() => {});
    const label = process.stderr.isTTY ? `\u001b[${colour}m${name}\u001b[0m` : name;
    eachLine(this.#child.stderr!, (line) => process.stderr.write(`${label}  ${line}\n`));
  }

  get pid(): number {
    return this.#child.pid!;
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Whether it is stopped in the midst of what it does: it holds everything, and answers nothing. */
  get isFrozen(): boolean {
    return this.#isFrozen && this.isAlive;
  }

  /** Stops it in the midst of what it does, or lets it go on. */
  freeze(isFrozen: boolean): void {
    this.#child.kill(isFrozen ? "SIGSTOP" : "SIGCONT");
    this.#isFrozen = isFrozen;
  }

  /** The port where a broker tells its state; it begins to listen when it is asked for the first time. */
  observe(): Promise<number> {
    this.#observed ??= new Promise((settle, reject) => {
      this.#child.on("message", ({ observedAt }: ObservedMessage) => settle(observedAt));
      this.#child.send({ observe: true } satisfies ObserveMessage);
      void this.ended.then(() => reject(new Error(`${this.name} has ended`)));
    });
    return this.#observed;
  }

  /** Ends it in order. */
  async stop(): Promise<void> {
    if (this.isFrozen) this.freeze(false);
    if (this.isAlive) this.#child.kill("SIGTERM");
    await this.ended;
  }

  /** Ends it at once. */
  kill(): void {
    this.#child.kill("SIGKILL");
  }
}

/** A broker of the cluster, for who looks on. */
export interface ClusterMember {
  readonly id: number;
  readonly state: "up" | "starting" | "frozen" | "down";
  /** `host:port`; null while it isn't ready. */
  readonly address: string | null;
  readonly pid: number;
  /** The port on the loopback address where it tells its state; null unless it is up and was asked to. */
  readonly observedAt: number | null;
  /** Which code it runs on, where brokers differ. */
  readonly code: string | null;
}

/** The processes of one cluster. */
export class Cluster {
  readonly #commandLine: CommandLine;
  readonly #brokers = new Map<number, Member>();
  #coordinator: Member | null = null;
  #ui: Member | null = null;
  #stopping: Promise<void> | null = null;

  constructor(commandLine: CommandLine) {
    this.#commandLine = commandLine;
  }

  /** Starts everything. @returns the brokers' addresses, comma-separated */
  async start(): Promise<string> {
    const { brokers } = this.#commandLine;
    if (this.#commandLine.zooKeeper === null) await this.startCoordinator();
    const ids = Array.from({ length: brokers }, (_, i) => i + 1);
    const addresses = await Promise.all(ids.map((id) => this.startBroker(id)));
    return addresses.join(",");
  }

  /** Starts the coordination service; again on the port where the brokers know it. */
  async startCoordinator(): Promise<string> {
    this.#requireOwnCoordinator();
    if (this.#coordinator?.isAlive === true) {
      throw new KafkaError("INVALID_CONFIG", "The coordinator is running already.");
    }
    const port = this.#coordinator === null ? "0" : (await this.#coordinator.ready).replace(/^.*:/, "");
    const args = ["--data", resolve(this.#commandLine.data), "--port", port];
    this.#coordinator = new Member("coordinator", "./main-coordinator.ts", args, 90);
    this.#watch(this.#coordinator);
    return this.#coordinator.ready;
  }

  /** Ends the coordination service: the brokers go on with what they lead, but nothing can be decided. */
  async stopCoordinator(): Promise<void> {
    this.#requireOwnCoordinator();
    await this.#coordinator?.stop();
  }

  /** Starts broker `id`. @throws KafkaError when it runs already, or does not start */
  async startBroker(id: number): Promise<string> {
    if (this.#brokers.get(id)?.isAlive === true) {
      throw new KafkaError("INVALID_CONFIG", `Broker ${id} is running already.`);
    }
    const { brokers, data, config, overrides, port, zooKeeper, mine } = this.#commandLine;
    if (id < 1 || id > brokers) throw new KafkaError("INVALID_CONFIG", `There are brokers 1 to ${brokers}, no ${id}.`);
    const firstPort = port ?? FIRST_PORT;
    const broker = new Member(`broker ${id}`, "./main-broker.ts", [
      ...["--id", String(id), "--brokers", String(brokers), "--data", data],
      ...["--coordinator", zooKeeper === null ? await this.#coordinator!.ready : `zookeeper://${zooKeeper}`],
      ...["--port", String(firstPort === 0 ? 0 : firstPort + id - 1)],
      ...(config === null ? [] : ["--config", config]),
      ...overrides.flatMap((override) => ["--override", override]),
    ], COLOURS[(id - 1) % COLOURS.length]!, execArgvFor(process.execArgv, mine, id));
    this.#brokers.set(id, broker);
    this.#watch(broker);
    return broker.ready;
  }

  /** Ends broker `id` in order. */
  async stopBroker(id: number): Promise<void> {
    await this.#running(id).stop();
  }

  /** Ends broker `id` at once, as by kill -9. */
  async killBroker(id: number): Promise<void> {
    const broker = this.#running(id);
    broker.kill();
    await broker.ended;
  }

  /** Stops broker `id` in the midst of what it does, as if its machine hung; or lets it go on. */
  freezeBroker(id: number, isFrozen: boolean): void {
    this.#running(id).freeze(isFrozen);
  }

  /** The brokers, and for who looks on (`isObserved`) where each tells its state: they listen for it from then on. */
  async members(isObserved: boolean): Promise<ClusterMember[]> {
    const members = Array.from(this.#brokers, async ([id, broker]): Promise<ClusterMember> => {
      const address = broker.isAlive ? await Promise.race([broker.ready, null]) : null;
      const state = !broker.isAlive ? "down" : broker.isFrozen ? "frozen" : address === null ? "starting" : "up";
      const observedAt = isObserved && state === "up" ? await broker.observe().catch(() => null) : null;
      return { id, state, address, pid: broker.pid, observedAt, code: codeOf(this.#commandLine.mine, id) };
    });
    return Promise.all(members);
  }

  #running(id: number): Member {
    const broker = this.#brokers.get(id);
    if (broker?.isAlive !== true) throw new KafkaError("INVALID_CONFIG", `Broker ${id} is not running.`);
    return broker;
  }

  /** A line for each process. */
  async status(): Promise<string[]> {
    const all: [Member, string | null][] = Array.from(this.#brokers, ([id, broker]) => {
      return [broker, codeOf(this.#commandLine.mine, id)];
    });
    if (this.#coordinator !== null) all.unshift([this.#coordinator, null]);
    return Promise.all(all.map(async ([member, code]) => {
      if (!member.isAlive) return `${member.name}: down (${await member.ended})`;
      if (member.isFrozen) return `${member.name}: frozen, process ${member.pid}`;
      const address = await Promise.race([member.ready, Promise.resolve("starting")]);
      return `${member.name}: ${address}${code === null ? "" : `, ${code}`}, process ${member.pid}`;
    }));
  }

  /** Starts the picture in the browser. @returns its address */
  async startUi({ host, port }: UiAddress): Promise<string> {
    const args = ["--data", resolve(this.#commandLine.data), "--ui-host", host, "--ui-port", String(port)];
    this.#ui = new Member("ui", UI_MAIN, args, 90);
    this.#watch(this.#ui);
    return this.#ui.ready;
  }

  /** Ends everything in order: the brokers first, as they must leave the cluster while there is one. */
  stop(): Promise<void> {
    this.#stopping ??= (async () => {
      await this.#ui?.stop();
      await Promise.all(Array.from(this.#brokers.values(), (broker) => broker.stop()));
      await this.#coordinator?.stop();
    })();
    return this.#stopping;
  }

  /** Ends everything at once. */
  kill(): void {
    for (const member of [...this.#brokers.values(), this.#coordinator, this.#ui]) member?.kill();
  }

  #requireOwnCoordinator(): void {
    const { zooKeeper } = this.#commandLine;
    if (zooKeeper === null) return;
    throw new KafkaError("INVALID_CONFIG", `The coordinator is the ZooKeeper ${zooKeeper}: it has its own scripts.`);
  }

  #watch(member: Member): void {
    void member.ended.then((how) => {
      if (this.#stopping !== null) return;
      process.stderr.write(`${member.name} has ended: ${how}\n`);
    });
  }
}

/** What `npm start -- --brokers N` does for N above 1. */
export async function startCluster(commandLine: CommandLine): Promise<void> {
  const runtime = createNodeRuntime();
  const cluster = new Cluster(commandLine);
  // A second ctrl-C, or an error here: nothing may stay behind.
  process.on("exit", () => cluster.kill());
  stopOnSignals(runtime, () => cluster.stop());
  const data = resolve(commandLine.data);
  // Through the runtime's disk: what is wrong with it is a sentence.
  runtime.disk.makeFolder(data);
  refuseFewer(runtime.disk, data, commandLine.brokers);
  const control = await serveCluster(cluster, data);
  try {
    const addresses = await cluster.start();
    process.stdout.write(`ready: ${addresses}\n`);
    if (commandLine.ui !== null) await showUi(cluster, commandLine.ui);
  } catch (error) {
    control.close();
    await cluster.stop();
    fail(error);
  }
}

/** The cluster is there with or without its picture. */
async function showUi(cluster: Cluster, address: UiAddress): Promise<void> {
  try {
    process.stdout.write(`see: ${await cluster.startUi(address)}\n`);
  } catch (error) {
    process.stderr.write(`${(error as Error).message} The cluster goes on without its picture.\n`);
  }
}

/**
 * Old data of more brokers than are started now would have partitions without all their replicas, for ever.
 * @throws KafkaError INVALID_CONFIG
 */
function refuseFewer(disk: Disk, data: string, brokers: number): void {
  const path = `${data}/brokers`;
  const before = disk.exists(path) ? Number(Buffer.from(disk.readFile(path)).toString()) : largestBrokerIn(disk, data);
  if (before > brokers) {
    const text = `The data in ${data} is that of ${before} brokers: start as many, or more (--brokers ${before}).`;
    throw new KafkaError("INVALID_CONFIG", text);
  }
  if (before !== brokers) disk.writeFileAtomically(path, Buffer.from(`${brokers}\n`));
}

function largestBrokerIn(disk: Disk, data: string): number {
  return Math.max(0, ...disk.list(data).map((name) => Number(/^broker-(\d+)$/.exec(name)?.[1] ?? 0)));
}

function eachLine(stream: NodeJS.ReadableStream, take: (line: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    lines.forEach(take);
  });
}
