/**
 * `kafka-console-producer`: sends the lines that it reads.
 * Source: `org.apache.kafka.tools.ConsoleProducer` and `LineMessageReader` of Kafka 4.0.
 *
 * @module
 */
import { KafkaProducer } from "#sender";
import { LineReader } from "./line-reader.ts";
import { keyValues } from "./key-values.ts";
import { type GivenOptions, type ToolOption, UsageError } from "./tool-options.ts";
import { propertiesIn, type Tool, type ToolContext } from "./tool.ts";

const OPTIONS = {
  "bootstrap-server": { value: "host:port,...", help: "Brokers to ask." },
  "broker-list": { value: "host:port,...", help: "The old name of --bootstrap-server." },
  topic: { value: "name", help: "Where the lines go." },
  sync: { help: "Wait for each record before the next one is sent; end when one fails." },
  "compression-codec": {
    value: "codec",
    isValueOptional: true,
    help: "none, gzip, snappy, lz4 or zstd; gzip when none is named.",
  },
  "batch-size": { value: "bytes", help: "As batch.size." },
  "message-send-max-retries": { value: "n", help: "As retries (default 3)." },
  "retry-backoff-ms": { value: "ms", help: "As retry.backoff.ms." },
  timeout: { value: "ms", help: "As linger.ms (default 1000)." },
  "request-required-acks": { value: "acks", help: "As acks: 0, 1, -1 or all." },
  "request-timeout-ms": { value: "ms", help: "As request.timeout.ms (default 1500)." },
  "metadata-expiry-ms": { value: "ms", help: "As metadata.max.age.ms." },
  "max-block-ms": { value: "ms", help: "As max.block.ms." },
  "max-memory-bytes": { value: "bytes", help: "As buffer.memory." },
  "max-partition-memory-bytes": { value: "bytes", help: "As batch.size." },
  "socket-buffer-size": { value: "bytes", help: "As send.buffer.bytes." },
  property: {
    value: "key=value",
    isList: true,
    help: "How lines are read: parse.key, key.separator, parse.headers, headers.delimiter, headers.separator,"
      + " headers.key.separator, null.marker, ignore.error. May be given again and again.",
  },
  "reader-config": { value: "file", help: "A file of such properties. --property wins." },
  "producer-property": { value: "key=value", isList: true, help: "Of the producer. May be given again and again." },
  "producer.config": { value: "file", help: "A file of properties of the producer. --producer-property wins." },
} as const satisfies Record<string, ToolOption>;

type Name = keyof typeof OPTIONS;

/** Options and the producer's keys that they set; the default, where the tool has one of its own. */
const SETTINGS: readonly (readonly [option: Name, key: string, byDefault?: string])[] = [
  ["batch-size", "batch.size"],
  ["max-partition-memory-bytes", "batch.size"],
  ["message-send-max-retries", "retries", "3"],
  ["retry-backoff-ms", "retry.backoff.ms"],
  ["timeout", "linger.ms", "1000"],
  ["request-required-acks", "acks"],
  ["request-timeout-ms", "request.timeout.ms", "1500"],
  ["metadata-expiry-ms", "metadata.max.age.ms"],
  ["max-block-ms", "max.block.ms"],
  ["max-memory-bytes", "buffer.memory"],
  ["socket-buffer-size", "send.buffer.bytes"],
];

/** The tool. */
export const kafkaConsoleProducer: Tool<Name> = {
  name: "kafka-console-producer",
  about: "This tool helps to read data from standard input and publish it to Kafka.",
  options: OPTIONS,

  async run(given, context) {
    given.require("topic");
    const fromFile = propertiesIn(context, given.get("reader-config"));
    const reader = new LineReader({ ...fromFile, ...keyValues(given.all("property")) });
    const producer = new KafkaProducer(configuration(given, context), {
      runtime: context.runtime,
      onError: ({ error, topic }) => context.err(`Error when sending message to topic ${topic}: ${error.message}\n`),
    });
    try {
      return await sendLines(given, producer, reader, context);
    } finally {
      await producer.close();
    }
  },
};

async function sendLines(
  given: GivenOptions<Name>, producer: KafkaProducer, reader: LineReader, { lines, err }: ToolContext,
): Promise<number> {
  const topic = given.get("topic")!;
  for await (const line of lines()) {
    try {
      const sent = producer.send({ topic, ...reader.read(line) });
      if (given.has("sync")) await sent;
    } catch (error) {
      err(`${(error as Error).message}\n`);
      return 1;
    }
    if (!producer.isReady) await producer.ready();
  }
  return 0;
}

function configuration(given: GivenOptions<Name>, context: ToolContext): Record<string, string> {
  const servers = given.get("bootstrap-server") ?? given.get("broker-list");
  if (servers === null) throw new UsageError("Missing required argument \"[bootstrap-server]\"");
  const fromFile = propertiesIn(context, given.get("producer.config"));
  const config: Record<string, string> = { ...fromFile, ...keyValues(given.all("producer-property")) };
  for (const [option, key, byDefault] of SETTINGS) {
    const text = given.get(option);
    if (text !== null && !option.endsWith("acks") && !/^[+-]?\d+$/.test(text)) {
      throw new UsageError(`Cannot parse argument '${text}' of option ${option}`, false);
    }
    const value = text ?? (config[key] === undefined ? byDefault : undefined);
    if (value !== undefined) config[key] = value;
  }
  if (given.has("compression-codec")) config["compression.type"] = given.get("compression-codec") || "gzip";
  return { "client.id": "console-producer", ...config, "bootstrap.servers": servers };
}
