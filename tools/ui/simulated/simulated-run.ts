/**
 * One run of a cluster in the simulated world: it goes on as far as it is told, does what was done at the same moment
 * of an earlier run, and remembers what is done now. The same scenario is the same trace, in Node and in a browser.
 *
 * @module
 */
import { type NotImplementedError } from "#ground/errors";
import { SimWorld } from "#ground/sim/sim-world";
import { SimulatedCluster } from "../../simulate/replication/simulated-cluster.ts";
import { type Picture, type Wish } from "../picture.ts";
import { UiSession } from "../server/ui-session.ts";
import { type Scenario, type ScenarioAction } from "./scenario.ts";
import { SimulatedSource } from "./simulated-source.ts";

/** Nobody waits for longer than this, simulated, until all brokers serve. */
const START_LIMIT_MS = 30_000;

/** See above. */
export class SimulatedRun {
  readonly world: SimWorld;
  readonly cluster: SimulatedCluster;
  readonly #scenario: Scenario;
  readonly #source: SimulatedSource;
  readonly #session: UiSession;
  readonly #unwrittenAtClients = new Map<string, string>();
  readonly #done: ScenarioAction[] = [];
  /** Of the scenario: what is yet to be done. */
  readonly #due: ScenarioAction[];

  constructor(scenario: Scenario) {
    const { seed, settings, actions } = scenario;
    this.#scenario = scenario;
    this.#due = [...actions];
    this.world = new SimWorld(seed);
    this.cluster = new SimulatedCluster(this.world, settings.brokers, {
      "num.partitions": settings.partitions,
      "default.replication.factor": Math.min(3, settings.brokers),
      "min.insync.replicas": settings.minInsyncReplicas,
      "replica.lag.time.max.ms": settings.lagTimeMaxMs,
      "log.segment.bytes": settings.segmentBytes,
      "log.retention.bytes": settings.retentionBytes,
      "log.retention.check.interval.ms": 5_000,
      "zookeeper.session.timeout.ms": 2_000,
      "offsets.topic.num.partitions": 3,
      "offsets.topic.replication.factor": Math.min(3, settings.brokers),
      "group.initial.rebalance.delay.ms": 500,
    });
    this.#source = new SimulatedSource(this.cluster);
    this.#session = new UiSession(this.#source, (client) => this.world.node(client).runtime, null);
    // It has to know the brokers before it can do anything.
    void this.#session.look();
    this.cluster.start();
  }

  /** What has been done so far, and what is yet to be: enough to see it all again. */
  get scenario(): Scenario {
    return { ...this.#scenario, actions: [...this.#done, ...this.#due] };
  }

  /** Lets time pass until all brokers serve. @throws Error when they don't */
  async started(): Promise<void> {
    const { ids } = this.cluster;
    await this.world.runUntil(() => ids.every((id) => this.cluster.isServing(id)), START_LIMIT_MS);
  }

  /** Lets so much time pass. @throws what an event threw */
  async advance(byMs: number): Promise<void> {
    const untilMs = this.world.nowMs + byMs;
    for (let next = this.#due[0]; next !== undefined && next.atMs <= untilMs; next = this.#due[0]) {
      await this.world.run(Math.max(0, next.atMs - this.world.nowMs));
      this.#due.shift();
      this.#do(next.wish, () => {});
    }
    await this.world.run(Math.max(0, untilMs - this.world.nowMs));
  }

  /** Lets one event happen. */
  async step(): Promise<void> {
    const before = this.world.steps;
    const next = this.#due[0];
    if (next !== undefined && next.atMs < this.world.nextMs) return this.advance(next.atMs - this.world.nowMs);
    await this.world.runUntil(() => this.world.steps > before, START_LIMIT_MS);
  }

  /**
   * Does what the page asks for, at this moment.
   * @param said - told what has become of it, in a sentence: when the world has gone so far
   */
  async act(wish: Wish, said: (text: string) => void): Promise<void> {
    // What is due at this moment comes first, as it does when the scenario is seen again.
    await this.world.run(0);
    this.#do(wish, said);
  }

  /** Whether anything that the event line tells of has changed since the last {@link SimulatedRun.look}. */
  hasChanged(): boolean {
    return this.#session.hasChanged(this.#source.picture());
  }

  /** An exercise was met that isn't written: it is shown at the broker whose turn it was, or at the client. */
  metStub(stub: NotImplementedError): void {
    if (!this.#source.metStub(stub)) this.#unwrittenAtClients.set(this.world.turnOf ?? "client", stub.message);
  }

  /** By client: the exercise that it has met and that nobody has written, as `producer: 3.2 … is yours to write`. */
  get unwrittenAtClients(): string[] {
    return Array.from(this.#unwrittenAtClients, ([client, text]) => `${client}: ${text}`);
  }

  /** Why a broker ended that shouldn't have; null: none did, or for want of an exercise that isn't written. */
  get failure(): string | null {
    return this.#source.unwritten.size > 0 ? null : (this.cluster.failure?.message ?? null);
  }

  look(): Promise<Picture> {
    return this.#session.look();
  }

  #do(wish: Wish, said: (text: string) => void): void {
    this.#done.push({ atMs: this.world.nowMs, wish });
    const failed = (error: unknown): void => said(error instanceof Error ? error.message : String(error));
    this.#session.act(wish).then(said, failed);
  }
}
