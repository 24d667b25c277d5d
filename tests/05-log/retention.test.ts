import { describe, expect, test } from "vitest";
import { type LogConfig, type UnifiedLog } from "#log";
import { deletableSegments, type RetentionLimits } from "#log/log-retention";
import { type LogSegment } from "#log/log-segment";
import { type TestRuntime, testRuntime } from "../support/sim.ts";
import { batch, batch100, config, openLog, offsets, readAll, segment, segmentBases, T0 } from "./fixtures.ts";

/** Segments of ten offsets each, of these sizes (0, or 100 and more) and largest timestamps. */
function segments(...each: readonly (readonly [size: number, largestTimestamp: number])[]): LogSegment[] {
  const runtime = testRuntime();
  return each.map(([size, largestTimestamp], i) => {
    const made = segment(10 * i, {}, runtime);
    if (size > 0) made.append(batchOf(size, 10 * i, largestTimestamp));
    else made.timeIndex.maybeAppend(largestTimestamp, 10 * i);
    return made;
  });
}

/** A batch of ten offsets that takes `size` bytes. */
function batchOf(size: number, baseOffset: number, timestamp: number): Uint8Array {
  const spec = { baseOffset, timestamp, partitionLeaderEpoch: 0 };
  const overhead = batch({ ...spec, valueBytes: 10 }).length - 10;
  const bytes = batch({ ...spec, valueBytes: size - overhead });
  // From 63 bytes on, the lengths of value and record take a byte more each.
  return bytes.length === size ? bytes : batch({ ...spec, valueBytes: size - overhead - (bytes.length - size) });
}

/** Base offsets of the segments that may go. Unless said otherwise, no rule deletes any, and all is replicated. */
function deletable(
  all: readonly LogSegment[],
  rules: Partial<LogConfig>,
  limits: Partial<RetentionLimits> = {},
): number[] {
  const logEndOffset = 10 * all.length;
  const defaults = { highWatermark: logEndOffset, logStartOffset: 0, logEndOffset, nowMs: 10_000 };
  const found = deletableSegments(all, config({ retentionMs: -1, retentionBytes: -1, ...rules }), {
    ...defaults,
    ...limits,
  });
  return found.map(({ baseOffset }) => baseOffset);
}

const four = (): LogSegment[] => segments([100, 1000], [100, 2000], [100, 3000], [100, 4000]);

describe("deletableSegments", () => {
  test("5.6 deletableSegments: without limits (−1) everything is kept for ever", () => {
    expect(deletable(four(), {}, { nowMs: Number.MAX_SAFE_INTEGER })).toEqual([]);
  });

  test("5.6 deletableSegments: by age, when the youngest record is more than retention.ms old", () => {
    expect(deletable(four(), { retentionMs: 8000 }), "segments that may go").toEqual([0]);
    expect(deletable(four(), { retentionMs: 7999 }), "segments that may go").toEqual([0, 10]);
    expect(deletable(four(), { retentionMs: 9000 }), "segments that may go").toEqual([]);
  });

  test("5.6 deletableSegments: retention.ms = 0 keeps nothing that is in the past", () => {
    expect(deletable(four(), { retentionMs: 0 }), "segments that may go").toEqual([0, 10, 20, 30]);
  });

  test("5.6 deletableSegments: a segment after one that stays does not go, however old it is", () => {
    const all = segments([100, 1000], [100, 9000], [100, 1000], [100, 9500]);
    expect(deletable(all, { retentionMs: 5000 }), "segments that may go").toEqual([0]);
  });

  test("5.6 deletableSegments: by size, while without the segment there is still retention.bytes", () => {
    expect(deletable(four(), { retentionBytes: 400 }), "segments that may go").toEqual([]);
    expect(deletable(four(), { retentionBytes: 301 }), "segments that may go").toEqual([]);
    expect(deletable(four(), { retentionBytes: 300 }), "segments that may go").toEqual([0]);
    expect(deletable(four(), { retentionBytes: 150 }), "segments that may go").toEqual([0, 10]);
  });

  test("5.6 deletableSegments: by size it is each segment's own size that counts", () => {
    const all = segments([100, 1], [600, 1], [100, 1], [200, 1]);
    expect(deletable(all, { retentionBytes: 500 }), "segments that may go").toEqual([0]);
    expect(deletable(all, { retentionBytes: 300 }), "segments that may go").toEqual([0, 10]);
  });

  test("5.6 deletableSegments: either rule is enough", () => {
    expect(deletable(four(), { retentionMs: 8500, retentionBytes: 200 })).toEqual([0, 10]);
    expect(deletable(four(), { retentionMs: 6500, retentionBytes: 300 })).toEqual([0, 10, 20]);
  });

  test("5.6 deletableSegments: nothing that is not replicated goes [I3]", () => {
    expect(deletable(four(), { retentionMs: 0 }, { highWatermark: 20 })).toEqual([0, 10]);
    expect(deletable(four(), { retentionMs: 0 }, { highWatermark: 19 })).toEqual([0]);
    expect(deletable(four(), { retentionMs: 0 }, { highWatermark: 39 })).toEqual([0, 10, 20]);
  });

  test("5.6 deletableSegments: records below the log start offset go, whatever their age", () => {
    expect(deletable(four(), {}, { logStartOffset: 20 }), "segments that may go").toEqual([0, 10]);
    expect(deletable(four(), {}, { logStartOffset: 19 }), "segments that may go").toEqual([0]);
    // The last segment can't go for this reason: its end isn't known from a next one.
    expect(deletable(four(), {}, { logStartOffset: 40 })).toEqual([0, 10, 20]);
  });

  test("5.6 deletableSegments: a log that is only compacted knows no age and no size", () => {
    const compacted = { cleanupPolicy: ["compact"], retentionMs: 0, retentionBytes: 0 };
    expect(deletable(four(), compacted), "segments that may go").toEqual([]);
    expect(deletable(four(), compacted, { logStartOffset: 10 })).toEqual([0]);
    expect(deletable(four(), { ...compacted, cleanupPolicy: ["compact", "delete"] })).toEqual([0, 10, 20, 30]);
  });

  test("5.6 deletableSegments: an empty active segment stays: a new one would be just like it", () => {
    const all = segments([100, 1000], [0, 1000]);
    expect(deletable(all, { retentionMs: 0 }, { logEndOffset: 10, highWatermark: 10 })).toEqual([0]);
    expect(deletable(segments([0, 1000]), { retentionMs: 0 }, { logEndOffset: 0, highWatermark: 0 })).toEqual([]);
  });

  test("5.6 deletableSegments: any other segment without records goes like one with records", () => {
    const all = segments([100, 1000], [0, 1000], [100, 1000], [100, 9000]);
    expect(deletable(all, { retentionMs: 5000 }), "segments that may go").toEqual([0, 10, 20]);
    expect(deletable(all, {}, { logStartOffset: 20 }), "segments that may go").toEqual([0, 10]);
  });

  test("5.6 deletableSegments: timestamps of a far future keep their segment", () => {
    const all = segments([100, 1000], [100, 99_000], [100, 2000]);
    expect(deletable(all, { retentionMs: 100 }), "segments that may go").toEqual([0]);
  });
});

/** Five batches of three records, two to a segment: 0, 6 and 12. Of batch i the first timestamp is T0 + 10 i. */
function fiveBatches(runtime = testRuntime(), overrides: Partial<LogConfig> = {}): UnifiedLog {
  const log = openLog(runtime, { segmentBytes: 200, retentionMs: -1, ...overrides });
  for (let i = 0; i < 5; i++) log.appendAsLeader(batch100(0, T0 + 10 * i), i);
  return log;
}

describe("UnifiedLog.deleteOldSegments", () => {
  test("5.6 deleteOldSegments: the log then starts where the first segment that stays begins", async () => {
    const runtime = testRuntime();
    const log = fiveBatches(runtime, { retentionBytes: 250, fileDeleteDelayMs: 500 });
    expect(log.deleteOldSegments(15)).toBe(1);
    expect([log.logStartOffset, log.logEndOffset, segmentBases(log)]).toEqual([6, 15, [6, 12]]);
    expect(offsets(readAll(log))).toEqual([6, 7, 8, 9, 10, 11, 12, 13, 14]);
    expect(() => log.read(5, 100)).toThrow(expect.objectContaining({ code: "OFFSET_OUT_OF_RANGE" }));
    const left = (): string[] =>
      runtime.disk.list("/log/t-0").filter((name) => name.startsWith("00000000000000000000"));
    expect(left()).toContain("00000000000000000000.log.deleted");
    await runtime.advance(600);
    expect(left()).toEqual([]);
  });

  test("5.6 deleteOldSegments: when all is old, a new segment begins and the rest goes", () => {
    const log = fiveBatches(testRuntime(), { retentionBytes: 0 });
    expect(log.deleteOldSegments(15)).toBe(3);
    expect([log.logStartOffset, log.logEndOffset, segmentBases(log)]).toEqual([15, 15, [15]]);
    expect(log.deleteOldSegments(15)).toBe(0);
    expect(log.appendAsLeader(batch100(0), 9).firstOffset).toBe(15);
  });

  test("5.6 deleteOldSegments: goes by the high watermark that the log was told", () => {
    const log = fiveBatches(testRuntime(), { retentionBytes: 0 });
    expect(log.deleteOldSegments()).toBe(0);
    log.onHighWatermarkUpdated(6);
    expect(log.deleteOldSegments()).toBe(1);
    log.onHighWatermarkUpdated(15);
    expect(log.deleteOldSegments()).toBe(2);
  });

  test("5.6 deleteOldSegments: the epochs of deleted records are forgotten, but for that of the first one left", () => {
    const log = fiveBatches(testRuntime(), { retentionBytes: 250 });
    log.deleteOldSegments(15);
    expect(log.epochs.entries).toEqual([
      { epoch: 2, startOffset: 6 },
      { epoch: 3, startOffset: 9 },
      { epoch: 4, startOffset: 12 },
    ]);
  });

  test("5.6 deleteOldSegments: makes room also when the disk is full", async () => {
    const runtime = testRuntime();
    const log = fiveBatches(runtime, { retentionBytes: 250, fileDeleteDelayMs: 10 });
    runtime.node.fillDisk(0);
    expect(log.deleteOldSegments(15)).toBe(1);
    await runtime.advance(100);
    expect([log.logStartOffset, segmentBases(log)]).toEqual([6, [6, 12]]);
    expect(log.appendAsLeader(batch100(0), 4).firstOffset).toBe(15);
  });

  test("5.6 deleteOldSegments: a segment's snapshot of the producers goes with it", () => {
    const runtime = testRuntime();
    const log = fiveBatches(runtime, { retentionBytes: 150 });
    log.deleteOldSegments(15);
    expect(segmentBases(log)).toEqual([6, 12]);
    log.config = config({ retentionBytes: 50 });
    log.deleteOldSegments(15);
    expect(segmentBases(log)).toEqual([12]);
    expect(runtime.disk.list("/log/t-0").filter((name) => name.endsWith(".snapshot"))).toEqual([
      "00000000000000000012.snapshot",
    ]);
  });

  test("5.6 deleteOldSegments: says of each segment why it goes, in Kafka's words", () => {
    const said = ({ world }: TestRuntime): string[] =>
      world.trace.flatMap((line) => /t-0: deleting segment .*/.exec(line)?.[0] ?? []);
    const bySize = testRuntime();
    fiveBatches(bySize, { retentionBytes: 250 }).deleteOldSegments(15);
    expect(said(bySize)).toEqual([
      "t-0: deleting segment 00000000000000000000.log (200 bytes) due to log retention size 250 breach; " +
        "300 bytes are left",
    ]);
    const byTime = testRuntime();
    const log = fiveBatches(byTime, { retentionMs: 1000 });
    byTime.elapse(T0 + 1500 - byTime.clock.wallMs());
    log.deleteOldSegments(9);
    expect(said(byTime)).toEqual([
      expect.stringMatching(/0\.log \(200 bytes\) due to log retention time 1000 ms breach: by the largest/),
    ]);
    const byStart = testRuntime();
    const cut = fiveBatches(byStart, {});
    cut.incrementLogStartOffset(7);
    cut.deleteOldSegments(15);
    expect(said(byStart)).toEqual([expect.stringMatching(/0\.log \(200 bytes\) due to log start offset 7 breach/)]);
  });

  test("5.6 deleteOldSegments: records without timestamps are as old as their file", async () => {
    const runtime = testRuntime();
    const log = openLog(runtime, { retentionMs: 1000 });
    log.appendAsLeader(batch({ timestamp: -1 }), 0);
    expect(log.deleteOldSegments(1)).toBe(0);
    await runtime.advance(1001);
    expect(log.deleteOldSegments(1)).toBe(1);
  });
});
