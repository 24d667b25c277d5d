/**
 * Whole brokers of chapter 20 and the coordination service, each a process on a machine of its own, with the simulated
 * network between them. A process that ends is started again by its supervisor, when it is time.
 *
 * @module
 */
import { Broker } from "#cluster/broker";
import { parseBrokerConfig } from "#ground/config/broker-config";
import { CoordinationError } from "#ground/coordination/coordination";
import { CoordinationServer } from "#ground/coordination/coordination-server";
import { TcpCoordination } from "#ground/coordination/tcp-coordination";
import { TcpCoordinationListener } from "#ground/coordination/tcp-listener";
import { KafkaError, mayPass } from "#ground/errors";
import { type Runtime } from "#ground/runtime";
import { type SimNode } from "#ground/sim/sim-node";
import { type SimWorld } from "#ground/sim/sim-world";
import { Violation } from "./violation.ts";

/** The port of every broker. */
export const PORT = 9092;
/** Where the coordination service is. */
export const COORDINATOR = "coordinator";
const COORDINATION = { host: COORDINATOR, port: 2181 };
/** A supervisor starts a process again after so long, when it has ended by itself. */
const RETRY_MS = 300;

/** Settings that the scenario draws. */
export type Settings = Readonly<Record<string, string | number | boolean>>;

export class SimulatedCluster {
  readonly world: SimWorld;
  readonly ids: readonly number[];
  /** Why a process ended that shouldn't have. */
  failure: Error | null = null;
  readonly #settings: Settings;
  readonly #ids: ReadonlyMap<string, number>;
  readonly #brokers = new Map<number, { readonly broker: Broker; isServing: boolean }>();
  #coordinator: CoordinationServer | null = null;

  constructor(world: SimWorld, count: number, settings: Settings) {
    this.world = world;
    this.ids = Array.from({ length: count }, (_, i) => i + 1);
    this.#settings = settings;
    this.#ids = new Map(this.ids.map((id) => [hostOf(id), id]));
  }

  /** For clients. */
  get bootstrap(): string {
    return this.ids.map((id) => `${hostOf(id)}:${PORT}`).join(",");
  }

  /** The coordination service, to look into; null while it is down. */
  get coordinator(): CoordinationServer | null {
    return this.#coordinator;
  }

  get coordinatorNode(): SimNode {
    return this.world.node(COORDINATOR);
  }

  node(id: number): SimNode {
    return this.world.node(hostOf(id));
  }

  /** The broker on a host; undefined if there is none. */
  idOf(host: string): number | undefined {
    return this.#ids.get(host);
  }

  /** The broker, if its process lives; it may still be starting. */
  broker(id: number): Broker | undefined {
    return this.#brokers.get(id)?.broker;
  }

  /** Whether clients are served. */
  isServing(id: number): boolean {
    return this.#brokers.get(id)?.isServing === true;
  }

  /** Starts everything. */
  start(): void {
    this.#startCoordinator(this.coordinatorNode.runtime);
    for (const id of this.ids) this.#startBroker(id, this.node(id).runtime);
  }

  /** `kill -9` */
  crash(id: number): void {
    this.node(id).crash();
    this.#brokers.delete(id);
  }

  losePower(id: number): void {
    this.node(id).powerLoss();
    this.#brokers.delete(id);
  }

  /** Starts a broker that is down. */
  restart(id: number): void {
    if (!this.node(id).isAlive) this.#startBroker(id, this.node(id).restart());
  }

  /** Ends a broker in order. Resolves when its process is gone. */
  async stop(id: number): Promise<void> {
    const running = this.#brokers.get(id);
    if (running === undefined) return;
    running.isServing = false;
    const node = this.node(id);
    const { runtime } = node;
    await running.broker.stop().catch((error: unknown) => this.#mayEnd(id, error));
    // It may have been killed meanwhile, and be another one by now.
    if (this.#brokers.get(id) === running && node.runtime === runtime) this.crash(id);
  }

  crashCoordinator(): void {
    this.coordinatorNode.crash();
    this.#coordinator = null;
  }

  losePowerOfCoordinator(): void {
    this.coordinatorNode.powerLoss();
    this.#coordinator = null;
  }

  restartCoordinator(): void {
    if (!this.coordinatorNode.isAlive) this.#startCoordinator(this.coordinatorNode.restart());
  }

  #startCoordinator(runtime: Runtime): void {
    const onFailure = (error: Error): void => this.#fail(COORDINATOR, error);
    const server = CoordinationServer.open(runtime, "/data/coordination", onFailure, { keepSessions: true });
    this.#coordinator = server;
    TcpCoordinationListener.start(runtime, server, COORDINATION).catch((error: Error) => onFailure(error));
  }

  #startBroker(id: number, runtime: Runtime): void {
    const config = parseBrokerConfig({
      listeners: `PLAINTEXT://${hostOf(id)}:${PORT}`,
      "log.dirs": "/data/logs",
      "broker.id": id,
      ...this.#settings,
    });
    const coordination = new TcpCoordination(runtime, COORDINATION);
    const onFatal = (error: Error): void => this.#fail(hostOf(id), error);
    const running = { broker: new Broker(runtime, { config, coordination, onFatal }), isServing: false };
    this.#brokers.set(id, running);
    running.broker.start().then(
      () => {
        running.isServing = true;
        runtime.log.info("serves");
      },
      (error: unknown) => {
        if (this.#brokers.get(id) !== running || !this.#mayEnd(id, error)) return;
        runtime.log.info(`ends: ${String(error)}`);
        this.crash(id);
        const { clock, scheduler } = this.world.node("supervisor").runtime;
        scheduler.at(clock.nowMs() + RETRY_MS, () => this.restart(id));
      },
    );
  }

  /** Whether a broker may end for this reason: it can't reach the others, or its disk is full. */
  #mayEnd(id: number, error: unknown): boolean {
    const causes = [error, (error as Error).cause];
    const may = causes.some((cause) => mayPass(cause) || isAboutOthers(cause) || this.#isAboutEarlierLife(id, cause));
    if (!may) this.#fail(hostOf(id), error);
    return may;
  }

  /** When the coordination service was held up, the session of a broker's earlier life lasts longer than it waits. */
  #isAboutEarlierLife(id: number, error: unknown): boolean {
    const waitedMs = this.node(id).runtime.clock.nowMs();
    const isDuplicate = error instanceof KafkaError && error.code === "DUPLICATE_BROKER_REGISTRATION";
    return isDuplicate && waitedMs >= Number(this.#settings["zookeeper.session.timeout.ms"]);
  }

  #fail(who: string, error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const what = `A process may only end for want of others: ${who} ended with ${text}`;
    this.failure ??= new Violation(what, { cause: error });
  }
}

function isAboutOthers(error: unknown): boolean {
  if (error instanceof CoordinationError) return error.code === "CONNECTION_LOSS" || error.code === "SESSION_EXPIRED";
  return error instanceof KafkaError && error.retriable && error.code !== "KAFKA_STORAGE_ERROR";
}

/** The host name of a broker. */
export function hostOf(id: number): string {
  return `broker-${id}`;
}
