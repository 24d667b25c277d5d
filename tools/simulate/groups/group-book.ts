/**
 * What is known of a consumer group: what its coordinators have written down, as far as it is committed, and what its
 * members are given and have done with. The invariants of groups, by the names that they have in violations:
 *
 * - *OneOwner*: in a generation a partition has one owner at most, and it is one of the members.
 * - *Generation*: it never goes back.
 * - *CommittedIsDone*: what is committed lies behind no record that nobody has done with.
 * - *StaleGeneration*: what is committed in a generation, its owner has committed.
 * - *ExactResume*: who gets a partition goes on where the group has committed, and reads on without gap or repetition.
 *
 * @module
 */
import { decodeAssignment } from "#ground/protocol/consumer-protocol";
import { GROUP_RECORD_SERDE, type GroupMetadata } from "#groups/given/group-records";
import { type TakeRecord } from "../replication/committed-log.ts";
import { type Ledger } from "../replication/ledger.ts";
import { demand } from "../replication/violation.ts";
import { type Hold, type Holder } from "./hold.ts";

/** All groups, by their ids. */
export class GroupBooks {
  readonly #books = new Map<string, GroupBook>();

  /** Those that are looked at. */
  get all(): readonly GroupBook[] {
    return [...this.#books.values()];
  }

  /** A group is looked at from now on. */
  open(groupId: string, ledger: Ledger): GroupBook {
    const book = new GroupBook(groupId, ledger);
    this.#books.set(groupId, book);
    return book;
  }

  /** Takes a record of `__consumer_offsets` that is committed. @throws Violation */
  readonly replay: TakeRecord = ({ key, value }) => {
    const record = GROUP_RECORD_SERDE.decode({ key: key!, value });
    if (record === null) return "a record of an unknown kind";
    const book = this.#books.get(record.groupId);
    if (record.kind === "group-metadata") {
      if (record.value !== null) book?.onGeneration(record.value);
      return `group ${record.groupId} in generation ${record.value?.generation ?? "none"}`;
    }
    const { partition, value: commit } = record;
    if (commit !== null) book?.onCommit(partition, Number(commit.offset));
    return `group ${record.groupId} at ${commit?.offset ?? "none"} of partition ${partition}`;
  };
}

/** One group. */
export class GroupBook {
  readonly groupId: string;
  /** The newest generation that is written down. */
  generation = -1;
  /** The generation before, with its members; null before there were two. */
  earlier: Pick<GroupMetadata, "generation" | "members"> | null = null;
  /** Who is in it. */
  memberIds: readonly string[] = [];
  /** Members by partition. */
  readonly owners = new Map<number, string>();
  /** By partition; what isn't there was not committed yet. */
  readonly committed = new Map<number, number>();
  readonly #ledger: Ledger;
  #newest: GroupMetadata | null = null;
  readonly #holders = new Map<string, Holder>();
  /** Records that somebody has done with, by partition: all before `end`, and some others. */
  readonly #done = new Map<number, { end: number; readonly others: Set<number> }>();

  constructor(groupId: string, ledger: Ledger) {
    this.groupId = groupId;
    this.#ledger = ledger;
  }

  /** @throws Violation */
  onGeneration(written: GroupMetadata): void {
    const { generation, members } = written;
    const text = (): string => `${this.groupId}: ${generation} after ${this.generation}`;
    demand(generation >= this.generation, () => `Generation never goes back: ${text()}`);
    if (this.#newest !== null && this.#newest.generation !== generation) this.earlier = this.#newest;
    this.#newest = written;
    this.generation = generation;
    this.memberIds = members.map(({ memberId }) => memberId);
    this.owners.clear();
    for (const { memberId, assignment } of members) {
      if (assignment.length === 0) continue;
      for (const partition of decodeAssignment(assignment).assignedPartitions.flatMap((one) => one.partitions)) {
        const other = this.owners.get(partition);
        const who = (): string => `${partition} of ${this.groupId}, generation ${generation}: ${other}, ${memberId}`;
        demand(other === undefined, () => `OneOwner is written down: ${who()}`);
        this.owners.set(partition, memberId);
      }
    }
  }

  /** @throws Violation */
  onCommit(partition: number, offset: number): void {
    const before = this.committed.get(partition) ?? 0;
    this.committed.set(partition, offset);
    const done = Math.max(this.#doneEnd(partition), this.#ledger.deletedBefore(partition));
    const what = `${offset} of partition ${partition} by ${this.groupId} (generation ${this.generation})`;
    demand(offset <= done, () => `CommittedIsDone: ${what} is committed, the group has done with ${done}`);
    const holder = this.#holders.get(this.owners.get(partition) ?? "");
    const hold = holder?.holds.get(partition);
    if (holder === undefined || hold === undefined) return;
    const isDeleted = offset <= this.#ledger.deletedBefore(partition);
    const [start, to] = hold.start === null ? [before, before] : [hold.start, hold.done];
    const from = hold.isRewound ? start : Math.max(start, before);
    demand((offset >= from && offset <= to) || isDeleted, () => {
      return `StaleGeneration: ${what} is committed; its owner ${holder.name} can only have said ${from} to ${to}`;
    });
  }

  /** A member was told that these partitions are its own now. */
  assigned(holder: Holder, memberId: string, partitions: readonly number[]): void {
    this.#holders.set(memberId, holder);
    for (const partition of partitions) {
      holder.holds.set(partition, { start: null, next: 0, done: 0, isOver: false, isRewound: false });
    }
  }

  /** A member was told that these aren't, any more. */
  gone(holder: Holder, partitions: readonly number[]): void {
    for (const partition of partitions) {
      const hold = holder.holds.get(partition);
      if (hold !== undefined) hold.isOver = true;
    }
  }

  /** A member, as of this generation, was given a record. */
  returned(holder: Holder, generation: number, partition: number, offset: number): void {
    const hold = holder.holds.get(partition);
    const what = `${holder.name} of ${this.groupId} is given ${offset} of partition ${partition}`;
    if (hold === undefined || hold.isOver) {
      this.#ledger.violated(`OneOwner: ${what}, which it hasn't`);
      return;
    }
    const isFirst = hold.start === null;
    const expected = isFirst ? (this.committed.get(partition) ?? 0) : hold.next;
    const isDeleted = offset > expected && offset <= this.#ledger.deletedBefore(partition);
    // Whoever is thrown out and doesn't know it yet began where the group was then.
    const isLate = isFirst && (generation < this.generation || generation < 0);
    if (offset !== expected && !isDeleted && !isLate) {
      const why = isFirst ? "committed is" : "the next one is";
      this.#ledger.violated(`ExactResume: ${what} in generation ${generation}, ${why} ${expected}`);
    }
    if (isFirst) Object.assign(hold, { start: offset, done: offset } satisfies Partial<Hold>);
    hold.next = offset + 1;
  }

  /** A member goes back to a record that it was given before. */
  rewound(hold: Hold, offset: number): void {
    hold.next = offset;
    hold.isRewound = true;
  }

  /** A member has done with a record. */
  did(holder: Holder, partition: number, offset: number): void {
    const done = this.#doneOf(partition);
    done.others.add(offset);
    this.#doneEnd(partition);
    const hold = holder.holds.get(partition);
    if (hold !== undefined && hold.start !== null && offset >= hold.start) hold.done = Math.max(hold.done, offset + 1);
  }

  /** Whether these are the members of the newest generation, all partitions have an owner, and nothing is left. */
  isAtEnd(memberIds: readonly string[]): boolean {
    const { partitions } = this.#ledger;
    const isSame = memberIds.length === this.memberIds.length && memberIds.every((id) => this.memberIds.includes(id));
    return isSame && this.owners.size === partitions && this.lag === 0;
  }

  /** Records that are not committed as read. */
  get lag(): number {
    let lag = 0;
    for (let partition = 0; partition < this.#ledger.partitions; partition++) {
      lag += this.#ledger.log(partition).end - (this.committed.get(partition) ?? 0);
    }
    return lag;
  }

  #doneOf(partition: number): { end: number; readonly others: Set<number> } {
    const known = this.#done.get(partition) ?? { end: 0, others: new Set() };
    this.#done.set(partition, known);
    return known;
  }

  /** All before it is done with; what was deleted needn't be. */
  #doneEnd(partition: number): number {
    const done = this.#doneOf(partition);
    const deleted = this.#ledger.deletedBefore(partition);
    while (done.others.delete(done.end) || done.end < deleted) done.end++;
    return done.end;
  }
}
