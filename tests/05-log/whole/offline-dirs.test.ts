import { describe, expect, test } from "vitest";
import { DiskError } from "#ground/errors";
import { runToEnd } from "#ground/gradually";
import { randomUuid } from "#ground/runtime";
import { expectNothingLeaks, testRuntime } from "../../support/sim.ts";
import { batch, batch100, offsets, readAll } from "../fixtures.ts";
import { during, NEW, of, start } from "./managed-logs.ts";

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

  test.each(["full", "descriptors"] as const)("given: a log that can't be made (%s) can be later", async (why) => {
    const runtime = testRuntime();
    const logs = await start(runtime);
    // The folder can be made, but no file in it.
    for (const file of ["partition.metadata.tmp", "00000000000000000000.log"]) {
      runtime.node.failDisk(`/a/t-0/${file}`, why);
    }
    const topicId = new Uint8Array(16).fill(7);
    const open = (): unknown => logs.getOrCreate(of(0), { ...NEW, topicId });
    expect(open).toThrow(expect.objectContaining({ reason: why }));
    runToEnd(logs.reload(of(0)));
    expect(open).toThrow(expect.objectContaining({ reason: why }));
    runtime.node.healDisk();
    runToEnd(logs.reload(of(0)));
    expect(open()).toMatchObject({ folder: "/a/t-0", logEndOffset: 0, topicId });
    logs.abandon();
  });

  test("given: a partition that couldn't be made can be deleted", async () => {
    const runtime = testRuntime();
    const logs = await start(runtime);
    runtime.node.failDisk("/a/t-0/00000000000000000000.log", "descriptors");
    expect(() => logs.getOrCreate(of(0), NEW)).toThrow(expect.objectContaining({ reason: "descriptors" }));
    runtime.node.healDisk();
    logs.delete(of(0));
    expect(runtime.disk.exists("/a/t-0")).toBe(false);
    expect(logs.getOrCreate(of(0), NEW).logEndOffset).toBe(0);
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

  test("5.5 append: a disk that has become read-only refuses what is written, and nothing goes offline", async () => {
    const runtime = testRuntime();
    const logs = await start(runtime);
    logs.getOrCreate(of(0), NEW).appendAsLeader(batch100(0), 0);
    runtime.disk.writeFileAtomically = (path) => {
      throw new DiskError("read-only", path);
    };
    expect(() => logs.checkpoint()).not.toThrow();
    const topicId = randomUuid(runtime.random);
    expect(() => logs.getOrCreate(of(1), { ...NEW, topicId })).toThrow("the file system is read-only");
    expect(logs.offlineDirs).toEqual([]);
    expect(offsets(readAll(logs.get(of(0))!))).toEqual([0, 1, 2]);
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
