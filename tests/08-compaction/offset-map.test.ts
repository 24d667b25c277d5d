import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OffsetMap } from "#compaction/offset-map";
import { property } from "../support/property.ts";

function put(map: OffsetMap, key: string, offset: number): boolean {
  const bytes = Buffer.from(key);
  return map.put(bytes, 0, bytes.length, offset);
}

function get(map: OffsetMap, key: string): number {
  const bytes = Buffer.from(key);
  return map.get(bytes, 0, bytes.length);
}

/** A map with these keys, at offsets 0, 1, 2, … */
function mapOf(slots: number, ...keys: readonly string[]): OffsetMap {
  const map = new OffsetMap(slots);
  for (const [offset, key] of keys.entries()) put(map, key, offset);
  return map;
}

describe("OffsetMap", () => {
  test("8.1 get: the offset of a key that was put in", () => {
    const map = mapOf(100, "a", "b");
    put(map, "c", 70);
    expect([get(map, "a"), get(map, "b"), get(map, "c")]).toEqual([0, 1, 70]);
  });

  test("8.1 get: −1 for a key that the map doesn't have", () => {
    expect(get(mapOf(100, "a"), "b")).toBe(-1);
    expect(get(mapOf(100), "a")).toBe(-1);
  });

  test("8.1 put: of a key that comes again the last offset counts, and it is one key still", () => {
    const map = mapOf(100, "a", "b", "a");
    expect([get(map, "a"), get(map, "b"), map.size]).toEqual([2, 1, 2]);
  });

  test("8.1 put: an empty key is a key like any other", () => {
    const map = mapOf(100, "a", "");
    expect([get(map, ""), map.size]).toEqual([1, 2]);
  });

  test("8.1 put: the key is where it is said to be, and nothing of the bytes is kept", () => {
    const map = new OffsetMap(100);
    const bytes = Buffer.from("<key-1>");
    expect(map.put(bytes, 1, 5, 7)).toBe(true);
    bytes.fill(0);
    expect(get(map, "key-1")).toBe(7);
    expect(get(map, "<key-1>")).toBe(-1);
    expect(map.get(Buffer.from("??key-1"), 2, 5)).toBe(7);
  });

  test("8.1 put: keys that begin at the same slot all have a place", () => {
    // Ten keys in eleven or twelve slots: most of them find another one there.
    const keys = Array.from({ length: 10 }, (_, i) => `key-${i}`);
    const map = mapOf(12, ...keys);
    expect(keys.map((key) => get(map, key))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(map.size).toBe(10);
  });

  test("8.1 put: after the last slot comes the first", () => {
    // With two slots, one key in two begins at the last.
    for (const key of ["a", "b", "c", "d", "e", "f"]) {
      const map = mapOf(3, "x", key);
      expect([get(map, "x"), get(map, key)]).toEqual([0, 1]);
    }
  });

  test("8.1 put: keys are told apart by all 16 bytes of their hash", () => {
    // The MD5 of both begins with the same four bytes.
    const map = mapOf(1000, "key-47837", "key-124083");
    expect([get(map, "key-47837"), get(map, "key-124083"), map.size]).toEqual([0, 1, 2]);
    expect(get(mapOf(1000, "key-66362"), "key-143445")).toBe(-1);
  });

  test("8.1 put: a key more than it may have is refused, and changes nothing", () => {
    const map = new OffsetMap(10, 0.3);
    expect([put(map, "a", 1), put(map, "b", 2), put(map, "c", 3)]).toEqual([true, true, true]);
    expect(put(map, "d", 4)).toBe(false);
    expect([get(map, "d"), map.size]).toEqual([-1, 3]);
  });

  test("8.1 put: a full map takes new offsets of the keys that it has", () => {
    const map = new OffsetMap(10, 0.2);
    expect([put(map, "a", 1), put(map, "b", 2), put(map, "a", 3)]).toEqual([true, true, true]);
    expect([get(map, "a"), get(map, "b")]).toEqual([3, 2]);
  });

  test("8.1 put: latestOffset is not its business", () => {
    expect(mapOf(10, "a", "b").latestOffset).toBe(-1);
  });

  test("8.1 put: any keys, in any order: as a map that holds the keys themselves", () => {
    property([fc.array(fc.string({ maxLength: 3 }), { maxLength: 60 })], (keys) => {
      const map = new OffsetMap(100);
      const expected = new Map<string, number>();
      for (const [offset, key] of keys.entries()) {
        put(map, key, offset);
        expected.set(Buffer.from(key).toString(), offset);
      }
      expect(map.size).toBe(expected.size);
      for (const [key, offset] of expected) expect(get(map, key)).toBe(offset);
    });
  });
});
