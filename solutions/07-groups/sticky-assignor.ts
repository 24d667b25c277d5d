/**
 * Sticky: as balanced as can be, and of all such ways the one in which the fewest partitions move. Whoever keeps a
 * partition keeps what it knows of it: caches, windows, counts.
 *
 * Here for members that all read the same topics, which is nearly always so. Where they don't, `general-sticky.ts`.
 *
 * Source: `org.apache.kafka.clients.consumer.internals.AbstractStickyAssignor`, KIP-54, KIP-341, KIP-792.
 *
 * @module
 */
import { nameOf, type TopicPartition } from "#ground/topic-partition";
import { type Assignment, type AssignorMember, compareText, emptyAssignment } from "#groups/given/assignor";

/**
 * Who has which partition, of all that members say. One that was away for a while, and comes back, still says that it
 * has what it had; meanwhile others got that, in a later generation:
 *
 * - of two that say that they have a partition, the one of the later generation has it;
 * - two of the same generation can't both be right: none of them has it.
 *
 * A partition that one member alone claims is that member's, however old its generation is.
 *
 * @exercise 7.2 claimsOf
 * @returns for every member, by its id, what it has, in the order in which it said it
 */
export function claimsOf(members: readonly AssignorMember[]): Assignment {
  const newest = new Map<string, { generation: number; count: number }>();
  for (const { owned, generation } of members) {
    for (const partition of owned) {
      const known = newest.get(nameOf(partition));
      if (known === undefined || known.generation < generation) newest.set(nameOf(partition), { generation, count: 1 });
      else if (known.generation === generation) known.count++;
    }
  }
  return new Map(
    members.map(({ memberId, owned, generation }) => {
      const isHis = (partition: TopicPartition): boolean => {
        const winner = newest.get(nameOf(partition))!;
        return winner.generation === generation && winner.count === 1;
      };
      return [memberId, owned.filter(isHis)];
    }),
  );
}

/**
 * Shares `partitions` out among members that want all of them.
 *
 * - Complete: each partition goes to exactly one member.
 * - Balanced: nobody gets two more than somebody else.
 * - Sticky: of all assignments that are complete and balanced, one in which as many partitions as possible stay with
 *   the members that have them ({@link claimsOf}). What is claimed, but isn't among `partitions` any more, is nobody's.
 *
 * The same members and partitions give the same result, in whatever order the members come.
 *
 * @exercise 7.2 assignSticky
 * @param members - at least one
 * @returns an entry for every member
 */
export function assignSticky(partitions: readonly TopicPartition[], members: readonly AssignorMember[]): Assignment {
  const assignment = emptyAssignment(members);
  const claims = claimsOf(members);
  const left = new Map(partitions.map((partition) => [nameOf(partition), partition]));
  const share = Math.floor(partitions.length / members.length);
  // So many members get one more than the others.
  let larger = partitions.length % members.length;
  const ids = [...assignment.keys()].sort(compareText);
  for (const id of ids) {
    const kept = claims.get(id)!.filter((partition) => left.has(nameOf(partition)));
    const isLarger = kept.length > share && larger > 0;
    if (isLarger) larger--;
    for (const partition of kept.slice(0, isLarger ? share + 1 : share)) {
      assignment.get(id)!.push(partition);
      left.delete(nameOf(partition));
    }
  }
  deal([...left.values()], ids.map((id) => assignment.get(id)!), share);
  return assignment;
}

/** Deals out what is left: up to `share` each, and then one more each. @solution */
function deal(left: readonly TopicPartition[], hands: readonly TopicPartition[][], share: number): void {
  let next = 0;
  for (const limit of [share, share + 1]) {
    while (next < left.length && hands.some(({ length }) => length < limit)) {
      for (const hand of hands) if (hand.length < limit && next < left.length) hand.push(left[next++]!);
    }
  }
}
