import { describe, expect, test } from "vitest";
import { runToEnd } from "#ground/gradually";
import { type UnifiedLog } from "#log";
import { testRuntime } from "../../support/sim.ts";
import { batch, batch100, offsets, openLog, readAll } from "../../05-log/fixtures.ts";

/** Batches of one record each, from one producer, in one segment. */
function sent(count: number): UnifiedLog {
  const log = openLog(testRuntime(), { retentionBytes: 0 });
  for (let i = 0; i < count; i++) log.appendAsLeader(next(i), 0);
  return log;
}

const next = (baseSequence: number): Uint8Array => batch({ producerId: 7, producerEpoch: 0, baseSequence });
const lastSequence = (log: UnifiedLog): number | undefined => log.producers.lastEntry(7)?.lastSequence;

describe("truncateGradually", () => {
  test("the log is cut in the first step, the producers are read again in small ones", () => {
    const log = sent(50);
    const steps = log.truncateGradually(40);
    steps.next();
    expect([log.logEndOffset, offsets(readAll(log)).length]).toEqual([40, 40]);
    let count = 0;
    while (steps.next().done !== true) count++;
    expect(count, "steps, of 40 batches").toBeGreaterThanOrEqual(35);
    expect(lastSequence(log)).toBe(39);
    expect(log.appendAsLeader(next(40), 1).firstOffset).toBe(40);
  });

  test("until they are known nothing is appended, and retention begins no segment", () => {
    const log = sent(50);
    log.onHighWatermarkUpdated(40);
    const steps = log.truncateGradually(40);
    steps.next();
    const notYet = expect.objectContaining({ code: "LEADER_NOT_AVAILABLE" });
    expect(() => log.appendAsLeader(next(40), 1)).toThrow(notYet);
    expect(() => log.appendAsFollower(batch100(40))).toThrow(notYet);
    expect(log.deleteOldSegments()).toBe(0);
    runToEnd(steps);
    expect(log.deleteOldSegments()).toBe(1);
  });

  test("a second truncation takes over", () => {
    const log = sent(50);
    const first = log.truncateGradually(40);
    first.next();
    const second = log.truncateGradually(30);
    second.next();
    runToEnd(first);
    expect(() => log.appendAsLeader(next(30), 1)).toThrow(expect.objectContaining({ code: "LEADER_NOT_AVAILABLE" }));
    runToEnd(second);
    expect(lastSequence(log)).toBe(29);
    expect(log.appendAsLeader(next(30), 1).firstOffset).toBe(30);
  });

  test("so does one that takes everything", () => {
    const log = sent(50);
    const first = log.truncateGradually(40);
    first.next();
    log.truncateFullyAndStartAt(100);
    runToEnd(first);
    expect([log.logEndOffset, lastSequence(log)]).toEqual([100, undefined]);
    expect(log.appendAsLeader(batch100(0), 1).firstOffset).toBe(100);
  });

  test("a log that is closed meanwhile opens with the producers that it has", async () => {
    const runtime = testRuntime();
    const log = openLog(runtime);
    for (let i = 0; i < 50; i++) log.appendAsLeader(next(i), 0);
    const steps = log.truncateGradually(40);
    for (let step = 0; step < 20; step++) steps.next();
    await log.close();
    const again = openLog(runtime, {}, { hadCleanShutdown: true });
    expect([again.logEndOffset, lastSequence(again)]).toEqual([40, 39]);
  });
});
