import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { TimeIndex } from "#log/time-index";
import { property } from "../support/property.ts";
import { simDisk } from "../support/sim.ts";

const PATH = "/00000000000000000045.timeindex";

/** An index of base offset 45 with room for `maxEntries`. */
function emptyIndex(maxEntries = 1000, disk = simDisk()): TimeIndex {
  return new TimeIndex(disk, PATH, 45, maxEntries * 12);
}

/** Entries (10, 55), (20, 65), … (50, 95). */
function fiveEntries(): TimeIndex {
  const index = emptyIndex();
  for (let i = 1; i <= 5; i++) index.maybeAppend(10 * i, 45 + 10 * i);
  return index;
}

function entriesOf(index: TimeIndex): [number, number][] {
  return Array.from({ length: index.count }, (_, slot) => {
    const { timestamp, offset } = index.entryAt(slot);
    return [Number(timestamp), offset];
  });
}

describe("TimeIndex.maybeAppend", () => {
  test("5.2 maybeAppend: an entry is the timestamp in eight bytes and the relative offset in four", () => {
    const index = emptyIndex();
    index.maybeAppend(1_720_000_019_630, 45 + 19);
    const bytes = Buffer.from(index.file.bytes.subarray(0, 12)).toString("hex");
    expect(index.count).toBe(1);
    expect(bytes).toBe("0000019077fd7cae" + "00000013");
  });

  test("5.2 maybeAppend: a timestamp that is no larger than the last says nothing new", () => {
    const index = emptyIndex();
    index.maybeAppend(10, 55);
    index.maybeAppend(10, 65);
    index.maybeAppend(11, 75);
    expect(entriesOf(index)).toEqual([[10, 55], [11, 75]]);
  });

  test("5.2 maybeAppend: records without a timestamp (−1) get no entry", () => {
    const index = emptyIndex();
    index.maybeAppend(-1, 55);
    expect(index.count).toBe(0);
  });

  test("5.2 maybeAppend: timestamp 0 is one: 1 January 1970", () => {
    const index = emptyIndex();
    index.maybeAppend(0, 55);
    expect(entriesOf(index)).toEqual([[0, 55]]);
  });

  test.each([
    ["timestamp", 19, 75],
    ["offset", 21, 64],
    ["offset, with the same timestamp,", 20, 64],
  ])("5.2 maybeAppend: the %s must not go back", (_, timestamp, offset) => {
    const index = emptyIndex();
    index.maybeAppend(20, 65);
    const append = (): void => index.maybeAppend(timestamp, offset);
    expect(append).toThrow(expect.objectContaining({ code: "UNKNOWN_SERVER_ERROR" }));
    expect(entriesOf(index)).toEqual([[20, 65]]);
  });

  test("5.2 maybeAppend: the last place is kept for the entry that seals the segment", () => {
    const index = emptyIndex(3);
    for (const timestamp of [10, 20, 30, 40]) index.maybeAppend(timestamp, 45 + timestamp);
    expect(index.isFull).toBe(true);
    expect(entriesOf(index)).toEqual([[10, 55], [20, 65]]);
    index.maybeAppend(50, 95, true);
    index.maybeAppend(60, 105, true);
    expect(entriesOf(index)).toEqual([[10, 55], [20, 65], [50, 95]]);
  });
});

describe("a full TimeIndex", () => {
  test("5.2 maybeAppend: a full index takes nothing, and what goes back is refused all the same", () => {
    const index = emptyIndex(3);
    for (const timestamp of [10, 20]) index.maybeAppend(timestamp, 45 + timestamp);
    index.maybeAppend(30, 75);
    expect(() => index.maybeAppend(19, 76)).toThrow(expect.objectContaining({ code: "UNKNOWN_SERVER_ERROR" }));
    expect(entriesOf(index)).toEqual([[10, 55], [20, 65]]);
  });
});

describe("TimeIndex.lookup", () => {
  test("5.2 lookup: an empty index says: from the first record", () => {
    expect(emptyIndex().lookup(100)).toEqual({ timestamp: -1, offset: 45 });
  });

  test("5.2 lookup: below the first entry, too", () => {
    expect(fiveEntries().lookup(9)).toEqual({ timestamp: -1, offset: 45 });
  });

  test("5.2 lookup: a timestamp that has an entry gets it", () => {
    const index = fiveEntries();
    expect([10, 30, 50].map((timestamp) => index.lookup(timestamp).offset)).toEqual([55, 75, 95]);
  });

  test("5.2 lookup: between two entries it is the lower one [I2]", () => {
    expect(fiveEntries().lookup(39)).toEqual({ timestamp: 30, offset: 75 });
    expect(fiveEntries().lookup(1000)).toEqual({ timestamp: 50, offset: 95 });
  });

  test("5.2 lookup: takes timestamps that no number can hold", () => {
    const index = fiveEntries();
    index.maybeAppend(2n ** 62n, 120);
    expect(index.lookup(2n ** 62n - 1n)).toEqual({ timestamp: 50, offset: 95 });
    expect(index.lookup(2n ** 62n)).toEqual({ timestamp: 2n ** 62n, offset: 120 });
  });

  test("5.2 lookup: the last entry from which the search for a record can't miss it [I2]", () => {
    property([fc.array(fc.nat(50), { minLength: 1, maxLength: 60 }), fc.nat(60)], (timestamps, target) => {
      const index = emptyIndex();
      let max = -1;
      let maxAt = 0;
      timestamps.forEach((timestamp, i) => {
        if (timestamp > max) [max, maxAt] = [timestamp, 45 + i];
        if (i % 3 === 0) index.maybeAppend(max, maxAt);
      });
      const found = index.lookup(target);
      const first = timestamps.findIndex((timestamp) => timestamp >= target);
      if (first >= 0) expect(found.offset).toBeLessThanOrEqual(45 + first);
      expect(Number(found.timestamp)).toBeLessThanOrEqual(target);
      const better = entriesOf(index).filter(([timestamp]) => timestamp <= target).length;
      expect(found).toEqual(better === 0 ? { timestamp: -1, offset: 45 } : index.entryAt(better - 1));
    });
  });

  test("5.2 lookup: looks at few entries, not at all of them", () => {
    const index = emptyIndex(10_000);
    for (let i = 0; i < 9_000; i++) index.maybeAppend(5 * i, 45 + i);
    const read = index.file.int64.bind(index.file);
    let looks = 0;
    index.file.int64 = (slot, within) => {
      looks += 1;
      return read(slot, within);
    };
    expect(index.lookup(5 * 7777 + 4).offset).toBe(45 + 7777);
    expect(looks).toBeLessThan(40);
  });
});

describe("in its file", () => {
  test("5.2 maybeAppend: goes on after the last entry when the index is opened again", () => {
    const disk = simDisk();
    const index = emptyIndex(1000, disk);
    index.maybeAppend(10, 55);
    index.file.seal();
    index.file.close();
    const reopened = emptyIndex(1000, disk);
    reopened.maybeAppend(10, 60);
    reopened.maybeAppend(20, 65);
    expect(entriesOf(reopened)).toEqual([[10, 55], [20, 65]]);
    reopened.file.close();
  });
});

describe("TimeIndex.truncateTo", () => {
  test("5.6 TimeIndex.truncateTo: it is the offset that counts, and an entry at it goes", () => {
    const index = fiveEntries();
    index.truncateTo(76);
    expect(index.lastEntry).toEqual({ timestamp: 30, offset: 75 });
    index.truncateTo(75);
    expect(index.lastEntry).toEqual({ timestamp: 20, offset: 65 });
    index.truncateTo(45);
    expect(index.lastEntry).toEqual({ timestamp: -1, offset: 45 });
  });

  test("5.6 TimeIndex.truncateTo: afterwards smaller timestamps than those that went may be added", () => {
    const index = fiveEntries();
    index.truncateTo(70);
    index.maybeAppend(25, 71);
    expect(entriesOf(index)).toEqual([[10, 55], [20, 65], [25, 71]]);
  });
});
