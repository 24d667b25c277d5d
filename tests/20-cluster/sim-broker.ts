/**
 * A broker of one in the simulator, as `main.ts` assembles it on a real machine: crash it, cut its power, start it
 * again, talk to it.
 *
 * @module
 */
import { parseBrokerConfig } from "#ground/config/broker-config";
import { CoordinationServer } from "#ground/coordination/coordination-server";
import { LocalCoordination } from "#ground/coordination/local-coordination";
import { BrokerConnection } from "#ground/network/broker-connection";
import { type Connection, type Runtime } from "#ground/runtime";
import { type SimNode } from "#ground/sim/sim-node";
import { SimWorld } from "#ground/sim/sim-world";
import { Broker } from "#cluster/broker";

const PORT = 9092;
/** Generous: simulated time costs nothing. */
const LIMIT_MS = 300_000;

export class SimBroker {
  readonly world: SimWorld;
  readonly node: SimNode;
  /** Why the broker said that it can't go on. */
  readonly fatal: string[] = [];
  readonly #config: Record<string, unknown>;
  #broker: Broker | null = null;
  #server: CoordinationServer | null = null;

  constructor(seed = 1, config: Record<string, unknown> = {}) {
    this.world = new SimWorld(seed);
    this.node = this.world.node("broker");
    this.#config = { listeners: `PLAINTEXT://broker:${PORT}`, "log.dirs": "/data/broker-1", "broker.id": 1, ...config };
  }

  /** A broker that serves. */
  static async started(seed = 1, config: Record<string, unknown> = {}): Promise<SimBroker> {
    const broker = new SimBroker(seed, config);
    await broker.start();
    return broker;
  }

  get broker(): Broker {
    return this.#broker!;
  }

  /** Starts the broker on `runtime`. */
  async start(runtime: Runtime = this.node.runtime): Promise<void> {
    this.#server = CoordinationServer.open(runtime, "/data/coordination");
    const coordination = new LocalCoordination(this.#server, runtime);
    const onFatal = (error: Error): void => void this.fatal.push(error.message);
    this.#broker = new Broker(runtime, { config: parseBrokerConfig(this.#config), coordination, onFatal });
    await this.run(this.#broker.start());
  }

  /** Ends the broker in order. */
  async stop(): Promise<void> {
    await this.run(this.#broker!.stop());
    await this.closeCoordination();
  }

  /** For after a start that failed. */
  async closeCoordination(): Promise<void> {
    await this.run(this.#server!.close());
  }

  /** Kills the process, and starts it again. */
  async crash(): Promise<void> {
    this.node.crash();
    await this.start(this.node.restart());
  }

  /** Cuts the power, and starts the machine again. */
  async losePower(): Promise<void> {
    this.node.powerLoss();
    await this.start(this.node.restart());
  }

  /** Runs `call` to its end in simulated time. */
  run<T>(call: Promise<T>): Promise<T> {
    return this.world.settled(call);
  }

  /** A well-behaved client. */
  connect(name = "client"): Promise<BrokerConnection> {
    const runtime = this.world.node(name).runtime;
    const options = { host: "broker", port: PORT, clientId: name, connectTimeoutMs: 10_000, requestTimeoutMs: 60_000 };
    return this.run(BrokerConnection.connect(runtime, options));
  }

  /** A client that sends and receives bare frames. */
  async connectRaw(name = "raw"): Promise<RawClient> {
    const runtime = this.world.node(name).runtime;
    return new RawClient(this.world, await this.run(runtime.transport.connect("broker", PORT, 10_000)));
  }
}

/** Sends frames as they are, and notes what comes back. */
export class RawClient {
  /** Answers without their size, in order. */
  readonly answers: Uint8Array[] = [];
  isClosed = false;
  readonly #world: SimWorld;
  readonly #connection: Connection;
  #received = Buffer.alloc(0);

  constructor(world: SimWorld, connection: Connection) {
    this.#world = world;
    this.#connection = connection;
    connection.handle({
      onData: (chunk) => this.#onData(chunk),
      onClose: () => (this.isClosed = true),
    });
  }

  /** Sends a frame, which gets its size in front. */
  send(frame: Uint8Array): void {
    const size = Buffer.alloc(4);
    size.writeInt32BE(frame.length);
    this.#connection.write([size, frame]);
  }

  /** Sends bytes as they are. */
  sendBytes(bytes: Uint8Array): void {
    this.#connection.write([bytes]);
  }

  /** Sends a frame and waits for what comes: the answer, or null when the broker closes instead. */
  async ask(frame: Uint8Array): Promise<Uint8Array | null> {
    const before = this.answers.length;
    this.send(frame);
    await this.#world.runUntil(() => this.answers.length > before || this.isClosed, LIMIT_MS);
    return this.answers[before] ?? null;
  }

  pause(): void {
    this.#connection.pause();
  }

  resume(): void {
    this.#connection.resume();
  }

  close(): void {
    this.#connection.close();
  }

  #onData(chunk: Uint8Array): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    while (this.#received.length >= 4) {
      const end = 4 + this.#received.readInt32BE(0);
      if (this.#received.length < end) return;
      this.answers.push(new Uint8Array(this.#received.subarray(4, end)));
      this.#received = this.#received.subarray(end);
    }
  }
}
