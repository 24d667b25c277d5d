import { describe, expect, test } from "vitest";
import { type CleanableLog } from "#compaction";
import { cleanableOffsets } from "#compaction/cleanable-offsets";
import { type LogConfig, type LogSegment } from "#log";
import { config } from "../05-log/fixtures.ts";

const NOW_MS = 10_000;

/** Segments of ten offsets each, with these largest timestamps; the last one is active. */
function logOf(timestamps: readonly number[], state: Partial<CleanableLog> = {}): CleanableLog {
  const all = timestamps.map(
    (largestTimestamp, i) => ({ baseOffset: 10 * i, largestTimestamp, size: 100 }) as unknown as LogSegment,
  );
  const end = 10 * all.length;
  return {
    segments: { all },
    logStartOffset: 0,
    logEndOffset: end,
    highWatermark: end,
    firstUnstableOffset: null,
    config: config(),
    ...state,
  };
}

/** Of four segments, with bases 0, 10, 20 and 30. */
function cleanable(state: Partial<CleanableLog> = {}, cleanOffset?: number): [from: number, to: number] {
  const found = cleanableOffsets(logOf([1000, 2000, 3000, 4000], state), cleanOffset, NOW_MS);
  return [found.firstDirtyOffset, found.firstUncleanableOffset];
}

function lag(minCompactionLagMs: number): LogConfig {
  return config({ minCompactionLagMs });
}

describe("cleanableOffsets: where the dirty part begins", () => {
  test("8.2 cleanableOffsets: at the log's start, if it was never cleaned", () => {
    expect(cleanable()).toEqual([0, 30]);
    expect(cleanable({ logStartOffset: 7 })).toEqual([7, 30]);
  });

  test("8.2 cleanableOffsets: where the last cleaning ended, also inside of a segment", () => {
    expect(cleanable({}, 20)).toEqual([20, 30]);
    expect(cleanable({}, 15)).toEqual([15, 30]);
  });

  test("8.2 cleanableOffsets: at the log's start, if that is behind it by now", () => {
    expect(cleanable({ logStartOffset: 12 }, 10)).toEqual([12, 30]);
    expect(cleanable({ logStartOffset: 12 }, 12)).toEqual([12, 30]);
  });

  test("8.2 cleanableOffsets: at the log's start, if the offset is above the log's end: it isn't this log's", () => {
    expect(cleanable({}, 41)).toEqual([0, 30]);
  });

  test("8.2 cleanableOffsets: a log that is clean to its end is clean", () => {
    expect(cleanable({}, 40)).toEqual([40, 40]);
  });

  test("8.2 cleanableOffsets: a clean offset of 0 is one", () => {
    expect(cleanable({}, 0)).toEqual([0, 30]);
  });
});

describe("cleanableOffsets: where it ends", () => {
  test("8.2 cleanableOffsets: before the active segment, whatever is in it [I3]", () => {
    expect(cleanable()).toEqual([0, 30]);
    const found = cleanableOffsets(logOf([1000]), undefined, NOW_MS);
    expect(found).toEqual({ firstDirtyOffset: 0, firstUncleanableOffset: 0 });
  });

  test("8.2 cleanableOffsets: before the segment with the high watermark: what is above may still be cut [I3]", () => {
    expect(cleanable({ highWatermark: 25 })).toEqual([0, 20]);
    expect(cleanable({ highWatermark: 19 })).toEqual([0, 10]);
    expect(cleanable({ highWatermark: 0 })).toEqual([0, 0]);
  });

  test("8.2 cleanableOffsets: a segment may be cleaned that ends just where the high watermark is", () => {
    expect(cleanable({ highWatermark: 20 })).toEqual([0, 20]);
  });

  test("8.2 cleanableOffsets: before the segment in which a transaction is open [I3]", () => {
    expect(cleanable({ firstUnstableOffset: 13 })).toEqual([0, 10]);
    expect(cleanable({ firstUnstableOffset: 10 })).toEqual([0, 10]);
    expect(cleanable({ firstUnstableOffset: 35 })).toEqual([0, 30]);
  });

  test("8.2 cleanableOffsets: of high watermark and open transaction the lower one counts", () => {
    expect(cleanable({ highWatermark: 22, firstUnstableOffset: 28 })).toEqual([0, 20]);
    expect(cleanable({ highWatermark: 28, firstUnstableOffset: 12 })).toEqual([0, 10]);
  });

  test("8.2 cleanableOffsets: a transaction that is open at offset 0 is one", () => {
    expect(cleanable({ firstUnstableOffset: 0 })).toEqual([0, 0]);
  });

  test("8.2 cleanableOffsets: before the first segment with a record younger than min.compaction.lag.ms [I3]", () => {
    expect(cleanable({ config: lag(8000) })).toEqual([0, 20]);
    expect(cleanable({ config: lag(8001) })).toEqual([0, 10]);
    expect(cleanable({ config: lag(9500) })).toEqual([0, 0]);
  });

  test("8.2 cleanableOffsets: without min.compaction.lag.ms even records of the future may be cleaned", () => {
    const found = cleanableOffsets(logOf([99_999, 99_999]), undefined, NOW_MS);
    expect(found.firstUncleanableOffset).toBe(10);
  });

  test("8.2 cleanableOffsets: what was cleaned before doesn't stop it, however young it is", () => {
    const log = logOf([9_999, 1000, 1000, 1000], { config: lag(5000) });
    expect(cleanableOffsets(log, 10, NOW_MS)).toEqual({ firstDirtyOffset: 10, firstUncleanableOffset: 30 });
  });

  test("8.2 cleanableOffsets: the segment counts that the dirty part begins inside of", () => {
    const log = logOf([1000, 9_999, 1000, 1000], { config: lag(5000) });
    expect(cleanableOffsets(log, 15, NOW_MS)).toEqual({ firstDirtyOffset: 15, firstUncleanableOffset: 15 });
  });

  test("8.2 cleanableOffsets: never below where the dirty part begins", () => {
    expect(cleanable({ highWatermark: 5 }, 20)).toEqual([20, 20]);
    expect(cleanable({}, 35)).toEqual([35, 35]);
  });
});
