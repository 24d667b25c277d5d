// Different from the reference: claims are looked at partition by partition; and how many each member gets is settled
// before anybody gets anything.
import { nameOf, type TopicPartition } from "#ground/topic-partition";
import { type Assignment, type AssignorMember, compareText } from "#groups/given/assignor";

export function claimsOf(members: readonly AssignorMember[]): Assignment {
  const claimants = new Map<string, AssignorMember[]>();
  for (const member of members) {
    for (const partition of member.owned) {
      claimants.set(nameOf(partition), [...(claimants.get(nameOf(partition)) ?? []), member]);
    }
  }
  const ownerOf = (partition: TopicPartition): AssignorMember | null => {
    const all = claimants.get(nameOf(partition)) ?? [];
    const newest = Math.max(...all.map(({ generation }) => generation));
    const [first, ...others] = all.filter(({ generation }) => generation === newest);
    return others.length === 0 ? (first ?? null) : null;
  };
  return new Map(members.map((member) => [member.memberId, member.owned.filter((one) => ownerOf(one) === member)]));
}

export function assignSticky(partitions: readonly TopicPartition[], members: readonly AssignorMember[]): Assignment {
  const there = new Set(partitions.map(nameOf));
  const had = [...claimsOf(members)]
    .map(([id, claimed]) => ({ id, claimed: claimed.filter((one) => there.has(nameOf(one))) }))
    .sort((a, b) => compareText(a.id, b.id));
  const share = Math.floor(partitions.length / members.length);
  const isRich = ({ claimed }: { claimed: readonly TopicPartition[] }): boolean => claimed.length > share;
  const larger = partitions.length % members.length;
  // Those that have more than their share come first: they are the ones that may keep one more.
  const byWealth = [...had.filter(isRich), ...had.filter((one) => !isRich(one))];
  const hands = byWealth.map(({ id, claimed }, i) => {
    const quota = i < larger ? share + 1 : share;
    return { id, quota, hand: claimed.slice(0, quota) };
  });
  const taken = new Set(hands.flatMap(({ hand }) => hand.map(nameOf)));
  const left = partitions.filter((partition) => !taken.has(nameOf(partition)));
  for (const { hand, quota } of hands) hand.push(...left.splice(0, quota - hand.length));
  const byId = new Map(hands.map(({ id, hand }) => [id, hand]));
  return new Map(members.map(({ memberId }) => [memberId, byId.get(memberId)!]));
}
