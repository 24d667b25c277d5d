/**
 * From an answer to Metadata to a {@link Cluster}, and to what is wrong with topics that were asked for.
 *
 * @module
 */
import { Cluster, type Node, type PartitionInfo } from "#ground/cluster";
import { errorForCode, type KafkaError } from "#ground/errors";
import { type MetadataResponse } from "#ground/protocol/messages/03-metadata";
import { isZeroUuid, uuidToString } from "#ground/protocol/uuid";

type TopicAnswer = MetadataResponse["topics"][number];
type PartitionAnswer = TopicAnswer["partitions"][number];

/** What an answer to Metadata says. */
export interface MetadataAnswer {
  readonly cluster: Cluster;
  /** By topic, why nothing is known of it: it doesn't exist (yet), its name is none, or it isn't ours to see. */
  readonly topicErrors: ReadonlyMap<string, KafkaError>;
  /** Some topic or partition is on its way: there is no leader, or not everybody knows it yet. Ask again soon. */
  readonly isIncomplete: boolean;
}

/**
 * Reads an answer.
 *
 * @param previous - what was known before
 * @param newest - decides, for a partition of the same topic, between what was known and what the answer says
 */
export function readMetadataAnswer(
  response: MetadataResponse,
  previous: Cluster,
  newest: (known: PartitionInfo | undefined, answered: PartitionInfo, isSameTopic: boolean) => PartitionInfo,
): MetadataAnswer {
  const nodes = response.brokers.map(({ nodeId, host, port, rack }): Node => ({ id: nodeId, host, port, rack }));
  const nodeById = new Map(nodes.map((node) => [node.id, node]));
  const topicErrors = new Map<string, KafkaError>();
  const partitions: PartitionInfo[] = [];
  let isIncomplete = false;
  for (const topic of response.topics) {
    const { name, errorCode } = topic;
    if (name === null) continue;
    const error = errorForCode(errorCode);
    if (error !== null) topicErrors.set(name, error);
    isIncomplete ||= error?.retriable === true;
    if (error !== null) continue;
    const isSameTopic = isSame(previous.topicId(name), topic.topicId);
    for (const partition of topic.partitions) {
      const answered = partitionInfo(name, partition, nodeById);
      const chosen = newest(previous.partition(name, answered.partition), answered, isSameTopic);
      // What was known may name a broker that has moved since, or of which this answer doesn't know.
      const leader = nodeById.get(chosen.leader?.id ?? -1) ?? null;
      isIncomplete ||= leader === null || answered.leader === null;
      partitions.push({ ...chosen, leader });
    }
  }
  return { cluster: clusterOf(response, nodes, partitions), topicErrors, isIncomplete };
}

function clusterOf(response: MetadataResponse, nodes: readonly Node[], partitions: readonly PartitionInfo[]): Cluster {
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

function partitionInfo(topic: string, answer: PartitionAnswer, nodeById: ReadonlyMap<number, Node>): PartitionInfo {
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
function isSame(known: Uint8Array | undefined, answered: Uint8Array): boolean {
  return known === undefined || isZeroUuid(answered) || uuidToString(known) === uuidToString(answered);
}
