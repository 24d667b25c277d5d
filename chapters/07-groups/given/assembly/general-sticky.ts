/**
 * Sticky where members want different topics: start with what everybody has, give what is left to whoever has the
 * least, then move single partitions until nobody could take one from a member that has two more.
 *
 * *Different* from Kafka in how it looks for moves; complete, balanced and sticky in the same sense.
 *
 * Source: `AbstractStickyAssignor.generalAssign`.
 *
 * @module
 */
import { nameOf, type TopicPartition } from "#ground/topic-partition";
import { claimsOf } from "#groups/sticky-assignor";
import { type Assignment, type AssignorMember, compareText, emptyAssignment } from "../assignor.ts";

/**
 * Shares `partitions` out. A partition of a topic that nobody wants is nobody's.
 * @returns an entry for every member
 */
export function assignGeneralSticky(
  partitions: readonly TopicPartition[],
  members: readonly AssignorMember[],
): Assignment {
  return new GeneralSticky(partitions, members).assign();
}

class GeneralSticky {
  readonly #partitions: readonly TopicPartition[];
  readonly #members: readonly AssignorMember[];
  readonly #assignment: Assignment;
  /** Who had a partition before, by its name. */
  readonly #ownerBefore = new Map<string, string>();
  /** Who may get partitions of a topic, by member id. */
  readonly #readers = new Map<string, string[]>();

  constructor(partitions: readonly TopicPartition[], members: readonly AssignorMember[]) {
    this.#partitions = partitions;
    this.#members = [...members].sort((a, b) => compareText(a.memberId, b.memberId));
    this.#assignment = emptyAssignment(this.#members);
    for (const { topic } of partitions) {
      if (this.#readers.has(topic)) continue;
      const readers = this.#members.filter(({ topics }) => topics.includes(topic));
      this.#readers.set(topic, readers.map(({ memberId }) => memberId));
    }
  }

  assign(): Assignment {
    this.#keep();
    for (const partition of this.#unassigned()) {
      const reader = this.#leastOf(this.#readers.get(partition.topic)!);
      if (reader !== undefined) this.#assignment.get(reader)!.push(partition);
    }
    while (this.#improve());
    return this.#assignment;
  }

  #keep(): void {
    const wanted = new Set(this.#partitions.map(nameOf));
    for (const [memberId, claimed] of claimsOf(this.#members)) {
      for (const partition of claimed) {
        if (!wanted.has(nameOf(partition)) || !this.#readers.get(partition.topic)!.includes(memberId)) continue;
        this.#ownerBefore.set(nameOf(partition), memberId);
        this.#assignment.get(memberId)!.push(partition);
      }
    }
  }

  /** Those that the fewest may get come first: for them there is the least choice. */
  #unassigned(): TopicPartition[] {
    const choices = ({ topic }: TopicPartition): number => this.#readers.get(topic)!.length;
    const left = this.#partitions.filter((partition) => !this.#ownerBefore.has(nameOf(partition)));
    return left.sort((a, b) => choices(a) - choices(b));
  }

  #leastOf(memberIds: readonly string[]): string | undefined {
    const count = (id: string): number => this.#assignment.get(id)!.length;
    return memberIds.reduce<string | undefined>((least, id) => {
      return least === undefined || count(id) < count(least) ? id : least;
    }, undefined);
  }

  /** Moves one partition from who has much to somebody with two fewer. @returns false if there is no such move */
  #improve(): boolean {
    const byLoad = [...this.#assignment].sort(([, a], [, b]) => b.length - a.length);
    for (const [memberId, has] of byLoad) {
      // What came only now moves first: nobody knows anything of it yet.
      const isNew = (partition: TopicPartition): boolean => this.#ownerBefore.get(nameOf(partition)) !== memberId;
      for (const partition of [...has.filter(isNew), ...has.filter((one) => !isNew(one))]) {
        const taker = this.#leastOf(this.#readers.get(partition.topic)!)!;
        if (this.#assignment.get(taker)!.length > has.length - 2) continue;
        has.splice(has.indexOf(partition), 1);
        this.#assignment.get(taker)!.push(partition);
        return true;
      }
    }
    return false;
  }
}
