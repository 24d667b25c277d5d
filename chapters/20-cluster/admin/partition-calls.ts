/**
 * What an admin client asks about partitions and their replicas: their records, leaders, and log dirs.
 *
 * @module
 */
import { errorForCode, KafkaError } from "#ground/errors";
import { groupBy } from "#ground/group-by";
import { safeOffset } from "#ground/int64";
import { Metadata } from "#ground/protocol/messages/03-metadata";
import { DeleteRecords } from "#ground/protocol/messages/21-delete-records";
import { DescribeLogDirs } from "#ground/protocol/messages/35-describe-log-dirs";
import { ElectLeaders } from "#ground/protocol/messages/43-elect-leaders";
import { AlterPartitionReassignments } from "#ground/protocol/messages/45-alter-partition-reassignments";
import { ListPartitionReassignments } from "#ground/protocol/messages/46-list-partition-reassignments";
import { ZERO_UUID } from "#ground/protocol/uuid";
import { nameOf, type TopicPartition } from "#ground/topic-partition";
import { type AdminConnections, ANY } from "./admin-connections.ts";
import {
  type LogDirDescription, type Outcome, type PartitionReassignment, type ResultOfPartition,
} from "./admin-types.ts";
import { byTopic } from "./group-calls.ts";

type Before = TopicPartition & { readonly offset: number };

/** Asks all leaders; where one has just changed, for all again. @returns by `topic-partition` where the log starts */
export async function deleteRecords(
  connections: AdminConnections, wanted: readonly Before[], requestTimeoutMs: number,
): Promise<Map<string, Outcome<number>>> {
  return connections.retry(DeleteRecords.name, async (leftMs) => {
    const leaders = await leadersOf(connections, wanted, leftMs);
    const results = new Map<string, Outcome<number>>();
    const led = wanted.filter((one) => {
      const leader = leaders.get(nameOf(one));
      if (leader === -1) throw new KafkaError("LEADER_NOT_AVAILABLE");
      if (leader === undefined) results.set(nameOf(one), new KafkaError("UNKNOWN_TOPIC_OR_PARTITION"));
      return leader !== undefined;
    });
    const timeoutMs = Math.ceil(Math.min(leftMs, requestTimeoutMs));
    const asked = Array.from(groupBy(led, (one) => leaders.get(nameOf(one))!), ([id, partitions]) => {
      const topics = byTopic(partitions, ({ partition, offset }) => ({ partitionIndex: partition, offset }));
      const request = { topics, timeoutMs };
      return connections.send({ kind: "broker", id }, DeleteRecords, () => request, (answer) => answer.topics, leftMs);
    });
    for (const { name, partitions } of (await Promise.all(asked)).flat()) {
      for (const { partitionIndex: partition, errorCode, lowWatermark } of partitions) {
        const error = errorForCode(errorCode);
        if (error?.code === "NOT_LEADER_OR_FOLLOWER") throw error;
        results.set(nameOf({ topic: name, partition }), error ?? safeOffset(lowWatermark, "lowWatermark"));
      }
    }
    return results;
  });
}

/** By `topic-partition`; -1 where there is none at the moment, nothing where there is no such partition. */
async function leadersOf(
  connections: AdminConnections, partitions: readonly TopicPartition[], leftMs: number,
): Promise<Map<string, number>> {
  const names = [...new Set(partitions.map(({ topic }) => topic))];
  const request = { topics: names.map((name) => ({ name, topicId: ZERO_UUID })), allowAutoTopicCreation: false };
  const topics = await connections.send(ANY, Metadata, () => request, (answer) => answer.topics, leftMs);
  return new Map(topics.flatMap(({ name, partitions: ofTopic }) => ofTopic.map(({ partitionIndex, leaderId }) => {
    return [nameOf({ topic: name!, partition: partitionIndex }), leaderId] as const;
  })));
}

/** Kafka's numbers of the kinds of elections. */
const ELECTIONS = { preferred: 0, unclean: 1 } as const;

/** An election that somebody asks for. */
export type ElectionType = keyof typeof ELECTIONS;

/** @param partitions null: all; then only of those is told that got a leader, or should have */
export async function electLeaders(
  connections: AdminConnections, type: ElectionType, partitions: readonly TopicPartition[] | null, timeoutMs: number,
): Promise<ResultOfPartition[]> {
  const topicPartitions = partitions === null ? null : byTopic(partitions, ({ partition }) => partition)
    .map(({ name, partitions: numbers }) => ({ topic: name, partitions: numbers }));
  const request = { electionType: ELECTIONS[type], topicPartitions, timeoutMs };
  return connections.call(ANY, ElectLeaders, () => request, ({ errorCode, replicaElectionResults }) => {
    const failure = errorForCode(errorCode);
    if (failure !== null) throw failure;
    const results = replicaElectionResults.flatMap(({ topic, partitionResult }) => {
      return partitionResult.map((one) => {
        return { topic, partition: one.partitionId, error: errorForCode(one.errorCode, one.errorMessage) };
      });
    });
    for (const { error } of results) if (error?.code === "NOT_CONTROLLER") throw error;
    return results;
  });
}

/** What is in the log dirs of a broker. */
export async function describeLogDirs(connections: AdminConnections, brokerId: number): Promise<LogDirDescription[]> {
  const target = { kind: "broker", id: brokerId } as const;
  return connections.call(target, DescribeLogDirs, () => ({ topics: null }), ({ errorCode, results }) => {
    const failure = errorForCode(errorCode);
    if (failure !== null) throw failure;
    return results.map(({ errorCode: code, logDir, topics }) => ({
      path: logDir,
      error: errorForCode(code),
      replicas: topics.flatMap(({ name, partitions }) => partitions.map((one) => ({
        topic: name,
        partition: one.partitionIndex,
        sizeBytes: Number(one.partitionSize),
        offsetLag: Number(one.offsetLag),
        isFuture: one.isFutureKey,
      }))),
    }));
  });
}

/** Begins to move partitions, or calls that off. */
export async function alterPartitionReassignments(
  connections: AdminConnections,
  wanted: readonly (TopicPartition & { readonly replicas: readonly number[] | null })[],
  timeoutMs: number,
): Promise<ResultOfPartition[]> {
  const topics = byTopic(wanted, ({ partition, replicas }) => ({ partitionIndex: partition, replicas }));
  return connections.call(ANY, AlterPartitionReassignments, () => ({ topics, timeoutMs }), (answer) => {
    const failure = errorForCode(answer.errorCode, answer.errorMessage);
    if (failure !== null) throw failure;
    return answer.responses.flatMap(({ name, partitions }) => partitions.map((one) => {
      return { topic: name, partition: one.partitionIndex, error: errorForCode(one.errorCode, one.errorMessage) };
    }));
  });
}

/** All partitions on the move. */
export async function listPartitionReassignments(
  connections: AdminConnections, timeoutMs: number,
): Promise<PartitionReassignment[]> {
  return connections.call(ANY, ListPartitionReassignments, () => ({ topics: null, timeoutMs }), (answer) => {
    const failure = errorForCode(answer.errorCode, answer.errorMessage);
    if (failure !== null) throw failure;
    return answer.topics.flatMap(({ name, partitions }) => partitions.map(({ partitionIndex, ...replicas }) => {
      return { topic: name, partition: partitionIndex, ...replicas };
    }));
  });
}
