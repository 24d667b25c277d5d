import { describe, expect, test } from "vitest";
import { type SegmentRead } from "#log/log-segment";
import { testRuntime } from "../support/sim.ts";
import {
  baseOffsets,
  batch,
  batch100,
  fill,
  indexEntries,
  joined,
  segment,
  T0,
  timeEntries,
  watch,
} from "./fixtures.ts";

/** The batches that a read gave, by their base offsets, and its next offset; null if it gave null. */
function given(read: SegmentRead | null): [number[], number | null] | null {
  return read === null ? null : [baseOffsets(read.records), read.nextOffset];
}

describe("LogSegment.append", () => {
  test("5.3 append: the file holds the batches as they came, one after the other", () => {
    const made = segment();
    made.append(batch100(0));
    made.append(batch100(3));
    expect(Buffer.from(made.records.read(0, 1000))).toEqual(Buffer.from(joined(batch100(0), batch100(3))));
  });

  test("5.3 append: several batches at once are one write", () => {
    const made = segment();
    const seen = watch(made);
    made.append(joined(batch100(0), batch100(3), batch100(6)));
    expect(seen).toEqual({ reads: 0, bytesRead: 0, writes: 1 });
    expect(made.size).toBe(300);
  });

  test("5.3 append: batches that lie in a larger buffer, as those of a request do", () => {
    const made = segment(0, { indexIntervalBytes: 50 });
    made.append(joined(batch100(0), batch100(3), batch100(6), batch100(9)).subarray(100, 300));
    expect(baseOffsets(made.records.read(0, 1000))).toEqual([3, 6]);
    expect(indexEntries(made)).toEqual([[8, 100]]);
  });

  test("5.3 append: an index entry comes only when more than index.interval.bytes lie behind", () => {
    const made = fill(segment(0, { indexIntervalBytes: 300 }), 10);
    // Batch 3 begins exactly 300 bytes after the start: not yet. Batch 4 does, and then batch 8.
    expect(indexEntries(made)).toEqual([[14, 400], [26, 800]]);
    expect(fill(segment(0, { indexIntervalBytes: 299 }), 10).offsetIndex.count).toBe(3);
  });

  test("5.3 append: an entry has the batch's last offset and the position where the batch begins [I2]", () => {
    const made = fill(segment(1000, { indexIntervalBytes: 150 }), 5);
    expect(indexEntries(made)).toEqual([[1008, 200], [1014, 400]]);
  });

  test("5.3 append: of several batches at once each is looked at [I5]", () => {
    const made = segment(0, { indexIntervalBytes: 150 });
    made.append(joined(...[0, 3, 6, 9, 12].map((offset) => batch100(offset))));
    expect(indexEntries(made)).toEqual([[8, 200], [14, 400]]);
  });

  test("5.3 append: the first batch of a segment gets no entry: the index begins there anyway", () => {
    const made = segment(0, { indexIntervalBytes: 0 });
    made.append(batch100(0));
    expect(made.offsetIndex.count).toBe(0);
    made.append(batch100(3));
    expect(indexEntries(made)).toEqual([[5, 100]]);
  });

  test("5.3 append: the time index gets the largest timestamp so far, with the offset of its batch", () => {
    const made = segment(0, { indexIntervalBytes: 150 });
    // The timestamps of a batch are t, t + 1 and t + 2. The second batch is the youngest of the first five.
    [0, 500, 100, 200, 300, 400, 900].forEach((t, i) => made.append(batch100(3 * i, T0 + t)));
    expect(made.timestamps.max).toEqual({ timestamp: T0 + 902, offset: 20 });
    expect(timeEntries(made)).toEqual([[502, 5], [902, 20]]);
    expect(indexEntries(made)).toEqual([[8, 200], [14, 400], [20, 600]]);
  });

  test("5.3 append: an offset too far from the base offset is refused, and nothing is written [I6]", () => {
    const made = segment(100);
    const append = (): void => made.append(batch({ baseOffset: 100 + 0x8000_0000 }));
    expect(append).toThrow(expect.objectContaining({ code: "UNKNOWN_SERVER_ERROR" }));
    expect(made.size).toBe(0);
    expect(made.timestamps.max.timestamp).toBe(-1);
  });

  test("5.3 append: it is the last offset that must fit", () => {
    const made = segment(100);
    const append = (): void => made.append(batch({ baseOffset: 100 + 0x7fff_fffe, records: 3 }));
    expect(append).toThrow(expect.objectContaining({ code: "UNKNOWN_SERVER_ERROR" }));
    expect(made.size).toBe(0);
  });

  test("5.3 append: of several batches it is the last one's that must fit [I6]", () => {
    const made = segment();
    const append = (): void => made.append(joined(batch100(0), batch100(0x8000_0000)));
    expect(append).toThrow(expect.objectContaining({ code: "UNKNOWN_SERVER_ERROR" }));
    expect(made.size).toBe(0);
    expect(made.timestamps.max.timestamp).toBe(-1);
  });

  test("5.3 append: on a full disk nothing changes, and when there is room again it goes on [I6]", () => {
    const runtime = testRuntime();
    const made = fill(segment(0, { indexIntervalBytes: 150 }, runtime), 4);
    const before = [made.size, indexEntries(made), timeEntries(made), made.timestamps.max];
    runtime.node.fillDisk(99);
    const append = (): void => made.append(batch100(12, T0 + 10_000));
    expect(append).toThrow(expect.objectContaining({ code: "KAFKA_STORAGE_ERROR", reason: "full" }));
    expect([made.size, indexEntries(made), timeEntries(made), made.timestamps.max]).toEqual(before);
    runtime.node.fillDisk(100);
    made.append(batch100(12));
    expect(baseOffsets(made.records.read(0, 1000))).toEqual([0, 3, 6, 9, 12]);
  });
});

describe("LogSegment.translateOffset", () => {
  test("5.3 translateOffset: every offset leads to the batch that holds it [I2]", () => {
    const made = fill(segment(0, { indexIntervalBytes: 250 }), 10);
    for (let offset = 0; offset < 30; offset++) {
      expect(made.translateOffset(offset)).toEqual({ position: 100 * Math.floor(offset / 3), size: 100 });
    }
  });

  test("5.3 translateOffset: an offset that is not there leads to the first batch after it", () => {
    const made = segment(40, { indexIntervalBytes: 150 });
    for (const offset of [50, 60, 70, 80]) made.append(batch100(offset));
    expect(made.translateOffset(40)).toEqual({ position: 0, size: 100 });
    expect(made.translateOffset(62)).toEqual({ position: 100, size: 100 });
    expect(made.translateOffset(63)).toEqual({ position: 200, size: 100 });
  });

  test("5.3 translateOffset: null after the last record, and in an empty segment", () => {
    expect(fill(segment(), 3).translateOffset(9)).toBeNull();
    expect(segment().translateOffset(0)).toBeNull();
  });

  test("5.3 translateOffset: begins where the index says, not at the start of the file", () => {
    const made = fill(segment(0, { indexIntervalBytes: 1000 }), 300);
    const seen = watch(made);
    expect(made.translateOffset(897)).toEqual({ position: 29_900, size: 100 });
    expect(seen.bytesRead).toBeLessThan(12_000);
  });

  test("5.3 translateOffset: only headers are read, not the records between them", () => {
    const made = segment(0, { indexIntervalBytes: 1 << 20 });
    for (let i = 0; i < 10; i++) made.append(batch({ baseOffset: i, valueBytes: 50_000 }));
    const seen = watch(made);
    expect(made.translateOffset(9)!.position).toBe(9 * (made.size / 10));
    expect(seen.bytesRead, "bytes read of a file of 500,000").toBeLessThan(100_000);
  });

  test("5.3 translateOffset: a length that can't be one is damage, not the end of the file", () => {
    const made = segment();
    made.records.append(joined(batch100(0), new Uint8Array(100)));
    expect(() => made.translateOffset(3)).toThrow(expect.objectContaining({ code: "CORRUPT_MESSAGE" }));
  });
});

describe("LogSegment.read", () => {
  test("5.3 read: null from an empty segment, and after the last record", () => {
    expect(segment().read(0, 1000, 1000, true)).toBeNull();
    expect(fill(segment(), 3).read(9, 1000, 1000, true)).toBeNull();
  });

  test("5.3 read: from before the first record, and from a gap, it is the next batch that begins", () => {
    const made = segment(40);
    made.append(batch100(50));
    made.append(batch100(60));
    expect(given(made.read(41, 1000, 1000, true))).toEqual([[50, 60], 63]);
    expect(given(made.read(53, 1000, 1000, true))).toEqual([[60], 63]);
  });

  test("5.3 read: a batch comes whole, also when only its last record was asked for", () => {
    expect(given(fill(segment(), 3).read(5, 100, 1000, true))).toEqual([[3], 6]);
  });

  test("5.3 read: as many whole batches as maxBytes has room for", () => {
    const made = fill(segment(), 10);
    expect(made.read(3, 399, 1000, true)!.records.length).toBe(300);
    expect(given(made.read(3, 400, 1000, true))).toEqual([[3, 6, 9, 12], 15]);
  });

  test("5.3 read: the first batch comes also when it is larger than maxBytes", () => {
    const made = fill(segment(), 3);
    expect(given(made.read(0, 1, 1000, true))).toEqual([[0], 3]);
    expect(given(made.read(0, 0, 1000, true))).toEqual([[0], 3]);
    const seen = watch(made);
    made.read(0, 1, 1000, true);
    expect(seen.reads, "reads: one of headers, one of the batch").toBeLessThanOrEqual(2);
  });

  test("5.3 read: but not unless minOneMessage says so", () => {
    const read = fill(segment(), 3).read(0, 99, 1000, false);
    expect(given(read)).toEqual([[], null]);
    expect(read!.records.length).toBe(0);
  });

  test("5.3 read: only batches that lie entirely below maxOffset [I3]", () => {
    const made = fill(segment(), 5);
    expect(given(made.read(0, 1000, 9, true))).toEqual([[0, 3, 6], 9]);
    expect(given(made.read(0, 1000, 8, true))).toEqual([[0, 3], 6]);
    expect(given(made.read(0, 1000, 2, true))).toEqual([[], null]);
    // There is something at offset 3, only not for this reader. Null would say that all batches end below it.
    expect(given(made.read(3, 1000, 3, true))).toEqual([[], null]);
  });

  test("5.3 read: the bytes are read in one piece, from where the index says", () => {
    const made = fill(segment(0, { indexIntervalBytes: 1000 }), 300);
    const seen = watch(made);
    expect(made.read(600, 5000, 900, true)!.records.length).toBe(5000);
    expect(seen.reads).toBeLessThanOrEqual(3);
    expect(seen.bytesRead).toBeLessThan(5000 + 12_000);
  });

  test("5.3 read: a sealed segment gives the same", () => {
    const made = fill(segment(0, { indexIntervalBytes: 250 }), 10);
    made.seal();
    expect(baseOffsets(made.read(16, 250, 1000, true)!.records)).toEqual([15, 18]);
    made.close();
  });
});

describe("LogSegment.shouldRoll", () => {
  const params = { size: 100, maxTimestamp: T0, lastOffset: 32 };

  test("5.5 shouldRoll: when the segment would become larger than segment.bytes", () => {
    const made = fill(segment(0, { segmentBytes: 1100 }), 10);
    expect(made.shouldRoll({ ...params, size: 100 })).toBe(false);
    expect(made.shouldRoll({ ...params, size: 101 })).toBe(true);
  });

  test("5.5 shouldRoll: when a record is more than segment.ms younger than the first batch", () => {
    const made = fill(segment(0, { segmentMs: 5000 }), 10);
    // The first batch's largest timestamp is T0 + 2.
    expect(made.shouldRoll({ ...params, maxTimestamp: T0 + 5002 })).toBe(false);
    expect(made.shouldRoll({ ...params, maxTimestamp: T0 + 5003 })).toBe(true);
  });

  test("5.5 shouldRoll: the broker's clock does not count", async () => {
    const runtime = testRuntime();
    const made = segment(0, { segmentMs: 5000 }, runtime);
    const nowMs = runtime.clock.wallMs();
    made.append(batch100(0, nowMs));
    await runtime.advance(60_000);
    expect(made.shouldRoll({ ...params, maxTimestamp: nowMs + 100 })).toBe(false);
  });

  test("5.5 shouldRoll: unless the records have no timestamps", async () => {
    const runtime = testRuntime();
    const made = segment(0, { segmentMs: 5000 }, runtime);
    made.append(batch({ timestamp: -1 }));
    await runtime.advance(5000);
    expect(made.shouldRoll({ ...params, maxTimestamp: -1 })).toBe(false);
    await runtime.advance(1);
    expect(made.shouldRoll({ ...params, maxTimestamp: -1 })).toBe(true);
  });

  test("5.5 shouldRoll: segment.jitter.ms shortens segment.ms by a random time", () => {
    const made = fill(segment(0, { segmentMs: 5000, segmentJitterMs: 4000 }), 1);
    const limit = made.rollAfterMs;
    expect(limit).toBeLessThan(5000);
    expect(limit).toBeGreaterThanOrEqual(1000);
    expect(made.shouldRoll({ ...params, maxTimestamp: T0 + 2 + limit })).toBe(false);
    expect(made.shouldRoll({ ...params, maxTimestamp: T0 + 3 + limit })).toBe(true);
  });

  test("5.5 shouldRoll: when an index is full", () => {
    // Room for two entries of the offset index, or one (and the last) of the time index.
    const made = segment(0, { indexIntervalBytes: 100, segmentIndexBytes: 24 });
    fill(made, 2);
    expect(made.shouldRoll(params)).toBe(false);
    fill(made, 1);
    expect([made.offsetIndex.isFull, made.timeIndex.isFull]).toEqual([false, true]);
    expect(made.shouldRoll(params)).toBe(true);
  });

  test("5.5 shouldRoll: when both indexes are full", () => {
    const made = fill(segment(0, { indexIntervalBytes: 100, segmentIndexBytes: 16 }), 5);
    expect([made.offsetIndex.isFull, made.timeIndex.isFull]).toEqual([true, true]);
    expect(made.shouldRoll(params)).toBe(true);
  });

  test("5.5 shouldRoll: when the offset index alone is full", () => {
    // Records that are all of the same age make one entry in the time index.
    const made = segment(0, { indexIntervalBytes: 0, segmentIndexBytes: 36 });
    for (let i = 0; i < 4; i++) made.append(batch100(3 * i));
    expect(made.shouldRoll(params)).toBe(false);
    made.append(batch100(12));
    expect([made.offsetIndex.isFull, made.timeIndex.isFull]).toEqual([true, false]);
    expect(made.shouldRoll(params)).toBe(true);
  });

  test("5.5 shouldRoll: when the last offset is too far from the base offset, even if the segment is empty", () => {
    const made = segment(100);
    expect(made.shouldRoll({ ...params, lastOffset: 100 + 0x7fff_ffff })).toBe(false);
    expect(made.shouldRoll({ ...params, lastOffset: 100 + 0x8000_0000 })).toBe(true);
  });

  test("5.5 shouldRoll: an empty segment never for another reason", () => {
    const made = segment(0, { segmentBytes: 50, segmentIndexBytes: 4 });
    expect(made.shouldRoll({ size: 100, maxTimestamp: T0, lastOffset: 2 })).toBe(false);
  });
});
