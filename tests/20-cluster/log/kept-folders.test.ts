import { describe, expect, test } from "vitest";
import { randomUuid } from "#ground/runtime";
import { type TestRuntime, testRuntime } from "../../support/sim.ts";
import { batch100, offsets, readAll } from "../../05-log/fixtures.ts";
import { during, NEW, of, start } from "../../05-log/whole/managed-logs.ts";

const MINUTE_MS = 60_000;
const STRAY = /^t-0\.[0-9a-f]{32}-stray$/;

/** What has or had to do with the partition 0 of t. */
function foldersIn(runtime: TestRuntime, dir: string): string[] {
  return runtime.disk.list(dir).filter((name) => name.startsWith("t-0"));
}

/** How many lines of the log say this. */
function logged(runtime: TestRuntime, text: string): number {
  return runtime.world.trace.filter((line) => line.includes(text)).length;
}

describe("a folder that seems not to be ours", () => {
  test.each([["/a", "/b"], ["/b", "/a"]] as const)(
    "given: a folder of an older topic, in %s, is kept under another name when the topic's own is in %s",
    async (oldDir, dir) => {
      const runtime = testRuntime();
      const [old, current] = [randomUuid(runtime.random), randomUuid(runtime.random)];
      for (const [logDir, topicId] of [[oldDir, old], [dir, current]] as const) {
        const logs = await start(runtime, { logDirs: [logDir] });
        logs.getOrCreate(of(0), { ...NEW, topicId });
        await during(runtime, logs.shutdown());
      }
      const logs = await start(runtime, { topicIdFor: () => current });
      expect(logs.all.map(({ folder }) => folder)).toEqual([`${dir}/t-0`]);
      expect(logs.getOrCreate(of(0), { ...NEW, topicId: current }).folder).toBe(`${dir}/t-0`);
      expect(foldersIn(runtime, oldDir)).toEqual([expect.stringMatching(STRAY)]);
      await runtime.advance(24 * 60 * MINUTE_MS);
      expect(foldersIn(runtime, oldDir)).toEqual([expect.stringMatching(STRAY)]);
      logs.abandon();
    },
  );

  test("a folder with another topic's id takes its partition out of service, and stays", async () => {
    const runtime = testRuntime();
    const [damaged, current] = [randomUuid(runtime.random), randomUuid(runtime.random)];
    const logs = await start(runtime);
    logs.getOrCreate(of(0), { ...NEW, topicId: damaged }).appendAsLeader(batch100(0), 0);
    await during(runtime, logs.shutdown());
    for (let starts = 0; starts < 2; starts++) {
      const again = await start(runtime, { topicIdFor: () => current });
      expect(again.get(of(0))).toBeUndefined();
      const open = (): unknown => again.getOrCreate(of(0), { ...NEW, topicId: current });
      expect(open).toThrow(expect.objectContaining({ code: "KAFKA_STORAGE_ERROR" }));
      expect(open).toThrow("in /a/t-0/partition.metadata");
      await during(runtime, again.shutdown());
    }
    expect(logged(runtime, "/a/t-0 can't be loaded, and stays as it is")).toBe(2);
    const restored = await start(runtime, { topicIdFor: () => damaged });
    expect(offsets(readAll(restored.get(of(0))!))).toEqual([0, 1, 2]);
    restored.abandon();
  });

  test("records that seem to be another topic's are not deleted with a topic", async () => {
    const runtime = testRuntime();
    const logs = await start(runtime);
    logs.getOrCreate(of(0), { ...NEW, topicId: randomUuid(runtime.random) });
    await during(runtime, logs.shutdown());
    const current = randomUuid(runtime.random);
    const again = await start(runtime, { topicIdFor: () => current });
    again.delete(of(0));
    expect(foldersIn(runtime, "/a")).toEqual([expect.stringMatching(STRAY)]);
    expect(again.getOrCreate(of(0), { ...NEW, topicId: current }).logEndOffset).toBe(0);
    again.abandon();
  });

  test("a log that is set aside is out of service, and its folder is kept, also by later starts", async () => {
    const runtime = testRuntime();
    runtime.disk.makeFolder("/a/t-1");
    runtime.disk.writeFileAtomically("/a/t-1/partition.metadata", Buffer.from("nonsense"));
    const logs = await start(runtime);
    logs.getOrCreate(of(0), NEW).appendAsLeader(batch100(0), 0);
    const { folder } = logs.get(of(0))!;
    const kept = [of(0), of(1)].map((partition) => logs.setAside(partition)!);
    expect([logs.get(of(0)), logs.unloadable, logs.setAside(of(2))]).toEqual([undefined, [], undefined]);
    expect(kept.map((path) => path.replace(/[0-9a-f]{32}/, "ID"))).toEqual(["/a/t-0.ID-stray", "/a/t-1.ID-stray"]);
    expect(runtime.disk.exists(folder)).toBe(false);
    await during(runtime, logs.shutdown());
    const again = await start(runtime);
    await runtime.advance(60 * MINUTE_MS);
    expect(again.all).toEqual([]);
    expect(runtime.disk.size(`${kept[0]}/00000000000000000000.log`)).toBe(100);
    expect(logged(runtime, "/a: 2 folders that end in -stray are kept")).toBe(1);
    again.abandon();
  });
});
