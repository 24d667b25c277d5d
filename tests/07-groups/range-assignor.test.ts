import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { assignRange, compareMembers } from "#groups/range-assignor";
import { property } from "../support/property.ts";
import { counts, goldenCases, member, members, namesIn, wantedPartitions } from "./assigning.ts";

const sorted = (...given: ReturnType<typeof member>[]): string[] =>
  [...given].sort(compareMembers).map(({ memberId }) => memberId);

describe("the order of members", () => {
  test("7.1 compareMembers: members come by their id, as text", () => {
    expect(sorted(member("b", []), member("a-10", []), member("a-9", []))).toEqual(["a-10", "a-9", "b"]);
  });

  test("7.1 compareMembers: capitals come before small letters, as in Java, whatever the language", () => {
    expect(sorted(member("a", []), member("B", []), member("ä", []))).toEqual(["B", "a", "ä"]);
  });

  test("7.1 compareMembers: static members come first, by the name that stays theirs", () => {
    const anew = member("a-new-id", [], [], -1, "second");
    expect(sorted(member("0", []), anew, member("z", [], [], -1, "first"))).toEqual(["z", "a-new-id", "0"]);
  });
});

describe("range", () => {
  test("7.1 assignRange: each gets partitions that follow each other, the first ones one more", () => {
    const three = ["a", "b", "c"].map((id) => member(id, ["t0"]));
    expect(namesIn(assignRange(new Map([["t0", 7]]), three))).toEqual({
      a: ["t0-0", "t0-1", "t0-2"],
      b: ["t0-3", "t0-4"],
      c: ["t0-5", "t0-6"],
    });
  });

  test("7.1 assignRange: each topic is shared out by itself, so the first member gets more of each", () => {
    const two = [member("a", ["t0", "t1"]), member("b", ["t0", "t1"])];
    const counted = new Map([["t0", 3], ["t1", 3]]);
    expect(namesIn(assignRange(counted, two))).toEqual({ a: ["t0-0", "t0-1", "t1-0", "t1-1"], b: ["t0-2", "t1-2"] });
  });

  test("7.1 assignRange: only members that want a topic share it", () => {
    const two = [member("a", ["t1"]), member("b", ["t0"])];
    expect(namesIn(assignRange(new Map([["t0", 2]]), two))).toEqual({ a: [], b: ["t0-0", "t0-1"] });
  });

  test("7.1 assignRange: with more members than partitions the last ones get nothing, but have an entry", () => {
    const three = ["a", "b", "c"].map((id) => member(id, ["t0"]));
    expect(namesIn(assignRange(new Map([["t0", 1]]), three))).toEqual({ a: ["t0-0"], b: [], c: [] });
  });

  test("7.1 assignRange: a topic that nobody knows gives nobody anything", () => {
    expect(namesIn(assignRange(new Map(), [member("a", ["t0"])]))).toEqual({ a: [] });
  });

  test("7.1 assignRange: as Apache Kafka's, in all recorded cases", () => {
    for (const { number, partitionCounts, members: recorded, results } of goldenCases()) {
      const expected = new Map(Object.entries(results.range.assignment).map(([id, names]) => [id, [...names!].sort()]));
      const got = namesIn(assignRange(partitionCounts, recorded));
      expect(got, `case ${number}`).toEqual(Object.fromEntries(expected));
    }
  });

  test("7.1 assignRange: everything is shared out, once, whatever the order of the members [I1]", () => {
    property([members({ equal: false }), counts, fc.nat(4)], (drawn, partitionCounts, turn) => {
      const assignment = assignRange(partitionCounts, drawn);
      const all = [...assignment.values()].flat().map(({ topic, partition }) => `${topic}-${partition}`);
      expect(all.sort()).toEqual(wantedPartitions(partitionCounts, drawn));
      const turned = [...drawn.slice(turn), ...drawn.slice(0, turn)];
      expect(namesIn(assignRange(partitionCounts, turned))).toEqual(namesIn(assignment));
    });
  });
});
