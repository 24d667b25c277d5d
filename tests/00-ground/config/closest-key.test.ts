import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { closestKey, editDistance } from "#ground/config/closest-key";
import { property } from "../../support/property.ts";

describe("editDistance", () => {
  test.each([
    ["", "", 0],
    ["", "abc", 3],
    ["kitten", "sitting", 3],
    ["log.dirs", "log.dir", 1],
    ["ab", "ba", 2],
  ])("%j to %j is %d", (from, to, distance) => {
    expect(editDistance(from, to)).toBe(distance);
  });

  test("is a distance: symmetric, zero only for equal texts, never longer than a detour", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "b", "."), maxLength: 8 });
    property([text, text, text], (a, b, c) => {
      expect(editDistance(a, b)).toBe(editDistance(b, a));
      expect(editDistance(a, b) === 0).toBe(a === b);
      expect(editDistance(a, c)).toBeLessThanOrEqual(editDistance(a, b) + editDistance(b, c));
    });
  });
});

describe("closestKey", () => {
  const known = ["log.dirs", "log.dir", "log.retention.ms", "num.partitions"];

  test("finds the key that was meant", () => {
    expect(closestKey("log.retention.msec", known)).toBe("log.retention.ms");
    expect(closestKey("num.partition", known)).toBe("num.partitions");
    expect(closestKey("Log.Dirs", known)).toBe("log.dirs");
  });

  test("finds nothing when nothing is near", () => {
    expect(closestKey("zookeeper.connect", known)).toBeUndefined();
  });

  test("wastes no time on a key that is far too long: a client may send one", () => {
    expect(closestKey("x".repeat(30_000_000), known)).toBeUndefined();
  });
});
