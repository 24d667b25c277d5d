import { describe, expect, test } from "vitest";
import { type Assignment, type AssignorMember } from "#groups";
import { assignSticky, claimsOf } from "#groups/sticky-assignor";
import { property } from "../support/property.ts";
import { counts, goldenCases, member, members, namesIn, wantedPartitions } from "./assigning.ts";

const of = (topic: string, count: number): { topic: string; partition: number }[] =>
  Array.from({ length: count }, (_, i) => ({ topic, partition: i }));

/** How many partitions stay with the member that has them. */
function keptIn(assignment: Assignment, all: readonly AssignorMember[]): number {
  const claims = namesIn(claimsOf(all));
  return Object.entries(namesIn(assignment)).flatMap(([id, names]) => names.filter((one) => claims[id]!.includes(one)))
    .length;
}

describe("who has what", () => {
  test("7.2 claimsOf: what only one claims is his, however long ago he got it", () => {
    const two = [member("a", [], ["t0-0"], 1), member("b", [], ["t0-1"], 7)];
    expect(namesIn(claimsOf(two))).toEqual({ a: ["t0-0"], b: ["t0-1"] });
  });

  test("7.2 claimsOf: of two that claim a partition, the one of the later generation has it [I1]", () => {
    const two = [member("a", [], ["t0-0", "t0-1"], 5), member("b", [], ["t0-0"], 4)];
    expect(namesIn(claimsOf(two))).toEqual({ a: ["t0-0", "t0-1"], b: [] });
  });

  test("7.2 claimsOf: the order in which they claim doesn't matter", () => {
    const two = [member("b", [], ["t0-0"], 4), member("a", [], ["t0-0"], 5)];
    expect(namesIn(claimsOf(two))).toEqual({ a: ["t0-0"], b: [] });
  });

  test("7.2 claimsOf: two of the same generation can't both be right, so none has it [I1]", () => {
    const two = [member("a", [], ["t0-0", "t0-1"], 5), member("b", [], ["t0-0"], 5)];
    expect(namesIn(claimsOf(two))).toEqual({ a: ["t0-1"], b: [] });
  });

  test("7.2 claimsOf: a later claim also beats two earlier ones that contradict each other", () => {
    const three = [member("a", [], ["t0-0"], 5), member("b", [], ["t0-0"], 5), member("c", [], ["t0-0"], 6)];
    expect(namesIn(claimsOf(three))).toEqual({ a: [], b: [], c: ["t0-0"] });
  });
});

describe("sticky", () => {
  test("7.2 assignSticky: the first time partitions are shared out evenly", () => {
    const assignment = assignSticky(of("t0", 5), [member("a", ["t0"]), member("b", ["t0"])]);
    expect([...assignment.values()].map(({ length }) => length).sort()).toEqual([2, 3]);
  });

  test("7.2 assignSticky: when a member leaves, the others keep what they have and share what it had", () => {
    const two = [member("a", ["t0"], ["t0-0", "t0-3"]), member("c", ["t0"], ["t0-2", "t0-5"])];
    const got = namesIn(assignSticky(of("t0", 6), two));
    expect(got["a"]).toEqual(expect.arrayContaining(["t0-0", "t0-3"]));
    expect(got["c"]).toEqual(expect.arrayContaining(["t0-2", "t0-5"]));
    expect(got["a"]!.length).toBe(3);
  });

  test("7.2 assignSticky: when a member joins, only what it needs moves", () => {
    const three = [
      member("a", ["t0"], ["t0-0", "t0-1", "t0-2"]),
      member("b", ["t0"], ["t0-3", "t0-4", "t0-5"]),
      member("c", ["t0"]),
    ];
    const assignment = assignSticky(of("t0", 6), three);
    expect([...assignment.values()].map(({ length }) => length)).toEqual([2, 2, 2]);
    expect(keptIn(assignment, three)).toBe(4);
  });

  test("7.2 assignSticky: when it doesn't come out even, those with more keep one more", () => {
    const two = [member("a", ["t0"], ["t0-0"]), member("b", ["t0"], ["t0-1", "t0-2"])];
    expect(namesIn(assignSticky(of("t0", 3), two))).toEqual({ a: ["t0-0"], b: ["t0-1", "t0-2"] });
  });

  test("7.2 assignSticky: partitions that are gone are nobody's", () => {
    const one = member("a", ["t0"], ["t0-9", "t7-0", "t0-0"]);
    expect(namesIn(assignSticky(of("t0", 1), [one]))).toEqual({ a: ["t0-0"] });
  });

  test("7.2 assignSticky: a member that comes back late doesn't get back what others have by now", () => {
    const two = [member("a", ["t0"], ["t0-0", "t0-1"], 3), member("b", ["t0"], ["t0-0", "t0-1"], 5)];
    const got = namesIn(assignSticky(of("t0", 4), two));
    expect(got).toEqual({ a: ["t0-2", "t0-3"], b: ["t0-0", "t0-1"] });
  });

  test("7.2 assignSticky: with more members than partitions nobody gets two, and who has one keeps it", () => {
    const three = [member("a", ["t0"]), member("b", ["t0"], ["t0-0"]), member("c", ["t0"], ["t0-1"])];
    expect(namesIn(assignSticky(of("t0", 2), three))).toEqual({ a: [], b: ["t0-0"], c: ["t0-1"] });
  });

  test("7.2 assignSticky: as balanced as Apache Kafka's and keeping as much, in all recorded cases", () => {
    for (const { number, partitionCounts, members: recorded, areEqual, results } of goldenCases()) {
      if (!areEqual) continue;
      const wanted = recorded[0]!.topics.flatMap((topic) => of(topic, partitionCounts.get(topic) ?? 0));
      const assignment = assignSticky(wanted, recorded);
      const { minCount, maxCount, ownedKept } = results.sticky;
      const sizes = [...assignment.values()].map(({ length }) => length);
      expect([Math.min(...sizes), Math.max(...sizes)], `case ${number}`).toEqual([minCount, maxCount]);
      expect(keptIn(assignment, recorded), `kept, case ${number}`).toBeGreaterThanOrEqual(ownedKept);
    }
  });

  test("7.2 assignSticky: complete, balanced, and nothing moves that needn't, whatever members claim", () => {
    property([members({ equal: true }), counts], (drawn, partitionCounts) => {
      const wanted = ["t0", "t1"].flatMap((topic) => of(topic, partitionCounts.get(topic) ?? 0));
      const assignment = assignSticky(wanted, drawn);
      const names = Object.values(namesIn(assignment)).flat();
      expect(names.sort()).toEqual(wantedPartitions(partitionCounts, drawn));
      const [share, larger] = [Math.floor(wanted.length / drawn.length), wanted.length % drawn.length];
      const sizes = Object.values(namesIn(assignment)).map(({ length }) => length);
      expect(sizes.filter((size) => size === share + 1).length).toBe(larger);
      expect(sizes.filter((size) => size === share).length).toBe(drawn.length - larger);
      // Everybody keeps up to its share; and of those that have more, as many as may have more keep one more.
      const isThere = (name: string): boolean => names.includes(name);
      const owned = Object.values(namesIn(claimsOf(drawn))).map((claimed) => claimed.filter(isThere).length);
      const most = owned.reduce((sum, count) => sum + Math.min(count, share), 0);
      const more = Math.min(larger, owned.filter((count) => count > share).length);
      expect(keptIn(assignment, drawn)).toBe(most + more);
    });
  });

  test("7.2 assignSticky: the order of the members doesn't matter", () => {
    property([members({ equal: true }), counts], (drawn, partitionCounts) => {
      const wanted = ["t0", "t1"].flatMap((topic) => of(topic, partitionCounts.get(topic) ?? 0));
      expect(namesIn(assignSticky(wanted, [...drawn].reverse()))).toEqual(namesIn(assignSticky(wanted, drawn)));
    });
  });
});
