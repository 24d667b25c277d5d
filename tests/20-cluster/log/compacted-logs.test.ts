import { describe, expect, test } from "vitest";
import { type CleaningRound, OffsetMap, SourceSegment } from "#compaction";
import { cleanBatch } from "#compaction/clean-batch";
import { replaceSegments } from "#compaction/replace-segments";
import { type Disk } from "#ground/runtime";
import { LogSegment } from "#log/log-segment";
import { RecordBatch } from "#serialization";
import { testRuntime } from "../../support/sim.ts";
import { batch100, baseOffsets, openLog, readAll } from "../../05-log/fixtures.ts";
import { during, NEW, of, start } from "../../05-log/whole/managed-logs.ts";
import { compactedLog, contentOf, fill, pairs, texts } from "../../08-compaction/logs.ts";

const CHECKPOINT = "/a/cleaner-offset-checkpoint";
const ONE_DIR = { logDirs: ["/a"] };

function checkpoint(disk: Disk): string[] {
  return Buffer.from(disk.readFile(CHECKPOINT)).toString().trim().split("\n").slice(2);
}

describe("how far a log is compacted", () => {
  test("is written down, and known at the next start", async () => {
    const runtime = testRuntime();
    const logs = await start(runtime, ONE_DIR);
    const log = logs.getOrCreate(of(0), NEW);
    logs.getOrCreate(of(1), NEW);
    for (let i = 0; i < 4; i++) log.appendAsFollower(batch100(3 * i));
    log.local.cleanOffset = 9;
    await during(runtime, logs.checkpointCleanOffsets());
    expect(checkpoint(runtime.disk)).toEqual(["t 0 9"]);
    logs.abandon();

    const again = await start(runtime, ONE_DIR);
    expect(again.get(of(0))!.local.cleanOffset).toBe(9);
    expect(again.get(of(1))!.local.cleanOffset).toBe(undefined);
    again.abandon();
  });

  test("is no more than what is left of a log that is cut, and that is written down at once", async () => {
    const runtime = testRuntime();
    const logs = await start(runtime, ONE_DIR);
    const log = logs.getOrCreate(of(0), NEW);
    for (let i = 0; i < 4; i++) log.appendAsFollower(batch100(3 * i));
    log.local.cleanOffset = 9;
    await during(runtime, logs.checkpointCleanOffsets());
    log.truncateTo(6);
    expect(log.local.cleanOffset).toBe(6);
    await runtime.advance(1);
    expect(checkpoint(runtime.disk)).toEqual(["t 0 6"]);
    logs.abandon();
  });

  test("isn't written again when logs are cut behind it: a failover cuts many", async () => {
    const runtime = testRuntime();
    const logs = await start(runtime, ONE_DIR);
    const log = logs.getOrCreate(of(0), NEW);
    for (let i = 0; i < 4; i++) log.appendAsFollower(batch100(3 * i));
    log.local.cleanOffset = 6;
    await during(runtime, Promise.all([log.flush(), logs.checkpointCleanOffsets()]));
    runtime.disk.remove(CHECKPOINT);
    log.truncateTo(9);
    await runtime.advance(1);
    expect(log.recoveryPoint).toBe(9);
    expect(runtime.disk.exists(CHECKPOINT)).toBe(false);
    logs.abandon();
  });

  test("is forgotten with its partition: a new one of that name was never compacted", async () => {
    const runtime = testRuntime();
    const logs = await start(runtime, ONE_DIR);
    const log = logs.getOrCreate(of(0), NEW);
    log.appendAsFollower(batch100(0));
    log.local.cleanOffset = 3;
    await during(runtime, logs.checkpointCleanOffsets());
    logs.delete(of(0));
    expect(logs.getOrCreate(of(0), NEW).local.cleanOffset).toBe(undefined);
    expect(checkpoint(runtime.disk)).toEqual([]);
    logs.abandon();
  });

  test("is at most the log's end, when a crash has taken that", () => {
    const runtime = testRuntime();
    openLog(runtime).appendAsFollower(batch100(0));
    runtime.node.crash();
    const again = { ...runtime, ...runtime.node.restart() };
    expect(openLog(again, {}, { cleanOffset: 50 }).local.cleanOffset).toBe(3);
  });

  test("says that gaps between segments are no holes, whatever cleanup.policy is by now", () => {
    const runtime = testRuntime();
    const log = openLog(runtime, { cleanupPolicy: ["compact"] });
    for (const offset of [0, 100, 200]) {
      if (offset > 0) log.roll(offset);
      log.appendAsFollower(batch100(offset));
    }
    runtime.node.crash();
    const again = { ...runtime, ...runtime.node.restart() };
    const recovered = openLog(again, { cleanupPolicy: ["delete"] }, { cleanOffset: 200 });
    expect(baseOffsets(readAll(recovered))).toEqual([0, 100, 200]);
  });
});

describe("what is being compacted", () => {
  test("isn't replaced when the log was cut where it had nothing any more: what came then would be lost", async () => {
    const runtime = testRuntime();
    const log = fill(compactedLog(runtime), [["a", "1"], ["a", "2"], ["a", "3"]]);
    const swap = (): Promise<boolean> => {
      const sources = [new SourceSegment(log.segments.first)];
      const cleaned = new LogSegment(log.local.context, 0, ".cleaned");
      cleaned.activate();
      cleaned.append(pairs([["a", "1"]]));
      return replaceSegments(log, cleaned, sources);
    };
    // From here on the first segment has nothing at 1 and 2.
    expect(await during(runtime, swap())).toBe(true);
    const again = swap();
    log.truncateTo(2);
    expect(log.logEndOffset).toBe(1);
    log.appendAsLeader(pairs([["b", "4"]]), 0);
    expect(await during(runtime, again)).toBe(false);
    expect(texts(contentOf(log))).toEqual(["0 a=1", "1 b=4"]);
  });

  test("is only read: also a batch that stays without its records is another one", () => {
    const map = new OffsetMap(10);
    map.put(Buffer.from("a"), 0, 1, 7);
    map.latestOffset = 7;
    const transactions = { mayDiscard: () => false };
    const round: CleaningRound = { map, nowMs: 0, deleteRetentionMs: 0, transactions, mustStay: () => true };
    const source = Buffer.from(pairs([["a", "1"]]));
    const before = Buffer.from(source);
    expect(new RecordBatch(cleanBatch(new RecordBatch(source), round)!).count).toBe(0);
    expect(source.equals(before)).toBe(true);
  });
});
