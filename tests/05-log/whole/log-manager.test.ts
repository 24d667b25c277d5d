import { describe, expect, test } from "vitest";
import { DiskError } from "#ground/errors";
import { randomUuid, type Runtime } from "#ground/runtime";
import { LogManager, type LogManagerOptions, type LogSpec, type TopicPartition } from "#log";
import { expectNothingLeaks, type TestRuntime, testRuntime } from "../../support/sim.ts";
import { batch, batch100, config, offsets, readAll, T0 } from "../fixtures.ts";

const OWNER = { clusterId: "cluster-1", nodeId: 3 };
const NEW: LogSpec = { config: config({ segmentBytes: 300, retentionMs: -1 }), isNew: true };

/** Runs what takes simulated time to its end. */
async function during<T>(runtime: TestRuntime, work: Promise<T>): Promise<T> {
  work.catch(() => {});
  await runtime.advance(1000);
  return await work;
}

function options(runtime: Runtime, overrides: Partial<LogManagerOptions> = {}): LogManagerOptions {
  return { runtime, logDirs: ["/a", "/b"], configFor: () => NEW.config, owner: OWNER, ...overrides };
}

function start(runtime: TestRuntime, overrides: Partial<LogManagerOptions> = {}): Promise<LogManager> {
  return during(runtime, LogManager.start(options(runtime, overrides)));
}

const of = (partition: number, topic = "t"): TopicPartition => ({ topic, partition });

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

  test("given: a folder with another topic's records is refused", async () => {
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

  test("5.5 append: after a clean shutdown nothing is left open, and all is there at the next start", async () => {
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

  test("given: the marker of a clean shutdown is gone from the device before anything else happens", async () => {
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

  test("5.6 truncateTo: a recovery point that moves back is written down at once", async () => {
    const runtime = testRuntime();
    const logs = await start(runtime);
    const log = logs.getOrCreate(of(0), NEW);
    for (let i = 0; i < 7; i++) log.appendAsLeader(batch100(0), 0);
    await during(runtime, log.flush());
    logs.checkpoint();
    log.truncateTo(6);
    const checkpoint = Buffer.from(runtime.disk.readFile("/a/recovery-point-offset-checkpoint")).toString();
    expect(checkpoint).toBe("0\n1\nt 0 6\n");
    logs.abandon();
  });

  test("5.5 append: deleted records stay deleted, also those in the middle of a segment", async () => {
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

  test("5.5 append: a partition that is made anew knows nothing of a deleted one of its name", async () => {
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

  test("given: a folder of a deleted topic goes, so that the one of the new topic is the only one", async () => {
    const runtime = testRuntime();
    const [old, current] = [randomUuid(runtime.random), randomUuid(runtime.random)];
    for (const [dir, topicId] of [["/a", old], ["/b", current]] as const) {
      const logs = await start(runtime, { logDirs: [dir] });
      logs.getOrCreate(of(0), { ...NEW, topicId });
      await during(runtime, logs.shutdown());
    }
    const logs = await start(runtime, { topicIdFor: () => current });
    expect(logs.all.map(({ folder }) => folder)).toEqual(["/b/t-0"]);
    expect(runtime.disk.exists("/a/t-0")).toBe(false);
    logs.abandon();
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

  test("given: a folder that can't be loaded can be deleted, and the partition made anew", async () => {
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

  test("5.5 append: a log that can't be loaded leaves no file open", async () => {
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

describe("disks that fail", () => {
  test("5.5 append: a dir that fails goes offline with its partitions; the rest goes on", async () => {
    const runtime = testRuntime();
    const failed: unknown[] = [];
    const logs = await start(runtime, { onDirFailure: (dir, partitions) => failed.push([dir, partitions]) });
    const [inA, inB] = [logs.getOrCreate(of(0), NEW), logs.getOrCreate(of(1), NEW)];
    logs.getOrCreate(of(2), NEW);
    for (const log of [inA, inB]) log.appendAsLeader(batch(), 0);
    runtime.node.failDisk("/a");
    const append = (): unknown => inA.appendAsLeader(batch(), 0);
    expect(append).toThrow(expect.objectContaining({ code: "KAFKA_STORAGE_ERROR" }));
    await runtime.advance(1);
    expect(failed).toEqual([["/a", [of(0), of(2)]]]);
    expect([logs.offlineDirs, logs.all.map(({ folder }) => folder)]).toEqual([["/a"], ["/b/t-1"]]);
    runtime.node.healDisk();
    // Its disk may work again: the dir stays offline until the broker is started again.
    for (const use of [append, () => inA.read(0, 100), () => logs.getOrCreate(of(0), NEW)]) {
      expect(use).toThrow(expect.objectContaining({ code: "KAFKA_STORAGE_ERROR" }));
    }
    expect(inB.appendAsLeader(batch(), 0).firstOffset).toBe(1);
    expect(logs.getOrCreate(of(3), NEW).folder).toBe("/b/t-3");
    await during(runtime, logs.shutdown());
    expect([runtime.disk.exists("/a/.kafka_cleanshutdown"), runtime.disk.exists("/b/.kafka_cleanshutdown")]).toEqual([
      false,
      true,
    ]);
    expectNothingLeaks(runtime);
  });

  test("5.5 append: a read and a flush that fail take the dir offline as well", async () => {
    for (const use of ["read", "flush"] as const) {
      const runtime = testRuntime();
      const logs = await start(runtime);
      const log = logs.getOrCreate(of(0), NEW);
      log.appendAsLeader(batch(), 0);
      runtime.node.failDisk("/a");
      if (use === "read")
        expect(() => log.read(0, 100)).toThrow(expect.objectContaining({ code: "KAFKA_STORAGE_ERROR" }));
      else await expect(during(runtime, log.flush())).rejects.toMatchObject({ code: "KAFKA_STORAGE_ERROR" });
      await runtime.advance(1);
      expect(logs.offlineDirs).toEqual(["/a"]);
      logs.abandon();
    }
  });

  test("5.5 append: a full disk takes nothing offline", async () => {
    const runtime = testRuntime();
    const logs = await start(runtime);
    const log = logs.getOrCreate(of(0), NEW);
    runtime.node.fillDisk(10);
    expect(() => log.appendAsLeader(batch(), 0)).toThrow(expect.objectContaining({ reason: "full" }));
    await runtime.advance(100);
    expect(logs.offlineDirs).toEqual([]);
    runtime.node.fillDisk(10_000);
    expect(log.appendAsLeader(batch(), 0).firstOffset).toBe(0);
    logs.abandon();
  });

  test("5.6 upkeep: a dir that has no room for its checkpoints doesn't keep the others from theirs", async () => {
    const runtime = testRuntime();
    const logs = await start(runtime);
    for (const partition of [0, 1]) logs.getOrCreate(of(partition), NEW).appendAsLeader(batch100(0), 0);
    await during(runtime, Promise.all(logs.all.map((log) => log.flush())));
    const { disk } = runtime;
    const write = disk.writeFileAtomically.bind(disk);
    disk.writeFileAtomically = (path, content) => {
      if (path.startsWith("/a/")) throw new DiskError("full", path);
      write(path, content);
    };
    await runtime.advance(31_000);
    expect(Buffer.from(disk.readFile("/b/recovery-point-offset-checkpoint")).toString()).toBe("0\n1\nt 1 3\n");
    logs.abandon();
  });

  test("5.5 append: a partition in a dir that failed can be deleted, and made anew in another one", async () => {
    const runtime = testRuntime();
    const logs = await start(runtime);
    logs.getOrCreate(of(0), NEW).appendAsLeader(batch(), 0);
    runtime.node.failDisk("/a");
    expect(() => logs.get(of(0))!.read(0, 100)).toThrow(expect.objectContaining({ code: "KAFKA_STORAGE_ERROR" }));
    await runtime.advance(1);
    logs.delete(of(0));
    expect(logs.getOrCreate(of(0), NEW)).toMatchObject({ folder: "/b/t-0", logEndOffset: 0 });
    logs.abandon();
  });

  test("given: while a dir is offline, only partitions that are new get a log", async () => {
    const runtime = testRuntime();
    runtime.node.failDisk("/b");
    const logs = await start(runtime);
    expect(logs.offlineDirs).toEqual(["/b"]);
    const open = (): unknown => logs.getOrCreate(of(0), { config: NEW.config });
    expect(open).toThrow(expect.objectContaining({ code: "KAFKA_STORAGE_ERROR" }));
    expect(logs.getOrCreate(of(0), NEW).folder).toBe("/a/t-0");
    logs.abandon();
  });

  test("given: without any dir there is no broker", async () => {
    const runtime = testRuntime();
    runtime.node.failDisk("/");
    await expect(start(runtime)).rejects.toMatchObject({ code: "KAFKA_STORAGE_ERROR" });
    expectNothingLeaks(runtime);
  });
});

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

  test("5.5 append: producers that are silent for long are forgotten", async () => {
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
