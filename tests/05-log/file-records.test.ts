import { describe, expect, test } from "vitest";
import { batchesBelow, FileRecords } from "#log/file-records";
import { testRuntime } from "../support/sim.ts";
import { batch, batch100, joined } from "./fixtures.ts";

/** A `.log` file with these bytes, and how much of it is read from now on. */
function fileOf(bytes: Uint8Array): { file: FileRecords; bytesRead: () => number } {
  const runtime = testRuntime();
  runtime.disk.makeFolder("/log");
  const file = new FileRecords(runtime.disk, runtime.memory, "/log/0.log");
  file.append(bytes);
  let sum = 0;
  const read = file.read.bind(file);
  file.read = (position, length) => {
    const found = read(position, length);
    sum += found.length;
    return found;
  };
  return { file, bytesRead: () => sum };
}

/** Position and base offset of each batch. */
function places(found: Iterable<{ position: number; batch: { baseOffset: unknown } }>): [number, number][] {
  return Array.from(found, ({ position, batch: each }) => [position, Number(each.baseOffset)]);
}

const CORRUPT = expect.objectContaining({ code: "CORRUPT_MESSAGE" });
const THREE = joined(batch100(0), batch100(3), batch100(6));

describe("FileRecords.headers", () => {
  test("5.3 scan: headers: one batch after the other, from the position on, with its place in the file", () => {
    const { file } = fileOf(THREE);
    expect(places(file.headers(0))).toEqual([[0, 0], [100, 3], [200, 6]]);
    expect(places(file.headers(200))).toEqual([[200, 6]]);
    expect(places(file.headers(300))).toEqual([]);
    expect(places(fileOf(new Uint8Array(0)).file.headers(0))).toEqual([]);
  });

  test("5.3 scan: headers: of large batches only a small part is read", () => {
    const large = [0, 1, 2].map((baseOffset) => batch({ baseOffset, valueBytes: 90_000 }));
    const { file, bytesRead } = fileOf(joined(...large));
    expect(places(file.headers(0)).map(([, offset]) => offset)).toEqual([0, 1, 2]);
    expect(bytesRead(), "bytes read of a file of 270,000").toBeLessThan(30_000);
  });

  test("5.3 scan: headers: small batches share a read", () => {
    const { file, bytesRead } = fileOf(joined(...Array.from({ length: 100 }, (_, i) => batch100(3 * i))));
    expect(places(file.headers(0)).length).toBe(100);
    expect(bytesRead(), "bytes read of a file of 10,000").toBeLessThan(20_000);
  });

  test("5.3 scan: headers: what was given stays as it is when the next ones are read", () => {
    const { file } = fileOf(joined(...Array.from({ length: 100 }, (_, i) => batch100(3 * i))));
    const kept = [...file.headers(0)];
    expect(places(kept)).toEqual(Array.from({ length: 100 }, (_, i) => [100 * i, 3 * i]));
  });

  test.each([
    ["zeros", new Uint8Array(100)],
    ["a negative length", batch100(9).fill(0xff, 8, 12)],
    ["a length too short for a batch", batch100(9).fill(0, 8, 11).fill(48, 11, 12)],
    ["half a batch", batch100(9).subarray(0, 99)],
    ["half a header", batch100(9).subarray(0, 30)],
  ])("5.3 scan: headers: %s at the end is damage", (_, tail) => {
    const { file } = fileOf(joined(THREE, tail));
    const seen: number[] = [];
    const walk = (): void => {
      for (const { position } of file.headers(0)) seen.push(position);
    };
    expect(walk).toThrow(CORRUPT);
    expect(seen, "what is found before").toEqual([0, 100, 200]);
  });

  test("5.3 scan: headers: the shortest batch that can be is one", () => {
    const empty = batch100(9).subarray(0, 61).fill(0, 8, 11).fill(49, 11, 12);
    const { file } = fileOf(joined(empty, batch100(12)));
    expect(places(file.headers(0))).toEqual([[0, 9], [61, 12]]);
  });
});

describe("FileRecords.batches", () => {
  test("5.3 scan: batches: each is there whole, however they share reads, and stays as it is", () => {
    const big = (baseOffset: number): Uint8Array => batch({ baseOffset, valueBytes: 400_000 });
    const all = [batch100(0), big(3), big(4), big(5), batch({ baseOffset: 6, valueBytes: 1_500_000 }), batch100(7)];
    const kept = [...fileOf(joined(...all)).file.batches(0)];
    expect(places(kept).map(([, offset]) => offset)).toEqual([0, 3, 4, 5, 6, 7]);
    expect(kept.map(({ batch: each }) => each.isValid())).toEqual(Array(6).fill(true));
    expect(kept.map(({ batch: each }) => Buffer.from(each.slice()).equals(all.shift()!))).toEqual(Array(6).fill(true));
  });

  test("5.3 scan: batches: no byte is read for every batch it is in the way of", () => {
    const { file, bytesRead } = fileOf(joined(...Array.from({ length: 300 }, (_, i) => batch100(3 * i))));
    expect([...file.batches(15_000)].length).toBe(150);
    expect(bytesRead(), "bytes read of the 15,000 behind the position").toBeLessThan(40_000);
  });

  test("5.3 scan: batches: half a batch or header at the end is left out, as a crash may leave one", () => {
    for (const length of [1, 30, 60, 61, 99]) {
      const { file } = fileOf(joined(THREE, batch100(9).subarray(0, length)));
      expect(places(file.batches(100)), `with ${length} bytes of a fourth one`).toEqual([[100, 3], [200, 6]]);
    }
  });

  test("5.3 scan: batches: a length that no batch can have is damage", () => {
    const { file } = fileOf(joined(THREE, new Uint8Array(100)));
    expect(() => [...file.batches(0)]).toThrow(CORRUPT);
  });

  test("5.3 scan: batches: one that is appended during the walk is found, too", () => {
    const { file } = fileOf(batch100(0));
    const walk = file.batches(0)[Symbol.iterator]();
    expect(walk.next().value?.position).toBe(0);
    file.append(batch100(3));
    expect(walk.next().value?.position).toBe(100);
    expect(walk.next().done).toBe(true);
  });
});

describe("batchesBelow", () => {
  test("5.3 batchesBelow: whole batches only, and the offset after the last of them", () => {
    expect(batchesBelow(THREE, 1000)).toEqual({ size: 300, nextOffset: 9 });
    expect(batchesBelow(THREE.subarray(0, 299), 1000)).toEqual({ size: 200, nextOffset: 6 });
    expect(batchesBelow(THREE.subarray(0, 160), 1000)).toEqual({ size: 100, nextOffset: 3 });
    expect(batchesBelow(THREE.subarray(0, 99), 1000)).toEqual({ size: 0, nextOffset: null });
    expect(batchesBelow(new Uint8Array(0), 1000)).toEqual({ size: 0, nextOffset: null });
  });

  test("5.3 batchesBelow: only such as lie entirely below maxOffset [I3]", () => {
    expect(batchesBelow(THREE, 9)).toEqual({ size: 300, nextOffset: 9 });
    expect(batchesBelow(THREE, 8)).toEqual({ size: 200, nextOffset: 6 });
    expect(batchesBelow(THREE, 2)).toEqual({ size: 0, nextOffset: null });
  });

  test("5.3 batchesBelow: where a batch begins doesn't matter: its end must lie below [I3]", () => {
    expect(batchesBelow(THREE, 7), "of 0 to 2, 3 to 5 and 6 to 8, below 7").toEqual({ size: 200, nextOffset: 6 });
  });

  test("5.3 batchesBelow: ends before a length that can't be one, without an error", () => {
    expect(batchesBelow(joined(batch100(0), new Uint8Array(100)), 1000)).toEqual({ size: 100, nextOffset: 3 });
    expect(batchesBelow(batch100(0).fill(0xff, 8, 12), 1000)).toEqual({ size: 0, nextOffset: null });
  });

  test("5.3 batchesBelow: offsets beyond 2^31 are told apart", () => {
    expect(batchesBelow(joined(batch100(2 ** 40), batch100(2 ** 40 + 3)), 2 ** 40 + 3)).toEqual({
      size: 100, nextOffset: 2 ** 40 + 3,
    });
  });
});
