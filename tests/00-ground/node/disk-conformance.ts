import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { type DiskErrorReason } from "#ground/errors";
import { type Disk, type DiskFile } from "#ground/runtime";
import { property } from "../../support/property.ts";

/** What every {@link Disk} does, the machine's and the simulated one. `make` gives a disk and an empty folder on it. */
export function diskConformance(name: string, make: () => { disk: Disk; folder: string }): void {
  describe(`${name}: a disk`, () => {
    test("an append writes all its parts at the end, and a read fills what it is given", () => {
      const { disk, folder } = make();
      const file = disk.open(`${folder}/f`, { create: true });
      expect(file.size).toBe(0);
      file.append([bytes("one "), bytes(""), bytes("two ")]);
      file.append([bytes("three")]);
      file.append([]);
      expect(file.size).toBe(13);
      expect(text(file, 4, 100)).toBe("two three");
      expect(text(file, 4, 3)).toBe("two");
      expect(text(file, 13, 10)).toBe("");
      expect(text(file, 99, 10)).toBe("");
      expect(file.path).toBe(`${folder}/f`);
      file.close();
    });

    test("open finds what is there, makes a file only when told to, and keeps what is in it", () => {
      const { disk, folder } = make();
      expect(() => disk.open(`${folder}/f`)).toThrow(diskError("missing", `${folder}/f`));
      expect(() => disk.open(`${folder}/none/f`, { create: true })).toThrow(diskError("missing"));
      write(disk, `${folder}/f`, "kept");
      const file = disk.open(`${folder}/f`, { create: true });
      expect(text(file, 0, 10)).toBe("kept");
      file.append([bytes("!")]);
      file.close();
      expect(disk.size(`${folder}/f`)).toBe(5);
      expect(() => disk.open(folder, { readOnly: true })).toThrow(diskError("io", folder));
    });

    test("truncate cuts, and appends go on from there; it never grows a file", () => {
      const { disk, folder } = make();
      const file = disk.open(`${folder}/f`, { create: true });
      file.append([bytes("0123456789")]);
      file.truncate(4);
      file.truncate(7);
      expect(file.size).toBe(4);
      file.append([bytes("x")]);
      expect(text(file, 0, 10)).toBe("0123x");
      file.close();
    });

    test("a file that was opened to be read only refuses writes, and sees those of others", () => {
      const { disk, folder } = make();
      const writer = disk.open(`${folder}/f`, { create: true });
      const reader = disk.open(`${folder}/f`, { readOnly: true });
      writer.append([bytes("abc")]);
      expect(reader.size).toBe(3);
      expect(text(reader, 1, 9)).toBe("bc");
      expect(() => reader.append([bytes("x")])).toThrow(diskError("io"));
      expect(() => reader.truncate(0)).toThrow(diskError("io"));
      reader.close();
      writer.close();
    });

    test("an error says why and where", () => {
      const { disk, folder } = make();
      const missing = expect.objectContaining({ code: "KAFKA_STORAGE_ERROR", reason: "missing", path: `${folder}/f` });
      expect(() => disk.open(`${folder}/f`)).toThrow(missing);
      expect(() => disk.open(`${folder}/f`)).toThrow(`${folder}/f: no such file or folder`);
    });

    test("a closed file refuses everything but another close", async () => {
      const { disk, folder } = make();
      const file = disk.open(`${folder}/f`, { create: true });
      file.close();
      file.close();
      expect(() => file.append([bytes("x")])).toThrow(diskError("io"));
      expect(() => file.read(new Uint8Array(1), 0)).toThrow(diskError("io"));
      expect(() => file.truncate(0)).toThrow(diskError("io"));
      await expect(file.flush()).rejects.toThrow(diskError("io"));
    });

    test("flush ends, also when the file is closed or its folder renamed meanwhile", async () => {
      const { disk, folder } = make();
      disk.makeFolder(`${folder}/a/b`);
      const file = disk.open(`${folder}/a/b/f`, { create: true });
      file.append([bytes("x")]);
      await Promise.all([file.flush(), file.flush()]);
      disk.rename(`${folder}/a`, `${folder}/z`);
      await file.flush();
      const flushed = file.flush();
      file.close();
      await flushed;
    });

    test("folders: made with their parents, listed in order, told apart from files", () => {
      const { disk, folder } = make();
      disk.makeFolder(`${folder}/b/c`);
      disk.makeFolder(`${folder}/b/c`);
      disk.makeFolder(folder);
      write(disk, `${folder}/b/z`, "");
      write(disk, `${folder}/b/B`, "");
      write(disk, `${folder}/b/10`, "");
      write(disk, `${folder}/b/9`, "");
      expect(disk.list(`${folder}/b`)).toEqual(["10", "9", "B", "c", "z"]);
      expect(disk.list(`${folder}/b/c`)).toEqual([]);
      expect([disk.isFolder(`${folder}/b`), disk.isFolder(`${folder}/b/z`), disk.isFolder(`${folder}/no`)]).toEqual([
        true, false, false,
      ]);
      expect([disk.exists(`${folder}/b`), disk.exists(`${folder}/b/z`), disk.exists(`${folder}/b/z/y`)]).toEqual([
        true, true, false,
      ]);
      expect(() => disk.list(`${folder}/no`)).toThrow(diskError("missing"));
      expect(() => disk.list(`${folder}/b/z`)).toThrow(diskError("io"));
      expect(() => disk.makeFolder(`${folder}/b/z`)).toThrow(diskError("io"));
      expect(() => disk.makeFolder(`${folder}/b/z/y`)).toThrow(diskError("io", `${folder}/b/z/y`));
    });

    test("size, time and content are of files only", () => {
      const { disk, folder } = make();
      write(disk, `${folder}/f`, "four");
      expect(disk.size(`${folder}/f`)).toBe(4);
      expect(disk.modifiedMs(`${folder}/f`)).toBeGreaterThan(Date.UTC(2024, 0, 1));
      expect(Number.isInteger(disk.modifiedMs(`${folder}/f`))).toBe(true);
      for (const call of ["size", "modifiedMs", "readFile"] as const) {
        expect(() => disk[call](folder)).toThrow(diskError("io", folder));
        expect(() => disk[call](`${folder}/no`)).toThrow(diskError("missing", `${folder}/no`));
      }
    });

    test("remove takes a file, or a folder with all that is in it; open handles go on", () => {
      const { disk, folder } = make();
      disk.makeFolder(`${folder}/a/b`);
      write(disk, `${folder}/a/b/f`, "still");
      const file = disk.open(`${folder}/a/b/f`);
      disk.remove(`${folder}/a`);
      disk.remove(`${folder}/a`);
      expect(disk.list(folder)).toEqual([]);
      file.append([bytes(" here")]);
      expect(text(file, 0, 20)).toBe("still here");
      file.close();
    });

    test("rename moves a file or a folder within its folder; a file may replace a file", () => {
      const { disk, folder } = make();
      write(disk, `${folder}/new`, "new");
      write(disk, `${folder}/old`, "old");
      const handle = disk.open(`${folder}/new`);
      disk.rename(`${folder}/new`, `${folder}/old`);
      handle.append([bytes("er")]);
      handle.close();
      expect(disk.list(folder)).toEqual(["old"]);
      expect(content(disk, `${folder}/old`)).toBe("newer");
      disk.makeFolder(`${folder}/a`);
      write(disk, `${folder}/a/f`, "inside");
      disk.rename(`${folder}/a`, `${folder}/b`);
      expect(content(disk, `${folder}/b/f`)).toBe("inside");
      expect(disk.exists(`${folder}/a`)).toBe(false);
    });

    test("rename refuses what it can't do, and changes nothing then", () => {
      const { disk, folder } = make();
      write(disk, `${folder}/f`, "f");
      disk.makeFolder(`${folder}/a`);
      disk.makeFolder(`${folder}/b`);
      expect(() => disk.rename(`${folder}/no`, `${folder}/x`)).toThrow(diskError("missing"));
      expect(() => disk.rename(`${folder}/f`, `${folder}/a/f`)).toThrow(diskError("io"));
      expect(() => disk.rename(`${folder}/f`, `${folder}/a`)).toThrow(diskError("io"));
      expect(() => disk.rename(`${folder}/a`, `${folder}/f`)).toThrow(diskError("io"));
      expect(() => disk.rename(`${folder}/a`, `${folder}/b`)).toThrow(diskError("io"));
      expect(disk.list(folder)).toEqual(["a", "b", "f"]);
    });

    test("writeFileAtomically makes or replaces a file, and leaves nothing else", () => {
      const { disk, folder } = make();
      disk.writeFileAtomically(`${folder}/checkpoint`, bytes("1"));
      disk.writeFileAtomically(`${folder}/checkpoint`, bytes("22"));
      // Left over from a crash.
      write(disk, `${folder}/checkpoint.tmp`, "a longer leftover");
      disk.writeFileAtomically(`${folder}/checkpoint`, bytes("333"));
      expect(content(disk, `${folder}/checkpoint`)).toBe("333");
      expect(disk.list(folder)).toEqual(["checkpoint"]);
      expect(() => disk.writeFileAtomically(`${folder}/no/checkpoint`, bytes("1"))).toThrow(diskError("missing"));
    });

    test("a folder is locked once, and free again after release", () => {
      const { disk, folder } = make();
      const lock = disk.lock(folder);
      expect(() => disk.lock(folder)).toThrow(diskError("locked", folder));
      expect(() => disk.lock(folder)).toThrow("in use by this process itself");
      lock.release();
      const second = disk.lock(folder);
      // Not the second one's.
      lock.release();
      expect(() => disk.lock(folder)).toThrow(diskError("locked", folder));
      second.release();
      expect(disk.list(folder)).toEqual([]);
      expect(() => disk.lock(`${folder}/no`)).toThrow(diskError("missing"));
    });

    test("any sequence of appends, cuts and reopenings reads back as written", () => {
      const step = fc.oneof(
        fc.record({ append: fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 4 }) }),
        fc.record({ truncate: fc.nat(200) }),
        fc.constant({ reopen: true }),
      );
      const { disk, folder } = make();
      let run = 0;
      property(
        [fc.array(step, { maxLength: 15 })],
        (steps) => {
          const path = `${folder}/${run++}`;
          let file = disk.open(path, { create: true });
          let expected = Buffer.alloc(0);
          for (const each of steps) {
            if ("append" in each) {
              file.append(each.append);
              expected = Buffer.concat([expected, ...each.append]);
            } else if ("truncate" in each) {
              file.truncate(each.truncate);
              expected = expected.subarray(0, each.truncate);
            } else {
              file.close();
              file = disk.open(path);
            }
            expect(file.size).toBe(expected.length);
          }
          file.close();
          expect(Buffer.compare(disk.readFile(path), expected)).toBe(0);
        },
        { runs: 40 },
      );
    });
  });
}

export function bytes(content: string): Uint8Array {
  return Buffer.from(content);
}

/** An error matcher: a `DiskError` for that reason, and about that path. */
export function diskError(reason: DiskErrorReason, path?: string): object {
  const name = `DiskError [${reason}]`;
  return expect.objectContaining({ name, reason, ...(path !== undefined && { path }) }) as object;
}

function write(disk: Disk, path: string, content: string): void {
  const file = disk.open(path, { create: true });
  file.append([bytes(content)]);
  file.close();
}

function content(disk: Disk, path: string): string {
  return Buffer.from(disk.readFile(path)).toString();
}

function text(file: DiskFile, at: number, length: number): string {
  const into = Buffer.alloc(length);
  return into.subarray(0, file.read(into, at)).toString();
}
