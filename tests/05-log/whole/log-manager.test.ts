import { describe, expect, test } from "vitest";
import { randomUuid } from "#ground/runtime";
import { expectNothingLeaks, testRuntime } from "../../support/sim.ts";
import { batch100, config, offsets, readAll, T0 } from "../fixtures.ts";
import { during, NEW, of, OWNER, start } from "./managed-logs.ts";

describe("partitions and dirs", () => {
  test("given: a new partition goes to the dir with the fewest", async () => {
    const runtime = testRuntime();
    const logs = await start(runtime);
    const folders = [0, 1, 2, 3].map((partition) => logs.getOrCreate(of(partition), NEW).folder);
    expect(folders).toEqual(["/a/t-0", "/b/t-1", "/a/t-2", "/b/t-3"]);
    logs.delete(of(1));
    logs.delete(of(3));
    expect(logs.getOrCreate(of(4), NEW).folder).toBe("/b/t-4");
    logs.abandon();
  });

  test("given: a partition is opened once", async () => {
    const logs = await start(testRuntime());
    const log = logs.getOrCreate(of(0), NEW);
    expect(logs.getOrCreate(of(0), { config: config({ segmentBytes: 77 }) }) === log).toBe(true);
    expect([log.config.segmentBytes, logs.get(of(0)) === log, logs.all.length]).toEqual([77, true, 1]);
    expect(logs.get(of(1))).toBeUndefined();
    logs.abandon();
  });

  test.each(["../x", "..", ".", "", "a/b", "x".repeat(250), "ä"])(
    "given: topic %j never becomes a folder",
    async (topic) => {
      const runtime = testRuntime();
      const logs = await start(runtime);
      const create = (): unknown => logs.getOrCreate(of(0, topic), NEW);
      expect(create).toThrow(expect.objectContaining({ code: "INVALID_TOPIC_EXCEPTION" }));
      expect(logs.get(of(0, topic))).toBeUndefined();
      expect(runtime.disk.list("/").sort()).toEqual(["a", "b"]);
      logs.abandon();
    },
  );

  test("5.7 loading: a folder with another topic's records is refused", async () => {
    const runtime = testRuntime();
    const logs = await start(runtime);
    const [first, second] = [randomUuid(runtime.random), randomUuid(runtime.random)];
    expect(logs.getOrCreate(of(0), { ...NEW, topicId: first }).topicId).toEqual(first);
    const again = (): unknown => logs.getOrCreate(of(0), { ...NEW, topicId: second });
    expect(again).toThrow(expect.objectContaining({ code: "INCONSISTENT_TOPIC_ID" }));
    await during(runtime, logs.shutdown());
    const restarted = await start(runtime);
    expect(restarted.get(of(0))!.topicId).toEqual(first);
    restarted.abandon();
  });

  test("given: a deleted partition's folder is renamed at once, and goes after file.delete.delay.ms", async () => {
    const runtime = testRuntime();
    const logs = await start(runtime);
    logs.getOrCreate(of(0), { ...NEW, config: config({ fileDeleteDelayMs: 5000 }) });
    logs.delete(of(0));
    expect(logs.get(of(0))).toBeUndefined();
    const folders = (): string[] => runtime.disk.list("/a").filter((name) => name.startsWith("t-0"));
    expect(folders()).toEqual([expect.stringMatching(/^t-0\.[0-9a-f]{32}-delete$/)]);
    expect(logs.getOrCreate(of(0), NEW).logEndOffset).toBe(0);
    await runtime.advance(5001);
    expect(folders()).toEqual(["t-0"]);
    logs.delete(of(9));
    logs.abandon();
  });

  test("given: what was left half deleted is removed at the next start", async () => {
    const runtime = testRuntime();
    const logs = await start(runtime);
    logs.getOrCreate(of(0), NEW);
    logs.delete(of(0));
    await during(runtime, logs.shutdown());
    expect(runtime.disk.list("/a").some((name) => name.endsWith("-delete"))).toBe(true);
    const restarted = await start(runtime);
    expect(restarted.all.length).toBe(0);
    expect(runtime.disk.list("/a").some((name) => name.endsWith("-delete"))).toBe(false);
    restarted.abandon();
  });

  test("given: the name of a deleted folder is never too long", async () => {
    const runtime = testRuntime();
    const logs = await start(runtime);
    logs.getOrCreate(of(0, "x".repeat(249)), NEW);
    logs.delete(of(0, "x".repeat(249)));
    expect(runtime.disk.list("/a").map((name) => name.length)).toContain(255);
    logs.abandon();
  });
});

describe("starting and stopping", () => {
  test("given: a dir belongs to one broker of one cluster", async () => {
    const runtime = testRuntime();
    (await start(runtime)).abandon();
    const text = Buffer.from(runtime.disk.readFile("/a/meta.properties")).toString();
    expect(text).toMatch(/^node\.id=3\ndirectory\.id=[\w-]{22}\nversion=1\ncluster\.id=cluster-1\n$/);
    const other = start(runtime, { owner: { clusterId: "cluster-2", nodeId: 3 } });
    await expect(other).rejects.toMatchObject({ code: "INCONSISTENT_CLUSTER_ID" });
    await expect(start(runtime, { owner: { ...OWNER, nodeId: 4 } })).rejects.toMatchObject({ code: "INVALID_CONFIG" });
    expectNothingLeaks(runtime);
  });

  test("given: a dir that is in use is refused, and the others are let go", async () => {
    const runtime = testRuntime();
    runtime.disk.makeFolder("/b");
    const held = runtime.disk.lock("/b");
    await expect(start(runtime)).rejects.toMatchObject({ code: "KAFKA_STORAGE_ERROR", reason: "locked" });
    held.release();
    expectNothingLeaks(runtime);
    (await start(runtime)).abandon();
  });

  test("5.7 loading: after a clean shutdown nothing is left open, and all is there at the next start", async () => {
    const runtime = testRuntime();
    const logs = await start(runtime);
    for (const partition of [0, 1, 2]) {
      const log = logs.getOrCreate(of(partition), NEW);
      for (let i = 0; i < 5 + partition; i++) log.appendAsLeader(batch100(0, T0 + i), 2);
    }
    await during(runtime, logs.shutdown());
    expectNothingLeaks(runtime);
    expect(runtime.disk.exists("/a/.kafka_cleanshutdown")).toBe(true);
    const checkpoint = Buffer.from(runtime.disk.readFile("/a/recovery-point-offset-checkpoint")).toString();
    expect(checkpoint).toBe("0\n2\nt 0 15\nt 2 21\n");
    const restarted = await start(runtime);
    expect(restarted.all.map((log) => [log.folder, log.logEndOffset, log.recoveryPoint])).toEqual([
      ["/a/t-0", 15, 15],
      ["/a/t-2", 21, 21],
      ["/b/t-1", 18, 18],
    ]);
    expect(offsets(readAll(restarted.get(of(1))!))).toEqual(Array.from({ length: 18 }, (_, i) => i));
    restarted.abandon();
    expectNothingLeaks(runtime);
  });

  test("5.7 loading: the marker of a clean shutdown is gone from the device before anything else happens", async () => {
    const runtime = testRuntime();
    const logs = await start(runtime);
    logs.getOrCreate(of(0), NEW);
    await during(runtime, logs.shutdown());
    (await start(runtime)).abandon();
    expect(runtime.disk.exists("/a/.kafka_cleanshutdown")).toBe(false);
    runtime.node.powerLoss();
    expect(runtime.node.restart().disk.exists("/a/.kafka_cleanshutdown")).toBe(false);
  });

  test("5.7 recoverLog: after a crash every log is recovered from where its checkpoint says", async () => {
    const runtime = testRuntime();
    const logs = await start(runtime);
    const log = logs.getOrCreate(of(0), NEW);
    for (let i = 0; i < 7; i++) log.appendAsLeader(batch100(0), 0);
    await during(runtime, log.flush());
    logs.checkpoint();
    for (let i = 0; i < 2; i++) log.appendAsLeader(batch100(0), 0);
    const again = { ...runtime, ...runtime.node.restart() };
    // Damage below the recovery point isn't looked for; above it, it ends the log.
    for (const [base, at] of [
      [0, 50],
      [18, 250],
    ] as const) {
      const path = `/a/t-0/${String(base).padStart(20, "0")}.log`;
      const bytes = again.disk.readFile(path);
      bytes[at]! ^= 1;
      again.disk.writeFileAtomically(path, bytes);
    }
    const restarted = await start(again);
    const { logEndOffset, recoveryPoint } = restarted.get(of(0))!;
    expect([logEndOffset, recoveryPoint]).toEqual([24, 21]);
    restarted.abandon();
  });

  test("5.6 truncateTo: recovery points that move back are written down in the next turn, all at once", async () => {
    const runtime = testRuntime();
    const logs = await start(runtime, { logDirs: ["/a"] });
    const cut = [0, 1, 2].map((partition) => logs.getOrCreate(of(partition), NEW));
    for (const log of cut) {
      for (let i = 0; i < 7; i++) log.appendAsLeader(batch100(0), 0);
      await during(runtime, log.flush());
    }
    logs.checkpoint();
    runtime.node.slowDisk(0, 50);
    const beforeMs = runtime.clock.nowMs();
    for (const log of cut) log.truncateTo(6);
    expect(runtime.clock.nowMs() - beforeMs, "ms that the turn lasts").toBe(0);
    await runtime.advance(0);
    const checkpoint = Buffer.from(runtime.disk.readFile("/a/recovery-point-offset-checkpoint")).toString();
    expect(checkpoint).toBe("0\n3\nt 0 6\nt 1 6\nt 2 6\n");
    expect(runtime.clock.nowMs() - beforeMs, "ms: a file and its folder, once").toBe(100);
    logs.abandon();
  });

  test("5.7 loading: deleted records stay deleted, also those in the middle of a segment", async () => {
    const runtime = testRuntime();
    const logs = await start(runtime);
    const log = logs.getOrCreate(of(0), NEW);
    for (let i = 0; i < 2; i++) log.appendAsLeader(batch100(0), 0);
    log.incrementLogStartOffset(4);
    await during(runtime, logs.shutdown());
    expect(Buffer.from(runtime.disk.readFile("/a/log-start-offset-checkpoint")).toString()).toBe("0\n1\nt 0 4\n");
    const restarted = await start(runtime);
    expect(restarted.get(of(0))!.logStartOffset).toBe(4);
    restarted.abandon();
  });

  test("5.7 loading: a partition that is made anew knows nothing of a deleted one of its name", async () => {
    const runtime = testRuntime();
    const logs = await start(runtime);
    const log = logs.getOrCreate(of(0), NEW);
    for (let i = 0; i < 2; i++) log.appendAsLeader(batch100(0), 0);
    log.incrementLogStartOffset(4);
    await during(runtime, logs.shutdown());
    const restarted = await start(runtime);
    restarted.delete(of(0));
    const anew = restarted.getOrCreate(of(0), NEW);
    expect([anew.logStartOffset, anew.logEndOffset, anew.recoveryPoint]).toEqual([0, 0, 0]);
    // Nor would it after a crash.
    for (const name of ["recovery-point-offset-checkpoint", "log-start-offset-checkpoint"]) {
      expect(Buffer.from(runtime.disk.readFile(`/a/${name}`)).toString()).toBe("0\n0\n");
    }
    restarted.abandon();
  });

  test("given: a partition in two dirs is refused: nobody knows which one is right", async () => {
    const runtime = testRuntime();
    for (const folder of ["/a/t-0", "/b/t-0"]) runtime.disk.makeFolder(folder);
    await expect(start(runtime)).rejects.toMatchObject({ code: "KAFKA_STORAGE_ERROR" });
    expectNothingLeaks(runtime);
  });

  test("given: the cleaner's checkpoint, and what is no partition's folder, are left alone", async () => {
    const runtime = testRuntime();
    for (const folder of ["/a/lost+found", "/a/t-01", "/a/x-0-stray"]) runtime.disk.makeFolder(folder);
    runtime.disk.writeFileAtomically("/a/cleaner-offset-checkpoint", Buffer.from("0\n1\ncompacted 0 203\n"));
    const logs = await start(runtime);
    expect(logs.all.length).toBe(0);
    await during(runtime, logs.shutdown());
    expect(runtime.disk.list("/a")).toEqual(expect.arrayContaining(["lost+found", "t-01", "x-0-stray"]));
    expect(Buffer.from(runtime.disk.readFile("/a/cleaner-offset-checkpoint")).toString()).toContain("compacted 0 203");
  });

  test("given: a damaged checkpoint is given up", async () => {
    const runtime = testRuntime();
    runtime.disk.makeFolder("/a");
    runtime.disk.writeFileAtomically("/a/recovery-point-offset-checkpoint", Buffer.from("nonsense"));
    (await start(runtime)).abandon();
    expect(runtime.disk.exists("/a/recovery-point-offset-checkpoint")).toBe(false);
  });

  test("given: one folder that can't be loaded takes only its partition out of service", async () => {
    const runtime = testRuntime();
    for (const folder of ["/a/t-0", "/a/t-1"]) runtime.disk.makeFolder(folder);
    runtime.disk.writeFileAtomically("/a/t-0/partition.metadata", Buffer.from("nonsense"));
    const logs = await start(runtime);
    expect(logs.all.map(({ folder }) => folder)).toEqual(["/a/t-1"]);
    const open = (): unknown => logs.getOrCreate(of(0), NEW);
    expect(open).toThrow(expect.objectContaining({ code: "KAFKA_STORAGE_ERROR" }));
    logs.abandon();
  });

  test("5.7 loading: a folder that can't be loaded can be deleted, and the partition made anew", async () => {
    const runtime = testRuntime();
    runtime.disk.makeFolder("/a/t-0");
    runtime.disk.writeFileAtomically("/a/t-0/partition.metadata", Buffer.from("nonsense"));
    const logs = await start(runtime);
    expect(logs.unloadable).toEqual([of(0)]);
    logs.delete(of(0));
    expect(logs.unloadable).toEqual([]);
    expect(logs.getOrCreate(of(0), NEW).folder).toBe("/a/t-0");
    await during(runtime, logs.shutdown());
    const restarted = await start(runtime);
    expect(restarted.all.map(({ folder }) => folder)).toEqual(["/a/t-0"]);
    restarted.abandon();
  });
});
