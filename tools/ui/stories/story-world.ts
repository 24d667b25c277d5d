/**
 * The world of a story: a simulated cluster, and what a story wants of it.
 *
 * @module
 */
import { Admin, orThrow } from "#cluster/admin/admin";
import { type NotImplementedError } from "#ground/errors";
import { SimWorld } from "#ground/sim/sim-world";
import { KafkaConsumer } from "#groups";
import { type Partition } from "#replication";
import { Program, type ProgramOptions } from "../../demos/parts/program.ts";
import { hostOf, SimulatedCluster } from "../../simulate/replication/simulated-cluster.ts";
import { type Story } from "./story.ts";
import { Writer, type WriterOptions } from "./writer.ts";

/** All stories have the same: what happens follows from it. */
export const SEED = 1;
/** Time passes in slices of so long: one looks at the world as often. */
const SLICE_MS = 5;
/** Generous: simulated time costs nothing. */
const LIMIT_MS = 120_000;
const POLL_MS = 500;

/** Short times, so that one needn't wait for what is not the point. */
const SETTINGS = {
  "zookeeper.session.timeout.ms": 1_000,
  "replica.lag.time.max.ms": 3_000,
  "replica.fetch.backoff.ms": 100,
  "replica.fetch.wait.max.ms": 200,
  "default.replication.factor": 1,
  "min.insync.replicas": 1,
  "offsets.topic.num.partitions": 1,
  "offsets.topic.replication.factor": 1,
  "group.initial.rebalance.delay.ms": 0,
  "log.retention.ms": -1,
};

/** Lets so many milliseconds pass: at once, or so that one can look on. */
export type Pass = (world: SimWorld, forMs: number) => Promise<void>;

/** A topic that a story makes. */
export interface TopicWanted {
  /** The brokers of each partition: who leads first. */
  readonly replicas: readonly (readonly number[])[];
  readonly configs?: Readonly<Record<string, string>>;
}

/** Where a story happens. */
export class StoryWorld {
  readonly cluster: SimulatedCluster;
  readonly #pass: Pass;
  #stub: NotImplementedError | null = null;

  /** A cluster as the story wants it, which hasn't started yet. */
  constructor(
    { brokers, settings }: Pick<Story, "brokers" | "settings">, pass: Pass = (world, forMs) => world.run(forMs),
  ) {
    this.cluster = new SimulatedCluster(new SimWorld(SEED), brokers, { ...SETTINGS, ...settings });
    this.#pass = pass;
  }

  /** A cluster as the story wants it, whose brokers serve. */
  static async open(story: Pick<Story, "brokers" | "settings">): Promise<StoryWorld> {
    const world = new StoryWorld(story);
    await world.start();
    return world;
  }

  /** Starts the brokers, and waits until they serve. */
  async start(): Promise<void> {
    const { cluster } = this;
    cluster.start();
    await this.until("all brokers serve", () => cluster.ids.every((id) => cluster.isServing(id)));
  }

  /** An exercise was met that isn't written: what is told after that wouldn't be true. */
  metStub(stub: NotImplementedError): void {
    this.#stub ??= stub;
  }

  get nowMs(): number {
    return this.cluster.world.nowMs;
  }

  /** For clients. */
  get servers(): Readonly<Record<string, string>> {
    return { "bootstrap.servers": this.cluster.bootstrap };
  }

  /** Lets time pass. @throws NotImplementedError when an exercise was met that isn't written */
  async pass(forMs: number): Promise<void> {
    await this.#pass(this.cluster.world, forMs);
    if (this.#stub !== null) throw this.#stub;
    if (this.cluster.failure !== null) throw this.cluster.failure;
  }

  /**
   * Lets time pass until it is so.
   * @returns how many milliseconds that took
   * @throws Error when it doesn't come to it
   */
  async until(what: string, isSo: () => boolean, limitMs: number = LIMIT_MS): Promise<number> {
    const begunMs = this.nowMs;
    while (!isSo()) {
      if (this.nowMs - begunMs >= limitMs) throw new Error(`It has not come to it within ${limitMs} ms that ${what}.`);
      await this.pass(SLICE_MS);
    }
    return this.nowMs - begunMs;
  }

  /** Lets time pass until the call has settled. */
  async settled<T>(call: Promise<T>): Promise<T> {
    let isOver = false;
    const over = (): void => void (isOver = true);
    call.then(over, over);
    await this.until("a call is answered", () => isOver);
    return call;
  }

  /** Makes a topic, and waits until its replicas are in sync. */
  async createTopic(name: string, { replicas, configs = {} }: TopicWanted): Promise<void> {
    orThrow(await this.#ask((admin) => admin.createTopics([{ name, assignments: replicas, configs }])));
    const isThere = (): boolean => replicas.every((ids, partition) => {
      return ids.every((id) => this.replica(id, name, partition)?.isr.length === ids.length);
    });
    await this.until(`${name} is there`, isThere);
  }

  /** A replica, if its broker lives and has it. */
  replica(id: number, topic: string, partition: number = 0): Partition | null {
    const all = this.cluster.broker(id)?.replicas?.partitions() ?? [];
    return [...all].find((one) => one.topic === topic && one.index === partition) ?? null;
  }

  /** The replica that leads, as the newest word says; null when nobody does, or who should doesn't know it yet. */
  leader(topic: string, partition: number = 0): Partition | null {
    const all = this.cluster.ids.flatMap((id) => this.replica(id, topic, partition) ?? []);
    const newest = all.toSorted((a, b) => b.partitionEpoch - a.partitionEpoch)[0];
    const leading = newest === undefined ? null : this.replica(newest.leader, topic, partition);
    return leading?.isLeader === true ? leading : null;
  }

  /** The ISR as its leader knows it: `1 2 3`; `-` without a leader. */
  isr(topic: string, partition: number = 0): string {
    return this.leader(topic, partition)?.isr.join(" ") ?? "-";
  }

  /** Who controls the cluster, as the newest word says; -1: nobody does. */
  get controller(): number {
    const images = this.cluster.ids.flatMap((id) => this.cluster.broker(id)?.replicas?.image ?? []);
    return images.toSorted((a, b) => b.controllerEpoch - a.controllerEpoch)[0]?.controllerId ?? -1;
  }

  /** A program that writes, on a machine of its own. */
  writer(name: string, options: WriterOptions): Writer {
    return new Writer(name, this.#runtimeOf(name), this.servers, options);
  }

  /** A program that reads as a member of a group, on a machine of its own. It has begun. */
  member(name: string, options: ProgramOptions): Program {
    const own = { ...this.servers, "session.timeout.ms": 6_000, ...options.config };
    const program = new Program(name, this.cluster.world, { ...options, config: own });
    void program.run();
    return program;
  }

  /** All values that a consumer is given of a partition that has a leader. */
  async read(topic: string, partition: number = 0): Promise<string[]> {
    const consumer = new KafkaConsumer(this.servers, { runtime: this.#runtimeOf("reader") });
    const wanted = { topic, partition };
    consumer.assign([wanted]);
    consumer.seekToBeginning([wanted]);
    const [end] = await this.settled(consumer.endOffsets([wanted]));
    const values: string[] = [];
    while ((await this.settled(consumer.position(wanted))) < end!.offset) {
      for (const { value } of await this.settled(consumer.poll(POLL_MS))) values.push(String(value));
    }
    await this.settled(consumer.close());
    return values;
  }

  /** Where a group would go on in a partition; 0 when it has committed nothing. */
  async committed(groupId: string, topic: string, partition: number = 0): Promise<number> {
    const offsets = await this.#ask((admin) => admin.listGroupOffsets(groupId));
    return Number(offsets.find((one) => one.topic === topic && one.partition === partition)?.offset ?? 0);
  }

  /** Lets nothing pass between two brokers. */
  partBrokers(a: number, b: number): void {
    this.cluster.world.network.partition(hostOf(a), hostOf(b));
  }

  async #ask<T>(question: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = new Admin(this.servers, { runtime: this.#runtimeOf("admin") });
    try {
      return await this.settled(question(admin));
    } finally {
      admin.close();
    }
  }

  #runtimeOf(name: string): ReturnType<SimWorld["node"]>["runtime"] {
    return this.cluster.world.node(name).runtime;
  }
}
