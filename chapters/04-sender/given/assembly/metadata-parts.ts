/**
 * What metadata are made of: from the parts of an answer to a {@link Cluster}.
 *
 * @module
 */
import { Cluster, type Node, type PartitionInfo } from "#ground/cluster";
import { type KafkaError } from "#ground/errors";
import { type MetadataResponse } from "#ground/protocol/messages/03-metadata";
import { isZeroUuid, uuidToString } from "#ground/protocol/uuid";
import { type ExponentialBackoff } from "#sender/exponential-backoff";

/** How often to ask. */
export interface MetadataOptions {
  /** The brokers to ask first: `bootstrapCluster`. */
  readonly bootstrap: Cluster;
  /** `metadata.max.age.ms`. */
  readonly maxAgeMs: number;
  /** `metadata.max.idle.ms`: a topic that nobody sends to for so long is forgotten. */
  readonly maxIdleMs: number;
  /** Between attempts that fail, or bring nothing new. */
  readonly backoff: ExponentialBackoff;
}

/** How to ask. */
export interface MetadataUpdaterOptions {
  /** Whether a topic that is asked about is created, if the brokers allow it. */
  readonly allowAutoTopicCreation: boolean;
  /** `metadata.recovery.strategy` is `rebootstrap`. */
  readonly rebootstrap: boolean;
  /** Called after each update. */
  readonly onUpdate: (now: number) => void;
}

/** What an answer to Metadata says. */
export interface MetadataAnswer {
  readonly cluster: Cluster;
  /** By topic, why nothing is known of it: it doesn't exist (yet), its name is none, or it isn't ours to see. */
  readonly topicErrors: ReadonlyMap<string, KafkaError>;
  /** Some topic or partition is on its way: there is no leader, or not everybody knows it yet. Ask again soon. */
  readonly isIncomplete: boolean;
}

/** Decides, for a partition, between what was known and what an answer says. */
export type ChoosePartition = (
  known: PartitionInfo | undefined,
  answered: PartitionInfo,
  isSameTopic: boolean,
) => PartitionInfo;

/** What an answer says of one topic. */
export type TopicAnswer = MetadataResponse["topics"][number];
/** What an answer says of one partition. */
export type PartitionAnswer = TopicAnswer["partitions"][number];

/** The brokers that an answer names. */
export function nodesOf({ brokers }: MetadataResponse): Node[] {
  return brokers.map(({ nodeId, host, port, rack }) => ({ id: nodeId, host, port, rack }));
}

/** A cluster with these brokers and partitions; all else as the answer says. Topics with an error are not in it. */
export function clusterOf(
  response: MetadataResponse,
  nodes: readonly Node[],
  partitions: readonly PartitionInfo[],
): Cluster {
  const { clusterId, controllerId, topics } = response;
  const known = topics.flatMap(({ name, topicId, isInternal, errorCode }) =>
    name === null || errorCode !== 0 ? [] : [{ name, topicId, isInternal }],
  );
  return new Cluster({
    clusterId,
    nodes,
    controller: nodes.find(({ id }) => id === controllerId) ?? null,
    partitions,
    topicIds: new Map(known.filter(({ topicId }) => !isZeroUuid(topicId)).map(({ name, topicId }) => [name, topicId])),
    internalTopics: known.filter(({ isInternal }) => isInternal).map(({ name }) => name),
  });
}

/** What an answer says of a partition. Its leader is null when there is none, or when the answer doesn't name it. */
export function partitionInfo(
  topic: string,
  answer: PartitionAnswer,
  nodeById: ReadonlyMap<number, Node>,
): PartitionInfo {
  const { partitionIndex, leaderId, leaderEpoch } = answer;
  // A broker that is not in the list has just died: it can be named only by its id.
  const nodeOf = (id: number): Node => nodeById.get(id) ?? { id, host: "", port: -1, rack: null };
  return {
    topic,
    partition: partitionIndex,
    leader: nodeById.get(leaderId) ?? null,
    leaderEpoch,
    replicas: answer.replicaNodes.map(nodeOf),
    inSyncReplicas: answer.isrNodes.map(nodeOf),
    offlineReplicas: answer.offlineReplicas.map(nodeOf),
  };
}

/** Whether two answers speak of one topic: a topic that was deleted and created again has another id (KIP-516). */
export function isSameTopic(known: Uint8Array | undefined, answered: Uint8Array): boolean {
  return known === undefined || isZeroUuid(answered) || uuidToString(known) === uuidToString(answered);
}

/** Whether two clusters have the same brokers, and the same leaders and epochs of all partitions. */
export function saysTheSame(one: Cluster, other: Cluster): boolean {
  return summary(one) === summary(other);
}

function summary(cluster: Cluster): string {
  const nodes = cluster.nodes.map(({ id, host, port }) => `${id}=${host}:${port}`);
  const partitions = cluster.topics.flatMap((topic) =>
    cluster.partitionsForTopic(topic).map(({ partition, leader, leaderEpoch }) => {
      return `${topic}-${partition}:${leader?.id ?? "none"}@${leaderEpoch}`;
    }),
  );
  return [...nodes, ...partitions].sort().join(" ");
}
