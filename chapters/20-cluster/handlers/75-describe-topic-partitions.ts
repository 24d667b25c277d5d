/**
 * DescribeTopicPartitions: as Metadata, page by page (KIP-966): of topics with very many partitions.
 *
 * Behaviour / Version notes
 * - No topics given: all. They come in order of their names, whatever the order of the request.
 * - At most `responsePartitionLimit` partitions come at once, and at most 2,000; `nextCursor` says where to go on.
 * - A partition without a leader is no error here. Eligible leader replicas are not kept: empty lists.
 *
 * @module
 */
import { refusal } from "#ground/errors";
import { type Input } from "#ground/protocol/message";
import {
  DescribeTopicPartitions,
  type DescribeTopicPartitionsRequest,
  type DescribeTopicPartitionsResponse,
} from "#ground/protocol/messages/75-describe-topic-partitions";
import { refusalOfTopicName } from "#ground/topic-name";
import { compareText } from "#groups/given/assignor";
import { isInternalTopic } from "#replication";
import { TOPIC_OPERATIONS } from "../authorized-operations.ts";
import { type ApiHandler, type BrokerParts, handler } from "../handler.ts";
import { describePartition } from "./03-metadata.ts";

/** `max.request.partition.size.limit` */
const MOST_PARTITIONS = 2_000;

export const describeTopicPartitions: ApiHandler = handler({
  api: DescribeTopicPartitions,
  versions: [0, 0],
  handle(request, { broker }) {
    const { cursor } = request;
    if (cursor !== null && cursor.partitionIndex < 0) {
      throw refusal("INVALID_REQUEST", `Expected a cursor at a partition, got ${cursor.partitionIndex}`);
    }
    let left = Math.max(1, Math.min(MOST_PARTITIONS, request.responsePartitionLimit));
    const topics: TopicAnswer[] = [];
    for (const name of namesIn(request, broker)) {
      if (left === 0) return { topics, nextCursor: { topicName: name, partitionIndex: 0 } };
      const first = cursor?.topicName === name ? cursor.partitionIndex : 0;
      const [topic, total] = describe(name, first, left, broker);
      topics.push(topic);
      const shown = topic.partitions?.length ?? 0;
      left -= shown;
      if (first + shown < total) return { topics, nextCursor: { topicName: name, partitionIndex: first + shown } };
    }
    return { topics, nextCursor: null };
  },
});

type TopicAnswer = Input<DescribeTopicPartitionsResponse["topics"][number]>;

function namesIn({ topics, cursor }: DescribeTopicPartitionsRequest, { replicas }: BrokerParts): string[] {
  const wanted = topics.length === 0 ? replicas.image.topics.keys() : topics.map(({ name }) => name);
  const from = cursor?.topicName ?? "";
  return [...new Set(wanted)].filter((name) => compareText(name, from) >= 0).toSorted(compareText);
}

/** A topic with some of its partitions, and how many it has. */
function describe(name: string, first: number, count: number, broker: BrokerParts): [TopicAnswer, number] {
  const topic = broker.replicas.image.topics.get(name);
  const topicAuthorizedOperations = TOPIC_OPERATIONS;
  if (topic === undefined) {
    const { errorCode } = refusalOfTopicName(name) ?? refusal("UNKNOWN_TOPIC_OR_PARTITION");
    return [{ errorCode, name, partitions: [], topicAuthorizedOperations }, 0];
  }
  const partitions = topic.partitions.slice(first, first + count).map((partition, i) => ({
    ...describePartition(partition, topic, first + i, broker),
    errorCode: 0,
    eligibleLeaderReplicas: [],
    lastKnownElr: [],
  }));
  const { topicId } = topic;
  const isInternal = isInternalTopic(name);
  return [{ name, topicId, isInternal, partitions, topicAuthorizedOperations }, topic.partitions.length];
}
