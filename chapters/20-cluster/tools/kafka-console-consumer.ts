/**
 * `kafka-console-consumer`: prints the records of topics.
 * Source: `org.apache.kafka.tools.consumer.ConsoleConsumer` of Kafka 4.0.
 *
 * @module
 */
import { KafkaConsumer, type ConsumerRecord } from "#groups";
import { keyValues } from "./key-values.ts";
import { recordFormat, type RecordFormat } from "./record-format.ts";
import { type GivenOptions, type ToolOption, UsageError } from "./tool-options.ts";
import { propertiesIn, type Tool, type ToolContext } from "./tool.ts";

const OPTIONS = {
  "bootstrap-server": { value: "host:port,...", help: "Brokers to ask." },
  topic: { value: "name", help: "The topic to read." },
  include: { value: "regex", help: "The topics to read, as a regular expression." },
  partition: { value: "n", help: "The partition to read. Without it all, as a member of a group." },
  offset: { value: "offset", help: "With --partition: earliest, latest (the default) or a number." },
  group: { value: "name", help: "The group to be a member of. Without it one that is made up." },
  "from-beginning": { help: "Read from the start where the group has no offset yet, instead of what comes now." },
  "max-messages": { value: "n", help: "End after so many records." },
  "timeout-ms": { value: "ms", help: "End when there was no record for so long." },
  "isolation-level": { value: "level", help: "read_committed or read_uncommitted (the default)." },
  "skip-message-on-error": { help: "Go on when a record can't be shown." },
  "enable-systest-events": { help: "Say shutdown_complete at the end." },
  formatter: { value: "class", help: "DefaultMessageFormatter or NoOpMessageFormatter, with Kafka's package." },
  property: {
    value: "key=value",
    isList: true,
    help: "What is shown: print.timestamp, print.key, print.offset, print.partition, print.epoch, print.headers,"
      + " print.value, key.separator, line.separator, headers.separator, null.literal, key.deserializer,"
      + " value.deserializer. May be given again and again.",
  },
  "formatter-config": { value: "file", help: "A file of such properties. --property wins." },
  "key-deserializer": { value: "class", help: "As --property key.deserializer." },
  "value-deserializer": { value: "class", help: "As --property value.deserializer." },
  "consumer-property": { value: "key=value", isList: true, help: "Of the consumer. May be given again and again." },
  "consumer.config": { value: "file", help: "A file of properties of the consumer. --consumer-property wins." },
} as const satisfies Record<string, ToolOption>;

type Name = keyof typeof OPTIONS;
type Given = GivenOptions<Name>;

const MADE_UP_GROUPS = 100_000;
/** How long one poll waits when no time-out was asked for. */
const POLL_MS = 60_000;
const FORMATTERS = /^org\.apache\.kafka\.tools\.consumer\.(Default|NoOp|Logging)MessageFormatter$/;

/** The tool. */
export const kafkaConsoleConsumer: Tool<Name> = {
  name: "kafka-console-consumer",
  about: "This tool helps to read data from Kafka topics and outputs it to standard output.",
  options: OPTIONS,

  async run(given, context) {
    checkOptions(given);
    const show = format(given, context);
    const maxMessages = given.number("max-messages") ?? Infinity;
    const timeoutMs = given.number("timeout-ms");
    const consumer = new KafkaConsumer(configuration(given, context), { runtime: context.runtime });
    const reading = new Reading(consumer, show, given.has("skip-message-on-error"), context);
    try {
      start(given, consumer);
      return await reading.run(maxMessages, timeoutMs ?? POLL_MS, timeoutMs !== null);
    } finally {
      await consumer.close();
      if (given.has("enable-systest-events")) context.out("shutdown_complete\n");
      context.err(`Processed a total of ${reading.count} messages\n`);
    }
  },
};

/** One run: polls until something ends it. */
class Reading {
  readonly #consumer: KafkaConsumer;
  readonly #show: RecordFormat;
  readonly #skipsErrors: boolean;
  readonly #context: ToolContext;
  /** Records so far. */
  count = 0;
  #exitCode: number | null = null;

  constructor(consumer: KafkaConsumer, show: RecordFormat, skipsErrors: boolean, context: ToolContext) {
    this.#consumer = consumer;
    this.#show = show;
    this.#skipsErrors = skipsErrors;
    this.#context = context;
    context.onStop((exitCode) => {
      this.#exitCode = exitCode;
      consumer.wakeup();
    });
  }

  /** @returns the exit code */
  async run(maxMessages: number, pollMs: number, endsWhenIdle: boolean): Promise<number> {
    while (this.#exitCode === null && this.count < maxMessages) {
      const records = (await this.#consumer.poll(pollMs)).toArray();
      if (records.length === 0 && endsWhenIdle) break;
      const wanted = records.slice(0, maxMessages - this.count);
      const shown = wanted.map((record) => this.#bytesOf(record));
      if (shown.length > 0) this.#context.out(Buffer.concat(shown));
      this.#giveBack(records.slice(wanted.length));
    }
    return this.#exitCode ?? 0;
  }

  #bytesOf(record: ConsumerRecord): Uint8Array {
    this.count++;
    try {
      return this.#show(record);
    } catch (error) {
      if (!this.#skipsErrors) throw error;
      this.#context.err(`${(error as Error).message}\n`);
      return new Uint8Array();
    }
  }

  /** What was polled and not shown comes again next time: the commit of `close` must not pass it. */
  #giveBack(records: readonly ConsumerRecord[]): void {
    for (const { topic, partition, offset } of records.toReversed()) this.#consumer.seek({ topic, partition }, offset);
  }
}

function start(given: Given, consumer: KafkaConsumer): void {
  const [topic, include, partition] = [given.get("topic"), given.get("include"), given.number("partition")];
  if (partition === null) {
    consumer.subscribe(topic === null ? pattern(include!) : [topic]);
    return;
  }
  const chosen = [{ topic: topic!, partition }];
  consumer.assign(chosen);
  const offset = given.get("offset") ?? (given.has("from-beginning") ? "earliest" : "latest");
  if (offset === "earliest") consumer.seekToBeginning(chosen);
  else if (offset === "latest") consumer.seekToEnd(chosen);
  else consumer.seek(chosen[0]!, Number(offset));
}

function pattern(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch {
    throw new UsageError(`${text} is an invalid regex.`, false);
  }
}

/** @throws UsageError for what makes no sense */
function checkOptions(given: Given): void {
  given.require("bootstrap-server");
  if (given.has("topic") === given.has("include")) {
    throw new UsageError("Exactly one of --include/--topic is required. ");
  }
  const offset = given.get("offset");
  if (given.has("partition")) {
    if (!given.has("topic")) throw new UsageError("The topic is required when partition is specified.");
    if (given.has("group")) throw new UsageError("Options group and partition cannot be specified together.");
    given.number("partition");
  } else if (offset !== null) {
    throw new UsageError("The partition is required when offset is specified.");
  }
  if (offset === null) return;
  if (given.has("from-beginning")) {
    throw new UsageError("Options from-beginning and offset cannot be specified together.");
  }
  if (/^(earliest|latest|\d{1,15})$/.test(offset)) return;
  throw new UsageError(`The provided offset value '${offset}' is incorrect. Valid values are 'earliest', 'latest', `
    + "or a non-negative long.");
}

function format(given: Given, context: ToolContext): RecordFormat {
  const formatter = given.get("formatter");
  if (formatter !== null && !FORMATTERS.test(formatter)) throw new UsageError(formatter);
  const properties = { ...propertiesIn(context, given.get("formatter-config")), ...keyValues(given.all("property")) };
  for (const what of ["key", "value"] as const) {
    const name = given.get(`${what}-deserializer`);
    if (name !== null) properties[`${what}.deserializer`] = name;
  }
  return formatter?.includes("NoOp") === true ? () => new Uint8Array() : recordFormat(properties);
}

function configuration(given: Given, context: ToolContext): Record<string, string> {
  const fromFile = propertiesIn(context, given.get("consumer.config"));
  const own = keyValues(given.all("consumer-property"));
  const config: Record<string, string> = { "client.id": "console-consumer", ...fromFile, ...own };
  const reset = config["auto.offset.reset"];
  if (given.has("from-beginning") && reset !== undefined && reset !== "earliest") {
    throw new UsageError(`Can't simultaneously specify --from-beginning and 'auto.offset.reset=${reset}', `
      + "please remove one option", false);
  }
  config["auto.offset.reset"] = given.has("from-beginning") ? "earliest" : (reset ?? "latest");
  const groups = [own["group.id"], fromFile["group.id"], given.get("group")].filter((id) => typeof id === "string");
  if (new Set(groups).size > 1) {
    throw new UsageError("The group ids provided in different places (directly using '--group', via "
      + "'--consumer-property', or via '--consumer.config') do not match. Detected group ids: "
      + [...new Set(groups)].map((id) => `'${id}'`).join(", "));
  }
  const [group] = groups;
  if (group !== undefined) config["group.id"] = group;
  else if (!given.has("partition")) {
    config["group.id"] = `console-consumer-${context.runtime.random.int(MADE_UP_GROUPS)}`;
    config["enable.auto.commit"] ??= "false";
  }
  const isolation = given.get("isolation-level");
  if (isolation !== null) config["isolation.level"] = isolation;
  return { ...config, "bootstrap.servers": given.get("bootstrap-server")! };
}
