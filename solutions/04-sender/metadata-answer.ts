/**
 * From an answer to Metadata to a {@link Cluster}, and to what is wrong with topics that were asked for.
 *
 * Source: `MetadataResponse`, `Metadata.handleMetadataResponse`.
 *
 * @module
 */
import { type Cluster, type PartitionInfo } from "#ground/cluster";
import { errorForCode, type KafkaError } from "#ground/errors";
import { type MetadataResponse } from "#ground/protocol/messages/03-metadata";
import {
  type ChoosePartition,
  clusterOf,
  isSameTopic,
  type MetadataAnswer,
  nodesOf,
  partitionInfo,
} from "#sender/given/assembly/metadata-parts";

/**
 * Reads an answer to Metadata.
 *
 * - A topic with an error is not in the cluster, but among the errors. If the error is retriable (the topic is just
 *   being created, say), the answer is incomplete; a name that can't be, or a topic that isn't ours to see, is final.
 * - Of every other topic each partition is in the cluster, as `newest` chooses between what was known of it and the
 *   answer. But its leader is always the broker as *this* answer names it, since brokers move: one that this answer
 *   doesn't name is no leader (null).
 * - The answer is incomplete when it says no leader for some partition, or when the chosen one has none.
 * - A topic without a name (null) is passed over.
 *
 * @exercise 4.3 readMetadataAnswer
 * @param previous - what was known before
 * @param newest - told also whether the answer speaks of the same topic as what was known, or of one that was created
 *   anew under its name (`isSameTopic`)
 */
export function readMetadataAnswer(
  response: MetadataResponse,
  previous: Cluster,
  newest: ChoosePartition,
): MetadataAnswer {
  const nodes = nodesOf(response);
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
    const isSame = isSameTopic(previous.topicId(name), topic.topicId);
    for (const partition of topic.partitions) {
      const answered = partitionInfo(name, partition, nodeById);
      const chosen = newest(previous.partition(name, answered.partition), answered, isSame);
      const leader = nodeById.get(chosen.leader?.id ?? -1) ?? null;
      isIncomplete ||= leader === null || answered.leader === null;
      partitions.push({ ...chosen, leader });
    }
  }
  return { cluster: clusterOf(response, nodes, partitions), topicErrors, isIncomplete };
}
