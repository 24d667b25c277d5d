import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { NodeDisk } from "#ground/node/node-disk";
import { bytes, diskConformance, diskError } from "./disk-conformance.ts";

const root = fs.mkdtempSync(join(tmpdir(), "katafka-disk-"));
let folders = 0;

function make(): { disk: NodeDisk; folder: string } {
  const folder = join(root, String(folders++));
  fs.mkdirSync(folder);
  return { disk: new NodeDisk(), folder };
}

afterEach(() => vi.restoreAllMocks());
afterAll(() => fs.rmSync(root, { recursive: true }));

diskConformance("node", make);

describe("an append that fails", () => {
  function failing(code: string): NodeJS.ErrnoException {
    return Object.assign(new Error(`${code}: from the test`), { code });
  }

  test("a short write goes on with the rest", () => {
    const { disk, folder } = make();
    const file = disk.open(`${folder}/f`, { create: true });
    const { writeSync, writevSync } = fs;
    vi.spyOn(fs, "writevSync").mockImplementationOnce((fd, parts, at) => writevSync(fd, [parts[0]!], at));
    const writeOne = (fd: number, part: Uint8Array, from: number, _length: number, at: number): number =>
      writeSync(fd, part, from, 1, at);
    vi.spyOn(fs, "writeSync").mockImplementationOnce(writeOne as typeof fs.writeSync);
    file.append([bytes("abc"), bytes("def")]);
    expect(Buffer.from(disk.readFile(file.path)).toString()).toBe("abcdef");
    file.close();
  });

  test.each([
    ["ENOSPC", "full"],
    ["EDQUOT", "full"],
    ["EIO", "io"],
  ] as const)("%s in the middle takes back what was written", (code, reason) => {
    const { disk, folder } = make();
    const file = disk.open(`${folder}/f`, { create: true });
    file.append([bytes("before")]);
    const { writevSync } = fs;
    vi.spyOn(fs, "writevSync").mockImplementationOnce((fd, parts, at) => writevSync(fd, [parts[0]!], at));
    vi.spyOn(fs, "writeSync").mockImplementationOnce(() => {
      throw failing(code);
    });
    expect(() => file.append([bytes("half"), bytes("way")])).toThrow(diskError(reason, file.path));
    expect(file.size).toBe(6);
    expect(fs.readFileSync(file.path, "utf8")).toBe("before");
    file.append([bytes(" after")]);
    expect(fs.readFileSync(file.path, "utf8")).toBe("before after");
    file.close();
  });

  test.skipIf(!fs.existsSync("/dev/full"))("a full device is told as such by the system itself", () => {
    const file = new NodeDisk().open("/dev/full");
    expect(() => file.append([bytes("x")])).toThrow(diskError("full", "/dev/full"));
    file.close();
  });

  test("a checkpoint that can't be written leaves the old one and no other file", () => {
    const { disk, folder } = make();
    disk.writeFileAtomically(`${folder}/c`, bytes("old"));
    vi.spyOn(fs, "writeFileSync").mockImplementationOnce((path) => {
      fs.appendFileSync(path as string, "ne");
      throw failing("ENOSPC");
    });
    expect(() => disk.writeFileAtomically(`${folder}/c`, bytes("new"))).toThrow(diskError("full", `${folder}/c`));
    expect(fs.readFileSync(`${folder}/c`, "utf8")).toBe("old");
    expect(disk.list(folder)).toEqual(["c"]);
  });
});

describe("what is flushed", () => {
  /** The names of what was fsynced, files by descriptor and folders alike. */
  function spyOnFlushes(): string[] {
    const flushed: string[] = [];
    const nameOf = (fd: number): string => fs.readlinkSync(`/proc/self/fd/${fd}`).slice(root.length + 1);
    const { fsync, fsyncSync } = fs;
    vi.spyOn(fs, "fsync").mockImplementation((fd, done) => {
      flushed.push(nameOf(fd));
      fsync(fd, done);
    });
    vi.spyOn(fs, "fsyncSync").mockImplementation((fd) => {
      flushed.push(nameOf(fd));
      fsyncSync(fd);
    });
    return flushed;
  }

  test.skipIf(process.platform !== "linux")("a folder that can't be made is an error, and not an endless loop", () => {
    expect(() => new NodeDisk().makeFolder("/proc/katafka/data")).toThrow("/proc/katafka");
  });

  test("a folder below a link to nothing is said to be that", () => {
    const { disk, folder } = make();
    fs.symlinkSync(`${folder}/unmounted`, `${folder}/data`);
    const sentence = `${folder}/data is a link to what doesn't exist`;
    expect(() => disk.makeFolder(`${folder}/data`)).toThrow(sentence);
    expect(() => disk.makeFolder(`${folder}/data/broker-1`)).toThrow(sentence);
  });

  test.skipIf(process.platform !== "linux")("a checkpoint takes its folder along, and those made above it", () => {
    const { disk, folder } = make();
    const top = folder.slice(root.length + 1);
    disk.makeFolder(`${folder}/a/b`);
    const flushed = spyOnFlushes();
    const write = vi.spyOn(fs, "writeFileSync");
    disk.writeFileAtomically(`${folder}/a/b/c`, bytes("x"));
    expect(write).toHaveBeenCalledExactlyOnceWith(`${folder}/a/b/c.tmp`, bytes("x"), { flush: true });
    expect(flushed.slice(-3)).toEqual([`${top}/a/b`, `${top}/a`, top]);
    flushed.length = 0;
    disk.writeFileAtomically(`${folder}/a/b/c`, bytes("y"));
    expect(flushed.slice(-1)).toEqual([`${top}/a/b`]);
    expect(flushed).not.toContain(`${top}/a`);
  });
});

describe("a lock", () => {
  /** Locks `folder` as the process with this id would: what tells processes apart is their id and their start. */
  function lockAs(pid: number, folder: string): void {
    const own = Object.getOwnPropertyDescriptor(process, "pid")!;
    Object.defineProperty(process, "pid", { ...own, value: pid });
    try {
      new NodeDisk().lock(folder);
    } finally {
      Object.defineProperty(process, "pid", own);
    }
  }

  test("of another process names that process, and is free after kill -9", async () => {
    const { disk, folder } = make();
    const child = spawn(process.execPath, ["-e", "setTimeout(() => {}, 20_000)"], { stdio: "ignore" });
    await once(child, "spawn");
    lockAs(child.pid!, folder);
    expect(() => disk.lock(folder)).toThrow(diskError("locked", folder));
    expect(() => disk.lock(folder)).toThrow(`${folder} is in use by process ${child.pid}`);
    child.kill("SIGKILL");
    await once(child, "exit");
    const lock = disk.lock(folder);
    expect(() => new NodeDisk().lock(folder)).toThrow(`in use by this process itself (${process.pid})`);
    lock.release();
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  test("whose holder's id was given to another process is free", () => {
    const { disk, folder } = make();
    fs.mkdirSync(`${folder}/.katafka.lock`);
    // The parent is alive, but did not start then.
    fs.writeFileSync(`${folder}/.katafka.lock/${process.ppid}-long-ago`, "");
    disk.lock(folder).release();
    expect(fs.readdirSync(folder)).toEqual([]);
  });

  test("on a disk that is read-only is refused as such, though mkdir's recursive way says ENOENT there", () => {
    const { disk, folder } = make();
    vi.spyOn(fs, "mkdirSync").mockImplementation((_, options) => {
      const code = typeof options === "object" && options?.recursive === true ? "ENOENT" : "EROFS";
      throw Object.assign(new Error(`${code}: from the test`), { code });
    });
    expect(() => disk.lock(folder)).toThrow(diskError("read-only", folder));
    expect(() => disk.lock(folder)).toThrow(`${folder}: the file system is read-only`);
  });

  test("that is not understood is not held", () => {
    const { disk, folder } = make();
    fs.mkdirSync(`${folder}/.katafka.lock`);
    fs.writeFileSync(`${folder}/.katafka.lock/README`, "");
    disk.lock(folder).release();
  });
});
