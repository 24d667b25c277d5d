/**
 * `kafka-producer-perf-test`: how fast a producer is.
 * Source: `org.apache.kafka.tools.ProducerPerformance` of Kafka 4.0.
 *
 * @module
 */
import { type Random } from "#ground/runtime";
import { KafkaProducer } from "#sender";
import { keyValues } from "./key-values.ts";
import { metricsTable, PerfStats } from "./perf-stats.ts";
import { Throughput } from "./throughput.ts";
import { type GivenOptions, type ToolOption, UsageError } from "./tool-options.ts";
import { propertiesIn, readText, type Tool, type ToolContext } from "./tool.ts";

const OPTIONS = {
  topic: { value: "name", help: "The topic to write to." },
  "num-records": { value: "n", help: "How many records to send." },
  "record-size": { value: "bytes", help: "The size of each value, of letters by chance." },
  "payload-file": { value: "file", help: "A file of values, one of which by chance is sent each time." },
  "payload-delimiter": { value: "text", help: "What is between the values of the file. By default \\n." },
  "payload-monotonic": { help: "Send 0, 1, 2 and so on." },
  throughput: { value: "n", help: "At most so many records a second; -1: as many as it goes." },
  "producer-props": {
    value: "key=value ...", takesMany: true, help: "Of the producer, such as bootstrap.servers=... They win.",
  },
  "producer.config": { value: "file", help: "A file of properties of the producer." },
  "print-metrics": { help: "At the end, show the figures of the producer." },
  "transactional-id": { value: "id", help: "Not here: there are no transactions." },
  "transaction-duration-ms": { value: "ms", help: "Not here: there are no transactions." },
} as const satisfies Record<string, ToolOption>;

type Name = keyof typeof OPTIONS;
type Given = GivenOptions<Name>;

const CLIENT_ID = "perf-producer-client";
const PAYLOADS = ["record-size", "payload-file", "payload-monotonic"] as const;
/** Letters by chance, of which values are cut. */
const POOL_BYTES = 1 << 20;

/** The tool. */
export const kafkaProducerPerfTest: Tool<Name> = {
  name: "kafka-producer-perf-test",
  about: "This tool is used to verify the producer performance.",
  argparseName: "producer-performance",
  options: OPTIONS,

  async run(given, context) {
    const { count, perSecond } = checkOptions(given);
    const configuration = {
      "client.id": CLIENT_ID,
      ...propertiesIn(context, given.get("producer.config")),
      ...keyValues(given.all("producer-props")),
    };
    const payload = payloads(given, context);
    const { clock } = context.runtime;
    const producer = new KafkaProducer(configuration, { runtime: context.runtime });
    try {
      const stats = new PerfStats(clock.nowMs(), count, context.out);
      const exitCode = await sendAll(producer, given.get("topic")!, { count, perSecond, payload }, stats, context);
      context.out(stats.total(clock.nowMs()));
      if (given.has("print-metrics")) {
        context.out(metricsTable("producer-metrics", configuration["client.id"], producer.metrics()));
      }
      return exitCode;
    } finally {
      await producer.close();
    }
  },
};

interface Load {
  readonly count: number;
  readonly perSecond: number;
  readonly payload: (i: number) => Uint8Array;
}

/** Sends, and waits for the last answer. @returns the exit code: 1 when a record was lost */
async function sendAll(
  producer: KafkaProducer, topic: string, { count, perSecond, payload }: Load, stats: PerfStats,
  { runtime: { clock, scheduler }, err, onStop }: ToolContext,
): Promise<number> {
  let exitCode = 0;
  let end = count;
  onStop((code) => void ([end, exitCode] = [0, code]));
  const throughput = new Throughput({ clock, scheduler }, perSecond);
  for (let i = 0; i < end; i++) {
    const value = payload(i);
    const sentMs = clock.nowMs();
    producer.send({ topic, value }, (_, error) => {
      const nowMs = clock.nowMs();
      if (error === null) return stats.record(nowMs - sentMs, value.length, nowMs);
      exitCode ||= 1;
      err(`${error.message}\n`);
    });
    if (!producer.isReady) await producer.ready();
    const next = throughput.next(i + 1);
    if (next !== null) await next;
  }
  await producer.flush();
  // Callbacks of what was never in a batch come a turn later.
  await new Promise<void>((go) => scheduler.soon(go));
  return exitCode;
}

/** @throws UsageError for what makes no sense */
function checkOptions(given: Given): { count: number; perSecond: number } {
  given.require("topic", "num-records", "throughput");
  const [count, perSecond] = [given.number("num-records")!, given.number("throughput")!];
  const [chosen, other] = PAYLOADS.filter((name) => given.has(name));
  if (chosen === undefined) {
    throw new UsageError("one of the arguments --record-size --payload-file --payload-monotonic is required");
  }
  if (other !== undefined) throw new UsageError(`argument --${other}: not allowed with argument --${chosen}`);
  if (given.has("transactional-id") || given.has("transaction-duration-ms")) {
    throw new UsageError("argument --transactional-id: there are no transactions here");
  }
  if (!given.has("producer-props") && !given.has("producer.config")) {
    throw new UsageError("Either --producer-props or --producer.config must be specified.");
  }
  if (given.has("record-size") && given.number("record-size")! <= 0) {
    throw new UsageError("--record-size should be greater than zero");
  }
  if (perSecond === 0) throw new UsageError("--throughput should be above zero, or -1 for no limit");
  return { count, perSecond };
}

function payloads(given: Given, { runtime: { random }, readFile, out }: ToolContext): (i: number) => Uint8Array {
  if (given.has("payload-monotonic")) return (i) => Buffer.from(String(i));
  const path = given.get("payload-file");
  if (path === null) return cuts(given.number("record-size")!, random);
  out(`Reading payloads from: ${path}\n`);
  const delimiter = (given.get("payload-delimiter") ?? "\n").replaceAll("\\n", "\n");
  const values = readText(readFile, path).replace(/\n$/, "").split(delimiter).map((text) => Buffer.from(text));
  out(`Number of messages read: ${values.length}\n`);
  return () => values[random.int(values.length)]!;
}

function cuts(size: number, random: Random): () => Uint8Array {
  const pool = random.bytes(POOL_BYTES + size).map((byte) => 65 + (byte % 26));
  return () => {
    const at = random.int(POOL_BYTES);
    return pool.subarray(at, at + size);
  };
}
