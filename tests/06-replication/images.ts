/**
 * Images for the tests of this chapter.
 *
 * @module
 */
import { type BrokerRegistration, MetadataImage, type PartitionRegistration, type TopicImage } from "#replication";

/** A broker that lives, with epoch 100 + its id. */
export function broker(brokerId: number, brokerEpoch: number = 100 + brokerId): BrokerRegistration {
  const endPoints = [{ name: "PLAINTEXT", protocol: "PLAINTEXT" as const, host: `b${brokerId}`, port: 9092 }];
  return { brokerId, brokerEpoch, endPoints, rack: null, inControlledShutdown: false };
}

/** A partition on `replicas`, all in sync, led by the first. */
export function partition(
  replicas: readonly number[],
  changes: Partial<PartitionRegistration> = {},
): PartitionRegistration {
  const leader = changes.leader ?? replicas[0]!;
  return {
    replicas,
    isr: replicas,
    leader,
    leaderEpoch: 0,
    leaderBrokerEpoch: 100 + leader,
    partitionEpoch: 0,
    ...changes,
  };
}

/** A topic whose id is 16 times the byte `id`. */
export function topic(
  name: string,
  id: number,
  partitions: readonly PartitionRegistration[] = [partition([1])],
): TopicImage {
  return { name, topicId: new Uint8Array(16).fill(id), partitions, configs: {} };
}

/** An image of controller epoch 1 with these topics and brokers 1 to 3. */
export function image(version: number, ...topics: readonly TopicImage[]): MetadataImage {
  return new MetadataImage({
    clusterId: "test-cluster",
    controllerId: 1,
    controllerEpoch: 1,
    version,
    brokers: new Map([1, 2, 3].map((id) => [id, broker(id)])),
    topics: new Map(topics.map((each) => [each.name, each])),
    brokerConfigs: new Map(),
  });
}
