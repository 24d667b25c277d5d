import { describe, expect, test } from "vitest";
import { type LogSegment } from "#log/log-segment";
import { leftovers, offsetIndexFault, timeIndexFault } from "#log/segment-check";
import { testRuntime } from "../support/sim.ts";
import { batch100, fill, segment, T0, watch } from "./fixtures.ts";

describe("leftovers", () => {
  const of = (base: number, suffix: string): string => String(base).padStart(20, "0") + suffix;

  test("5.7 leftovers: files of deleted segments and of unfinished writes go", () => {
    const log = [of(9, ".log"), of(9, ".index"), of(9, ".timeindex"), of(9, ".txnindex")];
    const left = [of(0, ".log.deleted"), of(0, ".index.deleted"), "partition.metadata.tmp"];
    expect(leftovers([...left, ...log]).sort()).toEqual([...left].sort());
  });

  test("5.7 leftovers: an index without its segment goes, whichever of the three it is", () => {
    const orphans = [of(9, ".index"), of(9, ".timeindex"), of(9, ".txnindex")];
    const names = [of(0, ".log"), of(0, ".index"), ...orphans, of(12, ".log")];
    expect(leftovers(names).sort()).toEqual([...orphans].sort());
    // That its .log was deleted makes no difference: it is no part of the log any more.
    expect(leftovers([of(9, ".index"), of(9, ".log.deleted")]).length).toBe(2);
  });

  test("5.7 leftovers: a log without any index stays: they can be built anew", () => {
    expect(leftovers([of(9, ".log")])).toEqual([]);
  });

  test("5.7 leftovers: what the log doesn't know, or needs later, stays", () => {
    const kept = ["partition.metadata", "leader-epoch-checkpoint", of(9, ".snapshot"), "notes.txt", of(9, ".log.kept")];
    expect(leftovers(kept)).toEqual([]);
  });
});

const FOLDER = "/log/t-0";

/** A segment of ten batches, sealed and opened again, with this done to one of its files in between. */
function reopened(suffix: string, change: (bytes: Buffer) => Uint8Array): LogSegment {
  const runtime = testRuntime();
  const made = fill(segment(100, { indexIntervalBytes: 150 }, runtime), 10);
  made.seal();
  made.close();
  const path = `${FOLDER}/00000000000000000100${suffix}`;
  runtime.disk.writeFileAtomically(path, change(Buffer.from(runtime.disk.readFile(path))));
  return segment(100, { indexIntervalBytes: 150 }, runtime);
}

/** Writes one entry of an index anew. */
function withEntry(size: number, slot: number, write: (bytes: Buffer, at: number) => void): (bytes: Buffer) => Buffer {
  return (bytes) => {
    write(bytes, size * (slot < 0 ? bytes.length / size + slot : slot));
    return bytes;
  };
}

const asItWas = (bytes: Buffer): Buffer => bytes;

describe("offsetIndexFault", () => {
  // Four entries: (108, 200), (114, 400), (120, 600), (126, 800), of 1000 bytes.
  const entry = (slot: number, offset: number, position: number): ((bytes: Buffer) => Buffer) =>
    withEntry(8, slot, (bytes, at) => {
      bytes.writeInt32BE(offset, at);
      bytes.writeInt32BE(position, at + 4);
    });

  test("5.7 offsetIndexFault: none in an index as it was made, nor in an empty one", () => {
    expect(offsetIndexFault(reopened(".index", asItWas))).toBeNull();
    expect(offsetIndexFault(reopened(".index", () => Buffer.alloc(0)))).toBeNull();
    expect(offsetIndexFault(reopened(".index", (bytes) => bytes.subarray(0, 8)))).toBeNull();
    expect(offsetIndexFault(segment(7))).toBeNull();
  });

  test("5.7 offsetIndexFault: an entry at the base offset and at position 0 is right", () => {
    expect(offsetIndexFault(reopened(".index", entry(0, 0, 0)))).toBeNull();
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
  ])("5.7 offsetIndexFault: %s", (_, change) => {
    const fault = offsetIndexFault(reopened(".index", change));
    expect(fault === null ? "right" : "wrong", "the index is found to be").toBe("wrong");
  });

  test("5.7 offsetIndexFault: a position with just enough room for a header is believed", () => {
    expect(offsetIndexFault(reopened(".index", entry(-1, 26, 939)))).toBeNull();
  });

  test("5.7 offsetIndexFault: no batch is read, this is done for each segment at each start", () => {
    const made = reopened(".index", asItWas);
    const seen = watch(made);
    offsetIndexFault(made);
    expect(seen.reads, "reads of the .log file").toBe(0);
  });
});

describe("timeIndexFault", () => {
  // (T0 + 22, 108), (T0 + 42, 114), (T0 + 62, 120), (T0 + 82, 126), and from the sealing (T0 + 92, 129).
  const entry = (slot: number, afterT0: number, offset: number): ((bytes: Buffer) => Buffer) =>
    withEntry(12, slot, (bytes, at) => {
      bytes.writeBigInt64BE(BigInt(T0 + afterT0), at);
      bytes.writeInt32BE(offset, at + 8);
    });

  test("5.7 timeIndexFault: none in an index as it was made, nor in an empty one", () => {
    expect(timeIndexFault(reopened(".timeindex", asItWas))).toBeNull();
    expect(timeIndexFault(reopened(".timeindex", () => Buffer.alloc(0)))).toBeNull();
    expect(timeIndexFault(reopened(".timeindex", (bytes) => bytes.subarray(0, 12)))).toBeNull();
    expect(timeIndexFault(segment(7))).toBeNull();
  });

  test("5.7 timeIndexFault: the last entry may name any offset of its batch", () => {
    expect(timeIndexFault(reopened(".timeindex", entry(-1, 92, 27)))).toBeNull();
  });

  test.each([
    ["part of an entry at the end", (bytes: Buffer) => bytes.subarray(0, 50)],
    ["zeros behind the entries", (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(12)])],
    ["nothing but zeros", (bytes: Buffer) => bytes.fill(0)],
    ["a first offset below the base offset", entry(0, 22, -1)],
    ["a first offset that the last one doesn't go beyond", entry(0, 22, 29)],
    ["a first timestamp that the last one doesn't go beyond", entry(0, 92, 8)],
    ["a last timestamp that is older than its batch", entry(-1, 91, 29)],
    ["a last timestamp of the year 2106", entry(-1, 2.6e12, 29)],
    ["a last offset of another batch", entry(-1, 92, 26)],
    ["a last offset behind all batches", entry(-1, 92, 30)],
  ])("5.7 timeIndexFault: %s", (_, change) => {
    const fault = timeIndexFault(reopened(".timeindex", change));
    expect(fault === null ? "right" : "wrong", "the index is found to be").toBe("wrong");
  });

  test("5.7 timeIndexFault: a last offset that no batch holds is none of the next batch", () => {
    const runtime = testRuntime();
    const made = segment(0, { indexIntervalBytes: 0 }, runtime);
    for (const [offset, afterT0] of [[0, 0], [3, 10], [9, 20]] as const) made.append(batch100(offset, T0 + afterT0));
    made.timeIndex.file.truncate(0);
    made.timeIndex.maybeAppend(T0 + 22, 7);
    expect(timeIndexFault(made)).toEqual(expect.any(String));
  });

  test("5.7 timeIndexFault: a .log that is damaged on the way is the caller's to report", () => {
    const made = reopened(".log", (bytes) => bytes.fill(0, 900));
    expect(() => timeIndexFault(made)).toThrow(expect.objectContaining({ code: "CORRUPT_MESSAGE" }));
  });
});
