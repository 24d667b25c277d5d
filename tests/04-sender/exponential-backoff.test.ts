import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ExponentialBackoff } from "#sender/exponential-backoff";
import { SeededRandom } from "#ground/sim/seeded-random";
import { property } from "../support/property.ts";
import { fixedRandom } from "./fixtures.ts";

function waits(initialMs: number, maxMs: number, drawn: number, failures: readonly number[]): number[] {
  const backoff = new ExponentialBackoff(initialMs, maxMs, fixedRandom(drawn));
  return failures.map((count) => Math.round(backoff.backoffMs(count) * 1000) / 1000);
}

describe("backoffMs", () => {
  test("4.1 backoffMs: each wait is twice as long as the one before, up to the limit", () => {
    expect(waits(100, 1_000, 0.5, [0, 1, 2, 3, 4, 5])).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  });

  test("4.1 backoffMs: a wait is up to 20 % shorter or longer, by chance", () => {
    expect(waits(100, 1_000, 0, [0, 1, 2])).toEqual([80, 160, 320]);
    expect(waits(100, 1_000, 0.75, [0, 1, 2])).toEqual([110, 220, 440]);
  });

  test("4.1 backoffMs: chance makes no wait longer than the limit", () => {
    expect(waits(100, 1_000, 0.999, [3, 4, 20])).toEqual([959.68, 1_000, 1_000]);
  });

  test("4.1 backoffMs: but shorter: also at the limit not all clients wait equally long", () => {
    expect(waits(100, 1_000, 0, [3, 4, 20])).toEqual([640, 800, 800]);
  });

  test("4.1 backoffMs: after 10,000 failures it is still a number", () => {
    expect(waits(100, 1_000, 0.5, [100, 10_000])).toEqual([1_000, 1_000]);
    expect(waits(0, 1_000, 0.5, [0, 100, 10_000])).toEqual([0, 0, 0]);
  });

  test("4.1 backoffMs: a limit below the first wait counts from the first one on", () => {
    expect(waits(500, 200, 0.5, [0, 1, 2])).toEqual([200, 200, 200]);
  });

  test("4.1 backoffMs: stays between 80 % and 120 % of the doubled wait, and below the limit", () => {
    property([fc.nat(1_000), fc.nat(5_000), fc.nat(40), fc.integer()], (initialMs, maxMs, failures, seed) => {
      const waitMs = new ExponentialBackoff(initialMs, maxMs, new SeededRandom(seed)).backoffMs(failures);
      const doubled = initialMs * 2 ** failures;
      expect(waitMs).toBeLessThanOrEqual(Math.min(maxMs, 1.2 * doubled));
      expect(waitMs).toBeGreaterThanOrEqual(0.8 * Math.min(maxMs, doubled));
    });
  });
});
