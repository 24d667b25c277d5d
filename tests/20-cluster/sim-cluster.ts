/**
 * A cluster in the simulator: the coordination service on a node of its own, and brokers on others.
 *
 * @module
 */
import { Broker } from "#cluster/broker";
import { parseBrokerConfig } from "#ground/config/broker-config";
import { CoordinationServer } from "#ground/coordination/coordination-server";
import { LocalCoordination } from "#ground/coordination/local-coordination";
import { BrokerConnection } from "#ground/network/broker-connection";
import { type Runtime } from "#ground/runtime";
import { type SimNode } from "#ground/sim/sim-node";
import { SimWorld } from "#ground/sim/sim-world";
import { RawClient } from "./sim-broker.ts";

const PORT = 9092;
/** Generous: simulated time costs nothing. */
const LIMIT_MS = 300_000;

/** Short, so that little has to be simulated. */
const CONFIG = {
  "zookeeper.session.timeout.ms": 1_000,
  "replica.lag.time.max.ms": 2_000,
  "replica.fetch.backoff.ms": 100,
  "replica.fetch.wait.max.ms": 200,
  "default.replication.factor": 3,
  "min.insync.replicas": 2,
};

export class SimCluster {
  readonly world: SimWorld;
  readonly brokers = new Map<number, Broker>();
  readonly #config: Record<string, unknown>;
  readonly #name: string;
  readonly #server: CoordinationServer;

  /** @param name - of a second cluster, in the world of another one; it stands before the names of its nodes */
  constructor(seed = 1, config: Record<string, unknown> = {}, world: SimWorld = new SimWorld(seed), name = "") {
    this.world = world;
    this.#config = config;
    this.#name = name;
    this.#server = CoordinationServer.open(this.world.node(`${name}coordinator`).runtime, "/data/coordination");
  }

  /** A cluster of brokers 1 to `count` that serve. */
  static async started(count = 3, seed = 1, config: Record<string, unknown> = {}): Promise<SimCluster> {
    const cluster = new SimCluster(seed, config);
    for (let id = 1; id <= count; id++) await cluster.start(id);
    return cluster;
  }

  hostOf(brokerId: number): string {
    return `${this.#name}broker-${brokerId}`;
  }

  node(brokerId: number): SimNode {
    return this.world.node(this.hostOf(brokerId));
  }

  /** Starts a broker, on `runtime`. @param own what only it is configured with */
  async start(
    brokerId: number,
    runtime: Runtime = this.node(brokerId).runtime,
    own: Record<string, unknown> = {},
  ): Promise<void> {
    const config = parseBrokerConfig({
      listeners: `PLAINTEXT://${this.hostOf(brokerId)}:${PORT}`,
      "log.dirs": "/data/logs",
      "broker.id": brokerId,
      ...CONFIG,
      ...this.#config,
      ...own,
    });
    const coordination = new LocalCoordination(this.#server, runtime);
    const broker = new Broker(runtime, { config, coordination });
    this.brokers.set(brokerId, broker);
    await this.run(broker.start());
  }

  /** Kills a broker. */
  crash(brokerId: number): void {
    this.node(brokerId).crash();
    this.brokers.delete(brokerId);
  }

  /** Takes the power from a broker's machine: what was not flushed is lost. */
  powerLoss(brokerId: number): void {
    this.node(brokerId).powerLoss();
    this.brokers.delete(brokerId);
  }

  /** Starts a broker that was killed. */
  restart(brokerId: number): Promise<void> {
    return this.start(brokerId, this.node(brokerId).restart());
  }

  /** Runs `call` to its end in simulated time. */
  run<T>(call: Promise<T>, limitMs = LIMIT_MS): Promise<T> {
    return this.world.settled(call, limitMs);
  }

  /** A well-behaved client of one broker. */
  connect(brokerId: number, name = "client"): Promise<BrokerConnection> {
    const runtime = this.world.node(name).runtime;
    const options = { clientId: name, connectTimeoutMs: 10_000, requestTimeoutMs: 60_000 };
    return this.run(BrokerConnection.connect(runtime, { host: this.hostOf(brokerId), port: PORT, ...options }));
  }

  /** A client of one broker that sends and receives bare frames. */
  async connectRaw(brokerId: number, name = "raw"): Promise<RawClient> {
    const { transport } = this.world.node(name).runtime;
    return new RawClient(this.world, await this.run(transport.connect(this.hostOf(brokerId), PORT, 10_000)));
  }
}
