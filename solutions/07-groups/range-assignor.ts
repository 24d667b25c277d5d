/**
 * Ranges: each topic by itself is cut into as many pieces as there are members that read it. Partition 3 of two topics
 * goes to the same member if all read both: who joins two topics by key wants that. But the first members get one more
 * of each topic, and over many topics that adds up.
 *
 * Source: `org.apache.kafka.clients.consumer.RangeAssignor`.
 *
 * @module
 */
import { type Assignment, type AssignorMember, compareText, emptyAssignment } from "#groups/given/assignor";

/**
 * Orders members: static ones (with a `groupInstanceId`) first, by that; the others after them, by member id. The names
 * of static members stay when they are started again, and with them stays what they get.
 *
 * Text is compared by its UTF-16 units, as Java does (`compareText`).
 *
 * @exercise 7.1 compareMembers
 * @returns below 0 if `a` comes first, above 0 if `b` does, 0 for the same member
 */
export function compareMembers(a: AssignorMember, b: AssignorMember): number {
  const [first, second] = [a.groupInstanceId, b.groupInstanceId];
  if (first !== null && second !== null) return compareText(first, second);
  if (first !== null) return -1;
  if (second !== null) return 1;
  return compareText(a.memberId, b.memberId);
}

/**
 * Shares out each topic by itself among the members that want it, in the order of {@link compareMembers}: each gets
 * partitions that follow each other, and all get equally many, but the first ones one more if it doesn't come out even.
 *
 * 7 partitions for three members: 0 1 2, 3 4, 5 6.
 *
 * @exercise 7.1 assignRange
 * @param partitionCounts - by topic; a topic that is missing, or has no partition, gives nobody anything
 * @returns an entry for every member
 */
export function assignRange(
  partitionCounts: ReadonlyMap<string, number>,
  members: readonly AssignorMember[],
): Assignment {
  const assignment = emptyAssignment(members);
  const sorted = [...members].sort(compareMembers);
  for (const [topic, count] of partitionCounts) {
    const readers = sorted.filter(({ topics }) => topics.includes(topic));
    let next = 0;
    readers.forEach(({ memberId }, i) => {
      const share = Math.floor(count / readers.length) + (i < count % readers.length ? 1 : 0);
      for (const end = next + share; next < end; next++) assignment.get(memberId)!.push({ topic, partition: next });
    });
  }
  return assignment;
}
