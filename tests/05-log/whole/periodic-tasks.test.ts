import { describe, expect, test } from "vitest";
import { expectNothingLeaks, testRuntime } from "../../support/sim.ts";
import { batch, batch100, config } from "../fixtures.ts";
import { NEW, of, start } from "./managed-logs.ts";

describe("tasks", () => {
  test("5.6 retention: runs every log.retention.check.interval.ms", async () => {
    const runtime = testRuntime();
    const logs = await start(runtime, { retentionCheckMs: 60_000 });
    const log = logs.getOrCreate(of(0), { ...NEW, config: config({ segmentBytes: 300, retentionBytes: 100 }) });
    const append = (): void => {
      for (let i = 0; i < 4; i++) log.appendAsLeader(batch100(0), 0);
      log.onHighWatermarkUpdated(log.logEndOffset);
    };
    append();
    await runtime.advance(30_001);
    expect(log.logStartOffset).toBe(9);
    append();
    await runtime.advance(58_000);
    expect(log.logStartOffset).toBe(9);
    await runtime.advance(2000);
    expect(log.logStartOffset).toBe(18);
    logs.abandon();
  });

  test("5.5 append: recovery points and log start offsets are written down every minute", async () => {
    const runtime = testRuntime();
    const logs = await start(runtime, { retentionCheckMs: Infinity });
    const log = logs.getOrCreate(of(0), NEW);
    log.appendAsLeader(batch100(0), 0);
    log.incrementLogStartOffset(2);
    await log.flush();
    await runtime.advance(31_000);
    const text = (name: string): string => Buffer.from(runtime.disk.readFile(`/a/${name}`)).toString();
    expect(text("recovery-point-offset-checkpoint")).toBe("0\n1\nt 0 3\n");
    expect(text("log-start-offset-checkpoint")).toBe("0\n1\nt 0 2\n");
    log.incrementLogStartOffset(3);
    await runtime.advance(61_000);
    expect(text("log-start-offset-checkpoint")).toBe("0\n1\nt 0 3\n");
    logs.abandon();
  });

  test("5.5 append: flush.messages and flush.ms bring a log to the device", async () => {
    const runtime = testRuntime();
    const logs = await start(runtime, { flushCheckMs: 100 });
    const byCount = logs.getOrCreate(of(0), { ...NEW, config: config({ flushMessages: 5 }) });
    const byTime = logs.getOrCreate(of(1), { ...NEW, config: config({ flushMs: 1000 }) });
    for (const log of [byCount, byTime]) log.appendAsLeader(batch100(0), 0);
    await runtime.advance(50);
    expect([byCount.recoveryPoint, byTime.recoveryPoint]).toEqual([0, 0]);
    byCount.appendAsLeader(batch100(0), 0);
    await runtime.advance(50);
    expect([byCount.recoveryPoint, byTime.recoveryPoint]).toEqual([6, 0]);
    await runtime.advance(1100);
    expect(byTime.recoveryPoint).toBe(3);
    logs.abandon();
  });

  test("5.5 append: a log that can't be flushed doesn't keep the others from their flush.ms", async () => {
    const runtime = testRuntime();
    const logs = await start(runtime, { flushCheckMs: 5_000 });
    const [inA, inB] = [0, 1].map((i) => logs.getOrCreate(of(i), { ...NEW, config: config({ flushMs: 1_000 }) }));
    for (const log of [inA!, inB!]) log.appendAsLeader(batch100(0), 0);
    runtime.node.failDisk("/a");
    await runtime.advance(5_100);
    expect([logs.offlineDirs, inB!.recoveryPoint]).toEqual([["/a"], 3]);
    logs.abandon();
  });

  test("5.5 append: what is appended during a flush is brought to the device by one more", async () => {
    const runtime = testRuntime();
    runtime.node.slowDisk(0, 10);
    const logs = await start(runtime);
    const log = logs.getOrCreate(of(0), { ...NEW, config: config({ flushMessages: 1 }) });
    await runtime.advance(1000);
    let flushes = 0;
    const { records } = log.segments.active;
    const flush = records.flush.bind(records);
    records.flush = () => {
      flushes++;
      return flush();
    };
    for (let i = 0; i < 20; i++) log.appendAsLeader(batch100(0), 0);
    await runtime.advance(1000);
    expect([flushes, log.recoveryPoint]).toEqual([1, 60]);
    log.appendAsLeader(batch100(0), 0);
    await runtime.advance(1);
    for (let i = 0; i < 20; i++) log.appendAsLeader(batch100(0), 0);
    await runtime.advance(1000);
    expect([flushes, log.recoveryPoint]).toEqual([3, 123]);
    logs.abandon();
  });

  test("5.8 producers: those that are silent for long are forgotten", async () => {
    const runtime = testRuntime();
    const logs = await start(runtime, { producerIdExpirationMs: 1000, producerIdExpirationCheckMs: 500 });
    const log = logs.getOrCreate(of(0), NEW);
    const timestamp = runtime.clock.wallMs();
    log.appendAsLeader(batch({ producerId: 1, producerEpoch: 0, baseSequence: 0, timestamp }), 0);
    await runtime.advance(900);
    expect(log.producers.producers.size).toBe(1);
    await runtime.advance(700);
    expect(log.producers.producers.size).toBe(0);
    logs.abandon();
  });

  test("given: nothing runs after the end", async () => {
    const runtime = testRuntime();
    const logs = await start(runtime, { flushCheckMs: 10 });
    logs.getOrCreate(of(0), NEW);
    logs.delete(of(0));
    logs.abandon();
    await runtime.advance(1_000_000);
    expectNothingLeaks(runtime);
  });
});
