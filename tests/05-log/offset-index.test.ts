import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { OffsetIndex } from "#log/offset-index";
import { property } from "../support/property.ts";
import { simDisk } from "../support/sim.ts";

const PATH = "/00000000000000000100.index";

/** An index of base offset 100 with room for `maxEntries`. */
function emptyIndex(maxEntries = 1000, disk = simDisk()): OffsetIndex {
  return new OffsetIndex(disk, PATH, 100, maxEntries * 8);
}

/** Entries (relative offset, position): (10, 1000), (20, 2000), … (50, 5000). */
function fiveEntries(): OffsetIndex {
  const index = emptyIndex();
  for (let i = 1; i <= 5; i++) index.append(100 + 10 * i, 1000 * i);
  return index;
}

function hexOf(index: OffsetIndex): string {
  return Buffer.from(index.file.bytes.subarray(0, index.count * 8)).toString("hex");
}

describe("OffsetIndex.append", () => {
  test("5.1 append: an entry is the relative offset and the position, four bytes each", () => {
    const index = emptyIndex();
    index.append(119, 1090);
    index.append(133, 2685);
    expect(index.count).toBe(2);
    expect(hexOf(index)).toBe("0000001300000442" + "0000002100000a7d");
  });

  test("5.1 append: the base offset itself can be held, and so can 2^31 - 1 more", () => {
    const index = emptyIndex();
    index.append(100, 0);
    index.append(100 + 0x7fff_ffff, 77);
    expect(hexOf(index)).toBe("0000000000000000" + "7fffffff0000004d");
  });

  test.each([99, 100 + 0x8000_0000])("5.1 append: offset %d is too far from the base offset", (offset) => {
    const index = emptyIndex();
    expect(() => index.append(offset, 1)).toThrow(expect.objectContaining({ code: "UNKNOWN_SERVER_ERROR" }));
    expect(index.count).toBe(0);
  });

  test.each([129, 130])("5.1 append: after 130, offset %d is out of order", (offset) => {
    const index = emptyIndex();
    index.append(130, 1000);
    expect(() => index.append(offset, 2000)).toThrow(expect.objectContaining({ code: "UNKNOWN_SERVER_ERROR" }));
    expect(hexOf(index)).toBe("0000001e000003e8");
  });

  test("5.1 append: a full index takes no more entries", () => {
    const index = emptyIndex(2);
    for (const offset of [101, 102, 103, 104]) index.append(offset, offset);
    expect(index.isFull).toBe(true);
    expect(index.count).toBe(2);
    expect(index.lastOffset).toBe(102);
  });

  test("5.1 append: a full index does nothing, whatever it is given", () => {
    const index = emptyIndex(2);
    for (const offset of [101, 102]) index.append(offset, offset);
    for (const offset of [102, 50, 100 + 2 ** 31]) index.append(offset, 7);
    expect([index.count, index.lastOffset, index.lastPosition]).toEqual([2, 102, 102]);
  });
});

describe("OffsetIndex.lookup", () => {
  test("5.1 lookup: an empty index says: from the start of the file", () => {
    expect(emptyIndex().lookup(150)).toEqual({ offset: 100, position: 0 });
  });

  test("5.1 lookup: below the first entry, too", () => {
    expect(fiveEntries().lookup(109)).toEqual({ offset: 100, position: 0 });
  });

  test("5.1 lookup: an offset that has an entry gets it", () => {
    const index = fiveEntries();
    const found = [110, 120, 130, 140, 150].map((offset) => index.lookup(offset).position);
    expect(found).toEqual([1000, 2000, 3000, 4000, 5000]);
  });

  test("5.1 lookup: between two entries it is the lower one: the batch may begin before the upper one's [I2]", () => {
    const index = fiveEntries();
    expect(index.lookup(129)).toEqual({ offset: 120, position: 2000 });
    expect(index.lookup(131)).toEqual({ offset: 130, position: 3000 });
  });

  test("5.1 lookup: above all entries it is the last one", () => {
    expect(fiveEntries().lookup(1_000_000)).toEqual({ offset: 150, position: 5000 });
    // Farther from the base offset than an entry could be.
    expect(fiveEntries().lookup(100 + 2 ** 33)).toEqual({ offset: 150, position: 5000 });
  });

  test("5.1 lookup: finds in any index what a look at every entry finds [I2]", () => {
    property([fc.uniqueArray(fc.nat(300), { maxLength: 60 }), fc.nat(320)], (relative, target) => {
      const index = emptyIndex();
      const sorted = relative.sort((a, b) => a - b);
      sorted.forEach((offset, i) => index.append(100 + offset, 10 * i));
      const expected = sorted.findLastIndex((offset) => offset <= target);
      expect(index.lookup(100 + target)).toEqual({
        offset: expected < 0 ? 100 : 100 + sorted[expected]!,
        position: Math.max(0, 10 * expected),
      });
    });
  });

  test("5.1 lookup: looks at few entries, not at all of them", () => {
    const index = emptyIndex(10_000);
    for (let i = 0; i < 10_000; i++) index.append(100 + 3 * i, 4096 * i);
    const read = index.file.int32.bind(index.file);
    let looks = 0;
    index.file.int32 = (slot, within) => {
      looks += 1;
      return read(slot, within);
    };
    expect(index.lookup(100 + 3 * 7777).position).toBe(4096 * 7777);
    expect(looks).toBeLessThan(40);
  });
});

describe("in its file", () => {
  test("5.1 append: a sealed index is searched on disk, and takes entries again when it is activated", () => {
    const disk = simDisk();
    const index = emptyIndex(1000, disk);
    index.append(119, 1090);
    index.append(133, 2685);
    index.file.seal();
    expect(Buffer.from(disk.readFile(PATH)).toString("hex")).toBe("0000001300000442" + "0000002100000a7d");
    expect(index.lookup(125)).toEqual({ offset: 119, position: 1090 });

    index.file.activate();
    index.append(151, 3941);
    index.file.seal();
    const reopened = emptyIndex(1000, disk);
    expect(reopened.count).toBe(3);
    expect(reopened.lookup(200)).toEqual({ offset: 151, position: 3941 });
    index.file.close();
    reopened.file.close();
  });

  test("5.1 lookup: a sealed index stays on disk: only the entries that are looked at are read", () => {
    const disk = simDisk();
    const index = emptyIndex(1000, disk);
    for (let i = 0; i < 1000; i++) index.append(100 + i, 100 * i);
    index.file.seal();
    index.file.close();
    let bytesRead = 0;
    const open = disk.open.bind(disk);
    disk.open = (path, options) => {
      const file = open(path, options);
      const read = file.read.bind(file);
      file.read = (into, at) => {
        bytesRead += into.length;
        return read(into, at);
      };
      return file;
    };
    expect(index.lookup(877)).toEqual({ offset: 877, position: 77_700 });
    expect(bytesRead, "bytes read of an index of 8,000").toBeLessThan(500);
    index.file.close();
  });
});

describe("OffsetIndex.truncateTo", () => {
  test("5.6 OffsetIndex.truncateTo: an entry at the offset goes, too: its batch reaches the cut [I2]", () => {
    const index = fiveEntries();
    index.truncateTo(130);
    expect(index.count).toBe(2);
    expect(index.lookup(1000)).toEqual({ offset: 120, position: 2000 });
  });

  test("5.6 OffsetIndex.truncateTo: between two entries the lower one stays", () => {
    const index = fiveEntries();
    index.truncateTo(131);
    expect(index.lastOffset).toBe(130);
  });

  test("5.6 OffsetIndex.truncateTo: above all entries nothing goes, below all of them everything", () => {
    const index = fiveEntries();
    index.truncateTo(151);
    expect(index.count).toBe(5);
    index.truncateTo(100);
    expect(index.count).toBe(0);
    index.append(105, 500);
    expect(index.lookup(105)).toEqual({ offset: 105, position: 500 });
  });

  test("5.6 OffsetIndex.truncateTo: what was in the file is cut there, too", () => {
    const disk = simDisk();
    const index = emptyIndex(1000, disk);
    for (const offset of [110, 120, 130]) index.append(offset, offset);
    index.file.seal();
    index.truncateTo(125);
    expect(disk.size(PATH)).toBe(16);
    index.append(126, 999);
    index.file.seal();
    expect(Buffer.from(disk.readFile(PATH)).toString("hex")).toBe(
      "0000000a0000006e" + "0000001400000078" + "0000001a000003e7",
    );
    index.file.close();
  });
});
