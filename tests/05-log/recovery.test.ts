import { describe, expect, test } from "vitest";
import { DiskError } from "#ground/errors";
import { type Runtime } from "#ground/runtime";
import { runToEnd } from "#ground/gradually";
import { LeaderEpochFileCache, type LogConfig, type LogOptions, ProducerStateManager, type UnifiedLog } from "#log";
import { LogSegment } from "#log/log-segment";
import { recoverLog, recoverSegment, type RecoverableLog } from "#log/recovery";
import { testRuntime } from "../support/sim.ts";
import {
  baseOffsets,
  batch,
  batch100,
  fill,
  indexEntries,
  joined,
  marker,
  offsets,
  openLog,
  readAll,
  segment,
  segmentBases,
  segmentContext,
  T0,
  timeEntries,
} from "./fixtures.ts";

const FOLDER = "/log/t-0";
const upTo = (end: number): number[] => Array.from({ length: end }, (_, i) => i);

function producersOf({ disk, log }: Runtime): ProducerStateManager {
  return new ProducerStateManager(disk, FOLDER, log, Infinity);
}

function epochsOf({ disk }: Runtime): LeaderEpochFileCache {
  return new LeaderEpochFileCache(disk, `${FOLDER}/leader-epoch-checkpoint`);
}

/** Recovers a segment at once. */
function recover(
  made: LogSegment,
  runtime: Runtime,
  producers = producersOf(runtime),
  epochs = epochsOf(runtime),
): number {
  return runToEnd(recoverSegment(made, producers, epochs));
}

/** A segment with these bytes in its `.log` file, as a crash may leave them; its indexes are empty. */
function segmentWith(
  bytes: Uint8Array,
  runtime = testRuntime(),
  baseOffset = 0,
  overrides: Partial<LogConfig> = {},
): LogSegment {
  const made = new LogSegment(segmentContext(runtime, { indexIntervalBytes: 150, ...overrides }), baseOffset);
  made.activate();
  made.records.append(bytes);
  return made;
}

/** Five batches of 100 bytes. */
function fiveBatches(): Uint8Array {
  return joined(...[0, 3, 6, 9, 12].map((offset, i) => batch100(offset, T0 + 10 * i)));
}

describe("recoverSegment", () => {
  test("5.7 recoverSegment: of an undamaged segment nothing is cut, and its indexes become what they were [I5]", () => {
    const runtime = testRuntime();
    const made = fill(segment(0, { indexIntervalBytes: 150 }, runtime), 20);
    const before = [indexEntries(made), timeEntries(made), made.timestamps.max];
    expect(recover(made, runtime), "bytes cut from the .log").toBe(0);
    expect([indexEntries(made), timeEntries(made), made.timestamps.max]).toEqual(before);
    expect(made.size).toBe(2000);
  });

  test("5.7 recoverSegment: what stood in the indexes does not count", () => {
    const runtime = testRuntime();
    const made = segmentWith(fiveBatches(), runtime);
    made.offsetIndex.append(1, 77);
    made.timeIndex.maybeAppend(T0 + 99_999, 1);
    made.transactionIndex.append({ producerId: 1, firstOffset: 0, lastOffset: 1, lastStableOffset: 2 });
    recover(made, runtime);
    expect(indexEntries(made)).toEqual([
      [8, 200],
      [14, 400],
    ]);
    expect(timeEntries(made)).toEqual([
      [22, 8],
      [42, 14],
    ]);
    expect(made.transactionIndex.entries).toEqual([]);
    expect(made.timestamps.max).toEqual({ timestamp: T0 + 42, offset: 14 });
    made.close();
  });

  test("5.7 recoverSegment: a torn tail is cut, at whichever byte the crash came [I4]", () => {
    for (let length = 300; length < 400; length += length < 315 ? 1 : 6) {
      const runtime = testRuntime();
      const made = segmentWith(fiveBatches().subarray(0, length), runtime);
      expect(recover(made, runtime), "bytes that it says it cut").toBe(length - 300);
      expect(made.size, `bytes in the file, of which ${length} were written before the crash`).toBe(300);
      expect(baseOffsets(made.records.read(0, 1000))).toEqual([0, 3, 6]);
    }
  });

  test("5.7 recoverSegment: with a damaged batch all that follows goes, too, whole or not [I4]", () => {
    const runtime = testRuntime();
    const bytes = fiveBatches();
    bytes[250]! ^= 0x10;
    const made = segmentWith(bytes, runtime);
    expect(recover(made, runtime), "bytes cut from the .log").toBe(300);
    expect(baseOffsets(made.records.read(0, 1000))).toEqual([0, 3]);
    expect(indexEntries(made)).toEqual([]);
    expect(made.timestamps.max).toEqual({ timestamp: T0 + 12, offset: 5 });
  });

  test.each([
    ["zeros, as a power loss leaves them", new Uint8Array(200)],
    ["a negative length", batch100(15).fill(0xff, 8, 12)],
    ["a length beyond the end of the file", batch100(15).fill(0x7f, 8, 12)],
    ["a length too short for a batch", batch100(15).fill(0, 8, 11).fill(20, 11, 12)],
    ["offsets that are there already", batch100(14)],
    ["an offset that no log reaches", batch100(15).fill(0x70, 0, 8)],
    ["an older format", batch100(15).fill(1, 16, 17)],
  ])("5.7 recoverSegment: %s at the end is cut [I4]", (_, tail) => {
    const runtime = testRuntime();
    const made = segmentWith(joined(fiveBatches(), tail), runtime);
    expect(recover(made, runtime), "bytes cut from the .log").toBe(tail.length);
    expect(made.size).toBe(500);
  });

  test("5.7 recoverSegment: offsets that can't be held relative to the base offset end the segment", () => {
    const runtime = testRuntime();
    const made = segmentWith(joined(batch100(1000), batch100(2 ** 31 + 1000)), runtime, 1000);
    expect(recover(made, runtime), "bytes cut from the .log").toBe(100);
    const below = testRuntime();
    expect(recover(segmentWith(batch100(40), below, 1000), below), "bytes cut from the .log").toBe(100);
    // One that begins below the base offset and ends above it, and one that only begins where it could be held.
    const across = testRuntime();
    expect(recover(segmentWith(batch100(998), across, 1000), across), "bytes cut from the .log").toBe(100);
    const beyond = testRuntime();
    expect(recover(segmentWith(batch100(2 ** 31 + 998), beyond, 1000), beyond), "bytes cut from the .log").toBe(100);
  });

  test("5.7 recoverSegment: gaps between offsets are no damage: compaction makes them", () => {
    const runtime = testRuntime();
    const made = segmentWith(joined(batch100(7), batch100(90)), runtime);
    expect(recover(made, runtime), "bytes cut from the .log").toBe(0);
  });

  test("5.7 recoverSegment: a large segment, of which no read sees all", () => {
    const runtime = testRuntime();
    const big = (baseOffset: number): Uint8Array => batch({ baseOffset, valueBytes: 700_000, partitionLeaderEpoch: 0 });
    const made = segmentWith(joined(big(0), big(1), big(2), big(3).subarray(0, 500_000)), runtime);
    expect(recover(made, runtime), "bytes cut from the .log").toBe(500_000);
    expect(baseOffsets(made.records.read(0, 3_000_000))).toEqual([0, 1, 2]);
  });

  test("5.7 recoverSegment: epochs that are missing are found again; known ones stay", () => {
    const runtime = testRuntime();
    const at = (baseOffset: number, partitionLeaderEpoch: number): Uint8Array =>
      batch100(baseOffset, T0, { partitionLeaderEpoch });
    runtime.disk.makeFolder(FOLDER);
    const epochs = epochsOf(runtime);
    epochs.assign(1, 0);
    const made = segmentWith(joined(at(0, 0), at(3, 1), at(6, 3), at(9, 3), at(12, 5)), runtime);
    recover(made, runtime, producersOf(runtime), epochs);
    expect(epochs.entries).toEqual([
      { epoch: 1, startOffset: 0 },
      { epoch: 3, startOffset: 6 },
      { epoch: 5, startOffset: 12 },
    ]);
  });

  test("5.7 recoverSegment: batches without an epoch (−1) are good, and none is noted", () => {
    const runtime = testRuntime();
    const made = segmentWith(batch100(0, T0, { partitionLeaderEpoch: -1 }), runtime);
    const epochs = epochsOf(runtime);
    expect(recover(made, runtime, producersOf(runtime), epochs), "bytes cut").toBe(0);
    expect(epochs.entries).toEqual([]);
  });

  test("5.8 producers: recovery finds them again, and aborted transactions", () => {
    const runtime = testRuntime();
    const sent = (baseOffset: number, baseSequence: number): Uint8Array =>
      batch({
        baseOffset,
        baseSequence,
        producerId: 8,
        producerEpoch: 2,
        isTransactional: true,
        partitionLeaderEpoch: 0,
      });
    const made = segmentWith(
      joined(sent(0, 0), sent(1, 1), marker("abort", 8, 2, { baseOffset: 2 }), sent(3, 2)),
      runtime,
    );
    const producers = producersOf(runtime);
    recover(made, runtime, producers);
    expect(made.transactionIndex.entries).toEqual([
      { producerId: 8, firstOffset: 0, lastOffset: 2, lastStableOffset: 3 },
    ]);
    const { epoch, lastSequence, currentTransactionFirstOffset } = producers.lastEntry(8)!;
    expect([epoch, lastSequence, currentTransactionFirstOffset]).toEqual([2, 2, 3]);
    expect(producers.mapEndOffset).toBe(4);
    made.close();
  });

  test("5.7 recoverSegment: rests between batches, so that the broker can do other things", () => {
    const runtime = testRuntime();
    const made = segmentWith(fiveBatches(), runtime);
    const steps = [...recoverSegment(made, producersOf(runtime), epochsOf(runtime))].length;
    expect(steps).toBeGreaterThanOrEqual(4);
  });

  test("5.7 recoverSegment: a disk that fails is no damage: the error goes to the caller, and nothing is cut", () => {
    const runtime = testRuntime();
    const made = segmentWith(fiveBatches(), runtime);
    made.records.read = () => {
      throw new DiskError("io", made.records.path);
    };
    expect(() => recover(made, runtime)).toThrow(expect.objectContaining({ code: "KAFKA_STORAGE_ERROR" }));
    expect(made.size).toBe(500);
  });
});

/** Seven batches of three records in segments 0, 9 and 18; the log was left without being closed. */
function crashed(runtime = testRuntime(), overrides: Partial<LogConfig> = {}): ReturnType<typeof testRuntime> {
  const log = openLog(runtime, { segmentBytes: 300, indexIntervalBytes: 100, ...overrides });
  for (let i = 0; i < 7; i++) log.appendAsLeader(batch100(0, T0 + 10 * i), 0);
  log.abandon();
  return runtime;
}

function reopen(
  runtime: ReturnType<typeof testRuntime>,
  options: Partial<LogOptions> = {},
  overrides: Partial<LogConfig> = {},
): UnifiedLog {
  return openLog(runtime, { segmentBytes: 300, indexIntervalBytes: 100, ...overrides }, options);
}

/** Changes one bit of a batch: its position is in bytes, in the file of the segment at `baseOffset`. */
function damage({ disk }: Runtime, baseOffset: number, position: number): void {
  const path = `${FOLDER}/${String(baseOffset).padStart(20, "0")}.log`;
  const bytes = disk.readFile(path);
  bytes[position]! ^= 1;
  disk.writeFileAtomically(path, bytes);
}

describe("recoverLog", () => {
  test("5.7 recoverLog: an undamaged log is all there after a crash [I4]", () => {
    const log = reopen(crashed());
    expect(offsets(readAll(log))).toEqual(upTo(21));
    expect(log.appendAsLeader(batch(), 1).firstOffset).toBe(21);
  });

  test("5.7 recoverLog: from the first damaged batch on the log ends, and later segments go [I4]", () => {
    const runtime = crashed();
    damage(runtime, 9, 150);
    const log = reopen(runtime);
    expect([log.logEndOffset, segmentBases(log)]).toEqual([12, [0, 9]]);
    expect(offsets(readAll(log))).toEqual(upTo(12));
    expect(runtime.disk.list(FOLDER).filter((name) => name.startsWith("00000000000000000018"))).toEqual([]);
    log.appendAsLeader(batch100(0), 1);
    expect(offsets(readAll(log))).toEqual(upTo(15));
  });

  test("5.7 recoverLog: what lies before the recovery point is not looked at", () => {
    const runtime = crashed();
    damage(runtime, 0, 150);
    expect(reopen(runtime, { recoveryPoint: 9 }).logEndOffset).toBe(21);
  });

  test("5.7 recoverLog: but the segment that holds the recovery point is, from its start", () => {
    const runtime = crashed();
    damage(runtime, 9, 50);
    expect(reopen(runtime, { recoveryPoint: 17 }).logEndOffset).toBe(9);
    const last = crashed();
    damage(last, 18, 50);
    expect(reopen(last, { recoveryPoint: 21 }).logEndOffset).toBe(18);
  });

  test("5.7 recoverLog: a recovery point beyond the log's end moves back to it", () => {
    const runtime = crashed();
    damage(runtime, 18, 50);
    const log = reopen(runtime, { recoveryPoint: 500 });
    expect([log.logEndOffset, log.recoveryPoint]).toEqual([18, 18]);
  });

  test("5.7 recoverLog: recovery does not make anything flushed", () => {
    expect(reopen(crashed(), { recoveryPoint: 3 }).recoveryPoint).toBe(3);
  });

  test("5.7 recoverLog: after a clean shutdown nothing is recovered", async () => {
    const runtime = testRuntime();
    const log = openLog(runtime, { segmentBytes: 300 });
    for (let i = 0; i < 7; i++) log.appendAsLeader(batch100(0), 0);
    await log.close();
    damage(runtime, 9, 50);
    expect(reopen(runtime, { hadCleanShutdown: true }).logEndOffset).toBe(21);
    // The same folder after a crash:
    expect(reopen(runtime).logEndOffset).toBe(9);
  });

  test("5.7 recoverLog: where a segment is missing the log ends: it has no holes [I1]", () => {
    const runtime = crashed();
    runtime.disk.remove(`${FOLDER}/00000000000000000009.log`);
    const log = reopen(runtime);
    expect([log.logEndOffset, segmentBases(log)]).toEqual([9, [0]]);
    expect(
      runtime.disk.list(FOLDER).filter((name) => /^0+(9|18)\./.test(name) && !name.endsWith("9.snapshot")),
    ).toEqual([]);
  });

  test("5.7 recoverLog: also where a segment lost its end without a trace [I1]", () => {
    const runtime = crashed();
    const path = `${FOLDER}/00000000000000000009.log`;
    runtime.disk.writeFileAtomically(path, runtime.disk.readFile(path).subarray(0, 200));
    const log = reopen(runtime);
    expect([log.logEndOffset, segmentBases(log)]).toEqual([15, [0, 9]]);
  });

  test("5.7 recoverLog: also where a single stray byte had to be cut, and no record is missing", () => {
    const runtime = crashed();
    const path = `${FOLDER}/00000000000000000009.log`;
    runtime.disk.writeFileAtomically(path, Buffer.concat([runtime.disk.readFile(path), Buffer.of(0)]));
    const log = reopen(runtime);
    expect([log.logEndOffset, segmentBases(log)]).toEqual([18, [0, 9]]);
  });

  test("5.7 recoverLog: a compacted log has gaps between its segments by right", () => {
    const runtime = crashed();
    runtime.disk.remove(`${FOLDER}/00000000000000000009.log`);
    const log = reopen(runtime, {}, { cleanupPolicy: ["compact"] });
    expect(segmentBases(log)).toEqual([0, 18]);
    expect(log.read(9, 1000).nextOffset).toBe(21);
  });

  test("5.7 recoverLog: but a compacted log, too, ends where something was cut", () => {
    const runtime = crashed();
    damage(runtime, 9, 250);
    const log = reopen(runtime, {}, { cleanupPolicy: ["compact"] });
    expect([log.logEndOffset, segmentBases(log)]).toEqual([15, [0, 9]]);
  });

  test("5.7 recoverLog: rests where the recovery of a segment rests", () => {
    const { segments } = reopen(crashed());
    const log: RecoverableLog = {
      segments,
      mayHaveGaps: false,
      faultOf: () => null,
      *recoverSegment() {
        for (let batch = 0; batch < 10; batch++) yield;
        return 0;
      },
      *dropAfter() {},
    };
    const rests = [...recoverLog(log, 0)].length;
    expect(rests, "rests, with ten in each of three segments").toBeGreaterThanOrEqual(30);
  });

  test("5.7 recoverLog: recovering twice changes nothing [I4]", () => {
    const runtime = crashed();
    damage(runtime, 18, 50);
    const filesOf = (): unknown => {
      const names = runtime.disk.list(FOLDER);
      return names.map((name) => [name, Buffer.from(runtime.disk.readFile(`${FOLDER}/${name}`)).toString("hex")]);
    };
    reopen(runtime).abandon();
    const once = filesOf();
    reopen(runtime).abandon();
    expect(filesOf()).toEqual(once);
  });

  test("5.7 recoverSegment: a segment without its index is recovered also after a clean shutdown [I5]", async () => {
    const runtime = testRuntime();
    const log = openLog(runtime, { segmentBytes: 500, indexIntervalBytes: 100 });
    for (let i = 0; i < 7; i++) log.appendAsLeader(batch100(0, T0 + i), 0);
    const before = indexEntries(log.segments.first);
    await log.close();
    runtime.disk.remove(`${FOLDER}/00000000000000000000.index`);
    const again = reopen(runtime, { hadCleanShutdown: true });
    expect(indexEntries(again.segments.first)).toEqual(before);
    expect(before.length).toBeGreaterThan(1);
  });

  test("5.8 addBatch: after a crash each of a producer's last five batches is known again", () => {
    const runtime = testRuntime();
    const log = openLog(runtime);
    const sent = (sequence: number): Uint8Array => batch({ producerId: 7, producerEpoch: 0, baseSequence: sequence });
    for (let sequence = 0; sequence < 6; sequence++) log.appendAsLeader(sent(sequence), 0);
    const recovered = reopen({ ...runtime, ...runtime.node.restart() });
    const again = [1, 2, 3, 4, 5].map((sequence) => recovered.appendAsLeader(sent(sequence), 0));
    expect(again.map(({ isDuplicate, firstOffset }) => [isDuplicate, firstOffset])).toEqual(
      [1, 2, 3, 4, 5].map((offset) => [true, offset]),
    );
  });

  test("5.7 recoverLog: a crash at any byte leaves the whole batches that were written before it [I4]", () => {
    for (let bytes = 0; bytes < 760; bytes += 19) {
      const runtime = testRuntime();
      const log = openLog(runtime, { segmentBytes: 300, indexIntervalBytes: 100 });
      runtime.node.crashAfterWriting(bytes);
      let written = 0;
      try {
        for (; written < 7; written++) log.appendAsLeader(batch100(0, T0 + written), 0);
      } catch {
        // The process is dead.
      }
      const again = { ...runtime, ...runtime.node.restart() };
      const recovered = reopen(again);
      const count = recovered.logEndOffset / 3;
      // The last append may have been complete without its caller knowing.
      expect([written, written + 1], `after ${bytes} bytes`).toContain(count);
      expect(offsets(readAll(recovered))).toEqual(upTo(3 * count));
      recovered.appendAsLeader(batch100(0), 1);
    }
  });
});
