/**
 * A program that reads as a member of a group, in a simulated world.
 *
 * @module
 */
import { KafkaError } from "#ground/errors";
import { pause } from "#ground/pause";
import { type SimWorld } from "#ground/sim/sim-world";
import { type TopicPartition } from "#ground/topic-partition";
import { type ConsumerRecord, KafkaConsumer, type RebalanceListener } from "#groups";

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
