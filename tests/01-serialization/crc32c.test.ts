import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { crc32c } from "#serialization";
import golden from "../golden/crc32c.json" with { type: "json" };
import { property } from "../support/property.ts";

/** As eight hex digits, the way Kafka's tools print it. */
function hexOf(crc: number): string {
  return crc < 0 ? String(crc) : crc.toString(16).padStart(8, "0");
}

const bytes = fc.uint8Array({ minLength: 1, maxLength: 100 });

describe("crc32c", () => {
  test("1.4 crc32c: the digits 1 to 9 give the check value that every text on CRC-32C names", () => {
    expect(hexOf(crc32c(Buffer.from("123456789")))).toBe("e3069283");
  });

  test("1.4 crc32c: no bytes give 0", () => {
    expect(crc32c(new Uint8Array(0))).toBe(0);
  });

  test("1.4 crc32c: sums are Apache Kafka's, for all lengths", () => {
    for (const { length, hex, crcHex } of golden.rows) {
      expect(hexOf(crc32c(Buffer.from(hex, "hex"))), `of ${length} bytes`).toBe(crcHex);
    }
  });

  test("1.4 crc32c: leading zeros count", () => {
    expect(hexOf(crc32c(new Uint8Array(1)))).toBe("527d5351");
    expect(hexOf(crc32c(new Uint8Array(4)))).toBe("48674bc7");
  });

  test("1.4 crc32c: the result is never negative", () => {
    for (const { hex } of golden.rows) expect(crc32c(Buffer.from(hex, "hex"))).toBeGreaterThanOrEqual(0);
  });

  test("1.4 crc32c: only bytes from `from` on and before `to` count", () => {
    const inside = Buffer.from("..123456789......");
    expect(hexOf(crc32c(inside, 2, 11))).toBe("e3069283");
    expect(hexOf(crc32c(inside.subarray(1), 1, 10))).toBe("e3069283");
    expect(crc32c(inside, 5, 5)).toBe(0);
  });

  test("1.4 crc32c: where the bytes lie in memory makes no difference", () => {
    const { hex, crcHex } = golden.rows.find(({ length }) => length >= 100)!;
    const memory = Buffer.alloc(2_000);
    for (let offset = 0; offset < 20; offset++) {
      const window = memory.subarray(offset, offset + hex.length / 2);
      window.write(hex, "hex");
      expect(hexOf(crc32c(window)), `${offset} bytes into their buffer`).toBe(crcHex);
    }
  });

  test("1.4 crc32c: a sum can be taken in pieces", () => {
    const whole = Buffer.from("123456789");
    expect(hexOf(crc32c(whole, 4, 9, crc32c(whole, 0, 4)))).toBe("e3069283");
    property([bytes, fc.nat(100)], (some, cut) => {
      const at = cut % some.length;
      expect(crc32c(some, at, some.length, crc32c(some, 0, at))).toBe(crc32c(some));
    });
  });

  test("1.4 crc32c: every flipped bit is found", () => {
    property([bytes, fc.nat(800)], (some, bit) => {
      const flipped = Uint8Array.from(some);
      const at = bit % (8 * some.length);
      flipped[at >> 3]! ^= 1 << (at & 7);
      expect(crc32c(flipped)).not.toBe(crc32c(some));
    });
  });
});
