import { describe, expect, test } from "vitest";
import { type UnifiedLog } from "#log";
import { testRuntime } from "../../support/sim.ts";
import { baseOffsets, batch100, openLog } from "../../05-log/fixtures.ts";

const CORRUPT = expect.objectContaining({ code: "CORRUPT_MESSAGE" }) as Error;

/** An open log of batches at 0, 3 and 6 in one segment, 9 and 12 in the next; then one of them has a wrong length. */
function withLength(batchOffset: number, length: number): UnifiedLog {
  const runtime = testRuntime();
  const log = openLog(runtime, { segmentBytes: 300 });
  for (let offset = 0; offset < 15; offset += 3) log.appendAsLeader(batch100(0), 0);
  const base = batchOffset < 9 ? 0 : 9;
  const file = runtime.disk.open(log.segments.floor(base)!.records.path, { create: false });
  const bytes = new Uint8Array(file.size);
  file.read(bytes, 0);
  new DataView(bytes.buffer).setInt32(((batchOffset - base) / 3) * 100 + 8, length);
  file.truncate(0);
  file.append([bytes]);
  file.close();
  return log;
}

describe("a batch's length that can't be", () => {
  test.each([
    ["is negative", -12],
    ["would make the batch end where it begins, and a reader turn in circles for ever", -100],
    ["is too small for a header", 48],
    ["leads beyond the file", 100_000],
    ["leads a byte beyond the file", 2 * 100 - 12 + 1],
    ["is the largest there is", 0x7fff_ffff],
  ])("in a sealed segment it ends the read before, and fails the one from there: it %s", (_, length) => {
    const log = withLength(3, length);
    expect(baseOffsets(log.read(0, 1000).records)).toEqual([0]);
    expect(() => log.read(3, 1000)).toThrow(CORRUPT);
    expect(() => log.read(7, 1000)).toThrow(CORRUPT);
    expect(baseOffsets(log.read(9, 1000).records)).toEqual([9, 12]);
  });

  test.each([["negative", -12], ["beyond the file", 100_000]])("in the active segment, too: %s", (_, length) => {
    const log = withLength(12, length);
    expect(baseOffsets(log.read(9, 1000).records)).toEqual([9]);
    expect(() => log.read(12, 1000)).toThrow(CORRUPT);
    expect(baseOffsets(log.read(3, 1000).records)).toEqual([3, 6]);
  });
});
