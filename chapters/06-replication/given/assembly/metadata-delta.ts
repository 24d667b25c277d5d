/**
 * What changed from one image to the next, seen by a broker. A push carries the whole state, so a lost one is
 * made good by any later one: the receiver works out the difference itself.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { type TopicPartition } from "#ground/topic-partition";
import { type MetadataImage, type PartitionRegistration, type TopicImage } from "../metadata-image.ts";

/** One partition whose registration is new or different. */
export interface PartitionChange {
  readonly topic: TopicImage;
  readonly index: number;
  readonly registration: PartitionRegistration;
}

/** The difference between two images. A topic that was deleted and made again is in `deletedTopics` *and* changed. */
export interface MetadataDelta {
  /** Topics of the older image that are gone, or whose name now belongs to another id. */
  readonly deletedTopics: readonly TopicImage[];
  /** Every partition whose registration differs from the older image's, new ones included. */
  readonly changedPartitions: readonly PartitionChange[];
  /** Topics that are in both images with different settings. */
  readonly changedConfigs: readonly TopicImage[];
}

/** Works out what a broker that has `before` must do to get to `after`. */
export function metadataDelta(before: MetadataImage, after: MetadataImage): MetadataDelta {
  const deletedTopics: TopicImage[] = [];
  const changedPartitions: PartitionChange[] = [];
  const changedConfigs: TopicImage[] = [];
  for (const old of before.topics.values()) {
    if (!isSameTopic(old, after.topics.get(old.name))) deletedTopics.push(old);
  }
  for (const topic of after.topics.values()) {
    const found = before.topics.get(topic.name);
    // Most topics, and there may be thousands, are the same object in both images.
    if (found === topic) continue;
    const old = isSameTopic(topic, found) ? found : undefined;
    for (const [index, registration] of topic.partitions.entries()) {
      const was = old?.partitions[index];
      // Every change of a partition makes its epoch grow, so the epoch says all.
      if (was?.partitionEpoch !== registration.partitionEpoch) changedPartitions.push({ topic, index, registration });
    }
    if (old !== undefined && !sameConfigs(old.configs, topic.configs)) changedConfigs.push(topic);
  }
  return { deletedTopics, changedPartitions, changedConfigs };
}

/** The replicas on a broker that are new there. @param isThere whether it has a partition open */
export function newReplicas(
  { changedPartitions }: MetadataDelta,
  brokerId: number,
  isThere: (topic: string, index: number) => boolean,
): (TopicPartition & { readonly topicId: Uint8Array })[] {
  return changedPartitions.flatMap(({ topic: { name, topicId }, index, registration }) => {
    const isNew = registration.replicas.includes(brokerId) && !isThere(name, index);
    return isNew ? { topic: name, partition: index, topicId } : [];
  });
}

function isSameTopic(topic: TopicImage, other: TopicImage | undefined): other is TopicImage {
  return topic === other || (other !== undefined && Buffer.compare(topic.topicId, other.topicId) === 0);
}

function sameConfigs(a: Readonly<Record<string, string>>, b: Readonly<Record<string, string>>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}
