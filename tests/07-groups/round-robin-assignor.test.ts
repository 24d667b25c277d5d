import { describe, expect, test } from "vitest";
import { assignRoundRobin } from "#groups/round-robin-assignor";
import { property } from "../support/property.ts";
import { counts, goldenCases, member, members, namesIn, wantedPartitions } from "./assigning.ts";

describe("round robin", () => {
  test("7.1 assignRoundRobin: partitions are dealt out one by one, on and on over the topics", () => {
    const two = [member("a", ["t0", "t1"]), member("b", ["t0", "t1"])];
    const counted = new Map([["t0", 3], ["t1", 3]]);
    const dealt = namesIn(assignRoundRobin(counted, two));
    expect(dealt).toEqual({ a: ["t0-0", "t0-2", "t1-1"], b: ["t0-1", "t1-0", "t1-2"] });
  });

  test("7.1 assignRoundRobin: the topics come by their name, not in the order in which they are known", () => {
    const two = [member("a", ["t0", "t1"]), member("b", ["t0", "t1"])];
    const counted = new Map([["t1", 1], ["t0", 1]]);
    expect(namesIn(assignRoundRobin(counted, two))).toEqual({ a: ["t0-0"], b: ["t1-0"] });
  });

  test("7.1 assignRoundRobin: who doesn't want a topic is passed over, and that isn't made up for", () => {
    const three = [member("a", ["t0"]), member("b", ["t0", "t1"]), member("c", ["t0", "t1"])];
    const counted = new Map([["t0", 1], ["t1", 3]]);
    // a t0-0, b t1-0, c t1-1; a is passed over, and the third one is b's again.
    expect(namesIn(assignRoundRobin(counted, three))).toEqual({ a: ["t0-0"], b: ["t1-0", "t1-2"], c: ["t1-1"] });
  });

  test("7.1 assignRoundRobin: a topic that nobody wants is left out", () => {
    expect(namesIn(assignRoundRobin(new Map([["t0", 1], ["t9", 5]]), [member("a", ["t0"])]))).toEqual({ a: ["t0-0"] });
  });

  test("7.1 assignRoundRobin: members sit in the order of ranges, static ones first", () => {
    const two = [member("a", ["t0"]), member("b", ["t0"], [], -1, "static")];
    expect(namesIn(assignRoundRobin(new Map([["t0", 1]]), two))).toEqual({ a: [], b: ["t0-0"] });
  });

  test("7.1 assignRoundRobin: as Apache Kafka's, in all recorded cases", () => {
    for (const { number, partitionCounts, members: recorded, results } of goldenCases()) {
      const { assignment } = results.roundrobin;
      const recordedNames = Object.entries(assignment).map(([id, names]) => [id, [...names!].sort()]);
      const got = namesIn(assignRoundRobin(partitionCounts, recorded));
      expect(got, `case ${number}`).toEqual(Object.fromEntries(recordedNames));
    }
  });

  test("7.1 assignRoundRobin: everything is dealt out, once; with equal wishes nobody gets two more", () => {
    property([members({ equal: true }), counts], (drawn, partitionCounts) => {
      const hands = [...assignRoundRobin(partitionCounts, drawn).values()];
      const all = hands.flat().map(({ topic, partition }) => `${topic}-${partition}`);
      expect(all.sort()).toEqual(wantedPartitions(partitionCounts, drawn));
      const sizes = hands.map(({ length }) => length);
      expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    });
  });
});
