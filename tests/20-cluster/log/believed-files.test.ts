import { describe, expect, test } from "vitest";
import { leftovers } from "#log/given/assembly/leftovers";
import { fileName } from "#log/given/log-files";
import { offsetIndexFault } from "#log/given/misfit";
import {
  asItWas, batch100, openLog, reopenedSegment, segment, segmentBases, watch, withEntry,
} from "../../05-log/fixtures.ts";
import { testRuntime } from "../../support/sim.ts";

describe("leftovers", () => {
  test("files of deleted segments and of unfinished writes go", () => {
    const log = [fileName(9, ".log"), fileName(9, ".index"), fileName(9, ".timeindex"), fileName(9, ".txnindex")];
    const left = [fileName(0, ".log.deleted"), fileName(0, ".index.deleted"), "partition.metadata.tmp"];
    expect(leftovers([...left, ...log]).sort()).toEqual([...left].sort());
  });

  test("an index without its segment goes, whichever of the three it is", () => {
    const orphans = [fileName(9, ".index"), fileName(9, ".timeindex"), fileName(9, ".txnindex")];
    const names = [fileName(0, ".log"), fileName(0, ".index"), ...orphans, fileName(12, ".log")];
    expect(leftovers(names).sort()).toEqual([...orphans].sort());
    // That its .log was deleted makes no difference: it is no part of the log any more.
    expect(leftovers([fileName(9, ".index"), fileName(9, ".log.deleted")]).length).toBe(2);
  });

  test("a log without any index stays: they can be built anew", () => {
    expect(leftovers([fileName(9, ".log")])).toEqual([]);
  });

  test("what the log doesn't know, or needs later, stays", () => {
    const unknown = ["partition.metadata", "leader-epoch-checkpoint", "notes.txt", fileName(9, ".log.kept")];
    expect(leftovers([...unknown, fileName(9, ".snapshot")])).toEqual([]);
  });

  test("what is no part of the log is gone when it is open", async () => {
    const runtime = testRuntime();
    const before = openLog(runtime, { segmentBytes: 300 });
    for (let i = 0; i < 7; i++) before.appendAsLeader(batch100(0), 0);
    await before.close();
    const names = ["00000000000000000003.index", "00000000000000000009.log.deleted", "x.tmp"];
    for (const name of names) runtime.disk.writeFileAtomically(`/log/t-0/${name}`, Uint8Array.of(1));
    const log = openLog(runtime, { segmentBytes: 300 }, { hadCleanShutdown: true });
    expect(runtime.disk.list("/log/t-0").filter((name) => names.includes(name))).toEqual([]);
    expect([segmentBases(log), log.logEndOffset]).toEqual([[0, 9, 18], 21]);
  });
});

describe("offsetIndexFault", () => {
  // Four entries: (108, 200), (114, 400), (120, 600), (126, 800), of 1000 bytes.
  const entry = (slot: number, offset: number, position: number): ((bytes: Buffer) => Buffer) =>
    withEntry(8, slot, (bytes, at) => {
      bytes.writeInt32BE(offset, at);
      bytes.writeInt32BE(position, at + 4);
    });

  test("none in an index as it was made, nor in an empty one", () => {
    expect(offsetIndexFault(reopenedSegment(".index", asItWas))).toBeNull();
    expect(offsetIndexFault(reopenedSegment(".index", () => Buffer.alloc(0)))).toBeNull();
    expect(offsetIndexFault(reopenedSegment(".index", (bytes) => bytes.subarray(0, 8)))).toBeNull();
    expect(offsetIndexFault(segment(7))).toBeNull();
  });

  test("an entry at the base offset and at position 0 is right", () => {
    expect(offsetIndexFault(reopenedSegment(".index", entry(0, 0, 0)))).toBeNull();
  });

  test.each([
    ["part of an entry at the end", (bytes: Buffer) => bytes.subarray(0, 29)],
    ["zeros behind the entries", (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(8)])],
    ["nothing but zeros", (bytes: Buffer) => bytes.fill(0)],
    ["a last offset below the base offset", entry(-1, -3, 800)],
    ["a last position before the file", entry(-1, 26, -800)],
    ["a last position behind the file", entry(-1, 26, 1000)],
    ["a last position with no room for a header", entry(-1, 26, 940)],
    ["a first offset below the base offset", entry(0, -1, 200)],
    ["a first position before the file", entry(0, 8, -1)],
    ["a first offset that the last one doesn't go beyond", entry(0, 26, 200)],
    ["a first position that the last one doesn't go beyond", entry(0, 8, 800)],
  ])("%s", (_, change) => {
    const fault = offsetIndexFault(reopenedSegment(".index", change));
    expect(fault === null ? "right" : "wrong", "the index is found to be").toBe("wrong");
  });

  test("a position with just enough room for a header is believed", () => {
    expect(offsetIndexFault(reopenedSegment(".index", entry(-1, 26, 939)))).toBeNull();
  });

  test("no batch is read, this is done for each segment at each start", () => {
    const made = reopenedSegment(".index", asItWas);
    const seen = watch(made);
    offsetIndexFault(made);
    expect(seen.reads, "reads of the .log file").toBe(0);
  });
});
