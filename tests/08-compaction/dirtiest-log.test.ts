import { describe, expect, test } from "vitest";
import { type LogToClean } from "#compaction";
import { dirtiestLog, dirtOf } from "#compaction/dirtiest-log";
import { type LogConfig, type LogSegment, type UnifiedLog } from "#log";
import { config } from "../05-log/fixtures.ts";

const NOW_MS = 10_000;

/**
 * Segments of ten offsets each, with these sizes; the last one is active. The first batch of each is as old as it says,
 * in ms; 0 if it says nothing.
 */
function toClean(
  sizes: readonly number[],
  [firstDirtyOffset, firstUncleanableOffset]: readonly [number, number],
  overrides: Partial<LogConfig> = {},
  ages: readonly number[] = [],
): LogToClean {
  const all = sizes.map((size, i) => {
    const timestamps = { ageAt: (nowMs: number) => nowMs - NOW_MS + (ages[i] ?? 0) };
    return { baseOffset: 10 * i, size, timestamps } as unknown as LogSegment;
  });
  const log = { segments: { all }, config: config(overrides) } as unknown as UnifiedLog;
  return { log, firstDirtyOffset, firstUncleanableOffset };
}

/** A log with these clean and cleanable bytes, and an active segment. */
function dirty(cleanBytes: number, cleanableBytes: number, overrides: Partial<LogConfig> = {}): LogToClean {
  return toClean([cleanBytes, cleanableBytes, 77], [10, 20], overrides);
}

describe("dirtOf", () => {
  test("8.6 dirtOf: the share of the bytes that are new in those that would be read", () => {
    expect(dirtOf(toClean([300, 100, 60, 77], [10, 30]), NOW_MS)).toEqual({
      cleanableBytes: 160,
      ratio: 160 / 460,
      isOverdue: false,
    });
  });

  test("8.6 dirtOf: a log that was never cleaned is all dirt", () => {
    expect(dirtOf(toClean([300, 100, 77], [0, 20]), NOW_MS)).toMatchObject({ cleanableBytes: 400, ratio: 1 });
  });

  test("8.6 dirtOf: what may not be cleaned yet doesn't count, nor does the active segment", () => {
    const { cleanableBytes, ratio } = dirtOf(toClean([300, 100, 60, 500], [10, 20]), NOW_MS);
    expect([cleanableBytes, ratio]).toEqual([100, 100 / 400]);
  });

  test("8.6 dirtOf: the segment that the dirty part begins inside of is cleanable, and no segment counts twice", () => {
    expect(dirtOf(toClean([300, 100, 60, 77], [15, 30]), NOW_MS)).toMatchObject({
      cleanableBytes: 160,
      ratio: 160 / 460,
    });
  });

  test("8.6 dirtOf: nothing to clean: a ratio of 0, also when there is nothing at all", () => {
    expect(dirtOf(toClean([300, 100, 77], [20, 20]), NOW_MS)).toMatchObject({ cleanableBytes: 0, ratio: 0 });
    expect(dirtOf(toClean([77], [0, 0]), NOW_MS)).toMatchObject({ cleanableBytes: 0, ratio: 0 });
    expect(dirtOf(toClean([0, 0, 77], [0, 20]), NOW_MS)).toMatchObject({ cleanableBytes: 0, ratio: 0 });
  });

  test("8.6 dirtOf: overdue when the first batch of a dirty segment is older than max.compaction.lag.ms", () => {
    const isOverdue = (maxCompactionLagMs: number, ...ages: number[]): boolean => {
      return dirtOf(toClean([9, 9, 9, 9], [10, 30], { maxCompactionLagMs }, ages), NOW_MS).isOverdue;
    };
    expect(isOverdue(1000, 0, 1001, 0, 0)).toBe(true);
    expect(isOverdue(1000, 0, 0, 1001, 0)).toBe(true);
    expect(isOverdue(1000, 0, 1000, 1000, 0)).toBe(false);
  });

  test("8.6 dirtOf: what is clean already, and the active segment, can't be overdue", () => {
    const found = dirtOf(toClean([9, 9, 9], [10, 20], { maxCompactionLagMs: 1000 }, [5000, 0, 5000]), NOW_MS);
    expect(found.isOverdue).toBe(false);
  });

  test("8.6 dirtOf: a dirty segment is overdue also while it may not be cleaned", () => {
    const found = dirtOf(toClean([9, 9, 9, 9], [10, 20], { maxCompactionLagMs: 1000 }, [0, 0, 5000, 0]), NOW_MS);
    expect(found.isOverdue).toBe(true);
  });
});

describe("dirtiestLog", () => {
  test("8.6 dirtiestLog: the one with the largest ratio, not the one with the most bytes", () => {
    const [large, small, least] = [dirty(8000, 9000), dirty(10, 90), dirty(100, 110)];
    expect(dirtiestLog([large, small, least], NOW_MS)).toBe(small);
    expect(dirtiestLog([least, large], NOW_MS)).toBe(large);
  });

  test("8.6 dirtiestLog: only logs that are dirtier than min.cleanable.dirty.ratio, each by its own", () => {
    expect(dirtiestLog([dirty(50, 50)], NOW_MS)).toBe(undefined);
    const just = dirty(50, 51);
    expect(dirtiestLog([just], NOW_MS)).toBe(just);
    const easy = dirty(90, 10, { minCleanableDirtyRatio: 0.05 });
    expect(dirtiestLog([dirty(40, 60, { minCleanableDirtyRatio: 0.9 }), easy], NOW_MS)).toBe(easy);
  });

  test("8.6 dirtiestLog: an overdue log has its turn, however little is new in it", () => {
    const overdue = toClean([900, 1, 77], [10, 20], { maxCompactionLagMs: 1000 }, [0, 1001, 0]);
    expect(dirtiestLog([overdue, dirty(50, 50)], NOW_MS)).toBe(overdue);
  });

  test("8.6 dirtiestLog: but not before there is something that may be cleaned", () => {
    const locked = toClean([900, 1, 77], [10, 10], { maxCompactionLagMs: 1000 }, [0, 1001, 0]);
    expect(dirtiestLog([locked], NOW_MS)).toBe(undefined);
  });

  test("8.6 dirtiestLog: overdue or not, the dirtier one is first", () => {
    const overdue = toClean([900, 1, 77], [10, 20], { maxCompactionLagMs: 1000 }, [0, 1001, 0]);
    const dirtier = dirty(40, 60);
    expect(dirtiestLog([overdue, dirtier], NOW_MS)).toBe(dirtier);
  });

  test("8.6 dirtiestLog: the first of several that are equally dirty", () => {
    const [one, other] = [dirty(10, 90), dirty(10, 90)];
    expect(dirtiestLog([one, other], NOW_MS)).toBe(one);
  });

  test("8.6 dirtiestLog: a ratio of 0 needs something to clean, too", () => {
    expect(dirtiestLog([toClean([100, 77], [10, 10], { minCleanableDirtyRatio: 0 })], NOW_MS)).toBe(undefined);
    expect(dirtiestLog([], NOW_MS)).toBe(undefined);
  });
});
