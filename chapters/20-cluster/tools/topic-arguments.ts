/**
 * `--topic orders` and `--topic orders:0,2`: all partitions of a topic, or some of them.
 *
 * @module
 */
import { KafkaError } from "#ground/errors";
import { type TopicPartition } from "#ground/topic-partition";
import { type Admin, orThrow } from "../admin/admin.ts";
import { UsageError } from "./tool-options.ts";

/**
 * The partitions that are meant.
 * @throws UsageError for a partition that is no number; KafkaError for a topic or partition that isn't there
 */
export async function partitionsOf(admin: Admin, texts: readonly string[]): Promise<TopicPartition[]> {
  const wanted = texts.map((text) => {
    const [, topic = text, numbers] = /^(.*):([^:]*)$/.exec(text) ?? [];
    return { topic, numbers: numbers?.split(",").map((part) => number(part, text)) };
  });
  const described = orThrow(await admin.describeTopics(wanted.map(({ topic }) => topic)));
  return wanted.flatMap(({ topic, numbers }) => {
    const { length } = described.get(topic)!.partitions;
    for (const partition of numbers ?? []) {
      if (partition < length) continue;
      const message = `There is no partition ${partition} of topic ${topic}, which has ${length}.`;
      throw new KafkaError("UNKNOWN_TOPIC_OR_PARTITION", message);
    }
    return (numbers ?? [...Array(length).keys()]).map((partition) => ({ topic, partition }));
  });
}

function number(part: string, text: string): number {
  if (/^\d{1,9}$/.test(part)) return Number(part);
  throw new UsageError(`Invalid partition '${part}' specified in topic arg '${text}'`);
}
