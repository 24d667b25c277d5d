import { describe, expect, test } from "vitest";
import { type LogConfig, type UnifiedLog } from "#log";
import { fileName } from "#log/given/log-files";
import { type TestRuntime, testRuntime } from "../../support/sim.ts";
import { batch100, copyGolden, offsets, openLog, readAll, segmentBases, T0 } from "../../05-log/fixtures.ts";

/**
 * Files of a log that was closed in order, and then changed by somebody else: cut, filled with zeros, overwritten. They
 * are looked at when the log is opened; what doesn't fit is made anew, with a line in the log.
 */
const FOLDER = "/log/t-0";
const CONFIG: Partial<LogConfig> = { segmentBytes: 1000, indexIntervalBytes: 150, retentionMs: 1000 };
/** When the last of the records below was written. */
const NOW = T0 + 10 * 24 + 2;

/** 25 batches of three records in segments 0, 30 and 60, closed in order. */
async function closed(): Promise<TestRuntime> {
  const runtime = testRuntime();
  runtime.elapse(NOW - runtime.clock.wallMs());
  const log = openLog(runtime, CONFIG);
  for (let i = 0; i < 25; i++) log.appendAsLeader(batch100(0, T0 + 10 * i), 0);
  await log.close();
  return runtime;
}

const reopened = (runtime: TestRuntime): UnifiedLog => openLog(runtime, CONFIG, { hadCleanShutdown: true });
const path = (baseOffset: number, suffix: string): string => `${FOLDER}/${fileName(baseOffset, suffix)}`;
const warnings = ({ world }: TestRuntime): string[] => world.trace.filter((line) => line.includes("log warn"));

/** Changes a file behind the broker's back. */
function change({ disk }: TestRuntime, file: string, to: (bytes: Uint8Array) => Uint8Array): void {
  disk.writeFileAtomically(file, to(disk.readFile(file)));
}

const zerosBehind = (count: number) => (bytes: Uint8Array): Uint8Array => Buffer.concat([bytes, Buffer.alloc(count)]);
const onlyZeros = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes.length);
const onlyFf = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes.length).fill(0xff);
const withoutLast = (count: number) => (bytes: Uint8Array): Uint8Array => bytes.subarray(0, bytes.length - count);

describe("a log that was closed in order", () => {
  test("files that fit are believed, without a line", async () => {
    const runtime = await closed();
    const log = reopened(runtime);
    expect([log.logEndOffset, segmentBases(log), warnings(runtime)]).toEqual([75, [0, 30, 60], []]);
  });

  test.each(["plain-0", "txn-0", "compacted-0", "__consumer_offsets-0", "__transaction_state-0"])(
    "5.7 open: those that Apache Kafka wrote are believed, too: %s",
    (name) => {
      const runtime = testRuntime();
      copyGolden(name, runtime.disk, FOLDER);
      openLog(runtime, {}, { hadCleanShutdown: true });
      expect(warnings(runtime)).toEqual([]);
    },
  );

  test.each([
    ["an entry of zeros behind a time index", ".timeindex", zerosBehind(12)],
    ["a preallocated tail of a time index", ".timeindex", zerosBehind(12 * 100)],
    ["zeros that are no whole entries", ".timeindex", zerosBehind(7)],
    ["a time index of nothing but zeros", ".timeindex", onlyZeros],
    ["a time index full of ff", ".timeindex", onlyFf],
    ["a time index without its last entry", ".timeindex", withoutLast(12)],
    ["an offset index full of ff", ".index", onlyFf],
    ["an offset index of nothing but zeros", ".index", onlyZeros],
    ["a preallocated tail of an offset index", ".index", zerosBehind(80)],
    ["half an entry of an offset index", ".index", withoutLast(4)],
  ])("%s is found and made anew; no record is deleted and none is passed over", async (_, suffix, to) => {
    for (const baseOffset of [0, 30, 60]) {
      const runtime = await closed();
      const sound = runtime.disk.readFile(path(baseOffset, suffix));
      change(runtime, path(baseOffset, suffix), to);
      const log = reopened(runtime);
      expect(runtime.disk.readFile(path(baseOffset, suffix)), `${suffix} of segment ${baseOffset}`).toEqual(sound);
      expect(warnings(runtime)).toEqual([expect.stringContaining(path(baseOffset, ".log"))]);
      expect(log.deleteOldSegments(75), "segments that retention takes").toBe(0);
      expect(offsets(readAll(log)).length, "records").toBe(75);
      log.abandon();
    }
  });

  test.each([
    ["torn in its last batch", withoutLast(30), 72],
    ["torn in a header", withoutLast(370), 63],
    ["cut between two batches", withoutLast(100), 72],
    ["cut below its indexes", withoutLast(450), 60],
    ["preallocated", zerosBehind(1000), 75],
    ["with a hole of zeros in the last batch", (bytes: Uint8Array) => bytes.slice().fill(0, 470), 72],
  ])("behind a .log that is %s nothing is written before it is whole", async (_, to, end) => {
    const runtime = await closed();
    change(runtime, path(60, ".log"), to);
    const log = reopened(runtime);
    expect(log.logEndOffset).toBe(end);
    expect(warnings(runtime).length).toBeGreaterThan(0);
    expect(log.appendAsLeader(batch100(0, NOW), 0).firstOffset).toBe(end);
    expect(offsets(readAll(log))).toEqual(Array.from({ length: end + 3 }, (_, i) => i));
    log.abandon();
  });

  test("a .log that is cut in the middle of the log keeps what lies behind", async () => {
    const runtime = await closed();
    change(runtime, path(30, ".log"), withoutLast(30));
    const log = reopened(runtime);
    expect([log.logEndOffset, segmentBases(log)]).toEqual([75, [0, 30, 60]]);
    expect(offsets(readAll(log)).length).toBe(72);
    log.abandon();
  });
});

describe("a power loss behind the recovery point", () => {
  test.each([
    ["sealed", (log: UnifiedLog): void => log.roll()],
    ["closed", (log: UnifiedLog): Promise<void> => log.close()],
  ])("the time index of a segment that is %s when all else is flushed has its last entry", async (_, end) => {
    const runtime = testRuntime();
    const log = openLog(runtime, CONFIG);
    for (let i = 0; i < 4; i++) log.appendAsLeader(batch100(0, T0 + 10 * i), 0);
    await log.flush();
    const ended = end(log);
    await runtime.advance(100);
    await ended;
    expect(log.recoveryPoint).toBe(12);
    runtime.node.powerLoss();
    const { disk } = runtime.node.restart();
    expect(disk.size(path(0, ".timeindex")), "bytes: an entry at 200, and the last one").toBe(12 * 2);
  });
});

describe("leader epochs after a crash", () => {
  const replica = (runtime: TestRuntime, ...epochs: number[]): UnifiedLog => {
    const log = openLog(runtime);
    for (const epoch of epochs) {
      log.appendAsFollower(batch100(log.logEndOffset, T0, { partitionLeaderEpoch: epoch }));
    }
    return log;
  };

  test("those that were not flushed are found again in the batches", () => {
    const runtime = testRuntime();
    replica(runtime, 0, 2).abandon();
    expect(runtime.disk.list(FOLDER)).not.toContain("leader-epoch-checkpoint");
    expect(openLog(runtime).epochs.entries).toEqual([{ epoch: 0, startOffset: 0 }, { epoch: 2, startOffset: 3 }]);
  });

  test("those of a file that is older than a truncation do not hide what was written behind it", async () => {
    const runtime = testRuntime();
    const log = replica(runtime, 0, 1, 3);
    await log.flush();
    // The next leader never had epoch 3, and gives what it has: epoch 2.
    log.truncateTo(6);
    log.appendAsFollower(batch100(6, T0, { partitionLeaderEpoch: 2 }));
    const { recoveryPoint } = log;
    log.abandon();
    const found = openLog(runtime, {}, { recoveryPoint }).epochs.entries;
    expect(found.map(({ epoch, startOffset }) => [epoch, startOffset])).toEqual([[0, 0], [1, 3], [2, 6]]);
  });

  test("the recovery point does not pass an epoch that is not in the file", async () => {
    const runtime = testRuntime();
    const log = openLog(runtime, { segmentBytes: 100 });
    for (let epoch = 0; epoch < 3; epoch++) log.appendAsLeader(batch100(0), epoch);
    runtime.node.fillDisk(3);
    await expect(log.flush()).rejects.toThrow(expect.objectContaining({ reason: "full" }));
    expect(log.recoveryPoint).toBe(0);
    log.abandon();
  });
});
