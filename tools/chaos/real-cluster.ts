/**
 * Three brokers and the coordination service, each a process of its own. What brokers ask each other, and what they ask
 * the coordination service, goes through proxies that can be cut.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync } from "node:fs";
import { freePorts, LinkProxy } from "./link-proxy.ts";
import { type MemoryReport } from "./memory-report.ts";
import { Soak } from "./soak.ts";

const BROKER = "chapters/20-cluster/main-broker.ts";
const MEMORY_REPORT = new URL("./memory-report.ts", import.meta.url).href;
const COORDINATOR = "chapters/20-cluster/main-coordinator.ts";

/** A process that ends by itself, for want of others, is started again after so long. */
const RETRY_MS = 500;
/** For clients, for brokers, and of its two proxies. */
const PORTS_OF_BROKER = 4;

/** A process, and what to start it with again. */
export class Process {
  readonly #argv: readonly string[];
  readonly #logFile: string;
  #child: ChildProcess | null = null;
  #gone: Promise<void> = Promise.resolve();
  #isOver = false;
  /** Called with each new process. */
  onStart: (child: ChildProcess) => void = () => {};

  /** @param flags for node, besides those of this process */
  constructor(main: string, args: readonly string[], logFile: string, flags: readonly string[] = []) {
    this.#argv = [...process.execArgv, ...flags, main, ...args];
    this.#logFile = logFile;
  }

  get isAlive(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Starts it, unless it lives. @returns when it says that it is ready: perhaps never */
  start(): Promise<void> {
    if (this.isAlive || this.#isOver) return Promise.resolve();
    const child = spawn(process.execPath, this.#argv, { stdio: ["ignore", "pipe", "pipe", "ipc"] });
    this.#child = child;
    this.onStart(child);
    this.#gone = new Promise((resolve) => child.once("close", () => resolve()));
    const keep = (chunk: Buffer): void => appendFileSync(this.#logFile, chunk);
    child.stdout!.on("data", keep);
    child.stderr!.on("data", keep);
    return new Promise((resolve) => {
      child.stdout!.on("data", (chunk: Buffer) => void (/^ready: /m.test(chunk.toString()) && resolve()));
      child.once("exit", (code) => {
        if (code !== null && code !== 0) setTimeout(() => void this.start().then(resolve), RETRY_MS);
      });
    });
  }

  signal(signal: NodeJS.Signals): void {
    if (this.isAlive) this.#child!.kill(signal);
  }

  /** Ends it for good, and waits until it is gone. */
  async end(signal: NodeJS.Signals): Promise<void> {
    // However it has ended, or ends, it is not started again.
    this.#isOver = true;
    this.signal(signal);
    await this.#gone;
  }
}

/** The processes and the links. */
export class RealCluster {
  readonly ids = [1, 2, 3] as const;
  readonly brokers = new Map<number, Process>();
  /** To a broker, for the others. */
  readonly links = new Map<number, LinkProxy>();
  /** From a broker to the coordination service. */
  readonly coordinatorLinks = new Map<number, LinkProxy>();
  readonly coordinator: Process;
  readonly soak = new Soak();
  readonly #bootstrap: string[] = [];

  private constructor(data: string, coordinatorPort: number) {
    const args = ["--data", data, "--port", String(coordinatorPort)];
    this.coordinator = new Process(COORDINATOR, args, `${data}/coordinator.log`);
  }

  /** For clients. */
  get bootstrap(): string {
    return this.#bootstrap.join(",");
  }

  static async start(data: string): Promise<RealCluster> {
    const [coordinatorPort, ...ports] = (await freePorts(1 + 3 * PORTS_OF_BROKER)) as [number, ...number[]];
    const cluster = new RealCluster(data, coordinatorPort);
    await cluster.coordinator.start();
    for (const id of cluster.ids) await cluster.#addBroker(id, data, coordinatorPort, ports.splice(0, PORTS_OF_BROKER));
    await Promise.all(Array.from(cluster.brokers.values(), (broker) => broker.start()));
    return cluster;
  }

  /** Ends the brokers in order, and then the coordination service. */
  async stop(): Promise<void> {
    await Promise.all(Array.from(this.brokers.values(), (broker) => broker.end("SIGTERM")));
    await this.coordinator.end("SIGTERM");
    this.#closeLinks();
  }

  /** For when all goes wrong: nothing stays behind. */
  kill(): void {
    for (const one of [...this.brokers.values(), this.coordinator]) one.signal("SIGKILL");
    this.#closeLinks();
  }

  #closeLinks(): void {
    for (const link of [...this.links.values(), ...this.coordinatorLinks.values()]) link.close();
  }

  async #addBroker(id: number, data: string, coordinatorPort: number, ports: readonly number[]): Promise<void> {
    const [forClients, forBrokers, link, coordinatorLink] = ports;
    this.links.set(id, await LinkProxy.start(link!, forBrokers!));
    this.coordinatorLinks.set(id, await LinkProxy.start(coordinatorLink!, coordinatorPort));
    const overrides = [
      `listeners=CLIENTS://127.0.0.1:${forClients},BROKERS://127.0.0.1:${forBrokers}`,
      `advertised.listeners=CLIENTS://127.0.0.1:${forClients},BROKERS://127.0.0.1:${link}`,
      "listener.security.protocol.map=CLIENTS:PLAINTEXT,BROKERS:PLAINTEXT",
      "inter.broker.listener.name=BROKERS",
      "log.segment.bytes=1000000",
      "replica.socket.timeout.ms=3000",
      "offsets.topic.num.partitions=3",
      "group.initial.rebalance.delay.ms=500",
    ];
    const broker = new Process(BROKER, [
      ...["--id", String(id), "--brokers", "3", "--data", data],
      ...["--coordinator", `127.0.0.1:${coordinatorLink}`],
      ...overrides.flatMap((override) => ["--override", override]),
    ], `${data}/broker-${id}.log`, ["--import", MEMORY_REPORT]);
    broker.onStart = (child) => {
      const take = this.soak.begin(id);
      child.on("message", ({ memory }: { readonly memory?: MemoryReport }) => void (memory && take(memory)));
    };
    this.brokers.set(id, broker);
    this.#bootstrap.push(`127.0.0.1:${forClients}`);
  }
}
