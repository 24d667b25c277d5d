/**
 * Small changes of an image's topics, for the controller: what a write to the coordination service means.
 *
 * @module
 */
import { type PartitionRegistration, type TopicImage } from "./metadata-image.ts";

type Topics = ReadonlyMap<string, TopicImage>;

/** Gives the topics after a change. The ones given are left as they are. */
export type TopicsChange = (topics: Topics) => Topics;

/** A partition that is to have another registration. */
export interface ChangedPartition {
  readonly topic: string;
  readonly index: number;
  readonly registration: PartitionRegistration;
}

/** Adds `topic`, or replaces the one of this name. */
export function withTopic(topic: TopicImage): TopicsChange {
  return (topics) => new Map(topics).set(topic.name, topic);
}

/** Removes the topic of this name. */
export function withoutTopic(name: string): TopicsChange {
  return (topics) => new Map([...topics].filter(([other]) => other !== name));
}

/** Replaces registrations of partitions. */
export function withPartitions(changed: readonly ChangedPartition[]): TopicsChange {
  return (topics) => {
    const next = new Map(topics);
    for (const { topic: name, index, registration } of changed) {
      const topic = next.get(name)!;
      next.set(name, { ...topic, partitions: topic.partitions.with(index, registration) });
    }
    return next;
  };
}

/** Leaves all as it is. */
export function unchanged(topics: Topics): Topics {
  return topics;
}
