import { describe, expect, test } from "vitest";
import { runToEnd } from "#ground/gradually";
import { expectNothingLeaks, testRuntime } from "../../support/sim.ts";
import { batch, batch100 } from "../../05-log/fixtures.ts";
import { during, NEW, of, start } from "../../05-log/whole/managed-logs.ts";

describe("logs for which there is no descriptor", () => {
  test("a process without a descriptor for one more file takes nothing offline", async () => {
    const runtime = testRuntime();
    const logs = await start(runtime);
    const log = logs.getOrCreate(of(0), NEW);
    log.appendAsLeader(batch(), 0);
    runtime.node.failDisk("/a", "descriptors");
    expect(() => log.read(0, 100)).toThrow(expect.objectContaining({ reason: "descriptors" }));
    await expect(during(runtime, log.flush())).rejects.toThrow("ulimit -n");
    runtime.node.healDisk();
    expect(logs.offlineDirs).toEqual([]);
    expect(log.read(0, 100).records.length).toBeGreaterThan(0);
    logs.abandon();
  });

  test("what is known of a log that can't be loaded is kept, and it is recovered later", async () => {
    const runtime = testRuntime();
    const first = await start(runtime);
    const log = first.getOrCreate(of(0), NEW);
    for (let i = 0; i < 3; i++) log.appendAsLeader(batch(), 0);
    await during(runtime, log.flush());
    log.onHighWatermarkUpdated(3);
    log.incrementLogStartOffset(1);
    first.checkpoint();
    first.abandon();
    runtime.node.failDisk("/a/t-0/00000000000000000000.log", "descriptors");
    const second = await start(runtime);
    expect(() => second.getOrCreate(of(0), NEW)).toThrow("ulimit -n");
    await during(runtime, second.shutdown());
    // Else the next start would believe that t-0, too, was closed in order.
    expect(["/a", "/b"].map((dir) => runtime.disk.exists(`${dir}/.kafka_cleanshutdown`))).toEqual([false, true]);
    const third = await start(runtime);
    runtime.node.healDisk();
    runToEnd(third.reload(of(0)));
    expect(third.get(of(0))).toMatchObject({ logStartOffset: 1, logEndOffset: 3, recoveryPoint: 3 });
    third.abandon();
  });
});

describe("a log dir that fails", () => {
  test("a log that can't be loaded leaves no file open", async () => {
    const runtime = testRuntime();
    const logs = await start(runtime);
    const log = logs.getOrCreate(of(0), NEW);
    for (let i = 0; i < 7; i++) log.appendAsLeader(batch100(0), 0);
    const again = { ...runtime, ...runtime.node.restart() };
    runtime.node.failDisk("/a/t-0/00000000000000000018.log");
    const restarted = await start(again);
    expect(restarted.offlineDirs).toEqual(["/a"]);
    restarted.abandon();
    expectNothingLeaks(again);
  });
});
