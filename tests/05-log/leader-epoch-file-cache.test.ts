import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { LeaderEpochFileCache, UNDEFINED_EPOCH, UNDEFINED_EPOCH_OFFSET } from "#log";
import { property } from "../support/property.ts";
import { simDisk, testRuntime } from "../support/sim.ts";

const PATH = "/leader-epoch-checkpoint";
const UNDEFINED = { epoch: UNDEFINED_EPOCH, endOffset: UNDEFINED_EPOCH_OFFSET };

/** A cache with these (epoch, start offset). */
function cacheOf(...entries: readonly (readonly [epoch: number, startOffset: number])[]): LeaderEpochFileCache {
  const cache = new LeaderEpochFileCache(simDisk(), PATH);
  cache.replaceEntries(entries.map(([epoch, startOffset]) => ({ epoch, startOffset })));
  return cache;
}

function entriesOf(cache: LeaderEpochFileCache): [number, number][] {
  return cache.entries.map(({ epoch, startOffset }) => [epoch, startOffset]);
}

describe("assign", () => {
  test("5.4 assign: epochs are added as leaders change", () => {
    const cache = cacheOf();
    cache.assign(0, 0);
    cache.assign(1, 10);
    cache.assign(4, 12);
    expect(entriesOf(cache)).toEqual([[0, 0], [1, 10], [4, 12]]);
    expect(cache.latestEpoch).toBe(4);
  });

  test("5.4 assign: an epoch keeps the start offset that it got first", () => {
    const cache = cacheOf();
    cache.assign(2, 6);
    cache.assign(2, 7);
    cache.assign(2, 8);
    expect(entriesOf(cache)).toEqual([[2, 6]]);
  });

  test("5.4 assign: unless it is found to begin earlier", () => {
    const cache = cacheOf([1, 3], [2, 6]);
    cache.assign(2, 5);
    expect(entriesOf(cache)).toEqual([[1, 3], [2, 5]]);
  });

  test("5.4 assign: entries with a later epoch are contradicted, and go", () => {
    const cache = cacheOf([1, 5], [2, 6], [4, 8]);
    cache.assign(3, 9);
    expect(entriesOf(cache)).toEqual([[1, 5], [2, 6], [3, 9]]);
  });

  test("5.4 assign: entries with the same or a later start are contradicted, and go", () => {
    const cache = cacheOf([1, 5], [2, 6], [3, 9]);
    cache.assign(4, 6);
    expect(entriesOf(cache)).toEqual([[1, 5], [4, 6]]);
  });

  test("5.4 assign: a leader that wrote nothing leaves no entry", () => {
    const cache = cacheOf([1, 5]);
    cache.assign(2, 9);
    cache.assign(3, 9);
    expect(entriesOf(cache)).toEqual([[1, 5], [3, 9]]);
  });

  test("5.4 assign: epoch 0 at offset 0 is an entry like any other", () => {
    const cache = cacheOf();
    cache.assign(0, 0);
    cache.assign(0, 5);
    expect(entriesOf(cache)).toEqual([[0, 0]]);
  });

  test.each([[-1, 0], [0, -1]])("5.4 assign: epoch %d at offset %d is refused", (epoch, startOffset) => {
    const cache = cacheOf([0, 0]);
    const assign = (): void => cache.assign(epoch, startOffset);
    expect(assign).toThrow(expect.objectContaining({ code: "UNKNOWN_SERVER_ERROR" }));
    expect(entriesOf(cache)).toEqual([[0, 0]]);
  });

  test("5.4 assign: is on disk in Kafka's format after the next flush", async () => {
    const disk = simDisk();
    const cache = new LeaderEpochFileCache(disk, PATH);
    cache.assign(0, 0);
    cache.assign(2, 120);
    await cache.flush();
    expect(Buffer.from(disk.readFile(PATH)).toString()).toBe("0\n2\n0 0\n2 120\n");
    expect(entriesOf(new LeaderEpochFileCache(disk, PATH))).toEqual([[0, 0], [2, 120]]);
  });

  test("5.4 assign: what is known already writes nothing: it is called for every batch", async () => {
    const disk = simDisk();
    const cache = new LeaderEpochFileCache(disk, PATH);
    cache.assign(3, 10);
    await cache.flush();
    disk.remove(PATH);
    cache.assign(3, 10);
    cache.assign(3, 11);
    await cache.flush();
    expect(disk.exists(PATH)).toBe(false);
  });

  test("5.4 assign: does not wait for the device: a thousand partitions get new leaders at once", () => {
    const runtime = testRuntime();
    runtime.node.slowDisk(0, 50);
    const cache = new LeaderEpochFileCache(runtime.disk, PATH);
    const beforeMs = runtime.clock.nowMs();
    cache.assign(0, 0);
    cache.truncateFromEnd(0);
    expect(runtime.clock.nowMs() - beforeMs, "ms that the turn lasts").toBe(0);
    expect(runtime.disk.list("/")).toEqual([]);
  });

  test("5.4 assign: what comes during a flush is in the file when the next one ends", async () => {
    const runtime = testRuntime();
    runtime.node.slowDisk(0, 50);
    const cache = new LeaderEpochFileCache(runtime.disk, PATH);
    cache.assign(0, 0);
    const first = cache.flush();
    cache.assign(1, 10);
    const second = cache.flush();
    await runtime.advance(200);
    await Promise.all([first, second]);
    expect(entriesOf(new LeaderEpochFileCache(runtime.disk, PATH))).toEqual([[0, 0], [1, 10]]);
  });

  test("5.4 assign: on a full disk the file stays as it was, and later it follows [I6]", async () => {
    const runtime = testRuntime();
    const cache = new LeaderEpochFileCache(runtime.disk, PATH);
    cache.assign(0, 0);
    await cache.flush();
    runtime.node.fillDisk(3);
    cache.assign(1, 10);
    await expect(cache.flush()).rejects.toThrow(expect.objectContaining({ reason: "full" }));
    expect(entriesOf(new LeaderEpochFileCache(runtime.disk, PATH))).toEqual([[0, 0]]);
    runtime.node.healDisk();
    runtime.node.fillDisk(1000);
    await cache.flush();
    expect(entriesOf(new LeaderEpochFileCache(runtime.disk, PATH))).toEqual([[0, 0], [1, 10]]);
  });

  test("5.4 assign: epochs and start offsets grow, whatever is assigned", () => {
    const pairs = fc.array(fc.tuple(fc.nat(6), fc.nat(20)), { maxLength: 20 });
    property([pairs], (assignments) => {
      const cache = cacheOf();
      for (const [epoch, startOffset] of assignments) {
        cache.assign(epoch, startOffset);
        const entries = entriesOf(cache);
        for (const [i, [later, start]] of entries.slice(1).entries()) {
          expect(later).toBeGreaterThan(entries[i]![0]);
          expect(start).toBeGreaterThan(entries[i]![1]);
        }
        expect(cache.latestEpoch).toBe(epoch);
      }
    });
  });
});

describe("endOffsetFor", () => {
  const cache = (): LeaderEpochFileCache => cacheOf([2, 11], [3, 14], [5, 20]);

  test("5.4 endOffsetFor: the latest epoch ends with the log", () => {
    expect(cache().endOffsetFor(5, 33)).toEqual({ epoch: 5, endOffset: 33 });
    // As in every log whose first leader still leads.
    expect(cacheOf([0, 0]).endOffsetFor(0, 33)).toEqual({ epoch: 0, endOffset: 33 });
  });

  test("5.4 endOffsetFor: an earlier epoch ends where the next one begins", () => {
    expect(cache().endOffsetFor(2, 33)).toEqual({ epoch: 2, endOffset: 14 });
    expect(cache().endOffsetFor(3, 33)).toEqual({ epoch: 3, endOffset: 20 });
  });

  test("5.4 endOffsetFor: of an epoch without records it is the last one before it that ends", () => {
    expect(cache().endOffsetFor(4, 33)).toEqual({ epoch: 3, endOffset: 20 });
  });

  test("5.4 endOffsetFor: an epoch before all known ones ends where they begin", () => {
    expect(cache().endOffsetFor(1, 33)).toEqual({ epoch: 1, endOffset: 11 });
    expect(cache().endOffsetFor(0, 33)).toEqual({ epoch: 0, endOffset: 11 });
  });

  test("5.4 endOffsetFor: an epoch after all known ones is unknown", () => {
    expect(cache().endOffsetFor(6, 33)).toEqual(UNDEFINED);
  });

  test("5.4 endOffsetFor: without any epoch every answer is unknown", () => {
    expect(cacheOf().endOffsetFor(0, 33)).toEqual(UNDEFINED);
    expect(cacheOf().endOffsetFor(UNDEFINED_EPOCH, 33)).toEqual(UNDEFINED);
    expect(cache().endOffsetFor(UNDEFINED_EPOCH, 33)).toEqual(UNDEFINED);
  });
});

describe("truncateFromEnd", () => {
  test("5.4 truncateFromEnd: an epoch that begins at the new end has no records left, and goes", () => {
    const cache = cacheOf([2, 6], [3, 8], [4, 11]);
    cache.truncateFromEnd(11);
    expect(entriesOf(cache)).toEqual([[2, 6], [3, 8]]);
    cache.truncateFromEnd(9);
    expect(entriesOf(cache)).toEqual([[2, 6], [3, 8]]);
    cache.truncateFromEnd(7);
    expect(entriesOf(cache)).toEqual([[2, 6]]);
    cache.truncateFromEnd(0);
    expect(entriesOf(cache)).toEqual([]);
  });

  test("5.4 truncateFromEnd: above all epochs nothing changes, and nothing is written", async () => {
    const disk = simDisk();
    const cache = new LeaderEpochFileCache(disk, PATH);
    cache.replaceEntries([{ epoch: 2, startOffset: 6 }]);
    await cache.flush();
    disk.remove(PATH);
    cache.truncateFromEnd(7);
    await cache.flush();
    expect(entriesOf(cache)).toEqual([[2, 6]]);
    expect(disk.exists(PATH)).toBe(false);
  });

  test("5.4 truncateFromEnd: needs no room, and leaves the device alone before the next flush", () => {
    const { disk, node } = testRuntime();
    const cache = new LeaderEpochFileCache(disk, PATH);
    cache.replaceEntries([{ epoch: 2, startOffset: 6 }, { epoch: 3, startOffset: 8 }]);
    node.fillDisk(0);
    cache.truncateFromEnd(8);
    expect(entriesOf(cache)).toEqual([[2, 6]]);
    expect(disk.list("/"), "files").toEqual([]);
  });

  test("5.4 truncateFromEnd: is on disk after the next flush", async () => {
    const disk = simDisk();
    const cache = new LeaderEpochFileCache(disk, PATH);
    cache.replaceEntries([{ epoch: 2, startOffset: 6 }, { epoch: 3, startOffset: 8 }]);
    cache.truncateFromEnd(8);
    await cache.flush();
    expect(entriesOf(new LeaderEpochFileCache(disk, PATH))).toEqual([[2, 6]]);
  });
});

describe("truncateFromStart", () => {
  test("5.4 truncateFromStart: the epoch of the first record stays, and begins there", () => {
    const cache = cacheOf([2, 6], [3, 8], [4, 11]);
    cache.truncateFromStart(9);
    expect(entriesOf(cache)).toEqual([[3, 9], [4, 11]]);
  });

  test("5.4 truncateFromStart: the epoch begins later also when there is none to remove", () => {
    const cache = cacheOf([2, 6], [3, 8]);
    cache.truncateFromStart(7);
    expect(entriesOf(cache)).toEqual([[2, 7], [3, 8]]);
  });

  test("5.4 truncateFromStart: needs no room, and leaves the device alone before the next flush", () => {
    const { disk, node } = testRuntime();
    const cache = new LeaderEpochFileCache(disk, PATH);
    cache.replaceEntries([{ epoch: 2, startOffset: 6 }, { epoch: 3, startOffset: 8 }]);
    node.fillDisk(0);
    cache.truncateFromStart(7);
    expect(entriesOf(cache)).toEqual([[2, 7], [3, 8]]);
    expect(disk.list("/"), "files").toEqual([]);
  });

  test("5.4 truncateFromStart: is on disk after the next flush", async () => {
    const disk = simDisk();
    const cache = new LeaderEpochFileCache(disk, PATH);
    cache.replaceEntries([{ epoch: 2, startOffset: 6 }, { epoch: 3, startOffset: 8 }]);
    cache.truncateFromStart(9);
    await cache.flush();
    expect(entriesOf(new LeaderEpochFileCache(disk, PATH))).toEqual([[3, 9]]);
  });

  test("5.4 truncateFromStart: an epoch that begins just there stays as it is", () => {
    const cache = cacheOf([2, 6], [3, 8], [4, 11]);
    cache.truncateFromStart(8);
    expect(entriesOf(cache)).toEqual([[3, 8], [4, 11]]);
  });

  test("5.4 truncateFromStart: behind all of them the last one stays", () => {
    const cache = cacheOf([2, 6], [3, 8], [4, 11]);
    cache.truncateFromStart(15);
    expect(entriesOf(cache)).toEqual([[4, 15]]);
  });

  test("5.4 truncateFromStart: before all of them nothing changes", () => {
    const cache = cacheOf([2, 6], [3, 8]);
    cache.truncateFromStart(5);
    expect(entriesOf(cache)).toEqual([[2, 6], [3, 8]]);
    cache.truncateFromStart(6);
    expect(entriesOf(cache)).toEqual([[2, 6], [3, 8]]);
  });

  test("5.4 truncateFromStart: no record that is left changes its epoch", () => {
    const entries = fc.uniqueArray(fc.nat(40), { minLength: 1, maxLength: 8 });
    property([entries, fc.nat(50)], (starts, startOffset) => {
      const cache = cacheOf(...starts.sort((a, b) => a - b).map((start, i) => [2 * i, start] as const));
      const before = Array.from({ length: 60 }, (_, offset) => cache.epochForOffset(offset));
      cache.truncateFromStart(startOffset);
      for (let offset = startOffset; offset < 60; offset++) {
        expect(cache.epochForOffset(offset)).toBe(before[offset]);
      }
    });
  });
});
