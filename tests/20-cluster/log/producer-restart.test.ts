import { describe, expect, test } from "vitest";
import { type Disk } from "#ground/runtime";
import { type LogConfig, type UnifiedLog } from "#log";
import { testRuntime } from "../../support/sim.ts";
import { batch, openLog, segmentBases, T0 } from "../../05-log/fixtures.ts";

const PRODUCER = { producerId: 7, producerEpoch: 0 };
/** Room for two batches. */
const SMALL: Partial<LogConfig> = { segmentBytes: 200 };

const sent = (baseSequence: number): Uint8Array => batch({ ...PRODUCER, baseSequence, timestamp: T0 + baseSequence });

/** Damages the first batch of a segment: it says that it has this many bytes behind its length. */
function setLength(disk: Disk, path: string, length: number): void {
  const file = disk.open(path, { create: false });
  const bytes = new Uint8Array(file.size);
  file.read(bytes, 0);
  new DataView(bytes.buffer).setInt32(8, length);
  file.truncate(0);
  file.append([bytes]);
  file.close();
}

/** Where each of the last five batches is said to be when it is sent again. */
function sentAgain(log: UnifiedLog, last: number): (number | null)[] {
  const sequences = Array.from({ length: 5 }, (_, i) => last - 4 + i);
  return sequences.map((sequence) => {
    const { isDuplicate, firstOffset } = log.appendAsLeader(sent(sequence), 0);
    return isDuplicate ? firstOffset : null;
  });
}

describe("each of a producer's last five batches is known again", () => {
  test("after a shutdown in order", async () => {
    const runtime = testRuntime();
    const log = openLog(runtime);
    for (let sequence = 0; sequence < 6; sequence++) log.appendAsLeader(sent(sequence), 0);
    await log.close();
    const again = openLog(runtime, {}, { hadCleanShutdown: true, recoveryPoint: 6 });
    expect(sentAgain(again, 5)).toEqual([1, 2, 3, 4, 5]);
  });

  test("after a crash, when they lie in several segments", async () => {
    const runtime = testRuntime();
    const log = openLog(runtime, SMALL);
    for (let sequence = 0; sequence < 7; sequence++) log.appendAsLeader(sent(sequence), 0);
    await log.flush();
    expect(segmentBases(log).length).toBeGreaterThan(3);
    const again = openLog({ ...runtime, ...runtime.node.restart() }, SMALL, { recoveryPoint: 7 });
    expect(sentAgain(again, 6)).toEqual([2, 3, 4, 5, 6]);
  });

  test("after a truncation", () => {
    const runtime = testRuntime();
    const log = openLog(runtime, SMALL);
    for (let sequence = 0; sequence < 9; sequence++) log.appendAsLeader(sent(sequence), 0);
    log.truncateTo(7);
    expect(sentAgain(log, 6)).toEqual([2, 3, 4, 5, 6]);
  });

  test("those of another epoch are not", async () => {
    const runtime = testRuntime();
    const log = openLog(runtime);
    log.appendAsLeader(sent(0), 0);
    log.appendAsLeader(batch({ ...PRODUCER, producerEpoch: 1, baseSequence: 0 }), 0);
    await log.close();
    const again = openLog(runtime, {}, { hadCleanShutdown: true, recoveryPoint: 2 });
    expect(again.producers.lastEntry(PRODUCER.producerId)!.batches.map(({ lastOffset }) => lastOffset)).toEqual([1]);
  });

  test("but for those in a segment with a damaged one: the partition serves all the same", async () => {
    const runtime = testRuntime();
    const fiveBatches = { segmentBytes: 400, indexIntervalBytes: 1 };
    const log = openLog(runtime, fiveBatches);
    for (let sequence = 0; sequence < 8; sequence++) log.appendAsLeader(sent(sequence), 0);
    await log.close();
    setLength(runtime.disk, log.segments.first.records.path, -1);
    const again = openLog(runtime, fiveBatches, { hadCleanShutdown: true, recoveryPoint: 8 });
    const known = again.producers.lastEntry(PRODUCER.producerId)!.batches;
    expect(known.map(({ lastOffset }) => lastOffset)).toEqual([5, 6, 7]);
    expect(again.appendAsLeader(sent(8), 0).firstOffset).toBe(8);
  });
});
