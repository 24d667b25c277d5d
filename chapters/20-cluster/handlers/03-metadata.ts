/**
 * Metadata: brokers, topics, and who leads which partition.
 *
 * Behaviour / Version notes
 * - All topics: an empty list in v0, null from v1 on.
 * - A topic that doesn't exist is created when the request allows it (before v4 always) and the broker does
 *   (`auto.create.topics.enable`). The answer doesn't wait for that: UNKNOWN_TOPIC_OR_PARTITION, and the client asks
 *   again. As Kafka 4.0 does.
 * - v8 to v10 tell what the client may do with the cluster, v8 and later what with the topics, if it asks.
 * - A partition that this broker leads but couldn't open yet, for want of room or of a descriptor, has no leader in
 *   this answer: LEADER_NOT_AVAILABLE, and the client asks again.
 * - v10 brings topic ids, v12 lets a client ask by id alone: UNKNOWN_TOPIC_ID when there is none.
 *
 * @module
 */
import { ERRORS, type KafkaError, refusal } from "#ground/errors";
import { type Input } from "#ground/protocol/message";
import { Metadata, type MetadataRequest, type MetadataResponse } from "#ground/protocol/messages/03-metadata";
import { refusalOfTopicName } from "#ground/topic-name";
import {
  isInternalTopic,
  NO_LEADER,
  type PartitionRegistration,
  type TopicImage,
} from "#replication";
import { CLUSTER_OPERATIONS, NOT_ASKED, TOPIC_OPERATIONS } from "../authorized-operations.ts";
import { brokersFor } from "../brokers-for.ts";
import { type ApiHandler, type BrokerParts, handler } from "../handler.ts";

export const metadata: ApiHandler = handler({
  api: Metadata,
  versions: [0, 13],
  handle(request, { version, listener, broker }) {
    const { image } = broker.replicas;
    const topics = wantsAll(request, version)
      ? [...image.topics.values()].map((topic) => describeTopic(topic, request, broker))
      : request.topics!.map((asked) => answer(asked, request, broker));
    return {
      brokers: brokersFor(listener, image).map((address) => ({ ...address, nodeId: address.brokerId })),
      clusterId: image.clusterId,
      controllerId: image.controllerId,
      topics,
      clusterAuthorizedOperations: request.includeClusterAuthorizedOperations ? CLUSTER_OPERATIONS : NOT_ASKED,
    };
  },
});

type AskedTopic = NonNullable<MetadataRequest["topics"]>[number];
type TopicAnswer = Input<MetadataResponse["topics"][number]>;

function wantsAll({ topics }: MetadataRequest, version: number): boolean {
  return topics === null || (version === 0 && topics.length === 0);
}

function answer({ name, topicId }: AskedTopic, request: MetadataRequest, broker: BrokerParts): TopicAnswer {
  if (name === null) {
    const found = broker.replicas.image.topicById(topicId);
    return found === undefined
      ? { errorCode: ERRORS.UNKNOWN_TOPIC_ID[0], name: null, topicId }
      : describeTopic(found, request, broker);
  }
  const found = broker.replicas.image.topics.get(name);
  if (found !== undefined) return describeTopic(found, request, broker);
  return { errorCode: maybeCreate(name, request, broker).errorCode, name };
}

/** Starts the creation of a missing topic, if that is wanted. @returns what to answer meanwhile. */
function maybeCreate(name: string, request: MetadataRequest, broker: BrokerParts): KafkaError {
  const refused = refusalOfTopicName(name);
  if (refused !== null) return refused;
  if (request.allowAutoTopicCreation && broker.config["auto.create.topics.enable"]) broker.autoTopics.create(name);
  return refusal("UNKNOWN_TOPIC_OR_PARTITION");
}

function describeTopic(topic: TopicImage, request: MetadataRequest, broker: BrokerParts): TopicAnswer {
  return {
    name: topic.name,
    topicId: topic.topicId,
    isInternal: isInternalTopic(topic.name),
    partitions: topic.partitions.map((partition, index) => describePartition(partition, topic, index, broker)),
    topicAuthorizedOperations: request.includeTopicAuthorizedOperations ? TOPIC_OPERATIONS : NOT_ASKED,
  };
}

/** A partition, as the answer has it. */
export function describePartition(
  { leader: elected, leaderEpoch, replicas, isr }: PartitionRegistration,
  { name, topicId }: TopicImage,
  partitionIndex: number,
  { replicas: replicaManager }: BrokerParts,
): TopicAnswer["partitions"] extends readonly (infer P)[] | undefined ? P : never {
  const { brokerId, image } = replicaManager;
  const isClosed = replicaManager.isWaitingToOpen(name, partitionIndex);
  const leader = isClosed && elected === brokerId ? NO_LEADER : elected;
  return {
    errorCode: leader === NO_LEADER ? ERRORS.LEADER_NOT_AVAILABLE[0] : ERRORS.NONE[0],
    partitionIndex,
    leaderId: leader,
    leaderEpoch,
    replicaNodes: replicas,
    isrNodes: isr,
    offlineReplicas: replicas.filter(
      (id) => image.isOffline(id, topicId, partitionIndex) || (isClosed && id === brokerId),
    ),
  };
}
