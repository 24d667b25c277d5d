import { describe, expect, test } from "vitest";
import { KafkaError } from "#ground/errors";
import { type LogAppendInfo, type UnifiedLog } from "#log";
import { RecordBatchBuilder } from "#serialization";
import { testRuntime } from "../support/sim.ts";
import {
  baseOffsets,
  batch,
  batch100,
  joined,
  offsets,
  openLog,
  outcome,
  readAll,
  segmentBases,
  T0,
  watch,
} from "./fixtures.ts";

/** A batch of 100 bytes, as a client sends it. */
function produced(timestamp = T0): Uint8Array {
  return batch100(0, timestamp, { partitionLeaderEpoch: -1 });
}

/** Appends `count` batches of 100 bytes with three records each; of batch i the first timestamp is T0 + 10 i. */
function append(log: UnifiedLog, count: number): UnifiedLog {
  for (let i = 0; i < count; i++) log.appendAsLeader(produced(T0 + 10 * i), 0);
  return log;
}

/** Where an append put its records: first and last offset, and how many they are. */
function placed({ firstOffset, lastOffset, numMessages }: LogAppendInfo): number[] {
  return [firstOffset, lastOffset, numMessages];
}

/** Notes what the producers' state of a log is asked and told from now on. */
function watchProducers(log: UnifiedLog): string[] {
  const { producers } = log;
  const seen: string[] = [];
  const prepare = producers.prepare.bind(producers);
  const commit = producers.commit.bind(producers);
  producers.prepare = (batches, origin, where) => {
    seen.push(`${origin} prepared`);
    return prepare(batches, origin, where);
  };
  producers.commit = (changes) => {
    seen.push(`committed, with the log's end at ${log.logEndOffset}`);
    commit(changes);
  };
  return seen;
}

const upTo = (end: number, from = 0): number[] => Array.from({ length: end - from }, (_, i) => from + i);

describe("append", () => {
  test("5.5 append: records get the offsets that follow [I1]", () => {
    const log = openLog(testRuntime());
    expect(log.logEndOffset).toBe(0);
    expect(placed(log.appendAsLeader(produced(), 0))).toEqual([0, 2, 3]);
    expect(placed(log.appendAsLeader(batch(), 0))).toEqual([3, 3, 1]);
    expect(log.logEndOffset).toBe(4);
    expect(offsets(readAll(log))).toEqual([0, 1, 2, 3]);
  });

  test("5.5 append: on disk is what was sent, with the base offset and the leader's epoch written in", () => {
    const runtime = testRuntime();
    const log = openLog(runtime);
    log.appendAsLeader(produced(), 7);
    log.appendAsLeader(produced(), 7);
    const file = Buffer.from(runtime.disk.readFile("/log/t-0/00000000000000000000.log"));
    const expected = [0, 3].map((offset) => batch100(offset, T0, { partitionLeaderEpoch: 7 }));
    expect(file.toString("hex")).toBe(Buffer.from(joined(...expected)).toString("hex"));
  });

  test("5.5 append: a batch that does not fit begins a new segment, named after its offset", () => {
    const runtime = testRuntime();
    const log = append(openLog(runtime, { segmentBytes: 300 }), 7);
    expect(segmentBases(log)).toEqual([0, 9, 18]);
    expect(log.segments.all.map(({ size }) => size)).toEqual([300, 300, 100]);
    expect(runtime.disk.list("/log/t-0").filter((name) => name.endsWith(".log"))).toEqual([
      "00000000000000000000.log",
      "00000000000000000009.log",
      "00000000000000000018.log",
    ]);
  });

  test("5.5 append: a segment that is left gets its last time index entry, and its indexes are on disk", () => {
    const runtime = testRuntime();
    append(openLog(runtime, { segmentBytes: 500, indexIntervalBytes: 250 }), 6);
    expect(runtime.disk.size("/log/t-0/00000000000000000000.index")).toBe(8);
    expect(runtime.disk.size("/log/t-0/00000000000000000000.timeindex")).toBe(24);
  });

  test("5.5 append: segments roll by the records' time, not by the broker's", () => {
    const log = openLog(testRuntime(), { segmentMs: 1000 });
    for (const afterMs of [0, 500, 1000, 1001, 1500, 2100]) log.appendAsLeader(produced(T0 + afterMs), 0);
    // A segment begins with the batch that is more than a second younger than the first one of the segment before.
    expect(segmentBases(log)).toEqual([0, 9, 15]);
  });

  test("5.5 append: a batch larger than a segment is refused [I6]", () => {
    const log = openLog(testRuntime(), { segmentBytes: 99 });
    expect(() => log.appendAsLeader(produced(), 0)).toThrow(expect.objectContaining({ code: "RECORD_LIST_TOO_LARGE" }));
    expect([log.logEndOffset, log.sizeInBytes, log.segments.count]).toEqual([0, 0, 1]);
  });

  test("5.5 append: several batches that together are larger than a segment are refused, too [I6]", () => {
    const log = openLog(testRuntime(), { segmentBytes: 199 });
    const append = (): unknown => log.appendAsFollower(joined(batch100(0), batch100(3)));
    expect(append).toThrow(expect.objectContaining({ code: "RECORD_LIST_TOO_LARGE" }));
    expect([log.logEndOffset, log.sizeInBytes, log.latestEpoch]).toEqual([0, 0, null]);
  });

  test("5.5 append: a batch that just fills a segment is taken", () => {
    const log = append(openLog(testRuntime(), { segmentBytes: 100 }), 2);
    expect(segmentBases(log)).toEqual([0, 3]);
  });

  test("5.5 append: the epoch of the leader is noted, with the offset at which it began", () => {
    const log = openLog(testRuntime());
    log.appendAsLeader(produced(), 0);
    log.appendAsLeader(produced(), 2);
    log.appendAsLeader(produced(), 2);
    expect(log.latestEpoch).toBe(2);
    expect(log.endOffsetForEpoch(0)).toEqual({ epoch: 0, endOffset: 3 });
    expect(log.endOffsetForEpoch(2)).toEqual({ epoch: 2, endOffset: 9 });
  });

  test("5.5 append: with LogAppendTime the broker's time is the records' time", () => {
    const runtime = testRuntime();
    const log = openLog(runtime, { messageTimestampType: "LogAppendTime" });
    const nowMs = runtime.clock.wallMs();
    const { logAppendTime, maxTimestamp } = log.appendAsLeader(produced(), 0);
    expect([logAppendTime, maxTimestamp]).toEqual([nowMs, nowMs]);
    expect(log.offsetOfMaxTimestamp()?.timestamp).toBe(nowMs);
  });

  test("5.5 append: on a full disk the log stays as it was, and goes on when there is room [I6]", () => {
    const runtime = testRuntime();
    const log = append(openLog(runtime), 2);
    const seen = watchProducers(log);
    runtime.node.fillDisk(50);
    expect(() => log.appendAsLeader(batch(), 0)).toThrow(expect.objectContaining({ reason: "full" }));
    expect([log.logEndOffset, log.sizeInBytes]).toEqual([6, 200]);
    expect(seen, "what the producers' state was told").toEqual(["client prepared"]);
    runtime.node.fillDisk(10_000);
    expect(log.appendAsLeader(batch(), 0).firstOffset).toBe(6);
    expect(offsets(readAll(log))).toEqual(upTo(7));
  });

  test("5.5 append: the producers' state takes over what it has prepared, once that is in the log", () => {
    const log = append(openLog(testRuntime()), 2);
    const seen = watchProducers(log);
    log.appendAsLeader(produced(), 0);
    log.appendAsFollower(batch100(9));
    expect(seen).toEqual([
      "client prepared", "committed, with the log's end at 9",
      "replication prepared", "committed, with the log's end at 12",
    ]);
  });

  test("5.5 append: what the producers' state refuses changes nothing [I6]", () => {
    // The next batch would go to a new segment, and note a new epoch.
    const log = append(openLog(testRuntime(), { segmentBytes: 100 }), 1);
    log.producers.prepare = () => {
      throw new KafkaError("OUT_OF_ORDER_SEQUENCE_NUMBER", "as a test wants it");
    };
    const refused = expect.objectContaining({ code: "OUT_OF_ORDER_SEQUENCE_NUMBER" });
    expect(() => log.appendAsLeader(produced(), 4)).toThrow(refused);
    expect([log.logEndOffset, log.latestEpoch, log.sizeInBytes, segmentBases(log)]).toEqual([3, 0, 100, [0]]);
  });

  test("5.5 append: a new epoch waits for no device, and needs no room but the batch's", () => {
    const runtime = testRuntime();
    const log = append(openLog(runtime), 2);
    runtime.node.fillDisk(100);
    runtime.node.slowDisk(0, 50);
    const beforeMs = runtime.clock.nowMs();
    expect(log.appendAsLeader(produced(), 3).firstOffset).toBe(6);
    expect(runtime.clock.nowMs() - beforeMs, "ms that the turn lasts").toBe(0);
    expect(log.epochs.entries).toEqual([{ epoch: 0, startOffset: 0 }, { epoch: 3, startOffset: 6 }]);
  });

  test("5.5 append: on a closed log nothing changes, in memory or on disk [I6]", async () => {
    const runtime = testRuntime();
    // The next batch would go to a new segment, and note a new epoch.
    const log = append(openLog(runtime, { segmentBytes: 100 }), 1);
    await log.close();
    const { disk } = runtime;
    const files = (): string[] => disk.list("/log/t-0").map((name) => `${name} ${disk.size(`/log/t-0/${name}`)}`);
    const before = files();
    const closed = expect.objectContaining({ code: "KAFKA_STORAGE_ERROR" });
    expect(() => log.appendAsLeader(produced(), 1)).toThrow(closed);
    expect(() => log.appendAsFollower(batch100(3, T0, { partitionLeaderEpoch: 1 }))).toThrow(closed);
    for (const change of ["truncateTo", "truncateFullyAndStartAt", "incrementLogStartOffset"] as const) {
      expect(() => log[change](2), change).toThrow(closed);
    }
    expect(files()).toEqual(before);
    expect([log.logStartOffset, log.logEndOffset, log.latestEpoch, log.segments.count]).toEqual([0, 3, 0, 1]);
  });

  test("5.5 append: the same when the disk is full where a segment should begin [I6]", () => {
    const runtime = testRuntime();
    const log = append(openLog(runtime, { segmentBytes: 300, indexIntervalBytes: 50 }), 3);
    runtime.node.fillDisk(20);
    expect(() => log.appendAsLeader(produced(), 0)).toThrow(expect.objectContaining({ reason: "full" }));
    expect(log.logEndOffset).toBe(9);
    expect(offsets(readAll(log))).toEqual(upTo(9));
    runtime.node.fillDisk(10_000);
    append(log, 4);
    expect(offsets(readAll(log))).toEqual(upTo(21));
    expect(segmentBases(log)).toEqual([0, 9, 18]);
  });
});

describe("append by a producer with an id", () => {
  const from = (baseSequence: number, records = 1, producerEpoch = 0): Uint8Array =>
    batch({ producerId: 77, producerEpoch, baseSequence, records });

  test("5.8 findDuplicate: a batch that comes again is not written again, and gets its first offsets", () => {
    const log = openLog(testRuntime());
    log.appendAsLeader(from(0, 3), 0);
    log.appendAsLeader(from(3, 2), 0);
    const again = log.appendAsLeader(from(0, 3), 0);
    expect(outcome(again)).toEqual({ firstOffset: 0, isDuplicate: true });
    expect(again.lastOffset).toBe(2);
    expect(log.logEndOffset).toBe(5);
    expect(outcome(log.appendAsLeader(from(5), 0))).toEqual({ firstOffset: 5, isDuplicate: false });
  });

  test("5.8 addBatch: a batch whose write failed is no duplicate when it comes again [I6]", () => {
    const runtime = testRuntime();
    const log = openLog(runtime);
    log.appendAsLeader(from(0), 0);
    runtime.node.fillDisk(50);
    expect(() => log.appendAsLeader(from(1), 0)).toThrow(expect.objectContaining({ reason: "full" }));
    runtime.node.fillDisk(10_000);
    expect(outcome(log.appendAsLeader(from(1), 0))).toEqual({ firstOffset: 1, isDuplicate: false });
  });

  test("5.8 checkSequence: a gap in the sequence is refused, and nothing changes [I6]", () => {
    // The next batch goes to a new segment. A refused one does not begin it.
    const log = openLog(testRuntime(), { segmentBytes: 100 });
    log.appendAsLeader(from(0), 0);
    const append = (): unknown => log.appendAsLeader(from(2), 4);
    expect(append).toThrow(expect.objectContaining({ code: "OUT_OF_ORDER_SEQUENCE_NUMBER" }));
    expect([log.logEndOffset, log.latestEpoch, log.sizeInBytes]).toEqual([1, 0, from(0).length]);
    expect(segmentBases(log)).toEqual([0]);
    expect(log.appendAsLeader(from(1), 0).firstOffset).toBe(1);
  });

  test("5.8 checkEpoch: an old epoch is fenced", () => {
    const log = openLog(testRuntime());
    log.appendAsLeader(from(0, 1, 3), 0);
    const append = (): unknown => log.appendAsLeader(from(1, 1, 2), 0);
    expect(append).toThrow(expect.objectContaining({ code: "INVALID_PRODUCER_EPOCH" }));
    expect(log.logEndOffset).toBe(1);
  });
});

describe("appendAsFollower", () => {
  test("5.5 append: a follower keeps the offsets and epochs that its leader gave", () => {
    const log = openLog(testRuntime());
    const sent = joined(batch100(0), batch100(3, T0, { partitionLeaderEpoch: 4 }));
    expect(placed(log.appendAsFollower(sent))).toEqual([0, 5, 6]);
    expect(Buffer.from(readAll(log)).equals(Buffer.from(sent))).toBe(true);
    expect(log.epochs.entries).toEqual([{ epoch: 0, startOffset: 0 }, { epoch: 4, startOffset: 3 }]);
  });

  test("5.5 append: half a batch at the end is left out", () => {
    const log = openLog(testRuntime());
    log.appendAsFollower(joined(batch100(0), batch100(3).subarray(0, 80)));
    expect([log.logEndOffset, log.sizeInBytes]).toEqual([3, 100]);
    expect(placed(log.appendAsFollower(new Uint8Array(0)))).toEqual([3, 2, 0]);
  });

  test("5.5 append: offsets that are in the log already are refused [I1]", () => {
    const log = openLog(testRuntime());
    log.appendAsFollower(batch100(0));
    const again = (): unknown => log.appendAsFollower(batch100(2));
    expect(again).toThrow(expect.objectContaining({ code: "UNKNOWN_SERVER_ERROR" }));
    const twice = (): unknown => log.appendAsFollower(joined(batch100(3), batch100(3)));
    expect(twice).toThrow(expect.objectContaining({ code: "UNKNOWN_SERVER_ERROR" }));
    log.appendAsFollower(batch100(3));
    expect(offsets(readAll(log))).toEqual(upTo(6));
  });

  test("5.5 append: a damaged batch is refused, with those that came with it [I6]", () => {
    const log = openLog(testRuntime());
    const sent = joined(batch100(0), batch100(3));
    sent[150]! ^= 1;
    expect(() => log.appendAsFollower(sent)).toThrow(expect.objectContaining({ code: "CORRUPT_MESSAGE" }));
    expect([log.logEndOffset, log.sizeInBytes]).toEqual([0, 0]);
    log.appendAsFollower(batch100(0));
    expect(log.logEndOffset).toBe(3);
  });

  test("5.5 append: an offset too far from the segment's base begins a new segment there", () => {
    const log = openLog(testRuntime());
    log.appendAsFollower(batch100(0));
    log.appendAsFollower(batch100(2 ** 31 - 3));
    expect(segmentBases(log)).toEqual([0]);
    log.appendAsFollower(batch100(2 ** 31 + 500));
    expect(segmentBases(log)).toEqual([0, 2 ** 31 + 500]);
    expect(log.logEndOffset).toBe(2 ** 31 + 503);
  });

  test("5.5 append: a new segment begins also when only the last offset is too far from the base", () => {
    const log = openLog(testRuntime());
    log.appendAsFollower(batch100(0));
    log.appendAsFollower(batch100(2 ** 31 - 2));
    expect(segmentBases(log)).toEqual([0, 2 ** 31 - 2]);
  });

  test("5.5 append: of several batches the youngest says whether a new segment begins", () => {
    const log = openLog(testRuntime(), { segmentMs: 1000 });
    log.appendAsFollower(batch100(0));
    log.appendAsFollower(joined(batch100(3, T0 + 2000), batch100(6, T0 + 10)));
    expect(segmentBases(log)).toEqual([0, 3]);
    log.appendAsFollower(joined(batch100(9, T0 + 2000), batch100(12, T0 + 4000)));
    expect(segmentBases(log)).toEqual([0, 3, 9]);
  });

  test("5.5 append: batches without an epoch (−1) are taken, and none is noted", () => {
    const log = openLog(testRuntime());
    log.appendAsFollower(batch100(0, T0, { partitionLeaderEpoch: -1 }));
    expect([log.logEndOffset, log.latestEpoch]).toEqual([3, null]);
  });

  test("5.8 addBatch: sequences are the leader's business: a follower takes what it took", () => {
    const log = openLog(testRuntime());
    const sent = (baseOffset: number, baseSequence: number): Uint8Array =>
      batch({ baseOffset, baseSequence, producerId: 77, producerEpoch: 0, partitionLeaderEpoch: 0 });
    log.appendAsFollower(sent(0, 0));
    // The batches between them were compacted away.
    log.appendAsFollower(sent(5, 5));
    expect(log.logEndOffset).toBe(6);
  });
});

describe("read", () => {
  const log = (): UnifiedLog => append(openLog(testRuntime(), { segmentBytes: 300 }), 7);

  test("5.5 read: a reader that goes on at nextOffset gets every record once [I1]", () => {
    for (const maxBytes of [1, 100, 250, 10_000]) expect(offsets(readAll(log(), 0, maxBytes))).toEqual(upTo(21));
  });

  test("5.5 read: one answer is from one segment", () => {
    expect(baseOffsets(log().read(3, 10_000).records)).toEqual([3, 6]);
    expect(log().read(3, 10_000).nextOffset).toBe(9);
  });

  test("5.5 read: at the log's end there is nothing to read, which is no error", () => {
    expect(log().read(21, 1000).nextOffset).toBe(21);
    expect(log().read(21, 1000).records.length).toBe(0);
  });

  test.each([22, -1])("5.5 read: offset %d is out of range", (offset) => {
    const read = (): unknown => log().read(offset, 1000);
    expect(read).toThrow(expect.objectContaining({ code: "OFFSET_OUT_OF_RANGE" }));
  });

  test("5.5 read: below the log start offset, too, also when the batch is still there", () => {
    const shortened = log();
    shortened.incrementLogStartOffset(4);
    const read = (): unknown => shortened.read(3, 1000);
    expect(read).toThrow(expect.objectContaining({ code: "OFFSET_OUT_OF_RANGE" }));
    expect(baseOffsets(shortened.read(4, 100).records)).toEqual([3]);
  });

  test("5.5 read: nothing at or above maxOffset [I3]", () => {
    expect(baseOffsets(log().read(0, 10_000, { maxOffset: 6 }).records)).toEqual([0, 3]);
    expect(log().read(6, 10_000, { maxOffset: 6 }).records.length).toBe(0);
    expect(log().read(12, 10_000, { maxOffset: 6 }).nextOffset).toBe(12);
    expect(baseOffsets(log().read(18, 10_000, { maxOffset: 1000 }).records)).toEqual([18]);
  });

  test("5.5 read: the first batch comes whole, unless it need not", () => {
    expect(log().read(4, 10).records.length).toBe(100);
    expect(log().read(4, 10, { minOneMessage: false }).records.length).toBe(0);
  });

  test("5.5 read: a batch that is too large is not passed over", () => {
    const log = append(openLog(testRuntime(), { segmentBytes: 300 }), 2);
    log.appendAsLeader(batch({ valueBytes: 200 }), 0);
    append(log, 1);
    expect(segmentBases(log)).toEqual([0, 6, 7]);
    const { records, nextOffset } = log.read(6, 150, { minOneMessage: false });
    expect([baseOffsets(records), nextOffset]).toEqual([[], 6]);
  });

  test("5.5 read: only the segment that holds the offset is looked at", () => {
    const made = log();
    const seen = watch(made.segments.first);
    expect(baseOffsets(made.read(18, 1000).records)).toEqual([18]);
    expect(seen.reads, "reads of the first segment's file").toBe(0);
  });

  test("5.5 read: at the log's end, and from maxOffset on, no file is read: readers wait there", () => {
    const made = log();
    const all = made.segments.all.map(watch);
    made.read(21, 1000);
    made.read(12, 1000, { maxOffset: 12 });
    made.read(15, 1000, { maxOffset: 12 });
    expect(all.map(({ reads }) => reads), "reads of the segments' files").toEqual([0, 0, 0]);
  });

  test("5.5 read: where a segment's last batches are gone, the next segment goes on", () => {
    // As after compaction: [0, 3) · nothing in [3, 100) · [100, 103), the latter in a segment of its own.
    const compacted = openLog(testRuntime(), { cleanupPolicy: ["compact"] });
    compacted.appendAsFollower(batch100(0));
    compacted.roll(100);
    compacted.appendAsFollower(batch100(100));
    expect(baseOffsets(compacted.read(3, 1000).records)).toEqual([100]);
    expect(baseOffsets(compacted.read(99, 1000).records)).toEqual([100]);
    expect(baseOffsets(compacted.read(0, 1000).records)).toEqual([0]);
  });

  test("5.5 read: passes over segments that are empty", () => {
    const compacted = openLog(testRuntime(), { cleanupPolicy: ["compact"] });
    compacted.appendAsFollower(batch100(0));
    compacted.roll(50);
    compacted.roll(80);
    compacted.appendAsFollower(batch100(80));
    expect(baseOffsets(compacted.read(10, 1000).records)).toEqual([80]);
  });
});

describe("looking for timestamps", () => {
  test("5.5 findByTimestamp: the first record that is as young", () => {
    const log = append(openLog(testRuntime(), { segmentBytes: 300, indexIntervalBytes: 100 }), 7);
    // Record 3 i + k has the timestamp T0 + 10 i + k.
    expect(log.offsetForTimestamp(T0)).toEqual({ offset: 0, timestamp: T0, leaderEpoch: 0 });
    expect(log.offsetForTimestamp(T0 + 11)?.offset).toBe(4);
    expect(log.offsetForTimestamp(T0 + 13)).toMatchObject({ offset: 6, timestamp: T0 + 20 });
    expect(log.offsetForTimestamp(T0 + 62)?.offset).toBe(20);
    expect(log.offsetForTimestamp(T0 + 63)).toBeNull();
  });

  test("5.5 findByTimestamp: nothing below the log's start, also where the batch is still there", () => {
    const log = append(openLog(testRuntime(), { segmentBytes: 300 }), 7);
    log.incrementLogStartOffset(5);
    expect(log.offsetForTimestamp(0)?.offset).toBe(5);
    // The batch 3 to 5 has its young records below the start.
    log.incrementLogStartOffset(6);
    expect(log.offsetForTimestamp(T0 + 11)).toMatchObject({ offset: 6, timestamp: T0 + 20 });
  });

  test("5.5 findByTimestamp: what lies below the log's start hides nothing behind it", () => {
    const log = openLog(testRuntime(), { segmentBytes: 300 });
    for (const afterMs of [900, 20, 30, 500]) log.appendAsLeader(produced(T0 + afterMs), 0);
    log.incrementLogStartOffset(4);
    // The first segment's largest timestamp is that of a record that is no part of the log any more.
    expect(log.offsetForTimestamp(T0 + 100)).toMatchObject({ offset: 9, timestamp: T0 + 500 });
  });

  test("5.5 findByTimestamp: timestamps jump back: the first one by offset counts, not the nearest in time", () => {
    const log = openLog(testRuntime(), { indexIntervalBytes: 0 });
    for (const afterMs of [0, 900, 20, 400]) log.appendAsLeader(produced(T0 + afterMs), 0);
    expect(log.offsetForTimestamp(T0 + 400)).toMatchObject({ offset: 3, timestamp: T0 + 900 });
    expect(log.offsetForTimestamp(T0 + 3)).toMatchObject({ offset: 3 });
  });

  test("5.5 findByTimestamp: of a batch it is the record that counts", () => {
    const log = openLog(testRuntime());
    // Within a batch, too, timestamps jump back.
    const builder = new RecordBatchBuilder({});
    for (const afterMs of [50, 10, 30, 40]) builder.append(T0 + afterMs, null, null);
    log.appendAsLeader(new Uint8Array(builder.build()), 0);
    log.incrementLogStartOffset(1);
    expect(log.offsetForTimestamp(T0 + 25)).toEqual({ offset: 2, timestamp: T0 + 30, leaderEpoch: 0 });
    expect(log.offsetForTimestamp(T0 + 45)).toBeNull();
  });

  test("5.5 findByTimestamp: files that can't have it are not read, of the one that may only the end", () => {
    const log = append(openLog(testRuntime(), { segmentBytes: 3000, indexIntervalBytes: 200 }), 70);
    const all = log.segments.all.map(watch);
    expect(log.offsetForTimestamp(T0 + 590)?.offset).toBe(3 * 59);
    expect(all.map(({ reads }) => reads > 0), "which of the segments' files are read").toEqual([false, true, false]);
    expect(log.offsetForTimestamp(T0 + 9999)).toBeNull();
    expect(all[0]!.reads + all[2]!.reads, "reads of the others").toBe(0);
    expect(log.offsetForTimestamp(T0 + 290)?.offset).toBe(3 * 29);
    expect(all[0]!.bytesRead, "bytes read of 3,000, to find the last record").toBeLessThan(600);
  });

  test("5.5 append: offsetOfMaxTimestamp finds the youngest record of all, wherever it is", () => {
    const log = openLog(testRuntime(), { segmentBytes: 300 });
    expect(log.offsetOfMaxTimestamp()).toBeNull();
    for (const afterMs of [0, 10, 900, 20, 30, 40, 50]) log.appendAsLeader(produced(T0 + afterMs), 0);
    expect(log.offsetOfMaxTimestamp()).toEqual({ offset: 8, timestamp: T0 + 902, leaderEpoch: 0 });
  });
});
