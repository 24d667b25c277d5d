import { describe, expect, test } from "vitest";
import { runToEnd } from "#ground/gradually";
import { writeInt32 } from "#ground/int64";
import { LeaderEpochFileCache, type LogOptions, ProducerStateManager, type UnifiedLog } from "#log";
import { LogSegments } from "#log/given/log-segments";
import { type LogSegment } from "#log/log-segment";
import { recoverLog, recoverSegment, type RecoverableLog } from "#log/recovery";
import { crc32c } from "#serialization";
import { type TestRuntime, testRuntime } from "../support/sim.ts";
import { baseOffsets, batch100, fill, indexEntries, joined, openLog, segment, T0 } from "./fixtures.ts";

const FOLDER = "/log/t-0";

/** A batch from which compaction has taken records: of its offsets, up to `lastOffset`, only three are left. */
function compacted(baseOffset: number, lastOffset: number): Uint8Array {
  const bytes = batch100(baseOffset);
  writeInt32(bytes, 23, lastOffset - baseOffset);
  writeInt32(bytes, 17, crc32c(bytes, 21, bytes.length));
  return bytes;
}

/** Recovers a segment at base offset 0 with these bytes. */
function recovered(bytes: Uint8Array): { made: LogSegment; cut: number; replayed: number[] } {
  const { disk, log, ...runtime } = testRuntime();
  const made = segment(0, { indexIntervalBytes: 50 }, { disk, log, ...runtime });
  made.records.append(bytes);
  const replayed: number[] = [];
  const replay = made.replay.bind(made);
  made.replay = (batch, producers) => {
    replayed.push(Number(batch.baseOffset));
    replay(batch, producers);
  };
  const producers = new ProducerStateManager(disk, FOLDER, log, Infinity);
  const epochs = new LeaderEpochFileCache(disk, `${FOLDER}/leader-epoch-checkpoint`);
  const cut = runToEnd(recoverSegment(made, producers, epochs));
  return { made, cut, replayed };
}

describe("recoverSegment", () => {
  test("5.7 recoverSegment: a compacted batch keeps its offsets: what begins behind the last one is good", () => {
    const { made, cut } = recovered(joined(compacted(0, 9), batch100(10)));
    expect([cut, baseOffsets(made.records.read(0, 1000))]).toEqual([0, [0, 10]]);
    expect(indexEntries(made)).toEqual([[12, 100]]);
  });

  test("5.7 recoverSegment: what begins among the offsets of a compacted batch is cut [I1]", () => {
    const { made, cut } = recovered(joined(compacted(0, 9), batch100(3)));
    expect({ "bytes cut": cut, "batches left begin at": baseOffsets(made.records.read(0, 1000)) }).toEqual({
      "bytes cut": 100, "batches left begin at": [0],
    });
    expect(recovered(joined(compacted(0, 9), batch100(9))).cut).toBe(100);
  });

  test("5.7 recoverSegment: each good batch is replayed, in order, and no other", () => {
    const bytes = joined(batch100(0), batch100(3), batch100(6), batch100(9));
    bytes[250]! ^= 1;
    expect(recovered(bytes).replayed).toEqual([0, 3]);
  });
});

/** A log of three segments, 0, 9 and 18, that notes what is done to it. */
class NotedLog implements RecoverableLog {
  readonly segments = new LogSegments();
  readonly mayHaveGaps = false;
  readonly done: string[] = [];
  readonly #faulty: readonly number[];
  readonly #cut: readonly number[];

  /** @param faulty base offsets of segments whose files don't fit together; @param cut of those that lose a byte */
  constructor(faulty: readonly number[], cut: readonly number[] = []) {
    this.#faulty = faulty;
    this.#cut = cut;
    const runtime = testRuntime();
    for (const base of [0, 9, 18]) this.segments.add(fill(segment(base, {}, runtime), 3));
  }

  faultOf({ baseOffset }: LogSegment): string | null {
    this.done.push(`look at ${baseOffset}`);
    return this.#faulty.includes(baseOffset) ? "as a test wants it" : null;
  }

  *recoverSegment({ baseOffset }: LogSegment): Generator<void, number> {
    this.done.push(`recover ${baseOffset}`);
    yield;
    return this.#cut.includes(baseOffset) ? 1 : 0;
  }

  *dropAfter({ baseOffset }: LogSegment): Generator<void, void> {
    this.done.push(`end with ${baseOffset}`);
    yield;
  }
}

function doneTo(log: NotedLog, recoveryPoint: number | null): string[] {
  runToEnd(recoverLog(log, recoveryPoint));
  return log.done;
}

describe("recoverLog", () => {
  test("5.7 recoverLog: below the recovery point a look is enough", () => {
    expect(doneTo(new NotedLog([]), 20)).toEqual(["look at 0", "look at 9", "recover 18"]);
    expect(doneTo(new NotedLog([]), 0)).toEqual(["recover 0", "recover 9", "recover 18"]);
  });

  test("5.7 recoverLog: of a log that was closed in order every segment gets a look, the last one, too", () => {
    expect(doneTo(new NotedLog([]), null)).toEqual(["look at 0", "look at 9", "look at 18"]);
  });

  test("5.7 recoverLog: one whose files don't fit together is recovered, wherever it is", () => {
    expect(doneTo(new NotedLog([9]), 20)).toEqual(["look at 0", "look at 9", "recover 9", "recover 18"]);
    expect(doneTo(new NotedLog([0, 18]), null)).toEqual([
      "look at 0", "recover 0", "look at 9", "look at 18", "recover 18",
    ]);
  });

  test("5.7 recoverLog: what follows one that had to be cut stays, if it was safe before", () => {
    expect(doneTo(new NotedLog([0], [0]), 20)).toEqual(["look at 0", "recover 0", "look at 9", "recover 18"]);
    expect(doneTo(new NotedLog([0], [0]), null)).toEqual(["look at 0", "recover 0", "look at 9", "look at 18"]);
    expect(doneTo(new NotedLog([], [9]), 10)).toEqual(["look at 0", "recover 9", "end with 9"]);
  });

  test("5.7 recoverLog: rests after each look, a broker has thousands of segments", () => {
    expect([...recoverLog(new NotedLog([]), null)].length, "rests with three segments").toBeGreaterThanOrEqual(2);
  });
});

describe("a log that is opened again", () => {
  function reopen(runtime: TestRuntime, options: Partial<LogOptions> = {}): UnifiedLog {
    return openLog(runtime, { segmentBytes: 300, indexIntervalBytes: 100 }, options);
  }

  /** Seven batches in segments 0, 9 and 18; the log was closed in order. */
  async function closed(): Promise<TestRuntime> {
    const runtime = testRuntime();
    const log = reopen(runtime);
    for (let i = 0; i < 7; i++) log.appendAsLeader(batch100(0, T0 + 10 * i), 0);
    await log.close();
    return runtime;
  }

  test("5.7 recoverLog: an index that has grown zeros is made anew [I5]", async () => {
    const runtime = await closed();
    const path = `${FOLDER}/00000000000000000009.index`;
    const before = Buffer.from(runtime.disk.readFile(path));
    runtime.disk.writeFileAtomically(path, Buffer.concat([before, new Uint8Array(80)]));
    reopen(runtime, { hadCleanShutdown: true });
    expect(Buffer.from(runtime.disk.readFile(path))).toEqual(before);
  });

  test("5.7 timeIndexFault: a time index that has lost its last entry's record is made anew [I5]", async () => {
    const runtime = await closed();
    const path = `${FOLDER}/00000000000000000009.timeindex`;
    const before = Buffer.from(runtime.disk.readFile(path));
    const wrong = Buffer.from(before);
    wrong.writeBigInt64BE(BigInt(T0 + 99_999), wrong.length - 12);
    runtime.disk.writeFileAtomically(path, wrong);
    reopen(runtime, { hadCleanShutdown: true });
    expect(Buffer.from(runtime.disk.readFile(path))).toEqual(before);
  });
});
