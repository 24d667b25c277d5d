/** @module */
import { groupBy } from "#ground/group-by";
import { type TopicPartition } from "#ground/topic-partition";

/** The same partitions, as requests name them: topic by topic. */
export function groupByTopic(partitions: Iterable<TopicPartition>): { topic: string; partitions: number[] }[] {
  return Array.from(groupBy(partitions, ({ topic }) => topic), ([topic, ofTopic]) => {
    return { topic, partitions: ofTopic.map(({ partition }) => partition) };
  });
}
