import { describe, expect, test } from "vitest";
import { nativeCrc32c } from "#ground/node/native-crc32c";
import { crc32c, ensureUndamaged, RecordBatch } from "#serialization";
import { batchOf } from "../06-replication/batches.ts";

const native = nativeCrc32c();

function errorOf(run: () => void): string {
  try {
    run();
    return "undamaged";
  } catch (error) {
    return (error as Error).message;
  }
}

describe.skipIf(native === undefined)("the native CRC-32C", () => {
  test("says of all bytes what chapter 1's says", () => {
    const bytes = Buffer.from(Array.from({ length: 20_000 }, (_, i) => (i * 7919) >> 3));
    for (const [from, to] of [[0, 0], [0, 1], [3, 100], [1, 4_097], [0, 20_000], [17, 19_999]] as const) {
      expect(native!(bytes.subarray(from, to))).toBe(crc32c(bytes, from, to));
    }
  });

  test("finds every kind of damage, which is told in the same words", () => {
    const sound = batchOf(["x".repeat(10_000)]);
    expect(errorOf(() => ensureUndamaged(new RecordBatch(sound, 0), native))).toBe("undamaged");
    for (const at of [8, 16, 17, 20, 21, 22, 61, 5_000, sound.length - 1]) {
      const damaged = Buffer.from(sound);
      damaged[at]! ^= 4;
      const message = errorOf(() => new RecordBatch(damaged, 0).ensureValid());
      expect(errorOf(() => ensureUndamaged(new RecordBatch(damaged, 0), native))).toBe(message);
      expect(message === "undamaged").toBe(false);
    }
  });
});

test("a quicker checksum is asked only of large batches, and its word is taken only for good news", () => {
  const asked: number[] = [];
  const wrong = (bytes: Uint8Array): number => asked.push(bytes.length);
  const [small, large] = [batchOf(["x".repeat(3_000)]), batchOf(["x".repeat(10_000)])];
  expect(errorOf(() => ensureUndamaged(new RecordBatch(small, 0), wrong))).toBe("undamaged");
  expect(asked).toEqual([]);
  expect(errorOf(() => ensureUndamaged(new RecordBatch(large, 0), wrong))).toBe("undamaged");
  // All from the attributes on.
  expect(asked).toEqual([large.length - 21]);
});
