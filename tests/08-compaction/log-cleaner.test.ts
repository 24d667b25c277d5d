import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LogCleaner, type LogCleanerOptions } from "#compaction";
import { type LogConfig, type UnifiedLog } from "#log";
import { batches } from "#serialization";
import { propertySeed } from "../support/property.ts";
import { settled, type TestRuntime, testRuntime } from "../support/sim.ts";
import { copyGolden, openLog, segmentBases } from "../05-log/fixtures.ts";
import { compactedLog, contentOf, fill, type Pair, pairs, texts, textsOfSegments } from "./logs.ts";

type Options = Partial<LogCleanerOptions>;

function cleanerOf(runtime: TestRuntime, logs: readonly UnifiedLog[], options: Options = {}): LogCleaner {
  return new LogCleaner(runtime, {
    logs: () => logs,
    checkpoint: async () => {},
    backoffMs: 15_000,
    dedupeBufferBytes: 1 << 20,
    loadFactor: 0.9,
    ...options,
  });
}

/** Cleans what is to be cleaned. */
async function clean(runtime: TestRuntime, logs: readonly UnifiedLog[], options?: Options): Promise<void> {
  await settled(runtime.world, cleanerOf(runtime, logs, options).cleanAll());
}

/** Always worth cleaning. */
const EAGER: Partial<LogConfig> = { minCleanableDirtyRatio: 0 };

describe("LogCleaner", () => {
  /** When Kafka would have dropped the tombstones that it met in this cleaning, as it wrote into their batches. */
  const KAFKAS_HORIZON_MS = 1_795_146_594_888;

  test("8.6 golden: of a log that Kafka compacted the same batches are left, byte for byte", async () => {
    const runtime = testRuntime();
    copyGolden("compacted-before-cleaning", runtime.disk, "/log/t-0");
    copyGolden("compacted-0", runtime.disk, "/kafka");
    const deleteRetentionMs = KAFKAS_HORIZON_MS - runtime.clock.wallMs();
    const limits = { segmentBytes: 4096, indexIntervalBytes: 512, deleteRetentionMs };
    const log = openLog(runtime, { cleanupPolicy: ["compact"], ...limits }, { hadCleanShutdown: true });
    log.onHighWatermarkUpdated(log.logEndOffset);
    await clean(runtime, [log]);

    expect(log.local.cleanOffset).toBe(203);
    expect(segmentBases(log)).toEqual([0, 40, 80, 121, 162, 203]);
    for (const { records } of log.segments.all) {
      const name = records.path.split("/").at(-1)!;
      const [ours, kafkas] = [records.path, `/kafka/${name}`].map((path) => runtime.disk.readFile(path));
      const offsets = [ours!, kafkas!].map((bytes) => [...batches(bytes)].map(({ baseOffset }) => baseOffset));
      expect(offsets[0], name).toEqual(offsets[1]);
      expect(Buffer.from(ours!).equals(kafkas!), name).toBe(true);
    }
  });

  test("8.6 cleanAll: each key keeps its last record; the active segment keeps all [I1]", async () => {
    const runtime = testRuntime();
    const log = fill(compactedLog(runtime, EAGER), [["a", "1"], ["b", "2"]], [["a", "3"], ["c", "4"]], [["d", "5"]]);
    log.appendAsLeader(pairs([["b", "6"], ["b", "7"]]), 0);
    log.onHighWatermarkUpdated(log.logEndOffset);
    await clean(runtime, [log]);
    expect(texts(contentOf(log))).toEqual(["1 b=2", "2 a=3", "3 c=4", "4 d=5", "5 b=6", "6 b=7"]);
    expect([log.local.cleanOffset, log.logEndOffset]).toEqual([5, 7]);
  });

  test("8.6 cleanAll: small segments become one", async () => {
    const runtime = testRuntime();
    const log = fill(compactedLog(runtime, EAGER), [["a", "1"]], [["b", "2"]], [["c", "3"]]);
    await clean(runtime, [log]);
    expect(textsOfSegments(log)).toEqual([["0 a=1", "1 b=2", "2 c=3"], []]);
  });

  test("8.6 cleanAll: what was clean is cleaned again of what has come since", async () => {
    const runtime = testRuntime();
    const log = fill(compactedLog(runtime, EAGER), [["a", "1"], ["b", "2"]]);
    await clean(runtime, [log]);
    fill(log, [["a", "3"]]);
    await clean(runtime, [log]);
    expect(texts(contentOf(log))).toEqual(["1 b=2", "2 a=3"]);
  });

  test("8.6 cleanAll: with too little memory for all keys it takes several rounds [I1]", async () => {
    const runtime = testRuntime();
    const log = fill(
      compactedLog(runtime, EAGER),
      [["a", "1"], ["b", "2"], ["c", "3"]],
      [["c", "4"], ["b", "5"], ["a", "6"]],
    );
    await clean(runtime, [log], { dedupeBufferBytes: 24 * 2, loadFactor: 1 });
    expect(texts(contentOf(log))).toEqual(["3 c=4", "4 b=5", "5 a=6"]);
    expect(log.local.cleanOffset).toBe(6);
  });

  test("8.6 cleanAll: a log that is damaged stays as it is, and others have their turn", async () => {
    const runtime = testRuntime();
    const records: readonly Pair[][] = [[["a", "1"]], [["a", "2"]]];
    const damaged = fill(compactedLog(runtime, EAGER), ...records);
    const path = damaged.segments.first.records.path;
    const bytes = runtime.disk.readFile(path);
    bytes[68]! ^= 1;
    runtime.disk.writeFileAtomically(path, bytes);
    const opened = openLog(runtime, { cleanupPolicy: ["compact"], ...EAGER }, { hadCleanShutdown: true });
    opened.onHighWatermarkUpdated(2);
    const other = fill(openLog(runtime, { cleanupPolicy: ["compact"], ...EAGER }, { folder: "/log/u-0" }), ...records);
    await clean(runtime, [opened, other]);
    expect(Buffer.from(contentOf(opened).subarray(0, bytes.length)).equals(bytes)).toBe(true);
    expect(texts(contentOf(other))).toEqual(["1 a=2"]);
  });

  test("8.6 cleanAll: logs that are only to be deleted are left alone", async () => {
    const runtime = testRuntime();
    const log = fill(compactedLog(runtime, { ...EAGER, cleanupPolicy: ["delete"] }), [["a", "1"]], [["a", "2"]]);
    await clean(runtime, [log]);
    expect(texts(contentOf(log))).toEqual(["0 a=1", "1 a=2"]);
  });

  test("8.6 cleanAll: a producer's last sequence number is known, though its records are gone [I6]", async () => {
    const runtime = testRuntime();
    const producer = { producerId: 7, producerEpoch: 0 };
    const log = compactedLog(runtime, EAGER);
    log.appendAsLeader(pairs([["a", "1"], ["b", "2"]], { ...producer, baseSequence: 0 }), 0);
    fill(log, [["a", "3"], ["b", "4"]], [["c", "5"]]);
    await clean(runtime, [log]);
    expect(texts(contentOf(log))).toEqual(["2 a=3", "3 b=4", "4 c=5"]);
    log.abandon();
    for (const name of runtime.disk.list("/log/t-0")) {
      if (name.endsWith(".snapshot")) runtime.disk.remove(`/log/t-0/${name}`);
    }
    expect(compactedLog(runtime).producers.lastEntry(7)?.lastSequence).toBe(1);
  });

  test("8.6 cleanAll: a log doesn't end in a gap: its last batch stays, though nothing is left in it", async () => {
    const runtime = testRuntime();
    const log = fill(compactedLog(runtime, { ...EAGER, deleteRetentionMs: 1000 }), [["a", "1"]], [["a", null]]);
    await clean(runtime, [log]);
    await runtime.advance(1000);
    log.local.cleanOffset = 0;
    await clean(runtime, [log]);
    expect(texts(contentOf(log))).toEqual([]);
    expect(log.read(0, 1000).nextOffset).toBe(2);
  });

  test("8.6 cleanAll: a log that is cut in the middle of it loses nothing else [I1]", async () => {
    const runtime = testRuntime();
    const log = fill(compactedLog(runtime, EAGER), [["a", "1"], ["b", "2"]], [["a", "3"]]);
    const cleaning = cleanerOf(runtime, [log]).cleanAll();
    log.truncateTo(2);
    await settled(runtime.world, cleaning);
    expect(texts(contentOf(log))).toEqual(["0 a=1", "1 b=2"]);
  });

  test("8.6 cleanAll: what was cut off below the clean part is dirty again", async () => {
    const runtime = testRuntime();
    const log = fill(compactedLog(runtime, EAGER), [["a", "1"]], [["b", "2"]], [["c", "3"]]);
    await clean(runtime, [log]);
    expect(log.local.cleanOffset).toBe(3);
    log.truncateTo(1);
    expect(log.local.cleanOffset).toBeLessThanOrEqual(1);
  });

  test("8.6 close: in the middle of a log it ends, and leaves the log whole [I4]", async () => {
    const runtime = testRuntime();
    const log = fill(compactedLog(runtime, EAGER), [["a", "1"]], [["a", "2"]]);
    const cleaner = cleanerOf(runtime, [log]);
    const cleaning = cleaner.cleanAll();
    await settled(runtime.world, Promise.all([cleaning, cleaner.close()]));
    expect(texts(contentOf(log))).toEqual(["0 a=1", "1 a=2"]);
    expect(runtime.disk.list("/log/t-0").filter((name) => name.endsWith(".cleaned"))).toEqual([]);
  });

  test("8.6 cleanAll: whatever is written, deleted, rolled and cleaned: the last values are a map's [I1]", async () => {
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.tuple(fc.constantFrom("a", "b", "c", "d"), fc.option(fc.nat(99))) },
      { weight: 2, arbitrary: fc.constant("roll" as const) },
      { weight: 2, arbitrary: fc.constant("clean" as const) },
      { weight: 1, arbitrary: fc.constant("wait" as const) },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const runtime = testRuntime();
        const log = compactedLog(runtime, { ...EAGER, deleteRetentionMs: 1000 });
        const last = new Map<string, string>();
        for (const each of steps) {
          if (each === "roll") log.roll();
          else if (each === "clean") await clean(runtime, [log]);
          else if (each === "wait") await runtime.advance(1000);
          else {
            const value = each[1] === null ? null : String(each[1]);
            log.appendAsLeader(pairs([[each[0], value]]), 0);
            if (value === null) last.delete(each[0]);
            else last.set(each[0], value);
          }
          log.onHighWatermarkUpdated(log.logEndOffset);
        }
        await clean(runtime, [log]);
        expect(lastValues(log)).toEqual(last);
        log.abandon();
      }),
      { numRuns: 30, seed: propertySeed() },
    );
  });
});

/** What a reader knows who has read all. */
function lastValues(log: UnifiedLog): Map<string, string> {
  const values = new Map<string, string>();
  for (const batch of batches(contentOf(log))) {
    for (const { key, value } of batch.records()) {
      if (value === null) values.delete(Buffer.from(key!).toString());
      else values.set(Buffer.from(key!).toString(), Buffer.from(value).toString());
    }
  }
  return values;
}
