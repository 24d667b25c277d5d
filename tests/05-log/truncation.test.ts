import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type LogSegment } from "#log/log-segment";
import { type UnifiedLog } from "#log";
import { property } from "../support/property.ts";
import { type TestRuntime, testRuntime } from "../support/sim.ts";
import {
  baseOffsets,
  batch,
  batch100,
  fill,
  indexEntries,
  marker,
  offsets,
  openLog,
  outcome,
  readAll,
  segment,
  segmentBases,
  T0,
  timeEntries,
} from "./fixtures.ts";

const upTo = (end: number): number[] => Array.from({ length: end }, (_, i) => i);

/** All that can be told of a segment. */
function stateOf(made: LogSegment): unknown {
  const bytes = Buffer.from(made.records.read(0, made.size)).toString("hex");
  return { bytes, index: indexEntries(made), times: timeEntries(made), max: made.timestamps.max };
}

describe("LogSegment.truncateTo", () => {
  test("5.6 LogSegment.truncateTo: the batch that holds the offset goes, with all after it", () => {
    const made = fill(segment(), 5);
    expect(made.truncateTo(9)).toBe(200);
    expect(baseOffsets(made.records.read(0, 1000))).toEqual([0, 3, 6]);
    expect(made.truncateTo(5)).toBe(200);
    expect(baseOffsets(made.records.read(0, 1000))).toEqual([0]);
  });

  test("5.6 LogSegment.truncateTo: above all records nothing goes, below all of them everything", () => {
    const made = fill(segment(100), 3);
    expect(made.truncateTo(109)).toBe(0);
    expect(made.size).toBe(300);
    expect(made.truncateTo(100)).toBe(300);
    expect(made.size).toBe(0);
    expect(made.timestamps.max.timestamp).toBe(-1);
    expect(segment().truncateTo(0)).toBe(0);
  });

  test("5.6 LogSegment.truncateTo: no index entry is left that points behind the end [I2]", () => {
    const made = fill(segment(0, { indexIntervalBytes: 150 }), 10);
    made.truncateTo(14);
    expect(made.size).toBe(400);
    expect(indexEntries(made)).toEqual([[8, 200]]);
    expect(timeEntries(made)).toEqual([[22, 8]]);
    expect(made.translateOffset(11)).toEqual({ position: 300, size: 100 });
  });

  test("5.6 LogSegment.truncateTo: aborted transactions whose marker went are forgotten", () => {
    const made = fill(segment(), 5);
    made.transactionIndex.append({ producerId: 1, firstOffset: 0, lastOffset: 5, lastStableOffset: 6 });
    made.transactionIndex.append({ producerId: 2, firstOffset: 3, lastOffset: 11, lastStableOffset: 12 });
    made.truncateTo(9);
    expect(made.transactionIndex.entries.map(({ producerId }) => producerId)).toEqual([1]);
    made.close();
  });

  test("5.6 LogSegment.truncateTo: the largest timestamp is that of the records that stay", () => {
    const made = segment(0, { indexIntervalBytes: 150 });
    [0, 10, 900, 20, 5000, 30].forEach((t, i) => made.append(batch100(3 * i, T0 + t)));
    made.truncateTo(12);
    expect(made.timestamps.max).toEqual({ timestamp: T0 + 902, offset: 8 });
    made.truncateTo(6);
    expect(made.timestamps.max).toEqual({ timestamp: T0 + 12, offset: 5 });
  });

  test("5.6 LogSegment.truncateTo: afterwards the segment is as if they had never been appended [I5]", () => {
    property(
      [fc.integer({ min: 1, max: 20 }), fc.nat(65), fc.integer({ min: 0, max: 700 })],
      (count, offset, interval) => {
        const cut = fill(segment(0, { indexIntervalBytes: interval }), count);
        cut.truncateTo(offset);
        const kept = Math.min(count, Math.floor(offset / 3));
        const never = fill(segment(0, { indexIntervalBytes: interval }), kept);
        expect(stateOf(cut)).toEqual(stateOf(never));
        // And so it goes on.
        fill(cut, 5);
        fill(never, 5);
        expect(stateOf(cut)).toEqual(stateOf(never));
      },
      { runs: 25 },
    );
  });
});

/** Seven batches of three records in segments 0, 9 and 18. */
function sevenBatches(runtime = testRuntime(), options = {}): UnifiedLog {
  const log = openLog(runtime, { segmentBytes: 300, ...options });
  for (let i = 0; i < 7; i++) log.appendAsLeader(batch100(0, T0 + 10 * i), i < 4 ? 0 : 1);
  return log;
}

const SEVEN_BATCHES = ["00000000000000000000.log", "00000000000000000009.log", "00000000000000000018.log"];

/** Processes that were started again after they had died in the middle of a truncation, each time one step later. */
async function* crashesInTruncation(): AsyncGenerator<TestRuntime> {
  // A renamed file counts as one byte written: the process dies after so many steps.
  for (let steps = 1, isOver = false; !isOver; steps++) {
    const runtime = testRuntime();
    const log = sevenBatches(runtime);
    await log.flush();
    runtime.node.crashAfterWriting(steps);
    try {
      log.truncateTo(3);
      isOver = true;
    } catch (error) {
      if (runtime.node.isAlive) throw error;
    }
    runtime.node.crashAfterWriting(Infinity);
    yield { ...runtime, ...runtime.node.restart() };
  }
}

describe("LocalLog.truncateTo", () => {
  test("5.6 truncateTo: the log ends at the offset, and goes on from there [I1]", () => {
    const log = sevenBatches();
    expect(log.truncateTo(12)).toBe(true);
    expect([log.logEndOffset, log.sizeInBytes]).toEqual([12, 400]);
    expect(log.appendAsLeader(batch(), 2).firstOffset).toBe(12);
    expect(offsets(readAll(log))).toEqual(upTo(13));
  });

  test("5.6 truncateTo: later segments go, and their files get another name", async () => {
    const runtime = testRuntime();
    const log = sevenBatches(runtime, { fileDeleteDelayMs: 1000 });
    log.truncateTo(6);
    expect(segmentBases(log)).toEqual([0]);
    const names = (): string[] => runtime.disk.list("/log/t-0").filter((name) => name.includes(".log"));
    expect(names()).toEqual([
      "00000000000000000000.log",
      "00000000000000000009.log.deleted",
      "00000000000000000018.log.deleted",
    ]);
    await runtime.advance(999);
    expect(names().length).toBe(3);
    await runtime.advance(10);
    expect(names()).toEqual(["00000000000000000000.log"]);
  });

  test("5.6 truncateTo: where a segment begins, that segment stays and is empty", () => {
    const log = sevenBatches();
    log.truncateTo(9);
    expect(segmentBases(log)).toEqual([0, 9]);
    expect(log.logEndOffset).toBe(9);
    log.appendAsLeader(batch100(0), 1);
    expect(segmentBases(log)).toEqual([0, 9]);
    expect(offsets(readAll(log))).toEqual(upTo(12));
  });

  test("5.6 truncateTo: a batch is never cut in two: the log may end before the offset [I1]", () => {
    const log = sevenBatches();
    log.truncateTo(14);
    expect(log.logEndOffset).toBe(12);
    log.appendAsLeader(batch100(0), 1);
    expect(offsets(readAll(log))).toEqual(upTo(15));
  });

  test("5.6 truncateTo: the segment that is last now takes entries in its indexes again [I5]", () => {
    const config = { indexIntervalBytes: 150, segmentBytes: 500 };
    const log = sevenBatches(testRuntime(), config);
    log.truncateTo(9);
    const never = openLog(testRuntime(), config);
    for (let i = 0; i < 3; i++) never.appendAsLeader(batch100(0, T0 + 10 * i), 0);
    for (const each of [log, never]) for (let i = 0; i < 2; i++) each.appendAsLeader(batch100(0, T0 + 1000), 2);
    expect(stateOf(log.segments.active)).toEqual(stateOf(never.segments.active));
    expect(indexEntries(log.segments.active)).toEqual([
      [8, 200],
      [14, 400],
    ]);
  });

  test("5.6 truncateTo: a crash in the middle leaves no hole [I4]", async () => {
    for await (const { disk } of crashesInTruncation()) {
      const left = disk.list("/log/t-0").filter((name) => name.endsWith(".log"));
      expect(left, "segments left").toEqual(SEVEN_BATCHES.slice(0, left.length));
    }
  });

  test("5.7 recoverLog: after a crash in the middle of a truncation the log is whole [I4]", async () => {
    for await (const runtime of crashesInTruncation()) {
      const again = openLog(runtime, { segmentBytes: 300 }, { recoveryPoint: 21 });
      expect(offsets(readAll(again))).toEqual(upTo(again.logEndOffset));
    }
  });

  test("5.6 truncateTo: what is flushed does not count beyond the cut", async () => {
    const log = sevenBatches();
    await log.flush();
    expect(log.recoveryPoint).toBe(21);
    // The batch 12 to 14 goes whole. What will be written from 12 on is not on the device.
    log.truncateTo(14);
    expect(log.recoveryPoint).toBe(12);
  });

  test("5.6 truncateTo: a flush that was under way does not speak for what came after the cut", async () => {
    const runtime = testRuntime();
    runtime.node.slowDisk(0, 10);
    const log = sevenBatches(runtime);
    const flushing = log.flush();
    log.truncateTo(12);
    log.appendAsLeader(batch100(0), 2);
    await runtime.advance(1000);
    await flushing;
    expect(log.recoveryPoint).toBe(0);
  });

  test("5.6 truncateTo: nor does the one after it, which flush.messages wants, go beyond the cut", async () => {
    const runtime = testRuntime();
    runtime.node.slowDisk(0, 10);
    const log = sevenBatches(runtime, { segmentBytes: 1000, flushMessages: 1 });
    await runtime.advance(1);
    log.truncateTo(12);
    await runtime.advance(1000);
    expect(log.recoveryPoint).toBe(12);
  });
});

describe("UnifiedLog.truncateTo", () => {
  test("5.6 truncateTo: epochs that have no records left are forgotten", () => {
    const log = sevenBatches();
    expect(log.endOffsetForEpoch(0)).toEqual({ epoch: 0, endOffset: 12 });
    log.truncateTo(12);
    expect(log.latestEpoch).toBe(0);
  });

  test("5.5 append: truncateTo above the log's end forgets the epoch of a leader that wrote nothing", () => {
    const log = sevenBatches();
    log.epochs.assign(5, 21);
    expect(log.truncateTo(21)).toBe(false);
    expect([log.latestEpoch, log.logEndOffset]).toEqual([1, 21]);
  });

  test("5.8 producers: after a truncation they are what they were at the offset", () => {
    const log = openLog(testRuntime(), { segmentBytes: 300 });
    const send = (baseSequence: number): Uint8Array =>
      batch({ producerId: 5, producerEpoch: 0, baseSequence, valueBytes: 32 });
    for (let i = 0; i < 8; i++) log.appendAsLeader(send(i), 0);
    log.truncateTo(5);
    expect(log.producers.lastEntry(5)!.lastSequence).toBe(4);
    // What went is no duplicate; what stayed is one.
    expect(outcome(log.appendAsLeader(send(4), 0))).toEqual({ firstOffset: 4, isDuplicate: true });
    expect(outcome(log.appendAsLeader(send(5), 0))).toEqual({ firstOffset: 5, isDuplicate: false });
  });

  test("5.8 producers: after a truncation a transaction whose marker went is open again", () => {
    const log = openLog(testRuntime());
    log.appendAsLeader(batch({ producerId: 5, producerEpoch: 0, baseSequence: 0, isTransactional: true }), 0);
    log.appendAsLeader(marker("abort", 5, 0), 0, { origin: "coordinator" });
    log.onHighWatermarkUpdated(2);
    expect(log.firstUnstableOffset).toBeNull();
    log.truncateTo(1);
    expect(log.firstUnstableOffset).toBe(0);
    expect(log.abortedTransactions(0, 1)).toEqual([]);
  });

  test("5.6 truncateTo: works on a full disk, and makes room on it", () => {
    const runtime = testRuntime();
    const log = sevenBatches(runtime);
    runtime.node.fillDisk(0);
    expect(log.truncateTo(12)).toBe(true);
    expect([log.logEndOffset, log.sizeInBytes, log.latestEpoch]).toEqual([12, 400, 0]);
    runtime.node.fillDisk(10_000);
    expect(log.appendAsLeader(batch(), 2).firstOffset).toBe(12);
  });

  test("5.6 truncateTo: the log start offset and the high watermark are never above the log's end [I3]", () => {
    const log = sevenBatches();
    log.onHighWatermarkUpdated(21);
    log.incrementLogStartOffset(15);
    log.truncateTo(12);
    expect([log.logStartOffset, log.highWatermark, log.logEndOffset]).toEqual([12, 12, 12]);
  });

  test("5.5 append: truncateTo below the first segment begins a new log there", async () => {
    const runtime = testRuntime();
    const log = openLog(runtime);
    log.truncateFullyAndStartAt(100);
    expect(log.appendAsLeader(batch100(0), 3).firstOffset).toBe(100);
    log.truncateTo(40);
    expect([log.logStartOffset, log.logEndOffset, log.sizeInBytes, log.latestEpoch]).toEqual([40, 40, 0, null]);
    expect(log.appendAsLeader(batch100(0), 4).firstOffset).toBe(40);
    await runtime.advance(100_000);
    expect(runtime.disk.list("/log/t-0").filter((name) => name.endsWith(".log"))).toEqual(["00000000000000000040.log"]);
  });

  test("5.5 append: truncateFullyAndStartAt works also where a segment begins", () => {
    const runtime = testRuntime();
    const log = sevenBatches(runtime);
    log.truncateFullyAndStartAt(9);
    log.appendAsLeader(batch100(0), 3);
    expect([log.logStartOffset, log.logEndOffset, log.segments.count]).toEqual([9, 12, 1]);
    expect(runtime.disk.size("/log/t-0/00000000000000000009.log")).toBe(100);
  });

  test("given: a negative offset is refused", () => {
    const log = openLog(testRuntime());
    expect(() => log.truncateTo(-1)).toThrow(expect.objectContaining({ code: "UNKNOWN_SERVER_ERROR" }));
  });
});
