import { describe, expect, test } from "vitest";
import { growth } from "../../tools/chaos/soak.ts";

/** Reports of `count`, one after the other, with what `change` says of the i-th. */
function reports(count: number, change: (i: number) => Partial<{ heapBytes: number; handles: number }>) {
  return Array.from({ length: count }, (_, i) => ({ heapBytes: 40e6, rssBytes: 150e6, handles: 20, ...change(i) }));
}

describe("Soak", () => {
  test("what grows with time is told, and what it was and is", () => {
    const leaking = reports(60, (i) => ({ heapBytes: 40e6 + i * 2e6 }));
    expect(growth(leaking)).toEqual(["heapBytes 100000000, then 140000000"]);
    expect(growth(reports(60, (i) => ({ handles: 20 + i * 5 })))[0]).toMatch(/^handles/);
  });

  test("what grows only while it gets warm isn't", () => {
    expect(growth(reports(60, (i) => ({ heapBytes: 20e6 + Math.min(i, 15) * 4e6 })))).toEqual([]);
  });

  test("a peak isn't a leak, and a short life says nothing", () => {
    expect(growth(reports(60, (i) => ({ heapBytes: i % 10 === 0 ? 400e6 : 40e6 })))).toEqual([]);
    expect(growth(reports(11, (i) => ({ heapBytes: 40e6 * i })))).toEqual([]);
  });
});
