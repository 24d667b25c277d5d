/**
 * The assignors that a group can agree on.
 *
 * Source: `RangeAssignor`, `RoundRobinAssignor`, `StickyAssignor`, `CooperativeStickyAssignor`.
 *
 * @module
 */
import { KafkaError } from "#ground/errors";
import { message } from "#ground/protocol/message";
import { array, int32, string } from "#ground/protocol/schema";
import { assignRange } from "#groups/range-assignor";
import { assignRoundRobin } from "#groups/round-robin-assignor";
import { assignSticky, claimsOf } from "#groups/sticky-assignor";
import { nameOf, type TopicPartition } from "#ground/topic-partition";
import {
  type Assignment,
  type AssignorMember,
  type Claim,
  compareText,
  emptyAssignment,
  type PartitionAssignor,
  partitionsOf,
} from "../assignor.ts";
import { assignGeneralSticky } from "./general-sticky.ts";
import { groupByTopic } from "./group-by-topic.ts";

/** What the sticky assignor's members send along. It has no version in front: version 0 is one without generation. */
const StickyUserData = message({
  name: "StickyAssignorUserData",
  versions: [1, 1],
  flexibleFrom: null,
  fields: {
    previousAssignment: array({ topic: string(), partitions: array(int32()) }),
    generation: int32(),
  },
});

/** What members of the cooperative one send along, for those whose subscription can't say it yet. */
const CooperativeUserData = message({
  name: "CooperativeStickyAssignorUserData",
  versions: [0, 0],
  flexibleFrom: null,
  fields: { generation: int32() },
});

const range: PartitionAssignor = { name: "range", isCooperative: false, assign: assignRange };

const roundRobin: PartitionAssignor = { name: "roundrobin", isCooperative: false, assign: assignRoundRobin };

const sticky: PartitionAssignor = {
  name: "sticky",
  isCooperative: false,
  assign: assignAnySticky,
  userData: ({ owned, generation }) =>
    StickyUserData.encodeToBytes(1, { previousAssignment: groupByTopic(owned), generation }),
  readUserData: (userData) => {
    const { previousAssignment, generation } = StickyUserData.decode(1, userData);
    const owned = previousAssignment.flatMap(({ topic, partitions }) =>
      partitions.map((partition) => ({ topic, partition })),
    );
    return { owned, generation };
  },
};

const cooperativeSticky: PartitionAssignor = {
  name: "cooperative-sticky",
  isCooperative: true,
  assign: (partitionCounts, members) => withoutMoves(assignAnySticky(partitionCounts, members), members),
  userData: ({ generation }: Claim) => CooperativeUserData.encodeToBytes(0, { generation }),
};

/** All assignors, by name. */
export const ASSIGNORS: Readonly<Record<string, PartitionAssignor>> = {
  range,
  roundrobin: roundRobin,
  sticky,
  "cooperative-sticky": cooperativeSticky,
};

/** By the last part of the name of Kafka's class. */
const CLASS_NAMES: Readonly<Record<string, PartitionAssignor>> = {
  RangeAssignor: range,
  RoundRobinAssignor: roundRobin,
  StickyAssignor: sticky,
  CooperativeStickyAssignor: cooperativeSticky,
};

/**
 * The assignors of `partition.assignment.strategy`: names, also those of Kafka's classes, or ready objects.
 * @throws KafkaError INVALID_CONFIG for a name that is none of ours
 */
export function assignorsOf(strategies: readonly (string | object)[]): PartitionAssignor[] {
  return strategies.map((strategy) => {
    if (typeof strategy !== "string") return strategy as PartitionAssignor;
    const found = ASSIGNORS[strategy] ?? CLASS_NAMES[strategy.slice(strategy.lastIndexOf(".") + 1)];
    if (found !== undefined) return found;
    const expected = `partition.assignment.strategy: expected some of ${Object.keys(ASSIGNORS).join(", ")}`;
    throw new KafkaError("INVALID_CONFIG", `${expected}, got "${strategy}"`);
  });
}

function assignAnySticky(partitionCounts: ReadonlyMap<string, number>, members: readonly AssignorMember[]): Assignment {
  if (members.length === 0) return emptyAssignment(members);
  const wanted = [...new Set(members.flatMap(({ topics }) => topics))].sort(compareText);
  const partitions = wanted.flatMap((topic) => partitionsOf(topic, partitionCounts.get(topic) ?? 0));
  const areEqual = members.every(({ topics }) => new Set(topics).size === wanted.length);
  return areEqual ? assignSticky(partitions, members) : assignGeneralSticky(partitions, members);
}

/**
 * What moves from one member to another is nobody's in this round: its owner learns only from its new assignment that
 * it is to give it up, and then all join again (KIP-429).
 */
function withoutMoves(assignment: Assignment, members: readonly AssignorMember[]): Assignment {
  const owners = new Map<string, string>();
  for (const [memberId, owned] of claimsOf(members)) {
    for (const partition of owned) owners.set(nameOf(partition), memberId);
  }
  const staysOrIsFree = (memberId: string, partition: TopicPartition): boolean => {
    return (owners.get(nameOf(partition)) ?? memberId) === memberId;
  };
  return new Map(
    [...assignment].map(([id, partitions]) => [id, partitions.filter((each) => staysOrIsFree(id, each))]),
  );
}
