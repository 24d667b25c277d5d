/**
 * `kafka-get-offsets`: offsets of partitions by time. Source: `org.apache.kafka.tools.GetOffsetShell` of Kafka 4.0.
 *
 * @module
 */
import { type KafkaError } from "#ground/errors";
import { nameOf, type TopicPartition } from "#ground/topic-partition";
import { type Admin, orThrow } from "../admin/admin.ts";
import { type OffsetOfPartition, SPECIAL_TIMES } from "../admin/admin-types.ts";
import { type GivenOptions, type ToolOption, UsageError } from "./tool-options.ts";
import { createAdmin, type Tool, type ToolContext } from "./tool.ts";
import { topicPattern } from "./topic-pattern.ts";

const OPTIONS = {
  "bootstrap-server": { value: "host:port,...", help: "Brokers to ask." },
  "command-config": { value: "file", help: "Properties for the admin client." },
  topic: { value: "name", help: "Topics: a regular expression, or several with commas between them." },
  partitions: { value: "0,1,...", help: "Only these partitions of the topics." },
  "topic-partitions": {
    value: "t1:0,t2:1-3,...",
    help: "Topics and partitions: t, t:1, t:1-3 (without 3), t:1-, t:-3, :1.",
  },
  time: {
    value: "time",
    help: "-1 or latest (the default), -2 or earliest, -3 or max-timestamp, -4 or earliest-local, -5 or "
      + "latest-tiered, or milliseconds: the first record since then.",
  },
  "exclude-internal-topics": { help: "Leave out the topics that the cluster keeps for itself." },
} as const satisfies Record<string, ToolOption>;

type Name = keyof typeof OPTIONS;
type Given = GivenOptions<Name>;
type Filter = (partition: TopicPartition) => boolean;

/** The tool. */
export const kafkaGetOffsets: Tool<Name> = {
  name: "kafka-get-offsets",
  about: "Shows offsets of partitions, as topic:partition:offset.",
  options: OPTIONS,

  async run(given, context) {
    given.require("bootstrap-server");
    try {
      const filter = filterOf(given);
      const timestamp = timeOf(given.get("time") ?? "latest");
      const admin = createAdmin(context, given.get("bootstrap-server")!, given.get("command-config"));
      try {
        await show(await partitionsOf(given, filter, admin), timestamp, admin, context);
        return 0;
      } finally {
        admin.close();
      }
    } catch (error) {
      if (!(error instanceof Error) || error instanceof TypeError) throw error;
      context.err(`Error occurred: ${error.message}\n`);
      return 1;
    }
  },
};

function timeOf(text: string): number {
  const special = Object.entries(SPECIAL_TIMES).find(([name]) => name === text)?.[1];
  if (special !== undefined) return special;
  if (/^-?\d{1,15}$/.test(text)) return Number(text);
  const known = Object.entries(SPECIAL_TIMES).map(([name, value]) => `${value} or ${name}`).join(" / ");
  throw new Error(`Malformed time argument ${text}. Please use ${known}, or a specified long format timestamp`);
}

function filterOf(given: Given): Filter {
  const rules = given.get("topic-partitions");
  if (rules !== null) {
    if (given.has("topic") || given.has("partitions")) {
      throw new UsageError("--topic-partitions cannot be used with --topic or --partitions");
    }
    const filters = rules.split(",").map(ruleOf);
    return (one) => filters.some((filter) => filter(one));
  }
  const pattern = given.has("topic") ? topicPattern(given.get("topic")!) : null;
  const numbers = given.get("partitions")?.split(",").map((text) => {
    if (/^\d{1,9}$/.test(text)) return Number(text);
    const expected = "--partitions expects a comma separated list of numeric partition ids";
    throw new Error(`${expected}, but received: ${given.get("partitions")!}`);
  });
  return ({ topic, partition }) => (pattern?.test(topic) ?? true) && (numbers?.includes(partition) ?? true);
}

/** `topic:from-to`, where each part may be left out; `to` is exclusive. */
function ruleOf(text: string): Filter {
  const [, topics, one, isRange, from, to] = /^([^:]*)(?::(?:(\d*)|((\d*)-(\d*))))?$/.exec(text) ?? [];
  if (topics === undefined) throw new Error(`Invalid rule specification: ${text}`);
  const pattern = topics === "" ? null : topicPattern(topics);
  const first = Number(one || from || 0);
  const end = one ? first + 1 : isRange !== undefined && to ? Number(to) : Infinity;
  return ({ topic, partition }) => (pattern?.test(topic) ?? true) && partition >= first && partition < end;
}

async function partitionsOf(given: Given, filter: Filter, admin: Admin): Promise<TopicPartition[]> {
  const topics = (await admin.listTopics()).filter((one) => !(one.isInternal && given.has("exclude-internal-topics")));
  const described = orThrow(await admin.describeTopics(topics.map(({ name }) => name)));
  const all = topics.flatMap(({ name: topic }) => {
    return described.get(topic)!.partitions.map(({ partition }) => ({ topic, partition }));
  });
  const partitions = all.filter(filter);
  if (partitions.length === 0) throw new Error("Could not match any topic-partitions with the specified filters");
  return partitions;
}

async function show(
  partitions: readonly TopicPartition[], timestamp: number, admin: Admin, { out, err }: ToolContext,
): Promise<void> {
  const wanted = partitions.map((one) => ({ ...one, timestamp }));
  // Where one can't be had, the others are asked for without it.
  const found = await admin.listOffsets(wanted).catch(async () => {
    const each = await Promise.all(wanted.map((one) => admin.listOffsets([one]).catch((error: KafkaError) => {
      err(`Skip getting offsets for topic-partition ${nameOf(one)} due to error: ${error.message}\n`);
      return [];
    })));
    return each.flat();
  });
  const offsets = new Map(found.map((one: OffsetOfPartition) => [nameOf(one), one.offset]));
  for (const one of partitions) {
    const offset = offsets.get(nameOf(one)) ?? -1;
    if (offset >= 0) out(`${one.topic}:${one.partition}:${offset}\n`);
  }
}
