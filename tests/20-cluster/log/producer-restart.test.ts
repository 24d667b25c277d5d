import { describe, expect, test } from "vitest";
import { type LogConfig, type UnifiedLog } from "#log";
import { testRuntime } from "../../support/sim.ts";
import { batch, openLog, segmentBases } from "../../05-log/fixtures.ts";

const PRODUCER = { producerId: 7, producerEpoch: 0 };
/** Room for two batches. */
const SMALL: Partial<LogConfig> = { segmentBytes: 200 };

const sent = (baseSequence: number): Uint8Array => batch({ ...PRODUCER, baseSequence });

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
});
