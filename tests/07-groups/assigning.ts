/**
 * Members and assignments for tests of assignors, written short.
 *
 * @module
 */
import fc from "fast-check";
import { type Assignment, type AssignorMember } from "#groups";
import golden from "../golden/assignors.json" with { type: "json" };

/** `t0-3`, as an assignor takes it. */
export function partition(name: string): { topic: string; partition: number } {
  const at = name.lastIndexOf("-");
  return { topic: name.slice(0, at), partition: Number(name.slice(at + 1)) };
}

/** A member that wants `topics` and has `owned` (`t0-3`) since `generation`. */
export function member(
  memberId: string,
  topics: readonly string[],
  owned: readonly string[] = [],
  generation = owned.length === 0 ? -1 : 1,
  groupInstanceId: string | null = null,
): AssignorMember {
  return { memberId, groupInstanceId, topics, owned: owned.map(partition), generation };
}

/** What each member gets, as names in order: `{ a: ["t0-0", "t0-1"] }`. */
export function namesIn(assignment: Assignment): Record<string, string[]> {
  return Object.fromEntries([...assignment].map(([id, owned]) => [id, owned.map(nameOf).sort()]));
}

/** A case that was recorded from Apache Kafka's assignors. */
export interface GoldenCase {
  readonly number: number;
  readonly partitionCounts: ReadonlyMap<string, number>;
  readonly members: readonly AssignorMember[];
  /** Whether all members want the same topics. */
  readonly areEqual: boolean;
  readonly results: (typeof golden.rows)[number]["assignors"];
}

/** The recorded cases; those in which the members' racks count are left out, as they don't here. */
export function goldenCases(): GoldenCase[] {
  const withoutRacks = golden.rows.filter((row) => !("partitionReplicas" in row));
  return withoutRacks.map(({ case: number, topics, members, assignors }) => ({
    number,
    // A topic of 0 partitions is one that nobody knows.
    partitionCounts: new Map(entriesOf(topics).filter(([, count]) => count > 0)),
    members: members.map((one) =>
      member(one.memberId, one.topics, one.owned ?? [], one.generation, one.groupInstanceId),
    ),
    areEqual: new Set(members.map((one) => [...one.topics].sort().join())).size <= 1,
    results: assignors,
  }));
}

function entriesOf(topics: object): [string, number][] {
  return Object.entries(topics as Record<string, number>);
}

/** Members that all want t0 and t1, or any of t0 to t2, each with some claims of its own. */
export function members({ equal }: { equal: boolean }): fc.Arbitrary<AssignorMember[]> {
  const topics = ["t0", "t1", "t2"];
  const claims = fc.uniqueArray(fc.tuple(fc.constantFrom(...topics), fc.nat(7)), { maxLength: 6, selector: String });
  const wanted = equal ? fc.constant(["t0", "t1"]) : fc.subarray(topics, { minLength: 1 });
  const one = fc.tuple(wanted, claims, fc.integer({ min: 1, max: 3 }));
  return fc.array(one, { minLength: 1, maxLength: 5 }).map((drawn) =>
    drawn.map(([wants, owned, generation], i) =>
      member(`m${i}`, wants, owned.map(([topic, number]) => `${topic}-${number}`), generation),
    ),
  );
}

/** How many partitions each topic has. */
export const counts: fc.Arbitrary<Map<string, number>> = fc
  .tuple(fc.nat(7), fc.nat(7), fc.nat(7))
  .map((drawn) => new Map(drawn.map((count, i) => [`t${i}`, count] as const).filter(([, count]) => count > 0)));

/** The names of all partitions that somebody wants. */
export function wantedPartitions(
  partitionCounts: ReadonlyMap<string, number>,
  all: readonly AssignorMember[],
): string[] {
  const wanted = [...partitionCounts].filter(([topic]) => all.some(({ topics }) => topics.includes(topic)));
  return wanted.flatMap(([topic, count]) => Array.from({ length: count }, (_, i) => `${topic}-${i}`)).sort();
}

function nameOf({ topic, partition: number }: { topic: string; partition: number }): string {
  return `${topic}-${number}`;
}
