import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { murmur2, toPositive } from "#partitioner/murmur2";
import golden from "../golden/murmur2.json" with { type: "json" };
import { property } from "../support/property.ts";

const bytesOf = (hex: string): Uint8Array => Buffer.from(hex, "hex");
const hashOf = (hex: string): number => murmur2(bytesOf(hex));
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });

describe("toPositive", () => {
  test("2.1 toPositive: what is not negative stays as it is", () => {
    expect([0, 1, 275646681, 2 ** 31 - 1].map(toPositive)).toEqual([0, 1, 275646681, 2147483647]);
  });

  test("2.1 toPositive: a negative number loses its sign bit, and is not turned round", () => {
    expect([-1, -5, -545776926].map(toPositive)).toEqual([2147483647, 2147483643, 1601706722]);
  });

  test("2.1 toPositive: the lowest number, which has no absolute value in 32 bits, becomes 0", () => {
    expect(toPositive(-(2 ** 31))).toBe(0);
  });

  test("2.1 toPositive: is what Apache Kafka makes of its hashes", () => {
    for (const { murmur2: hash, toPositive: positive } of golden.rows) {
      expect(toPositive(hash), `toPositive(${hash})`).toBe(positive);
    }
  });

  test("2.1 toPositive: is never negative, and differs from the number by nothing or 2³¹", () => {
    property([int32], (hash) => {
      const positive = toPositive(hash);
      expect(positive).toBeGreaterThanOrEqual(0);
      expect(positive - hash).toBe(hash < 0 ? 2 ** 31 : 0);
    });
  });
});

describe("murmur2", () => {
  test("2.2 murmur2: the hash of no bytes is not 0", () => {
    expect(hashOf("")).toBe(275646681);
  });

  test("2.2 murmur2: four bytes, the first the lowest", () => {
    expect(hashOf("b2461cd7")).toBe(-674319326);
  });

  test("2.2 murmur2: one, two and three bytes that are left over", () => {
    expect(["55", "6a75", "124f62"].map(hashOf)).toEqual([118149132, 1136199025, -545776926]);
  });

  test("2.2 murmur2: four bytes and one to three more", () => {
    expect(["6b696c6f20", "726f6d656f20", "f30161b246b88c"].map(hashOf)).toEqual([352824144, 1975718336, 1500505954]);
  });

  test("2.2 murmur2: is Apache Kafka's for keys of all lengths [I1]", () => {
    for (const { hex, murmur2: hash } of golden.rows) expect(hashOf(hex), `murmur2 of ${hex}`).toBe(hash);
  });

  test("2.2 murmur2: works in a slice of a larger buffer", () => {
    const buffer = bytesOf("ffffff6b696c6f20ffffff");
    expect(murmur2(buffer.subarray(3, 8))).toBe(352824144);
  });

  test("2.2 murmur2: is the hash by the book for any bytes", () => {
    property([fc.uint8Array({ maxLength: 40 })], (bytes) => expect(murmur2(bytes)).toBe(byTheBook(bytes)));
  });
});

/** MurmurHash2 over BigInt, as it is written down: slow and plainly right. */
function byTheBook(bytes: Uint8Array): number {
  const times = (value: bigint): bigint => BigInt.asUintN(32, value * 0x5bd1e995n);
  let h = 0x9747b28cn ^ BigInt(bytes.length);
  let rest = [...bytes].map(BigInt);
  const littleEndian = (some: bigint[]): bigint => some.reduce((sum, byte, i) => sum | (byte << BigInt(8 * i)), 0n);
  for (; rest.length >= 4; rest = rest.slice(4)) {
    let k = times(littleEndian(rest.slice(0, 4)));
    k = times(k ^ (k >> 24n));
    h = times(h) ^ k;
  }
  if (rest.length > 0) h = times(h ^ littleEndian(rest));
  h = times(h ^ (h >> 13n));
  return Number(BigInt.asIntN(32, h ^ (h >> 15n)));
}
