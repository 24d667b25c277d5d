import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { parseLimit, shareDescriptors } from "#ground/node/descriptor-limits";
import { NodeDisk } from "#ground/node/node-disk";
import { bytes, diskConformance, diskError } from "./disk-conformance.ts";

const root = fs.mkdtempSync(join(tmpdir(), "katafka-disk-"));
let folders = 0;

function make(maxDescriptors?: number): { disk: NodeDisk; folder: string } {
  const folder = join(root, String(folders++));
  fs.mkdirSync(folder);
  return { disk: new NodeDisk(maxDescriptors), folder };
}

afterEach(() => vi.restoreAllMocks());
afterAll(() => fs.rmSync(root, { recursive: true }));

diskConformance("node", () => make());
diskConformance("node with one descriptor", () => make(1));

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

describe("descriptors", () => {
  const openIn = (folder: string): number => {
    const links = fs.readdirSync("/proc/self/fd").map((fd) => {
      try {
        return fs.readlinkSync(`/proc/self/fd/${fd}`);
      } catch {
        // The one with which the folder itself was read.
        return "";
      }
    });
    return links.filter((path) => path.startsWith(folder)).length;
  };
  const emfile = (): never => {
    throw Object.assign(new Error("EMFILE: from the test"), { code: "EMFILE" });
  };

  const onLinux = test.skipIf(process.platform !== "linux");
  onLinux("a hundred files take turns with three, and lose nothing by it", async () => {
    const { disk, folder } = make(3);
    const files = Array.from({ length: 100 }, (_, i) => disk.open(`${folder}/${i}`, { create: true }));
    for (const part of ["one ", "two ", "three"]) for (const file of files) file.append([bytes(part), bytes(part)]);
    for (const file of files) file.truncate(19);
    await Promise.all(files.map((file) => file.flush()));
    const into = Buffer.alloc(30);
    for (const file of files) expect(into.toString("utf8", 0, file.read(into, 4))).toBe("one two two thr");
    expect(openIn(folder)).toBe(3);
    for (const file of files) file.close();
    expect(openIn(folder)).toBe(0);
  });

  test("one that is used again and again isn't given up for those that are used once", () => {
    const { disk, folder } = make(3);
    const often = disk.open(`${folder}/often`, { create: true });
    const rare = Array.from({ length: 50 }, (_, i) => disk.open(`${folder}/${i}`, { create: true }));
    const opened = vi.spyOn(fs, "openSync");
    for (const file of rare) {
      file.append([bytes("x")]);
      often.append([bytes("x")]);
    }
    expect(opened.mock.calls.filter(([path]) => path === often.path).length).toBeLessThan(3);
    for (const file of [often, ...rare]) file.close();
  });

  test("when the system has none left, idle files give theirs up, and the call goes on", () => {
    const { disk, folder } = make();
    const idle = disk.open(`${folder}/idle`, { create: true });
    idle.append([bytes("kept")]);
    vi.spyOn(fs, "writeFileSync").mockImplementationOnce(emfile);
    disk.writeFileAtomically(`${folder}/c`, bytes("written"));
    // Used again since, as nobody knew that it had to be given up.
    idle.read(new Uint8Array(1), 0);
    vi.spyOn(fs, "openSync").mockImplementationOnce(emfile);
    const other = disk.open(`${folder}/other`, { create: true });
    expect([disk.readFile(`${folder}/c`), disk.readFile(idle.path)].map(String)).toEqual(["written", "kept"]);
    idle.append([bytes("!")]);
    expect(fs.readFileSync(idle.path, "utf8")).toBe("kept!");
    for (const file of [idle, other]) file.close();
  });

  test("without any to give up it is an error that may pass, and says what to do", () => {
    const { disk, folder } = make();
    const file = disk.open(`${folder}/f`, { create: true });
    file.append([bytes("kept")]);
    vi.spyOn(fs, "openSync").mockImplementation(emfile);
    expect(() => disk.open(`${folder}/g`, { create: true })).toThrow(diskError("descriptors", `${folder}/g`));
    expect(() => disk.open(`${folder}/g`, { create: true })).toThrow("ulimit -n");
    expect(() => file.append([bytes(" not")])).toThrow(diskError("descriptors", file.path));
    vi.restoreAllMocks();
    file.append([bytes("!")]);
    expect(fs.readFileSync(file.path, "utf8")).toBe("kept!");
    file.close();
  });

  test("half of what a process may open is for files, half for connections, some for all else", () => {
    const limit = (soft: string): number =>
      parseLimit(`Limit          Soft Limit  Hard Limit  Units\nMax open files ${soft}  1048576  files\n`);
    expect(shareDescriptors(limit("1024"))).toEqual({ files: 480, connections: 480 });
    expect(shareDescriptors(limit("400"))).toEqual({ files: 168, connections: 168 });
    expect(shareDescriptors(limit("20"))).toEqual({ files: 5, connections: 5 });
    expect(shareDescriptors(limit("1048576"))).toEqual({ files: 16_384, connections: 1_032_128 });
    expect(shareDescriptors(limit("unlimited"))).toEqual({ files: 16_384, connections: Infinity });
    expect(parseLimit("nothing of the kind")).toBe(4096);
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
