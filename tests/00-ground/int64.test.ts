import { Buffer } from "node:buffer";
import {
  type Int64,
  isInt64,
  readInt16,
  readInt32,
  readInt64,
  readUint16,
  readUint32,
  safeOffset,
  toInt64,
  writeInt16,
  writeInt32,
  writeInt64,
} from "#ground/int64";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { property } from "../support/property.ts";

const MAX = 2n ** 63n - 1n;
const MIN = -(2n ** 63n);
const EDGES = [0n, 1n, 255n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, MAX];
const any64 = fc.oneof(fc.constantFrom(MIN, ...EDGES, ...EDGES.map((n) => -n)), fc.bigInt({ min: MIN, max: MAX }));

function written(value: Int64): Buffer {
  const bytes = Buffer.alloc(10, 0xaa);
  writeInt64(bytes, 1, value);
  expect([bytes[0], bytes[9]]).toEqual([0xaa, 0xaa]);
  return bytes;
}

describe("int64", () => {
  test("is written as node's BigInt functions write it, from either form", () => {
    property([any64], (value) => {
      const expected = Buffer.alloc(10, 0xaa);
      expected.writeBigInt64BE(value, 1);
      expect(written(value)).toEqual(expected);
      expect(written(toInt64(value))).toEqual(expected);
    });
  });

  test("is read back as a number exactly when that is safe", () => {
    property([any64], (value) => {
      const read = readInt64(written(value), 1);
      expect(BigInt(read)).toBe(value);
      expect(typeof read).toBe(Number.isSafeInteger(Number(value)) ? "number" : "bigint");
      expect(read).toBe(toInt64(value));
    });
  });

  test("is never −0", () => {
    expect(Object.is(readInt64(new Uint8Array(8), 0), 0)).toBe(true);
    expect(Object.is(readInt64(written(-0), 1), 0)).toBe(true);
  });

  test.each([1.5, 2 ** 53, Number.NaN, Infinity, MAX + 1n, MIN - 1n])("%s is not written", (value) => {
    expect(isInt64(value)).toBe(false);
    expect(() => writeInt64(new Uint8Array(8), 0, value)).toThrow(`expected a 64-bit integer, got ${value}`);
  });
});

describe("smaller integers", () => {
  test("are read and written as node does", () => {
    property([fc.integer(), fc.integer({ min: 0, max: 3 })], (value, at) => {
      const [bytes, expected] = [Buffer.alloc(8), Buffer.alloc(8)];
      writeInt32(bytes, at, value);
      expected.writeInt32BE(value, at);
      expect(bytes).toEqual(expected);
      expect(readInt32(bytes, at)).toBe(value);
      expect(readUint32(bytes, at)).toBe(bytes.readUInt32BE(at));
      expect(readInt16(bytes, at)).toBe(bytes.readInt16BE(at));
      expect(readUint16(bytes, at)).toBe(bytes.readUInt16BE(at));
      writeInt16(bytes, at, value);
      expect(readInt16(bytes, at)).toBe((value << 16) >> 16);
    });
  });
});

describe("safeOffset", () => {
  test("lets through what one can compute with", () => {
    expect(safeOffset(7, "offset")).toBe(7);
    expect(safeOffset(-1n, "offset")).toBe(-1);
    expect(safeOffset(2n ** 53n - 1n, "offset")).toBe(Number.MAX_SAFE_INTEGER);
  });

  test("refuses the rest by name", () => {
    expect(() => safeOffset(2n ** 53n, "fetchOffset")).toThrow(
      expect.objectContaining({
        code: "INVALID_REQUEST",
        message: "fetchOffset: expected an integer between −2^53 and 2^53, got 9007199254740992",
      }),
    );
    expect(() => safeOffset(0.5, "fetchOffset")).toThrow("got 0.5");
  });
});
