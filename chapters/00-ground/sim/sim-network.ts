import { KafkaError } from "#ground/errors";
import { type Connection, type Listener, type Transport } from "#ground/runtime";
import { type SeededRandom } from "./seeded-random.ts";
import { SimConnection } from "./sim-connection.ts";
import { type Resource, type SimProcess, type World } from "./sim-process.ts";

/** Where the ports begin that a host gives to whoever asks for port 0. */
const FIRST_EPHEMERAL_PORT = 49_152;
/** After so long a lost attempt to connect is made again. */
const CONNECT_RETRY_MS = 1_000;
/** Names by which every host knows itself. */
const OWN_NAMES: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "0.0.0.0", "::", "::1"]);

/** The network between all nodes of a world: TCP as its users see it, with the delays and faults that one asks for. */
export class SimNetwork {
  /** One way, in milliseconds, on average: each packet takes between half of it and one and a half times as long. */
  latencyMs = 0.2;
  /** How probable it is, for each packet, that the connection breaks instead: both ends are reset. */
  dropProbability = 0;
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #hosts = new Map<string, () => boolean>();
  readonly #listeners = new Map<string, SimListener>();
  readonly #blocked = new Set<string>();
  readonly #isolated = new Set<string>();
  readonly #stalled = new Set<SimConnection>();
  /** By host: what all that comes from it or goes to it takes besides. */
  readonly #delays = new Map<string, number>();
  /** Ways on which the next packet is lost. */
  readonly #losing = new Set<string>();
  #lastPort = FIRST_EPHEMERAL_PORT - 1;

  constructor(world: World) {
    this.#world = world;
    this.#random = world.random("network");
  }

  /** Makes a host known. @param isOn - whether its machine has power */
  addHost(name: string, isOn: () => boolean): void {
    this.#hosts.set(name, isOn);
  }

  /** Lets nothing pass between two hosts: open connections stall, new ones time out. */
  partition(a: string, b: string): void {
    this.#world.note("network", `partition ${a} | ${b}`);
    this.#blocked.add(wayOf(a, b));
    this.#blocked.add(wayOf(b, a));
  }

  /** Lets nothing pass from one host to another; the way back is open. No connection can be opened between the two. */
  cut(from: string, to: string): void {
    this.#world.note("network", `cut ${from} > ${to}`);
    this.#blocked.add(wayOf(from, to));
  }

  /** Cuts one host off from all others, also from those that come later. */
  isolate(host: string): void {
    this.#world.note("network", `isolate ${host}`);
    this.#isolated.add(host);
  }

  /** Ends what {@link isolate} did. What was stalled arrives. */
  rejoin(host: string): void {
    this.#world.note("network", `rejoin ${host}`);
    this.#isolated.delete(host);
    this.retransmit();
  }

  /** Whether {@link isolate} has cut it off. */
  isIsolated(host: string): boolean {
    return this.#isolated.has(host);
  }

  /** Ends what {@link partition} or {@link cut} did between two hosts. What was stalled arrives. */
  mend(a: string, b: string): void {
    this.#world.note("network", `mend ${a} | ${b}`);
    this.#blocked.delete(wayOf(a, b));
    this.#blocked.delete(wayOf(b, a));
    this.retransmit();
  }

  /** Ends all partitions, cuts and isolations. What was stalled arrives. */
  heal(): void {
    this.#world.note("network", "heal");
    this.#blocked.clear();
    this.#isolated.clear();
    this.retransmit();
  }

  /** All that a host sends or is sent takes `byMs` longer; 0: no longer. */
  slow(host: string, byMs: number): void {
    this.#world.note("network", `slow ${host} by ${byMs} ms`);
    if (byMs > 0) this.#delays.set(host, byMs);
    else this.#delays.delete(host);
  }

  /** What {@link slow} says of a host; 0: nothing. */
  slowedByMs(host: string): number {
    return this.#delays.get(host) ?? 0;
  }

  /** The next bytes from one host to another don't arrive: their connection breaks, with all that it carries. */
  loseNext(from: string, to: string): void {
    this.#world.note("network", `lose the next from ${from} to ${to}`);
    this.#losing.add(wayOf(from, to));
  }

  /** Whether what {@link loseNext} has asked for is yet to happen. */
  isLosingNext(from: string, to: string): boolean {
    return this.#losing.has(wayOf(from, to));
  }

  /** Remembers a connection whose next packet can't arrive now. */
  stall(connection: SimConnection): void {
    this.#stalled.add(connection);
  }

  /** Sends again what could not arrive: something has changed. */
  retransmit(): void {
    const stalled = [...this.#stalled];
    this.#stalled.clear();
    for (const connection of stalled) connection.retransmit();
  }

  /** The network as the process of one node sees it. */
  transportFor(process: SimProcess): Transport {
    return {
      maxConnections: Infinity,
      listen: (host, port, onConnection) => this.#listen(process, host, port, onConnection),
      connect: (host, port, timeoutMs, signal) => this.#connect(process, host, port, timeoutMs, signal),
    };
  }

  isOn(host: string): boolean {
    return this.#hosts.get(host)?.() ?? false;
  }

  isBlocked(from: string, to: string): boolean {
    if (this.#blocked.has(wayOf(from, to))) return true;
    return from !== to && (this.#isolated.has(from) || this.#isolated.has(to));
  }

  /** When something arrives that one host sends to another now. */
  arrivalMs(from: string, to: string): number {
    const delayMs = this.slowedByMs(from) + this.slowedByMs(to);
    return this.#world.nowMs + delayMs + this.latencyMs * (0.5 + this.#random.next());
  }

  /** How many bytes travel as one packet: most often many, sometimes a few. */
  chunkBytes(): number {
    return this.#random.happens(0.25) ? 1 + this.#random.int(16) : 1 + this.#random.int(64 * 1024);
  }

  /** How many of `count` arrived packets their receiver gets at once. */
  chunksToJoin(count: number): number {
    return 1 + this.#random.int(count);
  }

  /** Whether what arrives now is lost. */
  loses(from: string, to: string): boolean {
    if (this.#losing.delete(wayOf(from, to))) return true;
    return this.dropProbability > 0 && this.#random.happens(this.dropProbability);
  }

  #listen(
    process: SimProcess, host: string, port: number, onConnection: (connection: Connection) => void,
  ): Promise<Listener> {
    if (!process.alive) return new Promise(() => {});
    if (host !== process.host && !OWN_NAMES.has(host)) {
      const message = `Can't listen on ${host}:${port}: ${host} is not an address of this machine (${process.host}).`;
      return Promise.reject(new KafkaError("INVALID_CONFIG", message));
    }
    const bound = port === 0 ? ++this.#lastPort : port;
    const address = `${process.host}:${bound}`;
    if (this.#listeners.has(address)) {
      const message = `Can't listen on ${host}:${port}: the port is in use by another process.`;
      return Promise.reject(new KafkaError("INVALID_CONFIG", message));
    }
    const forget = (): void => void this.#listeners.delete(address);
    const listener = new SimListener(process, host, bound, onConnection, forget);
    this.#listeners.set(address, listener);
    process.note(`listen ${address}`);
    return Promise.resolve(listener);
  }

  #connect(
    process: SimProcess, host: string, port: number, timeoutMs: number, signal?: AbortSignal,
  ): Promise<Connection> {
    const target = OWN_NAMES.has(host) ? process.host : host;
    const address = `${host}:${port}`;
    process.note(`connect ${address}`);
    return new Promise((resolve, reject) => {
      let over = false;
      const attempt: Resource = { label: `attempt to connect to ${address}` };
      const end = (settle: () => void): void => {
        if (over) return;
        over = true;
        process.resources.delete(attempt);
        signal?.removeEventListener("abort", onAbort);
        if (timeOut !== null) timeOut.run = null;
        settle();
      };
      const fail = (message: string): void => {
        end(() => reject(new KafkaError("NETWORK_EXCEPTION", `Can't connect to ${address}: ${message}.`)));
      };
      const onAbort = (): void => fail("the attempt was given up");
      const arrive = (): void => {
        if (over || !process.alive) return;
        const reply = (run: () => void): void => void process.schedule(this.arrivalMs(target, process.host), null, run);
        if (!this.#hosts.has(target)) return reply(() => fail("no host has that name"));
        const isBlocked = this.isBlocked(process.host, target) || this.isBlocked(target, process.host);
        if (isBlocked || !this.isOn(target)) {
          this.#world.schedule(this.#world.nowMs + CONNECT_RETRY_MS, null, null, arrive);
          return;
        }
        const listener = this.#listeners.get(`${target}:${port}`);
        if (listener === undefined) return reply(() => fail("nothing listens there (connection refused)"));
        const connection = this.#accept(process, listener, address);
        process.schedule(connection.openMs, null, () => {
          if (over) connection.client.close(new Error("too late"));
          else end(() => resolve(connection.client));
        });
      };
      if (process.alive) process.resources.add(attempt);
      const timeOut = process.schedule(process.nowMs + timeoutMs, null, () => fail(`not open after ${timeoutMs} ms`));
      if (signal?.aborted === true) onAbort();
      signal?.addEventListener("abort", onAbort);
      if (process.alive) this.#world.schedule(this.arrivalMs(process.host, target), null, null, arrive);
    });
  }

  /** Opens a connection. The listening machine does so by itself, even while its process is frozen. */
  #accept(process: SimProcess, listener: SimListener, address: string): { client: SimConnection; openMs: number } {
    const openMs = this.arrivalMs(listener.process.host, process.host);
    const client = new SimConnection(process, this, address, this.#world.nowMs);
    const server = new SimConnection(listener.process, this, `${process.host}:${++this.#lastPort}`, openMs);
    SimConnection.pair(client, server);
    listener.process.schedule(this.#world.nowMs, `accept ${server.remoteAddress}`, () => listener.onConnection(server));
    return { client, openMs };
  }
}

class SimListener implements Listener, Resource {
  readonly process: SimProcess;
  readonly host: string;
  readonly port: number;
  readonly onConnection: (connection: Connection) => void;
  readonly #forget: () => void;

  constructor(
    process: SimProcess, host: string, port: number, onConnection: (connection: Connection) => void, forget: () => void,
  ) {
    this.process = process;
    this.host = host;
    this.port = port;
    this.onConnection = onConnection;
    this.#forget = forget;
    process.resources.add(this);
  }

  get label(): string {
    return `listener on port ${this.port}`;
  }

  onDeath(): void {
    this.#forget();
  }

  close(): Promise<void> {
    this.#forget();
    this.process.resources.delete(this);
    return Promise.resolve();
  }
}

function wayOf(from: string, to: string): string {
  return `${from}>${to}`;
}
