import { describe, expect, test } from "vitest";
import { ASSIGNORS, type Assignment, type AssignorMember, assignorsOf } from "#groups";
import { claimsOf } from "#groups/sticky-assignor";
import { property } from "../../support/property.ts";
import { counts, goldenCases, member, members, namesIn, wantedPartitions } from "../assigning.ts";
import golden from "../../golden/assignors.json" with { type: "json" };

const sticky = ASSIGNORS["sticky"]!;
const cooperative = ASSIGNORS["cooperative-sticky"]!;

/** Whether nobody could take a partition that it wants from a member that has two more. */
function isBalanced(assignment: Assignment, all: readonly AssignorMember[]): boolean {
  return all.every(({ memberId, topics }) =>
    [...assignment.values()].every((other) => {
      const hasTwoMore = other.length >= assignment.get(memberId)!.length + 2;
      return !hasTwoMore || !other.some(({ topic }) => topics.includes(topic));
    }),
  );
}

function keptIn(assignment: Assignment, all: readonly AssignorMember[]): number {
  const claims = namesIn(claimsOf(all));
  return Object.entries(namesIn(assignment)).flatMap(([id, names]) => names.filter((one) => claims[id]!.includes(one)))
    .length;
}

describe("sticky, whatever members want", () => {
  test("7.2 complete, and as balanced and sticky as Apache Kafka's in all recorded cases", () => {
    for (const { number, partitionCounts, members: recorded, results } of goldenCases()) {
      const assignment = sticky.assign(partitionCounts, recorded);
      const names = Object.values(namesIn(assignment)).flat().sort();
      expect(names, `case ${number}`).toEqual(wantedPartitions(partitionCounts, recorded));
      expect(isBalanced(assignment, recorded), `balanced, case ${number}`).toBe(results.sticky.balanced);
      expect(keptIn(assignment, recorded), `kept, case ${number}`).toBeGreaterThanOrEqual(results.sticky.ownedKept);
    }
  });

  test("7.2 complete and balanced for members with any wishes and claims", () => {
    property([members({ equal: false }), counts], (drawn, partitionCounts) => {
      const assignment = sticky.assign(partitionCounts, drawn);
      const names = Object.values(namesIn(assignment)).flat().sort();
      expect(names).toEqual(wantedPartitions(partitionCounts, drawn));
      expect(isBalanced(assignment, drawn)).toBe(true);
    });
  });

  test("given: what it sends along is what Apache Kafka's sends, and it reads that back", () => {
    for (const { members: recorded } of golden.rows) {
      for (const { memberId, topics, owned, generation, stickyUserDataHex, cooperativeUserDataHex } of recorded) {
        const claim = member(memberId, topics, owned ?? [], generation);
        if (owned !== null && stickyUserDataHex !== null) {
          const reread = sticky.readUserData!(Buffer.from(stickyUserDataHex, "hex"));
          expect(Buffer.from(sticky.userData!(reread)!).toString("hex")).toBe(stickyUserDataHex);
          const { owned: read, generation: since } = reread;
          const byName = (names: typeof read): string[] => names.map(({ topic, partition }) => `${topic}-${partition}`);
          expect({ read: byName(read).sort(), since }).toEqual({ read: [...owned].sort(), since: generation });
        }
        expect(Buffer.from(cooperative.userData!(claim)!).toString("hex")).toBe(cooperativeUserDataHex);
      }
    }
  });
});

describe("cooperative-sticky", () => {
  test("7.2 what moves is nobody's in the first round, and its new owner's in the second", () => {
    const topics = new Map([["t0", 4]]);
    const first = [member("a", ["t0"], ["t0-0", "t0-1", "t0-2", "t0-3"]), member("b", ["t0"])];
    expect(namesIn(cooperative.assign(topics, first))).toEqual({ a: ["t0-0", "t0-1"], b: [] });
    const second = [member("a", ["t0"], ["t0-0", "t0-1"], 2), member("b", ["t0"], [], 2)];
    expect(namesIn(cooperative.assign(topics, second))).toEqual({ a: ["t0-0", "t0-1"], b: ["t0-2", "t0-3"] });
  });

  test("7.2 as many partitions wait for their old owner as with Apache Kafka's", () => {
    for (const { number, partitionCounts, members: recorded, results } of goldenCases()) {
      const given = Object.values(namesIn(cooperative.assign(partitionCounts, recorded))).flat();
      const waiting = wantedPartitions(partitionCounts, recorded).length - given.length;
      const most = results["cooperative-sticky"].unassignedThisRound.length;
      expect(waiting, `case ${number}`).toBeLessThanOrEqual(most);
    }
  });
});

describe("partition.assignment.strategy", () => {
  test("given: takes names, and the names of Kafka's classes", () => {
    const given = ["range", "org.apache.kafka.clients.consumer.CooperativeStickyAssignor", "StickyAssignor"];
    expect(assignorsOf(given).map(({ name }) => name)).toEqual(["range", "cooperative-sticky", "sticky"]);
  });

  test("given: an unknown name is refused with the known ones", () => {
    const message = /expected some of range, roundrobin, sticky, cooperative-sticky, got "rang"/;
    expect(() => assignorsOf(["rang"])).toThrow(message);
  });
});
