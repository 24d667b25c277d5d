/**
 * Offsets by time, asked from each partition's leader.
 *
 * @module
 */
import { errorForCode, KafkaError } from "#ground/errors";
import { groupBy } from "#ground/group-by";
import { ListOffsets } from "#ground/protocol/messages/02-list-offsets";
import { Metadata } from "#ground/protocol/messages/03-metadata";
import { ZERO_UUID } from "#ground/protocol/uuid";
import { safeOffset } from "#ground/int64";
import { type TopicPartition } from "#ground/topic-partition";
import { byTopic } from "./group-calls.ts";
import { type AdminConnections, ANY } from "./admin-connections.ts";
import { type OffsetOfPartition } from "./admin-types.ts";

/** A place in a log that is asked for. */
type Wanted = TopicPartition & { readonly timestamp: number };

const A_CONSUMER = -1;

const field = ({ partition, timestamp }: Wanted): object => ({ partitionIndex: partition, timestamp });

/** Asks all leaders; where one has just changed, for all again. */
export async function listOffsets(
  connections: AdminConnections, wanted: readonly Wanted[],
): Promise<OffsetOfPartition[]> {
  if (wanted.length === 0) return [];
  return connections.retry("ListOffsets", async (leftMs) => {
    const byLeader = await groupByLeader(connections, wanted, leftMs);
    const asked = [...byLeader].map(([id, partitions]) => {
      const topics = byTopic(partitions, field);
      const request = { replicaId: A_CONSUMER, isolationLevel: 0, topics, timeoutMs: Math.ceil(leftMs) };
      return connections.send({ kind: "broker", id }, ListOffsets, () => request, (answer) => answer.topics, leftMs);
    });
    return (await Promise.all(asked)).flat().flatMap(({ name, partitions }) => {
      return partitions.map(({ partitionIndex, errorCode, offset, leaderEpoch }) => {
        const error = errorForCode(errorCode);
        if (error !== null) throw error;
        return { topic: name, partition: partitionIndex, offset: safeOffset(offset, "offset"), leaderEpoch };
      });
    });
  });
}

async function groupByLeader(
  connections: AdminConnections, wanted: readonly Wanted[], leftMs: number,
): Promise<Map<number, Wanted[]>> {
  const names = [...new Set(wanted.map(({ topic }) => topic))];
  const request = { topics: names.map((name) => ({ name, topicId: ZERO_UUID })), allowAutoTopicCreation: false };
  const topics = await connections.send(ANY, Metadata, () => request, (answer) => answer.topics, leftMs);
  return groupBy(wanted, (one) => {
    const topic = topics.find(({ name }) => name === one.topic);
    const error = topic === undefined ? null : errorForCode(topic.errorCode);
    if (error !== null) throw new KafkaError(error.code, `${one.topic}: ${error.message}`);
    const partition = topic?.partitions.find(({ partitionIndex }) => partitionIndex === one.partition);
    if (partition === undefined) {
      throw new KafkaError("UNKNOWN_TOPIC_OR_PARTITION", `There is no partition ${one.topic}-${one.partition}.`);
    }
    if (partition.leaderId === -1) throw new KafkaError("LEADER_NOT_AVAILABLE");
    return partition.leaderId;
  });
}
