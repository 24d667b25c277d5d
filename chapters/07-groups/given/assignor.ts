/**
 * Who of a group reads which partitions: what an assignor is given, and what it gives.
 *
 * Source: `org.apache.kafka.clients.consumer.ConsumerPartitionAssignor`.
 *
 * @module
 */
import { type TopicPartition } from "#ground/topic-partition";

/** A member of a group, as the leader of the group sees it. */
export interface AssignorMember {
  /** The coordinator's name for it; another one each time that it joins anew. */
  readonly memberId: string;
  /** `group.instance.id`: a name that stays when it is started again (KIP-345); null for none. */
  readonly groupInstanceId: string | null;
  /** The topics that it wants to read, in any order. */
  readonly topics: readonly string[];
  /** What it says that it has. Others may say so, too, and a partition may be gone. */
  readonly owned: readonly TopicPartition[];
  /** In which generation of the group it got that; −1 for never. */
  readonly generation: number;
}

/** What each member gets, by its member id. Every member has an entry, also one that gets nothing. */
export type Assignment = Map<string, TopicPartition[]>;

/** What a member tells of what it has. */
export type Claim = Pick<AssignorMember, "owned" | "generation">;

/** A way to share partitions out (`partition.assignment.strategy`). Runs at one member, the leader of the group. */
export interface PartitionAssignor {
  /** By which the members of a group agree on one: all must have it. */
  readonly name: string;
  /** Whether members may go on reading while the group rebalances (KIP-429). */
  readonly isCooperative: boolean;
  /**
   * @param partitionCounts - by topic. A topic that nobody knows is missing, and nobody gets anything of it
   * @param members - in any order: the result doesn't depend on it
   */
  assign(partitionCounts: ReadonlyMap<string, number>, members: readonly AssignorMember[]): Assignment;
  /** What a member sends along to tell what it got last; null or missing for nothing. */
  userData?(claim: Claim): Uint8Array | null;
  /** Reads that back. Missing: what a member owns is what its subscription says. @throws KafkaError INVALID_REQUEST */
  readUserData?(userData: Uint8Array): Claim;
}

/** An assignment in which nobody has anything yet. */
export function emptyAssignment(members: readonly AssignorMember[]): Assignment {
  return new Map(members.map(({ memberId }) => [memberId, []]));
}

/** All partitions of a topic. */
export function partitionsOf(topic: string, count: number): TopicPartition[] {
  return Array.from({ length: count }, (_, partition) => ({ topic, partition }));
}

/** Whether one text comes before the other, as Java orders them: by UTF-16 units, whatever the language. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
