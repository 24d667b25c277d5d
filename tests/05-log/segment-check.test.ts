import { describe, expect, test } from "vitest";
import { timeIndexFault } from "#log/segment-check";
import { testRuntime } from "../support/sim.ts";
import { asItWas, batch100, reopenedSegment, segment, T0, withEntry } from "./fixtures.ts";

describe("timeIndexFault", () => {
  // (T0 + 22, 108), (T0 + 42, 114), (T0 + 62, 120), (T0 + 82, 126), and from the sealing (T0 + 92, 129).
  const entry = (slot: number, afterT0: number, offset: number): ((bytes: Buffer) => Buffer) =>
    withEntry(12, slot, (bytes, at) => {
      bytes.writeBigInt64BE(BigInt(T0 + afterT0), at);
      bytes.writeInt32BE(offset, at + 8);
    });

  test("5.7 timeIndexFault: none in an index as it was made, nor in an empty one", () => {
    expect(timeIndexFault(reopenedSegment(".timeindex", asItWas))).toBeNull();
    expect(timeIndexFault(reopenedSegment(".timeindex", () => Buffer.alloc(0)))).toBeNull();
    expect(timeIndexFault(reopenedSegment(".timeindex", (bytes) => bytes.subarray(0, 12)))).toBeNull();
    expect(timeIndexFault(segment(7))).toBeNull();
  });

  test("5.7 timeIndexFault: the last entry may name any offset of its batch", () => {
    expect(timeIndexFault(reopenedSegment(".timeindex", entry(-1, 92, 27)))).toBeNull();
  });

  test.each([
    ["part of an entry at the end", (bytes: Buffer) => bytes.subarray(0, 50)],
    ["zeros behind the entries", (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(12)])],
    ["nothing but zeros", (bytes: Buffer) => bytes.fill(0)],
    ["a first offset below the base offset", entry(0, 22, -1)],
    ["a first offset that the last one doesn't go beyond", entry(0, 22, 29)],
    ["a first timestamp that the last one doesn't go beyond", entry(0, 92, 8)],
    ["a last timestamp that is older than its batch", entry(-1, 91, 29)],
    ["a last timestamp of the year 2106", entry(-1, 2.6e12, 29)],
    ["a last offset of another batch", entry(-1, 92, 26)],
    ["a last offset behind all batches", entry(-1, 92, 30)],
  ])("5.7 timeIndexFault: %s", (_, change) => {
    const fault = timeIndexFault(reopenedSegment(".timeindex", change));
    expect(fault === null ? "right" : "wrong", "the index is found to be").toBe("wrong");
  });

  test("5.7 timeIndexFault: a last offset that no batch holds is none of the next batch", () => {
    const runtime = testRuntime();
    const made = segment(0, { indexIntervalBytes: 0 }, runtime);
    for (const [offset, afterT0] of [[0, 0], [3, 10], [9, 20]] as const) made.append(batch100(offset, T0 + afterT0));
    made.timeIndex.file.truncate(0);
    made.timeIndex.maybeAppend(T0 + 22, 7);
    expect(timeIndexFault(made)).toEqual(expect.any(String));
  });

  test("5.7 timeIndexFault: a .log that is damaged on the way is the caller's to report", () => {
    const made = reopenedSegment(".log", (bytes) => bytes.fill(0, 900));
    expect(() => timeIndexFault(made)).toThrow(expect.objectContaining({ code: "CORRUPT_MESSAGE" }));
  });
});
