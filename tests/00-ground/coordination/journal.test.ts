import { describe, expect, test } from "vitest";
import { Journal, type Recovered } from "#ground/coordination/journal";
import { DiskError } from "#ground/errors";
import { type Disk } from "#ground/runtime";
import { expectNothingLeaks, simDisk, testRuntime } from "../../support/sim.ts";

const FOLDER = "/data";
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const texts = (recovered: Recovered): string[] => recovered.entries.map((entry) => new TextDecoder().decode(entry));

/** In these tests a snapshot is the text of the next transaction's number. */
const open = (disk: Disk): Recovered => {
  return Journal.open(disk, FOLDER, (snapshot) => Number(new TextDecoder().decode(snapshot)));
};
const reopened = (disk: Disk): string[] => {
  const recovered = open(disk);
  recovered.journal.close();
  return texts(recovered);
};

describe("Journal", () => {
  test("gives back what was appended, in order", () => {
    const disk = simDisk();
    const { journal, snapshot, entries } = open(disk);
    expect([snapshot, entries]).toEqual([null, []]);
    for (const text of ["one", "two", "three"]) journal.append(bytes(text));
    journal.close();
    expect(reopened(disk)).toEqual(["one", "two", "three"]);
  });

  test("cut at any byte, gives back the entries before, and goes on after them", () => {
    const disk = simDisk();
    const { journal } = open(disk);
    const ends = ["one", "two", "three"].map((text) => {
      journal.append(bytes(text));
      return journal.size;
    });
    journal.close();
    const whole = disk.readFile(`${FOLDER}/journal-1`);
    for (let length = 0; length <= whole.length; length += 1) {
      disk.writeFileAtomically(`${FOLDER}/journal-1`, whole.subarray(0, length));
      const recovered = open(disk);
      const complete = ends.filter((end) => end <= length);
      expect(texts(recovered)).toEqual(["one", "two", "three"].slice(0, complete.length));
      expect(recovered.cutBytes).toBe(length - (complete.at(-1) ?? 0));
      recovered.journal.append(bytes("next"));
      recovered.journal.close();
      expect(reopened(disk)).toEqual([...texts(recovered), "next"]);
    }
  });

  test("with any byte changed, gives back no more than the entries before it", () => {
    const disk = simDisk();
    const { journal } = open(disk);
    const ends = ["one", "two", "three"].map((text) => {
      journal.append(bytes(text));
      return journal.size;
    });
    journal.close();
    const whole = disk.readFile(`${FOLDER}/journal-1`);
    for (let at = 0; at < whole.length; at += 1) {
      for (const mask of [0x01, 0x80, 0xff]) {
        const damaged = whole.slice();
        damaged[at]! ^= mask;
        disk.writeFileAtomically(`${FOLDER}/journal-1`, damaged);
        expect(reopened(disk)).toEqual(["one", "two", "three"].slice(0, ends.filter((end) => end <= at).length));
      }
    }
  });

  test("with any byte changed before what was flushed later, is refused, with the place and a way out", async () => {
    const disk = simDisk();
    const { journal } = open(disk);
    const starts: number[] = [];
    for (const text of ["one", "two", "three"]) {
      starts.push(journal.size);
      journal.append(bytes(text));
      await journal.flush();
    }
    journal.close();
    const path = `${FOLDER}/journal-1`;
    const whole = disk.readFile(path);
    for (let at = 0; at < starts[2]!; at += 1) {
      for (const mask of [0x01, 0x80, 0xff]) {
        const damaged = whole.slice();
        damaged[at]! ^= mask;
        disk.writeFileAtomically(path, damaged);
        const start = at < starts[1]! ? starts[0]! : starts[1]!;
        expect(() => open(disk), `byte ${at}`).toThrow(
          `${path}: expected an entry with a matching checksum at byte ${start}, but it is damaged`,
        );
        expect(() => open(disk)).toThrow(`Put back a copy of ${FOLDER}`);
        expect(disk.readFile(path)).toEqual(damaged);
      }
    }
    expect(disk.list(FOLDER)).toEqual(["journal-1"]);
  });

  test("a hole before entries that were never flushed is no damage: nobody was told of them", async () => {
    const disk = simDisk();
    const { journal } = open(disk);
    journal.append(bytes("flushed"));
    await journal.flush();
    const { size } = journal;
    for (const text of ["one", "two"]) journal.append(bytes(text));
    journal.close();
    const path = `${FOLDER}/journal-1`;
    disk.writeFileAtomically(path, disk.readFile(path).fill(0, size, size + 8));
    expect(reopened(disk)).toEqual(["flushed"]);
  });

  test("what is cut off is kept, each time in a file of its own", () => {
    const disk = simDisk();
    const path = `${FOLDER}/journal-1`;
    for (const [half, name] of [["ab", "cut-journal-1-at-11"], ["cd", "cut-journal-1-at-11-2"]] as const) {
      const { journal } = open(disk);
      if (journal.size === 0) journal.append(bytes("one"));
      journal.close();
      disk.writeFileAtomically(path, Buffer.concat([disk.readFile(path), bytes(half)]));
      const recovered = open(disk);
      recovered.journal.close();
      expect(recovered).toMatchObject({ cutBytes: 2, keptAs: `${FOLDER}/${name}` });
      expect(new TextDecoder().decode(disk.readFile(recovered.keptAs!))).toBe(half);
    }
    expect(reopened(disk)).toEqual(["one"]);
    expect(disk.list(FOLDER)).toHaveLength(3);
  });

  test("without room to keep it, nothing is cut off", () => {
    const runtime = testRuntime();
    const { journal } = open(runtime.disk);
    journal.append(bytes("one"));
    journal.close();
    const path = `${FOLDER}/journal-1`;
    const torn = runtime.disk.readFile(path).subarray(0, 10);
    runtime.disk.writeFileAtomically(path, torn);
    runtime.node.fillDisk(4);
    expect(() => open(runtime.disk)).toThrow(expect.objectContaining({ reason: "full" }));
    expect(runtime.disk.readFile(path)).toEqual(torn);
    expectNothingLeaks(runtime);
  });

  test("zeros at the end, as a torn write leaves them, are not entries", () => {
    const disk = simDisk();
    const { journal } = open(disk);
    journal.append(bytes("one"));
    journal.close();
    const path = `${FOLDER}/journal-1`;
    disk.writeFileAtomically(path, Buffer.concat([disk.readFile(path), Buffer.alloc(64)]));
    expect(reopened(disk)).toEqual(["one"]);
    expect(disk.list(FOLDER)).toEqual(["journal-1"]);
  });

  test("a snapshot stands for all entries before it", () => {
    const disk = simDisk();
    const { journal } = open(disk);
    journal.append(bytes("one"));
    journal.startOver(bytes("2"), 2);
    expect(journal.size).toBe(0);
    journal.append(bytes("two"));
    journal.close();
    const recovered = open(disk);
    expect(new TextDecoder().decode(recovered.snapshot!)).toBe("2");
    expect(texts(recovered)).toEqual(["two"]);
    recovered.journal.close();
    expect(disk.list(FOLDER).filter((name) => name.startsWith("journal"))).toEqual(["journal-2"]);
  });

  test("a crash anywhere in startOver leaves the old state or the new one, which are the same", () => {
    for (let crashAfter = 0; ; crashAfter += 1) {
      const runtime = testRuntime();
      const { journal } = open(runtime.disk);
      journal.append(bytes("1"));
      runtime.node.crashAfterWriting(crashAfter);
      let crashed = false;
      try {
        journal.startOver(bytes("2"), 2);
      } catch {
        crashed = true;
      }
      const { disk } = runtime.node.restart();
      const { snapshot, entries, journal: again } = open(disk);
      expect([snapshot !== null, entries.length], `crash after ${crashAfter}`).toEqual(
        snapshot === null ? [false, 1] : [true, 0],
      );
      expect(disk.list(FOLDER).filter((name) => name.startsWith("journal-"))).toHaveLength(1);
      again.close();
      if (!crashed) return;
    }
  });

  test("a full disk refuses a snapshot, and the old journal goes on", () => {
    const runtime = testRuntime();
    const { journal } = open(runtime.disk);
    journal.append(bytes("one"));
    runtime.node.fillDisk(4);
    expect(() => journal.startOver(bytes("2"), 2)).toThrow(expect.objectContaining({ reason: "full" }));
    runtime.node.healDisk();
    journal.append(bytes("two"));
    journal.close();
    expect(reopened(runtime.disk)).toEqual(["one", "two"]);
    expectNothingLeaks(runtime);
  });

  test("a damaged snapshot is refused, not passed over", () => {
    const disk = simDisk();
    const { journal } = open(disk);
    journal.startOver(bytes("25"), 25);
    journal.close();
    const whole = disk.readFile(`${FOLDER}/snapshot`);
    for (let at = 0; at < whole.length; at += 1) {
      const damaged = whole.slice();
      damaged[at]! ^= 0x10;
      disk.writeFileAtomically(`${FOLDER}/snapshot`, damaged);
      expect(() => open(disk)).toThrow("/data/snapshot: expected a snapshot with a matching checksum");
    }
    disk.writeFileAtomically(`${FOLDER}/snapshot`, whole.subarray(0, whole.length - 1));
    expect(() => open(disk)).toThrow(DiskError);
  });

  test("other journals than the one in use go, but nobody's own copies", () => {
    const disk = simDisk();
    open(disk).journal.startOver(bytes("7"), 7);
    for (const name of ["journal-1", "journal-9", "journal-9.tmp", "journal-1.copy"]) {
      disk.writeFileAtomically(`${FOLDER}/${name}`, new Uint8Array(0));
    }
    expect(reopened(disk)).toEqual([]);
    expect(disk.list(FOLDER)).toEqual(["journal-1.copy", "journal-7", "snapshot"]);
  });

  test("an older copy beside a journal that is newer is refused, and the newer one stays", () => {
    const disk = simDisk();
    const { journal } = open(disk);
    journal.append(bytes("one"));
    const older = disk.readFile(`${FOLDER}/journal-1`);
    journal.startOver(bytes("7"), 7);
    journal.append(bytes("seven"));
    journal.close();
    disk.remove(`${FOLDER}/snapshot`);
    disk.writeFileAtomically(`${FOLDER}/journal-1`, older);
    expect(() => open(disk)).toThrow("/data/journal-7: expected transactions from 1 on, but these are later");
    expect(disk.list(FOLDER)).toEqual(["journal-1", "journal-7"]);
  });

  test("a journal that is missing is refused: with it transactions are lost", () => {
    const disk = simDisk();
    const { journal } = open(disk);
    journal.startOver(bytes("7"), 7);
    journal.close();
    disk.remove(`${FOLDER}/journal-7`);
    expect(() => open(disk)).toThrow("/data/journal-7: expected the journal that follows the snapshot");
    disk.remove(`${FOLDER}/snapshot`);
    disk.writeFileAtomically(`${FOLDER}/journal-7`, new Uint8Array(0));
    expect(() => open(disk)).toThrow("/data/journal-1: expected the journal that follows the snapshot");
  });
});
