import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  type ByteCursor,
  decodeZigZag32,
  encodeZigZag32,
  readUnsignedVarint,
  readVarint,
  readVarlong,
  sizeOfUnsignedVarint,
  sizeOfVarint,
  sizeOfVarlong,
  writeUnsignedVarint,
  writeVarint,
  writeVarlong,
} from "#serialization/varint";
import { rethrowStub } from "#ground/errors";
import golden from "../golden/varint.json" with { type: "json" };
import { property } from "../support/property.ts";
import { returned } from "../support/thrown.ts";

type Write<T> = (value: T, into: Uint8Array, at: number) => number;

/** What `write` writes, as hex. It starts inside a buffer of 0xee, so that a write in the wrong place shows. */
function written<T>(write: Write<T>, value: T): string {
  const into = new Uint8Array(16).fill(0xee);
  const end = write(value, into, 3);
  if (end <= 3) return `written from position 3 on, and it returned ${end}`;
  const hex = Buffer.from(into.subarray(3, end)).toString("hex");
  const around = new Set([...into.subarray(0, 3), ...into.subarray(end)]);
  return around.size === 1 && around.has(0xee) ? hex : `${hex}, and bytes before or after it changed`;
}

/** What `read` reads from `hex`, with bytes around it, and how many bytes it moved by. */
function got<T>(read: (cursor: ByteCursor) => T, hex: string): { value: T; moved: number } {
  const cursor = { bytes: Uint8Array.from(Buffer.from(`eeee${hex}ee`, "hex")), at: 2 };
  return { value: read(cursor), moved: cursor.at - 2 };
}

function cursorOf(hex: string): ByteCursor {
  return { bytes: Uint8Array.from(Buffer.from(hex, "hex")), at: 0 };
}

/** The error that `read` throws, as text: its class, its code and its message. */
function refusal(read: () => unknown): string {
  try {
    return returned(read());
  } catch (error) {
    rethrowStub(error);
    const { name, message } = error as Error;
    return `${name}: ${message}`;
  }
}

/** As our codecs give it back: a bigint only where a number would not be exact. */
function numberOf(text: string): number | bigint {
  return Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text);
}

const rowsOf = (type: string): { value: string; hex: string }[] => golden.rows.filter((row) => row.type === type);
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });

describe("zigzag", () => {
  test("1.1 encodeZigZag32: small numbers stay small, whatever their sign", () => {
    expect([0, -1, 1, -2, 2, -64, 63].map(encodeZigZag32)).toEqual([0, 1, 2, 3, 4, 127, 126]);
  });

  test("1.1 encodeZigZag32: the result is never negative", () => {
    expect(encodeZigZag32(2 ** 31 - 1)).toBe(4294967294);
    expect(encodeZigZag32(-(2 ** 31))).toBe(4294967295);
  });

  test("1.1 decodeZigZag32: odd numbers are the negative ones", () => {
    expect([0, 1, 2, 3, 4, 127, 126].map(decodeZigZag32)).toEqual([0, -1, 1, -2, 2, -64, 63]);
  });

  test("1.1 decodeZigZag32: knows the two ends of the range", () => {
    expect(decodeZigZag32(4294967294)).toBe(2 ** 31 - 1);
    expect(decodeZigZag32(4294967295)).toBe(-(2 ** 31));
  });

  test("1.1 zigzag: decoding gives back every number that was encoded", () => {
    property([int32], (value) => expect(decodeZigZag32(encodeZigZag32(value))).toBe(value));
  });
});

describe("unsigned varint", () => {
  test("1.1 writeUnsignedVarint: up to 127 is one byte", () => {
    expect(written(writeUnsignedVarint, 0)).toBe("00");
    expect(written(writeUnsignedVarint, 127)).toBe("7f");
  });

  test("1.1 writeUnsignedVarint: the lowest seven bits come first, and say that more follow", () => {
    expect(written(writeUnsignedVarint, 128)).toBe("8001");
    expect(written(writeUnsignedVarint, 300)).toBe("ac02");
  });

  test("1.1 writeUnsignedVarint: bytes are Apache Kafka's", () => {
    for (const { value, hex } of rowsOf("unsignedVarint")) {
      expect(written(writeUnsignedVarint, Number(value)), `bytes of ${value}`).toBe(hex);
    }
  });

  test("1.1 sizeOfUnsignedVarint: is what writeUnsignedVarint writes", () => {
    const sizes = { 0: 1, 1: 1, 127: 1, 128: 2, 16383: 2, 16384: 3, [2 ** 28]: 5, [2 ** 32 - 1]: 5 };
    const found = Object.fromEntries(Object.keys(sizes).map((value) => [value, sizeOfUnsignedVarint(Number(value))]));
    expect(found, "bytes of each number").toEqual(sizes);
    property([uint32], (value) => {
      expect(sizeOfUnsignedVarint(value)).toBe(writeUnsignedVarint(value, new Uint8Array(5), 0));
    });
  });

  test("1.1 readUnsignedVarint: reads Apache Kafka's bytes and moves behind them", () => {
    const rows = rowsOf("unsignedVarint").sort((one, other) => Number(one.value) - Number(other.value));
    for (const { value, hex } of rows) {
      expect(got(readUnsignedVarint, hex), `reading "${hex}"`).toEqual({ value: Number(value), moved: hex.length / 2 });
    }
  });

  test("1.1 readUnsignedVarint: takes longer forms than needed, as Kafka does", () => {
    expect(got(readUnsignedVarint, "8000")).toEqual({ value: 0, moved: 2 });
    expect(got(readUnsignedVarint, "ffffffff7f")).toEqual({ value: 4294967295, moved: 5 });
  });

  test("1.1 readUnsignedVarint: refuses a varint that the bytes end inside of", () => {
    for (const hex of ["", "80", "ffff", "80808080"]) {
      const cursor = cursorOf(hex);
      const refused = refusal(() => readUnsignedVarint(cursor));
      expect(refused, `reading "${hex}"`).toMatch(/^KafkaError \[CORRUPT_MESSAGE\].*cut off/);
      expect(cursor.at, "the cursor stays where it was").toBe(0);
    }
  });

  test("1.1 readUnsignedVarint: refuses a fifth byte that says another one follows", () => {
    for (const hex of ["808080808001", "ffffffffff01", "8080808080808080808001"]) {
      const cursor = cursorOf(hex);
      const refused = refusal(() => readUnsignedVarint(cursor));
      expect(refused, `reading "${hex}"`).toMatch(/^KafkaError \[CORRUPT_MESSAGE\].*too long/);
      expect(cursor.at, "the cursor stays where it was").toBe(0);
    }
  });

  test("1.1 readUnsignedVarint: what was written is read back", () => {
    property([uint32, fc.nat(7)], (value, at) => {
      const bytes = new Uint8Array(12);
      const end = writeUnsignedVarint(value, bytes, at);
      const cursor = { bytes, at };
      expect(readUnsignedVarint(cursor)).toBe(value);
      expect(cursor.at).toBe(end);
    });
  });
});

describe("varint and varlong, on top of yours", () => {
  test("1.1 varint: bytes are Apache Kafka's, both ways", () => {
    for (const { value, hex } of rowsOf("varint")) {
      expect(written(writeVarint, Number(value)), `bytes of ${value}`).toBe(hex);
      expect(got(readVarint, hex), `reading "${hex}"`).toEqual({ value: Number(value), moved: hex.length / 2 });
      expect(sizeOfVarint(Number(value)), `size of ${value}`).toBe(hex.length / 2);
    }
  });

  test("1.1 varlong: bytes are Apache Kafka's, both ways", () => {
    for (const { value: text, hex } of rowsOf("varlong")) {
      const value = numberOf(text);
      expect(written(writeVarlong, value), `bytes of ${text}`).toBe(hex);
      expect(got(readVarlong, hex), `reading "${hex}"`).toEqual({ value, moved: hex.length / 2 });
      expect(sizeOfVarlong(value), `size of ${text}`).toBe(hex.length / 2);
    }
  });

  test("1.1 varint: odd bytes are read or refused as Apache Kafka does", () => {
    for (const { hex, ...recorded } of golden.decodeOnly) {
      for (const [name, read] of Object.entries({ readUnsignedVarint, readVarint, readVarlong })) {
        const kafka = recorded[name as keyof typeof recorded];
        let outcome: number | bigint | "refused";
        try {
          outcome = read(cursorOf(hex));
        } catch (error) {
          if ((error as { code?: unknown }).code !== "CORRUPT_MESSAGE") throw error;
          outcome = "refused";
        }
        expect(outcome, `${name} of "${hex}"`).toBe(kafka.value === undefined ? "refused" : numberOf(kafka.value));
      }
    }
  });

  test("given: varlong: every safe integer and every bigint beyond comes back", () => {
    const bigger = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    property([fc.oneof(fc.maxSafeInteger(), bigger)], (value) => {
      if (value >= -(2n ** 31n) && value < 2n ** 31n) return; // the short way is yours
      const wanted = Number.isSafeInteger(Number(value)) ? Number(value) : value;
      const zigzag = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n));
      const hex = sevenBitGroups(zigzag);
      expect(got(readVarlong, hex)).toEqual({ value: wanted, moved: hex.length / 2 });
    });
  });
});

/** A varint by the book, over BigInt: slow and plainly right. */
function sevenBitGroups(value: bigint): string {
  const bytes: number[] = [];
  for (; value > 0x7fn; value >>= 7n) bytes.push(Number(value & 0x7fn) | 0x80);
  return Buffer.from([...bytes, Number(value)]).toString("hex");
}
