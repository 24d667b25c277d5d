/**
 * Ranges: each topic by itself is cut into as many pieces as there are members that read it. Partition 3 of two topics
 * goes to the same member if all read both: who joins two topics by key wants that. But the first members get one more
 * of each topic, and over many topics that adds up.
 *
 * Source: `org.apache.kafka.clients.consumer.RangeAssignor`.
 *
 * @module
 */
import { NotImplementedError } from "#ground/errors";
import { type Assignment, type AssignorMember } from "#groups/given/assignor";

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
  throw new NotImplementedError("7.1 compareMembers");
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
  throw new NotImplementedError("7.1 assignRange");
}
