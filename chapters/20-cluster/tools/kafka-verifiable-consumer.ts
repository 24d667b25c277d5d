/**
 * `kafka-verifiable-consumer`: reads a topic as a member of a group, and says what happens, as lines of JSON.
 * Source: `org.apache.kafka.tools.VerifiableConsumer` of Kafka 4.0.
 *
 * @module
 */
import { KafkaConsumer, type OffsetAndMetadata } from "#groups";
import { type TopicPartition } from "#ground/topic-partition";
import { type GivenOptions, type ToolOption } from "./tool-options.ts";
import { propertiesIn, type Tool, type ToolContext } from "./tool.ts";

const OPTIONS = {
  "bootstrap-server": { value: "host:port,...", help: "Brokers to ask." },
  topic: { value: "name", help: "The topic to read." },
  "group-id": { value: "name", help: "The group to be a member of." },
  "group-instance-id": { value: "name", help: "Makes it a static member." },
  "group-protocol": { value: "classic|consumer", help: "How the group is kept. Here only classic." },
  "group-remote-assignor": { value: "name", help: "Of the consumer protocol: not here." },
  "max-messages": { value: "n", help: "How many records to read; -1 (the default): until it is stopped." },
  "session-timeout": { value: "ms", help: "After how long without a heartbeat it is out. By default 30000." },
  "enable-autocommit": { help: "Commit now and then, instead of after each poll." },
  "reset-policy": { value: "earliest|latest|none", help: "Where to begin without an offset. By default earliest." },
  "assignment-strategy": { value: "class", help: "The assignor. By default RangeAssignor, with Kafka's package." },
  "consumer.config": { value: "file", help: "A file of properties of the consumer." },
  verbose: { help: "A line for each record, too." },
} as const satisfies Record<string, ToolOption>;

type Name = keyof typeof OPTIONS;
type Given = GivenOptions<Name>;

/** How long one poll waits. */
const POLL_MS = 60_000;

/** The tool. */
export const kafkaVerifiableConsumer: Tool<Name> = {
  name: "kafka-verifiable-consumer",
  about: "This tool consumes messages from a specific topic and emits consumer events (e.g. group rebalances, received "
    + "messages, and offsets committed) as JSON objects to STDOUT.",
  argparseName: "verifiable-consumer",
  options: OPTIONS,

  async run(given, context) {
    given.require("topic", "group-id", "bootstrap-server");
    const consumer = new KafkaConsumer<string | null, string | null>(configuration(given, context), context);
    return new Reading(given, consumer, context).run();
  },
};

/** One run. */
class Reading {
  readonly #consumer: KafkaConsumer<string | null, string | null>;
  readonly #context: ToolContext;
  readonly #topic: string;
  readonly #limit: number;
  readonly #isVerbose: boolean;
  readonly #commits: boolean;
  #count = 0;
  #exitCode: number | null = null;

  constructor(given: Given, consumer: KafkaConsumer<string | null, string | null>, context: ToolContext) {
    this.#consumer = consumer;
    this.#context = context;
    this.#topic = given.get("topic")!;
    const limit = given.number("max-messages") ?? -1;
    this.#limit = limit < 0 ? Infinity : limit;
    this.#isVerbose = given.has("verbose");
    this.#commits = !given.has("enable-autocommit");
  }

  /** @returns the exit code */
  async run(): Promise<number> {
    this.#context.onStop((exitCode) => {
      this.#exitCode = exitCode;
      this.#consumer.wakeup();
    });
    this.#say({ name: "startup_complete" });
    this.#consumer.subscribe([this.#topic], {
      onPartitionsAssigned: (partitions) => this.#say({ name: "partitions_assigned", partitions: plain(partitions) }),
      onPartitionsRevoked: (partitions) => this.#say({ name: "partitions_revoked", partitions: plain(partitions) }),
    });
    try {
      while (this.#exitCode === null && this.#count < this.#limit) await this.#step();
    } finally {
      await this.#consumer.close();
      this.#say({ name: "shutdown_complete" });
    }
    return this.#exitCode ?? 0;
  }

  async #step(): Promise<void> {
    const records = await this.#consumer.poll(POLL_MS);
    if (records.isEmpty) return;
    const offsets: OffsetAndMetadata[] = [];
    const partitions = [];
    for (const { topic, partition, records: all } of records.batches()) {
      const taken = all.slice(0, this.#limit - this.#count);
      if (taken.length === 0) break;
      this.#count += taken.length;
      if (this.#isVerbose) {
        for (const { key, value, offset } of taken) {
          this.#say({ name: "record_data", key, value, topic, partition, offset });
        }
      }
      const [minOffset, maxOffset] = [taken[0]!.offset, taken.at(-1)!.offset];
      partitions.push({ topic, partition, count: taken.length, minOffset, maxOffset });
      offsets.push({ topic, partition, offset: maxOffset + 1 });
    }
    this.#say({ name: "records_consumed", count: records.count, partitions });
    if (this.#commits) await this.#commit(offsets);
  }

  async #commit(offsets: readonly OffsetAndMetadata[]): Promise<void> {
    const error = await this.#consumer.commitSync(offsets).then(() => null, (reason: Error) => reason);
    const failure = error === null ? {} : { error: error.message };
    this.#say({ name: "offsets_committed", offsets, success: error === null, ...failure });
  }

  #say(event: Readonly<Record<string, unknown>>): void {
    this.#context.out(`${JSON.stringify({ timestamp: this.#context.runtime.clock.wallMs(), ...event })}\n`);
  }
}

function plain(partitions: readonly TopicPartition[]): readonly TopicPartition[] {
  return partitions.map(({ topic, partition }) => ({ topic, partition }));
}

function configuration(given: Given, context: ToolContext): Record<string, unknown> {
  const optional = ([["group-instance-id", "group.instance.id"], ["group-protocol", "group.protocol"],
    ["group-remote-assignor", "group.remote.assignor"]] as const)
    .filter(([option]) => given.has(option)).map(([option, key]) => [key, given.get(option)]);
  const strings = "org.apache.kafka.common.serialization.StringDeserializer";
  return {
    ...propertiesIn(context, given.get("consumer.config")),
    "bootstrap.servers": given.get("bootstrap-server")!,
    "group.id": given.get("group-id")!,
    "key.deserializer": strings,
    "value.deserializer": strings,
    "session.timeout.ms": given.number("session-timeout") ?? 30_000,
    "enable.auto.commit": given.has("enable-autocommit"),
    "auto.offset.reset": given.get("reset-policy") ?? "earliest",
    "partition.assignment.strategy": given.get("assignment-strategy")
      ?? "org.apache.kafka.clients.consumer.RangeAssignor",
    ...Object.fromEntries(optional) as Record<string, unknown>,
  };
}
