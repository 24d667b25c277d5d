/**
 * What an admin client asks about groups. Each is asked from its coordinator; only all together know all groups.
 *
 * @module
 */
import { errorForCode, KafkaError } from "#ground/errors";
import { groupBy } from "#ground/group-by";
import { safeOffset } from "#ground/int64";
import { type RequestOf } from "#ground/protocol/api";
import { decodeAssignment } from "#ground/protocol/consumer-protocol";
import { type Input } from "#ground/protocol/message";
import { DeleteGroups } from "#ground/protocol/messages/42-delete-groups";
import { DescribeGroups, type DescribeGroupsResponse } from "#ground/protocol/messages/15-describe-groups";
import { ListGroups } from "#ground/protocol/messages/16-list-groups";
import { OffsetCommit } from "#ground/protocol/messages/08-offset-commit";
import { OffsetDelete } from "#ground/protocol/messages/47-offset-delete";
import { OffsetFetch } from "#ground/protocol/messages/09-offset-fetch";
import { type TopicPartition } from "#ground/topic-partition";
import { compareText } from "#groups/given/assignor";
import { type AdminConnections, type Target } from "./admin-connections.ts";
import {
  type GroupDescription, type GroupListing, type GroupMember, type OffsetOfPartition, type ResultOfPartition,
} from "./admin-types.ts";

const FIRST_FETCH_OF_MANY_GROUPS = 8;
/** For a commit without a membership. */
const NO_GENERATION = -1;

/** All groups, by name. @throws KafkaError when a broker doesn't answer: the list would lack its groups */
export async function listGroups(connections: AdminConnections): Promise<GroupListing[]> {
  const brokers = await connections.brokers();
  const lists = await Promise.all(brokers.map(({ nodeId }) => {
    return connections.call({ kind: "broker", id: nodeId }, ListGroups, () => ({}), ({ errorCode, groups }) => {
      const error = errorForCode(errorCode);
      if (error !== null) throw error;
      return groups;
    });
  }));
  return lists.flat()
    .map(({ groupId, protocolType, groupState, groupType }) => {
      return { groupId, protocolType, state: groupState, type: groupType };
    })
    .toSorted((a, b) => compareText(a.groupId, b.groupId));
}

/** A group and its members, and which broker says so. */
export async function describeGroup(connections: AdminConnections, groupId: string): Promise<GroupDescription> {
  return connections.retry(DescribeGroups.name, async (leftMs) => {
    const coordinator = await connections.coordinatorOf(groupId);
    const target = { kind: "broker", id: coordinator.nodeId } as const;
    return connections.send(target, DescribeGroups, () => ({ groups: [groupId] }), ({ groups }) => {
      const { errorCode, errorMessage, groupState, protocolData, members } = groups[0]!;
      const error = errorForCode(errorCode, errorMessage);
      if (error !== null) throw error;
      return { groupId, state: groupState, assignor: protocolData, coordinator, members: members.map(memberOf) };
    }, leftMs);
  });
}

function memberOf(member: DescribeGroupsResponse["groups"][number]["members"][number]): GroupMember {
  const { memberId, groupInstanceId, clientId, clientHost, memberAssignment } = member;
  const assigned = memberAssignment.length === 0 ? [] : decodeAssignment(memberAssignment).assignedPartitions;
  const assignment = assigned.flatMap(({ topic, partitions }) => {
    return partitions.map((partition) => ({ topic, partition }));
  });
  return { memberId, groupInstanceId, clientId, host: clientHost, assignment };
}

/** The offsets that a group has committed. */
export async function listGroupOffsets(connections: AdminConnections, groupId: string): Promise<OffsetOfPartition[]> {
  const request = (version: number): Input<RequestOf<typeof OffsetFetch>> => {
    return version < FIRST_FETCH_OF_MANY_GROUPS ? { groupId, topics: null } : { groups: [{ groupId, topics: null }] };
  };
  return connections.call(coordinatorOf(groupId), OffsetFetch, request, (answer, version) => {
    const { errorCode, topics } = version < FIRST_FETCH_OF_MANY_GROUPS ? answer : answer.groups[0]!;
    const error = errorForCode(errorCode);
    if (error !== null) throw error;
    return topics.flatMap(({ name, partitions }) => partitions.map((one) => {
      const { partitionIndex: partition, committedOffset, committedLeaderEpoch: leaderEpoch } = one;
      return { topic: name, partition, offset: safeOffset(committedOffset, "committedOffset"), leaderEpoch };
    }));
  });
}

/** Sets offsets of a group without members. */
export async function alterGroupOffsets(
  connections: AdminConnections, groupId: string, offsets: readonly OffsetOfPartition[],
): Promise<ResultOfPartition[]> {
  const topics = byTopic(offsets, ({ partition, offset, leaderEpoch }) => {
    return {
      partitionIndex: partition, committedOffset: offset, committedLeaderEpoch: leaderEpoch, committedMetadata: "",
    };
  });
  const request = { groupId, generationIdOrMemberEpoch: NO_GENERATION, memberId: "", topics };
  return connections.call(coordinatorOf(groupId), OffsetCommit, () => request, (answer) => results(answer.topics));
}

/** Forgets offsets of a group. */
export async function deleteGroupOffsets(
  connections: AdminConnections, groupId: string, partitions: readonly TopicPartition[],
): Promise<ResultOfPartition[]> {
  const request = { groupId, topics: byTopic(partitions, ({ partition }) => ({ partitionIndex: partition })) };
  return connections.call(coordinatorOf(groupId), OffsetDelete, () => request, ({ errorCode, topics }) => {
    const error = errorForCode(errorCode);
    if (error !== null) throw error;
    return results(topics);
  });
}

/** Forgets a group without members. */
export async function deleteGroup(connections: AdminConnections, groupId: string): Promise<void> {
  return connections.call(coordinatorOf(groupId), DeleteGroups, () => ({ groupsNames: [groupId] }), (answer) => {
    const error = errorForCode(answer.results[0]!.errorCode);
    if (error !== null) throw error;
  });
}

function coordinatorOf(groupId: string): Target {
  return { kind: "coordinator", groupId };
}

/** @throws KafkaError when the coordinator is elsewhere, or not ready: all partitions say so, and one asks again. */
function results(
  topics: readonly { name: string; partitions: readonly { partitionIndex: number; errorCode: number }[] }[],
): ResultOfPartition[] {
  const all = topics.flatMap(({ name, partitions }) => partitions.map(({ partitionIndex, errorCode }) => {
    return { topic: name, partition: partitionIndex, error: errorForCode(errorCode) };
  }));
  for (const { error } of all) {
    if (error instanceof KafkaError && error.retriable && error.code !== "UNKNOWN_TOPIC_OR_PARTITION") throw error;
  }
  return all;
}

/** Partitions as requests have them: by topic. */
export function byTopic<One extends TopicPartition, Field>(
  partitions: readonly One[], toField: (one: One) => Field,
): { name: string; partitions: Field[] }[] {
  return Array.from(groupBy(partitions, ({ topic }) => topic), ([name, ofTopic]) => {
    return { name, partitions: ofTopic.map(toField) };
  });
}
