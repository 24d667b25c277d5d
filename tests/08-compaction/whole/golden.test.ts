import { describe, expect, test } from "vitest";
import { LogCleaner } from "#compaction";
import { batches } from "#serialization";
import { testRuntime } from "../../support/sim.ts";
import { copyGolden, openLog, segmentBases } from "../../05-log/fixtures.ts";

/** When Kafka dropped the tombstones that it met in this cleaning at the earliest, as it wrote into their batches. */
const HORIZON_MS = 1_795_146_594_888;

describe("the log that Apache Kafka compacted", () => {
  test("given: golden: the same batches are left, byte for byte, in the same segments", async () => {
    const runtime = testRuntime();
    copyGolden("compacted-before-cleaning", runtime.disk, "/log/t-0");
    copyGolden("compacted-0", runtime.disk, "/kafka");
    const log = openLog(
      runtime,
      {
        cleanupPolicy: ["compact"],
        segmentBytes: 4096,
        indexIntervalBytes: 512,
        deleteRetentionMs: HORIZON_MS - runtime.clock.wallMs(),
      },
      { hadCleanShutdown: true },
    );
    log.onHighWatermarkUpdated(log.logEndOffset);
    const cleaner = new LogCleaner(runtime, {
      logs: () => [log],
      checkpoint: async () => {},
      backoffMs: 15_000,
      dedupeBufferBytes: 1 << 20,
      loadFactor: 0.9,
    });
    const cleaned = cleaner.cleanAll();
    await runtime.advance(1000);
    await cleaned;

    expect(log.local.cleanOffset).toBe(203);
    expect(segmentBases(log)).toEqual([0, 40, 80, 121, 162, 203]);
    for (const { records } of log.segments.all) {
      const name = records.path.split("/").at(-1)!;
      const kafkas = runtime.disk.readFile(`/kafka/${name}`);
      const ours = runtime.disk.readFile(records.path);
      expect([...batches(ours)].map(({ baseOffset }) => baseOffset), name).toEqual(
        [...batches(kafkas)].map(({ baseOffset }) => baseOffset),
      );
      expect(Buffer.from(ours).equals(kafkas), name).toBe(true);
    }
  });
});
