/**
 * Small changes of an image, for the controller: what a write to the coordination service means.
 *
 * @module
 */
import { type Overrides } from "#ground/config/dynamic-broker-config";
import { groupBy } from "#ground/group-by";
import {
  type ImageChanges, type MetadataImage, type PartitionRegistration, type TopicImage,
} from "../metadata-image.ts";

/** Gives what changes. The image given is left as it is. */
export type ImageChange = (image: MetadataImage) => ImageChanges;

/** A partition that is to have another registration. */
export interface ChangedPartition {
  readonly topic: string;
  readonly index: number;
  readonly registration: PartitionRegistration;
}

/** Adds `topic`, or replaces the one of this name. */
export function withTopic(topic: TopicImage): ImageChange {
  return ({ topics }) => ({ topics: new Map(topics).set(topic.name, topic) });
}

/** Removes the topic of this name. */
export function withoutTopic(name: string): ImageChange {
  return ({ topics }) => ({ topics: new Map([...topics].filter(([other]) => other !== name)) });
}

/** Replaces registrations of partitions. */
export function withPartitions(changed: readonly ChangedPartition[]): ImageChange {
  return ({ topics }) => {
    const next = new Map(topics);
    // Copied once a topic, not once a partition: there may be thousands in one.
    for (const [name, ofTopic] of groupBy(changed, ({ topic }) => topic)) {
      const topic = next.get(name)!;
      const partitions = [...topic.partitions];
      for (const { index, registration } of ofTopic) partitions[index] = registration;
      next.set(name, { ...topic, partitions });
    }
    return { topics: next };
  };
}

/** Replaces what is set for a broker, or for all, while they run. */
export function withBrokerConfig(broker: string, overrides: Overrides): ImageChange {
  return ({ brokerConfigs }) => ({ brokerConfigs: new Map(brokerConfigs).set(broker, overrides) });
}

/** Leaves all as it is. */
export function unchanged(): ImageChanges {
  return {};
}
