import { describe, expect, test } from "vitest";
import { runToEnd } from "#ground/gradually";
import { OffsetMap } from "#compaction";
import { buildOffsetMap, putRecords } from "#compaction/build-offset-map";
import { type UnifiedLog } from "#log";
import { RecordBatch } from "#serialization";
import { marker, watch } from "../05-log/fixtures.ts";
import { testRuntime } from "../support/sim.ts";
import { compactedLog, fill, pairs, type PairsSpec, type Pair } from "./logs.ts";

function offsetsOf(map: OffsetMap, ...keys: readonly string[]): number[] {
  return keys.map((key) => map.get(Buffer.from(key), 0, Buffer.byteLength(key)));
}

/** A map with the records of one batch. */
function mapOf(records: readonly Pair[], from = 0, spec: PairsSpec = {}, slots = 100): [OffsetMap, boolean] {
  const map = new OffsetMap(slots);
  return [map, putRecords(map, new RecordBatch(pairs(records, spec)), from)];
}

/** A map of the log's offsets in [from, to). */
function build(log: UnifiedLog, from: number, to: number, slots = 100): OffsetMap {
  const map = new OffsetMap(slots, 1);
  runToEnd(buildOffsetMap(log, { firstDirtyOffset: from, firstUncleanableOffset: to }, map));
  return map;
}

describe("putRecords", () => {
  test("8.3 putRecords: each key with the offset of its last record", () => {
    const [map, wasRoom] = mapOf([["a", "1"], ["b", "2"], ["a", "3"]], 0, { baseOffset: 100 });
    expect(wasRoom).toBe(true);
    expect(offsetsOf(map, "a", "b")).toEqual([102, 101]);
    expect(map.latestOffset).toBe(102);
  });

  test("8.3 putRecords: a tombstone replaces what was before it, like any other record", () => {
    const [map] = mapOf([["a", "1"], ["a", null]]);
    expect(offsetsOf(map, "a")).toEqual([1]);
  });

  test("8.3 putRecords: records without a key are passed over, an empty key is a key", () => {
    const [map] = mapOf([["a", "1"], ["", "2"], [null, "3"]]);
    expect([map.size, ...offsetsOf(map, "a", "")]).toEqual([2, 0, 1]);
  });

  test("8.3 putRecords: what lies below the first offset that counts is passed over", () => {
    const [map] = mapOf([["a", "1"], ["b", "2"], ["c", "3"]], 101, { baseOffset: 100 });
    expect(offsetsOf(map, "a", "b", "c")).toEqual([-1, 101, 102]);
  });

  test("8.3 putRecords: compressed records are records", () => {
    const [map] = mapOf([["a", "1"], ["b", "2"]], 0, { compression: "gzip" });
    expect(offsetsOf(map, "a", "b")).toEqual([0, 1]);
  });

  test("8.3 putRecords: when the map is full, what came before is in it, and latestOffset says how far", () => {
    const map = new OffsetMap(2, 1);
    const batch = new RecordBatch(pairs([["a", "1"], ["a", "2"], ["b", "3"], ["c", "4"], ["a", "5"]]));
    expect(putRecords(map, batch, 0)).toBe(false);
    expect([...offsetsOf(map, "a", "b", "c"), map.latestOffset]).toEqual([1, 2, -1, 2]);
  });
});

describe("buildOffsetMap", () => {
  test("8.3 buildOffsetMap: the keys of all segments of the range, and of no other", () => {
    const log = fill(compactedLog(testRuntime()), [["a", "1"]], [["b", "2"]], [["c", "3"]], [["d", "4"]]);
    const map = build(log, 1, 3);
    expect(offsetsOf(map, "a", "b", "c", "d")).toEqual([-1, 1, 2, -1]);
    expect(map.latestOffset).toBe(2);
  });

  test("8.3 buildOffsetMap: of the segment that the range begins inside of, what is in the range", () => {
    const log = fill(compactedLog(testRuntime()), [["a", "1"], ["b", "2"], ["c", "3"]], [["d", "4"]]);
    expect(offsetsOf(build(log, 1, 4), "a", "b", "c", "d")).toEqual([-1, 1, 2, 3]);
  });

  test("8.3 buildOffsetMap: segments that are clean aren't read", () => {
    const log = fill(compactedLog(testRuntime()), [["a", "1"]], [["b", "2"]], [["c", "3"]]);
    const [first, second] = log.segments.all.map(watch);
    build(log, 1, 3);
    expect(first!.reads).toBe(0);
    expect(second!.reads).toBeGreaterThan(0);
  });

  test("8.3 buildOffsetMap: it ends where the last segment ends, also behind the last record", () => {
    const log = compactedLog(testRuntime());
    log.appendAsFollower(pairs([["a", "1"]]));
    log.roll(50);
    log.appendAsFollower(pairs([["b", "2"]], { baseOffset: 50 }));
    log.roll(80);
    expect(build(log, 0, 50).latestOffset).toBe(49);
    expect(build(log, 0, 80).latestOffset).toBe(79);
  });

  test("8.3 buildOffsetMap: aborted records replace nothing, markers have no keys [I1]", () => {
    const log = compactedLog(testRuntime());
    const producer = { producerId: 7, producerEpoch: 0, isTransactional: true };
    log.appendAsFollower(pairs([["a", "kept"]]));
    log.appendAsFollower(pairs([["a", "aborted"]], { ...producer, baseOffset: 1, baseSequence: 0 }));
    log.appendAsFollower(marker("abort", 7, 0, { baseOffset: 2, partitionLeaderEpoch: 0 }));
    log.appendAsFollower(pairs([["b", "committed"]], { ...producer, baseOffset: 3, baseSequence: 1 }));
    log.appendAsFollower(marker("commit", 7, 0, { baseOffset: 4, partitionLeaderEpoch: 0 }));
    log.roll();
    const map = build(log, 0, 5);
    expect([map.size, ...offsetsOf(map, "a", "b")]).toEqual([2, 0, 3]);
    expect(map.latestOffset).toBe(4);
  });

  test("8.3 buildOffsetMap: when the map is full it is over, and the rest stays for the next time", () => {
    const log = fill(compactedLog(testRuntime()), [["a", "1"], ["b", "2"]], [["c", "3"], ["a", "4"]], [["b", "5"]]);
    const map = build(log, 0, 5, 2);
    expect([...offsetsOf(map, "a", "b", "c"), map.latestOffset]).toEqual([0, 1, -1, 1]);
  });

  test("8.3 buildOffsetMap: it rests after each batch", () => {
    const log = compactedLog(testRuntime());
    log.appendAsLeader(pairs([["a", "1"]]), 0);
    log.appendAsLeader(pairs([["b", "2"]]), 0);
    log.roll();
    const map = new OffsetMap(10);
    const steps = buildOffsetMap(log, { firstDirtyOffset: 0, firstUncleanableOffset: 2 }, map);
    expect([steps.next().done, map.size]).toEqual([false, 1]);
    expect([steps.next().done, map.size]).toEqual([false, 2]);
    expect(steps.next().done).toBe(true);
  });
});
