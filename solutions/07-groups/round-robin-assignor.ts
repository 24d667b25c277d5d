/**
 * Round robin: all partitions of all topics are dealt out like cards.
 *
 * Source: `org.apache.kafka.clients.consumer.RoundRobinAssignor`.
 *
 * @module
 */
import {
  type Assignment,
  type AssignorMember,
  compareText,
  emptyAssignment,
  partitionsOf,
} from "#groups/given/assignor";
import { compareMembers } from "./range-assignor.ts";

/**
 * Deals out the partitions of all topics that somebody wants, the topics by name, the partitions by number. The
 * members sit in a circle, in the order of `compareMembers`; a partition goes to the next one that wants its topic, and
 * the deal goes on behind that one. Who is passed over, because it doesn't want the topic, isn't made up for it.
 *
 * Topics t0 of 3 partitions and t1 of 1, members a and b that want both: a gets t0-0 and t0-2, b gets t0-1 and t1-0.
 *
 * @exercise 7.1 assignRoundRobin
 * @param partitionCounts - by topic; a topic that is missing, or has no partition, gives nobody anything
 * @returns an entry for every member
 */
export function assignRoundRobin(
  partitionCounts: ReadonlyMap<string, number>,
  members: readonly AssignorMember[],
): Assignment {
  const assignment = emptyAssignment(members);
  const circle = [...members].sort(compareMembers);
  const wanted = new Set(members.flatMap(({ topics }) => topics));
  let next = 0;
  for (const topic of [...wanted].sort(compareText)) {
    for (const partition of partitionsOf(topic, partitionCounts.get(topic) ?? 0)) {
      while (!circle[next % circle.length]!.topics.includes(topic)) next++;
      assignment.get(circle[next++ % circle.length]!.memberId)!.push(partition);
    }
  }
  return assignment;
}
