/**
 * What the demos of chapter 7 need: a simulated broker, and programs that read from it as members of groups.
 *
 * @module
 */
import { errorForCode, KafkaError } from "#ground/errors";
import { type BrokerConnection } from "#ground/network/broker-connection";
import { pause } from "#ground/pause";
import { OffsetCommit } from "#ground/protocol/messages/08-offset-commit";
import { OffsetFetch } from "#ground/protocol/messages/09-offset-fetch";
import { FindCoordinator } from "#ground/protocol/messages/10-find-coordinator";
import { type SimWorld } from "#ground/sim/sim-world";
import { type TopicPartition } from "#ground/topic-partition";
import { type ConsumerRecord, KafkaConsumer, type OffsetAndMetadata, type RebalanceListener } from "#groups";
import { createTopic, produce } from "../../../tests/20-cluster/clients.ts";
import { SimBroker } from "../../../tests/20-cluster/sim-broker.ts";

/** What is read here, if nothing else is said. */
export const TOPIC = "orders";

/** How long a poll waits when there is nothing. */
const POLL_MS = 500;

/** A record that a program is done with. */
export interface Done {
  readonly partition: number;
  readonly offset: number;
  /** By the world's time. */
  readonly atMs: number;
}

/** How a program reads. */
export interface ProgramOptions {
  readonly groupId: string;
  readonly topic?: string;
  readonly config?: Readonly<Record<string, unknown>>;
  /** How long it works on a record, in milliseconds. Not given: no time at all. */
  readonly workMs?: (record: ConsumerRecord) => number;
  /** What it does then. */
  readonly handle?: (record: ConsumerRecord) => Promise<void>;
  /** Whether it commits by hand, when it is done with all that a poll returned. */
  readonly commits?: boolean;
  /** What it does when partitions come and go. */
  readonly listener?: RebalanceListener;
  /** Reads these, without the group's sharing. */
  readonly assigned?: readonly TopicPartition[];
}

/** A program with a consumer: it polls, works, and polls again. */
export class Program {
  readonly name: string;
  readonly consumer: KafkaConsumer;
  /** In the order in which it was done with them. */
  readonly done: Done[] = [];
  /** Why it has ended: its commit was refused. */
  refused: KafkaError | null = null;
  #isOver = false;
  readonly #world: SimWorld;
  readonly #options: ProgramOptions;

  /** @param name - also that of its machine */
  constructor(name: string, world: SimWorld, options: ProgramOptions) {
    this.name = name;
    this.#world = world;
    this.#options = options;
    this.consumer = consumerOn(world, name, { "group.id": options.groupId, ...options.config });
  }

  /** Reads until it is stopped, or its commit is refused, or its process ends. */
  async run(): Promise<void> {
    const { topic = TOPIC, assigned, listener } = this.#options;
    if (assigned === undefined) this.consumer.subscribe([topic], listener);
    else this.consumer.assign(assigned);
    while (this.refused === null && !this.#isOver) {
      const records = await this.consumer.poll(POLL_MS);
      for (const record of records) await this.#work(record);
      if (this.#options.commits !== true || records.isEmpty) continue;
      try {
        await this.consumer.commitSync();
      } catch (error) {
        if (!(error instanceof KafkaError)) throw error;
        this.refused = error;
      }
    }
    if (this.#isOver) await this.consumer.close();
  }

  /** Has it end in order, after its next poll. */
  stop(): void {
    this.#isOver = true;
  }

  async #work(record: ConsumerRecord): Promise<void> {
    const workMs = this.#options.workMs?.(record) ?? 0;
    if (workMs > 0) await pause(this.#world.node(this.name).runtime, workMs);
    await this.#options.handle?.(record);
    const { partition, offset } = record;
    this.done.push({ partition, offset, atMs: this.#world.nowMs });
  }
}

/** A consumer on a machine of its own, which has its name. */
export function consumerOn(
  world: SimWorld,
  name: string,
  config: Readonly<Record<string, unknown>>,
): KafkaConsumer {
  const own = { "bootstrap.servers": "broker:9092", "client.id": name, "session.timeout.ms": 10_000 };
  return new KafkaConsumer(
    { ...own, "auto.offset.reset": "earliest", ...config },
    { runtime: world.node(name).runtime },
  );
}

/** A broker of one, and those who talk to it. */
export class GroupedBroker {
  readonly sim: SimBroker;
  readonly client: BrokerConnection;

  constructor(sim: SimBroker, client: BrokerConnection) {
    this.sim = sim;
    this.client = client;
  }

  /** A broker that coordinates groups, with the topic, of so many partitions. */
  static async started(partitions: number, config: Readonly<Record<string, unknown>> = {}): Promise<GroupedBroker> {
    const sim = await SimBroker.started(7, {
      "group.initial.rebalance.delay.ms": 0,
      "offsets.topic.replication.factor": 1,
      "offsets.topic.num.partitions": 1,
      ...config,
    });
    const client = await sim.connect();
    const broker = new GroupedBroker(sim, client);
    await broker.createTopic(TOPIC, partitions);
    await broker.#awaitCoordinator();
    return broker;
  }

  async createTopic(name: string, partitions: number, configs: Readonly<Record<string, string>> = {}): Promise<void> {
    // Its records are of 1970: they would be too old at once.
    await this.sim.run(createTopic(this.client, name, { "retention.ms": "-1", ...configs }, partitions));
  }

  /** Starts a program on a machine of its own. */
  start(name: string, options: ProgramOptions): Program {
    const program = new Program(name, this.sim.world, options);
    void program.run();
    return program;
  }

  /** Appends records, one batch. */
  async write(values: readonly string[], partition: number = 0): Promise<void> {
    await this.sim.run(produce(this.client, TOPIC, values, 1, partition));
  }

  /** The offset that a group has committed in partition 0; null for none. */
  async committed(groupId: string): Promise<number | null> {
    const { groups } = await this.sim.run(this.client.send(OffsetFetch, { groups: [{ groupId, topics: null }] }));
    const offset = Number(groups[0]!.topics[0]?.partitions[0]?.committedOffset ?? -1);
    return offset < 0 ? null : offset;
  }

  async #awaitCoordinator(): Promise<void> {
    for (let i = 0; i < 100; i++) {
      const { coordinators } = await this.sim.run(this.client.send(FindCoordinator, { coordinatorKeys: ["any"] }));
      if (coordinators[0]!.errorCode === 0) return;
      await this.sim.world.run(100);
    }
    throw new Error("There is no coordinator after ten seconds.");
  }
}

/** Commits for a group that has no members. @returns what went wrong, null if nothing did */
export async function commitOver(
  connection: BrokerConnection,
  groupId: string,
  offsets: readonly OffsetAndMetadata[],
): Promise<KafkaError | null> {
  const partitions = offsets.map(({ partition, offset }) => {
    return { partitionIndex: partition, committedOffset: offset, committedMetadata: "" };
  });
  try {
    const { topics } = await connection.send(OffsetCommit, { groupId, topics: [{ name: TOPIC, partitions }] });
    return errorForCode(topics[0]!.partitions[0]!.errorCode);
  } catch (error) {
    if (error instanceof KafkaError) return error;
    throw error;
  }
}
