/**
 * `kafka-consumer-perf-test`: how fast a consumer is.
 * Source: `org.apache.kafka.tools.ConsumerPerformance` of Kafka 4.0.
 *
 * @module
 */
import { KafkaConsumer, type RebalanceListener } from "#groups";
import { dateFormat } from "./date-format.ts";
import { metricsTable } from "./perf-stats.ts";
import { type GivenOptions, type ToolOption } from "./tool-options.ts";
import { propertiesIn, type Tool, type ToolContext } from "./tool.ts";

const OPTIONS = {
  "bootstrap-server": { value: "host:port,...", help: "Brokers to ask." },
  topic: { value: "name", help: "The topic to read." },
  messages: { value: "n", help: "How many records to read." },
  group: { value: "name", help: "The group to be a member of. Without it one that is made up." },
  "from-latest": { help: "Without an offset of the group, start with what comes now, instead of at the start." },
  "fetch-size": { value: "bytes", help: "At most so much of a partition at once. By default 1 MiB." },
  "socket-buffer-size": { value: "bytes", help: "Of TCP's receive buffer. By default 2 MiB." },
  timeout: { value: "ms", help: "End when nothing came for so long. By default 10000." },
  "show-detailed-stats": { help: "A line for every interval, instead of one at the end." },
  "reporting-interval": { value: "ms", help: "How long such an interval is. By default 5000." },
  "hide-header": { help: "Leave out the names of the columns." },
  "date-format": { value: "pattern", help: "How times are shown, with yyyy MM dd HH mm ss SSS. They are in UTC." },
  "print-metrics": { help: "At the end, show the figures of the consumer." },
  "consumer.config": { value: "file", help: "A file of properties of the consumer." },
} as const satisfies Record<string, ToolOption>;

type Name = keyof typeof OPTIONS;
type Given = GivenOptions<Name>;

const MIB = 1024 * 1024;
const POLL_MS = 100;
const MADE_UP_GROUPS = 100_000;
const CLIENT_ID = "perf-consumer-client";

/** The tool. */
export const kafkaConsumerPerfTest: Tool<Name> = {
  name: "kafka-consumer-perf-test",
  about: "This tool is used to verify the consumer performance.",
  options: OPTIONS,

  async run(given, context) {
    given.require("topic", "messages", "bootstrap-server");
    const wanted = given.number("messages")!;
    const measured = new Measured(given, context);
    const config = configuration(given, context);
    const consumer = new KafkaConsumer(config, { runtime: context.runtime });
    try {
      consumer.subscribe([given.get("topic")!], measured.listener);
      await measured.run(consumer, wanted);
      if (given.has("print-metrics")) {
        context.out(metricsTable("consumer-metrics", config["client.id"]!, consumer.metrics()));
      }
    } finally {
      await consumer.close();
    }
    return measured.exitCode ?? 0;
  },
};

/** What has been read up to a time. */
interface Mark {
  readonly atMs: number;
  readonly count: number;
  readonly bytes: number;
  /** How long the group has been at rebalancing. */
  readonly joinMs: number;
}

/** One run. */
class Measured {
  readonly #context: ToolContext;
  readonly #intervalMs: number;
  readonly #timeoutMs: number;
  readonly #isDetailed: boolean;
  readonly #hidesHeader: boolean;
  readonly #date: (wallMs: number) => string;
  #count = 0;
  #bytes = 0;
  #joinMs = 0;
  #joinStartMs: number;
  /** Null until somebody asks it to stop. */
  exitCode: number | null = null;

  constructor(given: Given, context: ToolContext) {
    this.#context = context;
    this.#intervalMs = given.number("reporting-interval") ?? 5_000;
    this.#timeoutMs = given.number("timeout") ?? 10_000;
    this.#isDetailed = given.has("show-detailed-stats");
    this.#hidesHeader = given.has("hide-header");
    this.#date = dateFormat(given.get("date-format") ?? "yyyy-MM-dd HH:mm:ss:SSS");
    this.#joinStartMs = context.runtime.clock.nowMs();
    context.onStop((exitCode) => void (this.exitCode = exitCode));
  }

  /** Measures how long the group is at rebalancing. */
  get listener(): RebalanceListener {
    const { clock } = this.#context.runtime;
    return {
      onPartitionsAssigned: () => void (this.#joinMs += clock.nowMs() - this.#joinStartMs),
      onPartitionsRevoked: () => void (this.#joinStartMs = clock.nowMs()),
    };
  }

  async run(consumer: KafkaConsumer, wanted: number): Promise<void> {
    const { runtime: { clock }, out } = this.#context;
    if (!this.#hidesHeader) out(`${this.#isDetailed ? "time, threadId" : "start.time, end.time"}, ${COLUMNS}\n`);
    const start = this.#mark();
    let [lastRecordMs, last] = [start.atMs, start];
    while (this.#count < wanted && this.exitCode === null) {
      const records = await consumer.poll(POLL_MS);
      const nowMs = clock.nowMs();
      if (records.isEmpty && nowMs - lastRecordMs > this.#timeoutMs) break;
      if (!records.isEmpty) lastRecordMs = nowMs;
      for (const { key, value } of records) this.#bytes += (key?.length ?? 0) + (value?.length ?? 0);
      this.#count += records.count;
      if (records.isEmpty || nowMs - last.atMs < this.#intervalMs) continue;
      const mark = this.#mark();
      if (this.#isDetailed) out(`${this.#date(clock.wallMs())}, 0, ${figures(last, mark)}\n`);
      last = mark;
    }
    if (this.#count < wanted && this.exitCode === null) {
      out("WARNING: Exiting before consuming the expected number of messages: "
        + `timeout (${this.#timeoutMs} ms) exceeded. You can use the --timeout option to increase the timeout.\n`);
    }
    if (this.#isDetailed) return;
    const endMs = clock.wallMs();
    const startMs = endMs - (clock.nowMs() - start.atMs);
    out(`${this.#date(startMs)}, ${this.#date(endMs)}, ${figures(start, this.#mark())}\n`);
  }

  #mark(): Mark {
    const atMs = this.#context.runtime.clock.nowMs();
    return { atMs, count: this.#count, bytes: this.#bytes, joinMs: this.#joinMs };
  }
}

const COLUMNS = "data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, rebalance.time.ms, fetch.time.ms, "
  + "fetch.MB.sec, fetch.nMsg.sec";

/** What has been read so far, and how fast since `from`. */
function figures(from: Mark, to: Mark): string {
  const elapsedMs = to.atMs - from.atMs;
  const joinMs = to.joinMs - from.joinMs;
  const fetchMs = elapsedMs - joinMs;
  const [mib, count] = [(to.bytes - from.bytes) / MIB, to.count - from.count];
  const rate = (amount: number, ms: number): string => (amount === 0 ? 0 : amount / (ms / 1_000)).toFixed(4);
  return [
    (to.bytes / MIB).toFixed(4), rate(mib, elapsedMs), to.count, rate(count, elapsedMs), joinMs.toFixed(0),
    fetchMs.toFixed(0), rate(mib, fetchMs), rate(count, fetchMs),
  ].join(", ");
}

function configuration(given: Given, context: ToolContext): Record<string, string> {
  return {
    "client.id": CLIENT_ID,
    ...propertiesIn(context, given.get("consumer.config")),
    "bootstrap.servers": given.get("bootstrap-server")!,
    "group.id": given.get("group") ?? `perf-consumer-${context.runtime.random.int(MADE_UP_GROUPS)}`,
    "receive.buffer.bytes": given.get("socket-buffer-size") ?? String(2 * MIB),
    "max.partition.fetch.bytes": given.get("fetch-size") ?? String(MIB),
    "auto.offset.reset": given.has("from-latest") ? "latest" : "earliest",
  };
}
