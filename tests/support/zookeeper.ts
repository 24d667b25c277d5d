/**
 * A real ZooKeeper, on loopback: Debian's package, with data of its own.
 *
 * @module
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const JAR = "/usr/share/java/zookeeper.jar";
/** Without it the server says nothing of what it does. */
const LOGGER_JAR = "/usr/share/java/slf4j-simple.jar";
const MAIN = "org.apache.zookeeper.server.quorum.QuorumPeerMain";
/** Small and quick to start. Its data need not outlive the machine. */
const JVM = ["-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Dzookeeper.forceSync=no"];
/** Sessions may have 2 to 20 of these as their time-out. */
const TICK_MS = 500;

/** Whether ZooKeeper is installed. Where it isn't, its tests are skipped, and the run says so. */
export function hasZooKeeper(): boolean {
  const isThere = existsSync(JAR) && spawnSync("java", ["-version"]).status === 0;
  if (!isThere) console.warn("SKIPPED: ZooKeeper is not installed (apt-get install zookeeper): it is not tried.");
  return isThere;
}

/** Ports that are free now, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  await Promise.all(servers.map((server) => new Promise<void>((open) => server.listen(0, "127.0.0.1", open))));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  return ports;
}

/** One server of a ZooKeeper: a process of its own, and its folder. */
export class ZooKeeperServer {
  readonly port: number;
  /** What it has said. */
  output = "";
  readonly #folder: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;

  /** @param more lines of its `zoo.cfg`; @param myId its number in an ensemble */
  constructor(port: number, more: readonly string[] = [], myId?: number) {
    this.port = port;
    this.#folder = mkdtempSync(join(tmpdir(), "katafka-zookeeper-"));
    const config = join(this.#folder, "zoo.cfg");
    const lines = [
      `tickTime=${TICK_MS}`,
      `dataDir=${this.#folder}`,
      `clientPort=${port}`,
      "clientPortAddress=127.0.0.1",
      "maxClientCnxns=0",
      "admin.enableServer=false",
      ...more,
    ];
    writeFileSync(config, `${lines.join("\n")}\n`);
    if (myId !== undefined) writeFileSync(join(this.#folder, "myid"), `${myId}\n`);
    const classPath = [JAR, LOGGER_JAR].filter((jar) => existsSync(jar)).join(":");
    this.#child = spawn("java", [...JVM, "-cp", classPath, MAIN, config], { stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) {
      stream.on("data", (chunk: Buffer) => (this.output += chunk.toString()));
    }
    this.#ended = new Promise((ended) => this.#child.once("close", () => ended()));
  }

  /** One that is alone. */
  static async alone(more: readonly string[] = []): Promise<ZooKeeperServer> {
    const [port] = await freePorts(1);
    return new ZooKeeperServer(port!, more);
  }

  /** Three that elect a leader among themselves. */
  static async ensemble(): Promise<ZooKeeperServer[]> {
    const ports = await freePorts(9);
    const members = [0, 1, 2].map((i) => `server.${i + 1}=127.0.0.1:${ports[3 + 2 * i]}:${ports[4 + 2 * i]}`);
    const more = ["initLimit=20", "syncLimit=5", ...members];
    return [0, 1, 2].map((i) => new ZooKeeperServer(ports[i]!, more, i + 1));
  }

  /** `127.0.0.1:PORT`. */
  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** `leader`, `follower` or `standalone`; empty while it isn't one of them. */
  async mode(): Promise<string> {
    return /^Mode: (\w+)$/m.exec(await this.#ask("srvr"))?.[1] ?? "";
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  #ask(word: string): Promise<string> {
    return new Promise((resolve) => {
      const socket = connect(this.port, "127.0.0.1", () => socket.write(word));
      let text = "";
      socket.on("data", (chunk: Buffer) => (text += chunk.toString()));
      socket.once("error", () => resolve(""));
      socket.once("close", () => resolve(text));
    });
  }

  /** Ends it at once, and takes its folder away. */
  async stop(): Promise<void> {
    this.kill("SIGKILL");
    await this.#ended;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
