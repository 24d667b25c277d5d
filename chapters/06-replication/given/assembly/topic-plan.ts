/**
 * From a request for a topic to the topic: which partitions, on which brokers. Pure: nothing is written here.
 * Source: `ReplicationControlManager.createTopic` and `org.apache.kafka.common.internals.Topic` of Kafka 4.0.
 *
 * @module
 */
import { type BrokerConfig } from "#ground/config/broker-config";
import { validateTopicOverrides } from "#ground/config/topic-config";
import { KafkaError, refusal } from "#ground/errors";
import { refusalOfTopicName } from "#ground/topic-name";
import { CLUSTER_METADATA_TOPIC } from "./internal-topics.ts";
import { type MetadataImage, type PartitionRegistration, type TopicImage } from "../metadata-image.ts";

/** A topic is made in one transaction of the coordination service, which takes up to 10,000 steps and 1 MiB. */
const MAX_PARTITIONS_PER_TOPIC = 4_000;

/** A topic that somebody wants. */
export interface NewTopic {
  readonly name: string;
  /** -1: `num.partitions` of the broker, or as many as `assignments` has. */
  readonly numPartitions: number;
  /** -1: `default.replication.factor`, or what `assignments` says. */
  readonly replicationFactor: number;
  /** Broker ids of each partition, in order of preference; empty: the controller chooses. */
  readonly assignments: readonly { readonly partitionIndex: number; readonly brokerIds: readonly number[] }[];
  readonly configs: Readonly<Record<string, string>>;
}

/** A topic that is to have more partitions. */
export interface GrownTopic {
  readonly name: string;
  /** The new total. */
  readonly count: number;
  /** The replicas of each new partition; null: the controller chooses. */
  readonly assignments: readonly (readonly number[])[] | null;
}

/**
 * Checks a request and works out the topic that it asks for.
 * @throws KafkaError INVALID_TOPIC_EXCEPTION, TOPIC_AUTHORIZATION_FAILED, TOPIC_ALREADY_EXISTS, INVALID_PARTITIONS,
 *   INVALID_REPLICATION_FACTOR, INVALID_REPLICA_ASSIGNMENT, INVALID_REQUEST or INVALID_CONFIG.
 */
export function planTopic(
  wanted: NewTopic,
  topicId: Uint8Array,
  image: MetadataImage,
  config: BrokerConfig,
): TopicImage {
  const refused = refusalOfTopicName(wanted.name);
  if (refused !== null) throw refused;
  if (wanted.name === CLUSTER_METADATA_TOPIC) throw refusal("TOPIC_AUTHORIZATION_FAILED");
  if (image.topics.has(wanted.name)) {
    throw refusal("TOPIC_ALREADY_EXISTS", `Topic '${wanted.name}' already exists.`);
  }
  const colliding = collidingTopic(wanted.name, image);
  if (colliding !== null) {
    const text = `Topic '${wanted.name}' collides with existing topic: ${colliding}`;
    throw refusal("INVALID_TOPIC_EXCEPTION", text);
  }
  validateTopicOverrides(wanted.configs);
  const isManual = wanted.assignments.length > 0;
  const replicas = isManual ? manualReplicas(wanted, image) : chosenReplicas(wanted, image, config);
  return {
    name: wanted.name,
    topicId,
    partitions: replicas.map((ids) => newPartition(ids, image)),
    configs: wanted.configs,
  };
}

/**
 * Works out a topic with more partitions. The ones it has stay as they are.
 * @throws KafkaError INVALID_PARTITIONS, INVALID_REPLICATION_FACTOR or INVALID_REPLICA_ASSIGNMENT.
 */
export function planMorePartitions(topic: TopicImage, wanted: GrownTopic, image: MetadataImage): TopicImage {
  const { count, assignments } = wanted;
  const oldCount = topic.partitions.length;
  if (count === oldCount) throw invalidPartitions(`Topic already has ${oldCount} partition(s).`);
  if (count < oldCount) {
    throw invalidPartitions(
      `The topic ${topic.name} currently has ${oldCount} partition(s); ${count} would not be an increase.`,
    );
  }
  validatePartitionCount(count);
  const added = count - oldCount;
  if (assignments !== null && assignments.length !== added) {
    refuseAssignment(`Expected assignments for ${added} additional partition(s), got ${assignments.length}.`);
  }
  const [{ replicas: first, addingReplicas = [] }] = topic.partitions as [PartitionRegistration];
  const factor = first.length - addingReplicas.length;
  const replicas = assignments ?? assignReplicas(added, factor, brokerIds(image), image.topics.size + oldCount);
  for (const ids of assignments ?? []) {
    if (ids.length !== factor) refuseAssignment(`Expected ${factor} replicas a new partition, got ${ids.length}.`);
    validateAssignment(ids, image);
  }
  return { ...topic, partitions: [...topic.partitions, ...replicas.map((ids) => newPartition(ids, image))] };
}

/**
 * Spreads replicas round robin, so that leaders and followers are even over the brokers: partition p starts at
 * broker `start + p`.
 * @throws KafkaError INVALID_REPLICATION_FACTOR when there are too few live brokers.
 */
function assignReplicas(
  numPartitions: number,
  replicationFactor: number,
  brokerIds: readonly number[],
  start: number,
): number[][] {
  if (replicationFactor > brokerIds.length) {
    throw new KafkaError(
      "INVALID_REPLICATION_FACTOR",
      `Unable to replicate the partition ${replicationFactor} time(s): The target replication factor of ` +
        `${replicationFactor} cannot be reached because only ${brokerIds.length} broker(s) are registered.`,
    );
  }
  return Array.from({ length: numPartitions }, (_, partition) =>
    Array.from({ length: replicationFactor }, (_, i) => brokerIds[(start + partition + i) % brokerIds.length]!),
  );
}

/** A partition in its first epoch, led by the first of its replicas that is alive. */
function newPartition(replicas: readonly number[], image: MetadataImage): PartitionRegistration {
  const isr = replicas.filter((id) => image.brokers.has(id));
  const leader = isr[0]!;
  const leaderBrokerEpoch = image.brokers.get(leader)!.brokerEpoch;
  return { replicas, isr, leader, leaderEpoch: 0, leaderBrokerEpoch, partitionEpoch: 0 };
}

/** @throws KafkaError INVALID_PARTITIONS when there can't be so many. */
function validatePartitionCount(count: number): void {
  if (count <= 0) throw invalidPartitions("Number of partitions was set to an invalid non-positive value.");
  if (count > MAX_PARTITIONS_PER_TOPIC) {
    const limit = `at most ${MAX_PARTITIONS_PER_TOPIC} are allowed`;
    throw invalidPartitions(`Number of partitions was set to ${count}; ${limit}.`);
  }
}

/**
 * Checks replicas that a user chose for one partition.
 * @throws KafkaError INVALID_REPLICA_ASSIGNMENT for none, a broker twice, an unknown broker, or none that is alive.
 */
export function validateAssignment(brokerIds: readonly number[], image: MetadataImage): void {
  if (brokerIds.length === 0) refuseAssignment("The manual partition assignment includes an empty replica list.");
  if (new Set(brokerIds).size < brokerIds.length) {
    refuseAssignment(`The manual partition assignment includes a broker more than once: ${brokerIds.join(", ")}.`);
  }
  const unknown = brokerIds.find((id) => !image.brokers.has(id));
  if (unknown !== undefined) {
    const text = `The manual partition assignment includes broker ${unknown}, but no such broker is registered.`;
    refuseAssignment(text);
  }
}

function chosenReplicas(wanted: NewTopic, image: MetadataImage, config: BrokerConfig): number[][] {
  const { numPartitions, replicationFactor } = wanted;
  if (replicationFactor === 0 || replicationFactor < -1) {
    const text = "Replication factor must be larger than 0, or -1 to use the default value.";
    throw refusal("INVALID_REPLICATION_FACTOR", text);
  }
  const count = numPartitions === -1 ? config["num.partitions"] : numPartitions;
  const factor = replicationFactor === -1 ? config["default.replication.factor"] : replicationFactor;
  validatePartitionCount(count);
  // The next topic begins at another broker: many small topics spread too.
  return assignReplicas(count, factor, brokerIds(image), image.topics.size);
}

function brokerIds({ brokers }: MetadataImage): number[] {
  return [...brokers.keys()].sort((a, b) => a - b);
}

function manualReplicas({ numPartitions, replicationFactor, assignments }: NewTopic, image: MetadataImage): number[][] {
  if (numPartitions !== -1 || replicationFactor !== -1) {
    const what = numPartitions !== -1 ? "number of partitions" : "replication factor";
    const text = `A manual partition assignment was specified, but the ${what} was not set to -1.`;
    throw refusal("INVALID_REQUEST", text);
  }
  validatePartitionCount(assignments.length);
  const sorted = [...assignments].sort((a, b) => a.partitionIndex - b.partitionIndex);
  return sorted.map(({ partitionIndex, brokerIds }, i) => {
    if (partitionIndex !== i) refuseAssignment("partitions should be a consecutive 0-based integer sequence");
    if (brokerIds.length !== sorted[0]!.brokerIds.length) {
      refuseAssignment("The manual partition assignment has replica lists of different lengths.");
    }
    validateAssignment(brokerIds, image);
    return [...brokerIds];
  });
}

function invalidPartitions(text: string): KafkaError {
  return refusal("INVALID_PARTITIONS", text);
}

function refuseAssignment(text: string): never {
  throw refusal("INVALID_REPLICA_ASSIGNMENT", text);
}

/** Metrics can't tell `a.b` from `a_b`, so no two topics may differ in that alone. */
function collidingTopic(wanted: string, { topics }: MetadataImage): string | null {
  if (!/[._]/.test(wanted)) return null;
  const metricName = wanted.replaceAll(".", "_");
  for (const name of topics.keys()) {
    if (name.length === wanted.length && name.replaceAll(".", "_") === metricName) return name;
  }
  return null;
}
