import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { type Disk, type Runtime } from "#ground/runtime";
import { SimWorld } from "#ground/sim/sim-world";
import { expectNothingLeaks, testRuntime, type TestRuntime } from "../../support/sim.ts";
import { asyncProperty } from "../../support/property.ts";
import { bytes, diskConformance, diskError } from "../node/disk-conformance.ts";

diskConformance("sim", () => {
  const { disk } = testRuntime();
  disk.makeFolder("/data");
  return { disk, folder: "/data" };
});

function text(disk: Disk, path: string): string | null {
  return disk.exists(path) ? Buffer.from(disk.readFile(path)).toString("latin1") : null;
}

function append(disk: Disk, path: string, content: string): void {
  const file = disk.open(path, { create: true });
  file.append([bytes(content)]);
  file.close();
}

async function flush(disk: Disk, path: string): Promise<void> {
  const file = disk.open(path);
  await file.flush();
  file.close();
}

/** What is seen after a power loss, over many seeds: each outcome once. */
async function outcomes(
  write: (runtime: TestRuntime) => void | Promise<void>, see: (disk: Disk) => unknown, seeds = 50,
): Promise<unknown[]> {
  const seen = new Map<string, unknown>();
  for (let seed = 0; seed < seeds; seed++) {
    const runtime = testRuntime(seed);
    await write(runtime);
    runtime.node.powerLoss();
    const outcome = see(runtime.node.restart().disk);
    seen.set(JSON.stringify(outcome), outcome);
  }
  return [...seen.keys()].sort().map((key) => seen.get(key));
}

describe("a crash", () => {
  test("loses nothing that was written: the page cache belongs to the machine", () => {
    for (let seed = 0; seed < 20; seed++) {
      const { disk, node } = testRuntime(seed);
      disk.makeFolder("/a/b");
      append(disk, "/a/b/f", "written, not flushed");
      disk.rename("/a/b/f", "/a/b/g");
      node.crash();
      expect(text(node.restart().disk, "/a/b/g")).toBe("written, not flushed");
    }
  });

  test("frees the locks; the dead incarnation's release does nothing", () => {
    const { disk, node } = testRuntime();
    disk.makeFolder("/data");
    const dead = disk.lock("/data");
    node.crash();
    const next = node.restart();
    next.disk.lock("/data");
    dead.release();
    expect(() => next.disk.lock("/data")).toThrow(diskError("locked", "/data"));
  });

  test("can come in the middle of a write, at any byte", () => {
    for (let at = 0; at <= 12; at++) {
      const { disk, node } = testRuntime();
      const file = disk.open("/f", { create: true });
      file.append([bytes("kept ")]);
      node.crashAfterWriting(at);
      const write = (): void => file.append([bytes("0123"), bytes("4567"), bytes("89")]);
      if (at < 10) expect(write).toThrow(diskError("io"));
      else write();
      expect(node.isAlive).toBe(at >= 10);
      expect(text(node.restart().disk, "/f")).toBe(`kept ${"0123456789".slice(0, at)}`);
    }
  });

  test("can come between the steps of a call; each step happens or doesn't", () => {
    const seen: unknown[] = [];
    for (let at = 0; ; at++) {
      const { disk, node } = testRuntime();
      disk.writeFileAtomically("/c", bytes("old"));
      node.crashAfterWriting(at);
      try {
        disk.writeFileAtomically("/c", bytes("new"));
      } catch {
        const { disk: after } = node.restart();
        seen.push([text(after, "/c"), text(after, "/c.tmp")]);
        continue;
      }
      break;
    }
    expect(seen).toEqual([
      ["old", null], ["old", ""], ["old", "n"], ["old", "ne"], ["old", "new"], ["old", "new"], ["new", null],
    ]);
  });
});

describe("a power loss", () => {
  test("loses nothing that was flushed, neither bytes nor names", async () => {
    const write = async ({ disk }: Runtime): Promise<void> => {
      disk.makeFolder("/a/b");
      append(disk, "/a/b/f", "flushed");
      await flush(disk, "/a/b/f");
    };
    expect(await outcomes(write, (disk) => text(disk, "/a/b/f"))).toEqual(["flushed"]);
  });

  test("may lose any part of what was appended since, from its end", async () => {
    const write = async ({ disk }: Runtime): Promise<void> => {
      append(disk, "/f", "ab");
      await flush(disk, "/f");
      append(disk, "/f", "cd");
      append(disk, "/f", "e");
    };
    const seen = await outcomes(write, (disk) => text(disk, "/f")!.replaceAll("\0", "_"));
    expect(seen).toEqual(["ab", "ab_", "ab__", "ab___", "abc", "abcd", "abcde"]);
  });

  test("may lose pages in the middle, which read as zeros", async () => {
    const page = 4096;
    const write = async ({ disk }: Runtime): Promise<void> => {
      append(disk, "/f", "x");
      await flush(disk, "/f");
      append(disk, "/f", "y".repeat(4 * page));
    };
    const seen = await outcomes(write, (disk) => {
      return text(disk, "/f")!.replace(/y+/g, (run) => `y${run.length} `).replace(/\0+/g, (run) => `0*${run.length} `);
    }, 200);
    expect(seen).toContain("x");
    expect(seen).toContain(`xy${4 * page} `);
    // The rest of the page that holds the flushed byte; then one in the middle.
    expect(seen).toContain(`x0*${page - 1} y${3 * page + 1} `);
    expect(seen).toContain(`xy${2 * page - 1} 0*${page} y${page + 1} `);
    expect(seen.every((each) => (each as string).startsWith("x"))).toBe(true);
  });

  test("treats each file by itself", async () => {
    const write = async ({ disk }: Runtime): Promise<void> => {
      for (const path of ["/f", "/g"]) {
        append(disk, path, "");
        await flush(disk, path);
        append(disk, path, "x");
      }
    };
    const seen = await outcomes(write, (disk) => [text(disk, "/f") === "", text(disk, "/g") === ""]);
    expect(seen).toEqual([[false, false], [false, true], [true, false], [true, true]]);
  });

  test("may bring back what was cut, unless that was flushed", async () => {
    const write = async ({ disk }: Runtime): Promise<void> => {
      const file = disk.open("/f", { create: true });
      file.append([bytes("abcdef")]);
      await file.flush();
      file.truncate(3);
    };
    expect(await outcomes(write, (disk) => text(disk, "/f"))).toEqual(["abc", "abcdef"]);
    const flushed = async (runtime: TestRuntime): Promise<void> => {
      await write(runtime);
      await flush(runtime.disk, "/f");
    };
    expect(await outcomes(flushed, (disk) => text(disk, "/f"))).toEqual(["abc"]);
  });

  test("leaves a rename done or undone, never half: a flush of a file beside it makes it sure", async () => {
    const write = async ({ disk }: Runtime): Promise<void> => {
      for (const [path, content] of [["/d/new", "new"], ["/d/old", "old"]] as const) {
        disk.makeFolder("/d");
        append(disk, path, content);
        await flush(disk, path);
      }
      disk.rename("/d/new", "/d/old");
    };
    const see = (disk: Disk): unknown => [text(disk, "/d/new"), text(disk, "/d/old")];
    expect(await outcomes(write, see)).toEqual([["new", "old"], [null, "new"]]);
    const flushed = async (runtime: TestRuntime): Promise<void> => {
      await write(runtime);
      append(runtime.disk, "/d/beside", "");
      await flush(runtime.disk, "/d/beside");
    };
    expect(await outcomes(flushed, see)).toEqual([[null, "new"]]);
  });

  test("may undo a removal, and may lose a name whose folder was not flushed", async () => {
    const write = async ({ disk }: Runtime): Promise<void> => {
      disk.makeFolder("/d");
      append(disk, "/d/removed", "back");
      await flush(disk, "/d/removed");
      disk.remove("/d/removed");
      disk.makeFolder("/other");
      append(disk, "/other/f", "");
      await flush(disk, "/other/f");
    };
    expect(await outcomes(write, (disk) => text(disk, "/d/removed"))).toEqual([null, "back"].sort());
    const see = (disk: Disk): unknown => [disk.exists("/a"), disk.exists("/a/f")];
    const made = ({ disk }: Runtime): void => {
      disk.makeFolder("/a");
      append(disk, "/a/f", "");
    };
    expect(await outcomes(made, see)).toEqual([[false, false], [true, false], [true, true]]);
  });

  test("during a flush: what was written before it began may be lost until it ends", async () => {
    const write = async (runtime: TestRuntime): Promise<void> => {
      const file = runtime.disk.open("/f", { create: true });
      await file.flush();
      runtime.node.slowDisk(0, 10);
      file.append([bytes("a")]);
      void file.flush();
      await runtime.advance(5);
      file.append([bytes("b")]);
    };
    const see = (disk: Disk): unknown => text(disk, "/f")!.replaceAll("\0", "_");
    expect(await outcomes(write, see)).toEqual(["", "_", "__", "a", "ab"]);
    const later = async (runtime: TestRuntime): Promise<void> => {
      await write(runtime);
      await runtime.advance(6);
    };
    expect(await outcomes(later, see)).toEqual(["a", "a_", "ab"]);
  });

  test("at any moment of writeFileAtomically leaves the old content or the new", () => {
    const seen = new Set<string | null>();
    for (let seed = 0; seed < 300; seed++) {
      const { disk, node } = testRuntime(seed);
      disk.makeFolder("/d");
      disk.writeFileAtomically("/d/c", bytes("the old content"));
      node.crashAfterWriting(seed % 12);
      try {
        disk.writeFileAtomically("/d/c", bytes("NEW"));
      } catch {
        // It crashed on the way.
      }
      node.powerLoss();
      seen.add(text(node.restart().disk, "/d/c"));
    }
    expect([...seen].sort()).toEqual(["NEW", "the old content"]);
  });

  test("any history: what was flushed last is there, and nothing is there that was never written", () => {
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ append: fc.integer({ min: 0, max: 6000 }) }) },
      fc.record({ truncate: fc.nat(8000) }),
      fc.constant({ flush: true }),
    );
    return asyncProperty([fc.array(step, { maxLength: 12 }), fc.nat()], async (steps, seed) => {
      const runtime = testRuntime(seed);
      const file = runtime.disk.open("/f", { create: true });
      await file.flush();
      // The contents that the file has had since it was flushed last, and how many bytes none of them changed.
      let contents = [Buffer.alloc(0)];
      let sure = 0;
      for (const [i, each] of steps.entries()) {
        const content = contents.at(-1)!;
        if ("append" in each) {
          const part = Buffer.alloc(each.append, i + 1);
          file.append([part]);
          contents.push(Buffer.concat([content, part]));
        } else if ("truncate" in each) {
          file.truncate(each.truncate);
          contents.push(content.subarray(0, each.truncate));
          sure = Math.min(sure, each.truncate);
        } else {
          await file.flush();
          contents = [content];
          sure = content.length;
        }
      }
      runtime.node.powerLoss();
      const after = Buffer.from(runtime.node.restart().disk.readFile("/f"));
      expect(after.subarray(0, sure).equals(contents[0]!.subarray(0, sure))).toBe(true);
      expect(after.length).toBeLessThanOrEqual(Math.max(...contents.map(({ length }) => length)));
      const strange = after.findIndex((byte, at) => byte !== 0 && !contents.some((content) => content[at] === byte));
      expect(strange, "position of a byte that was never there").toBe(-1);
    }, { runs: 50 });
  });
});

describe("a disk that fails", () => {
  test("at a path: that file or folder and all below, nothing else, until it heals", async () => {
    const { disk, node } = testRuntime();
    disk.makeFolder("/data/1/t-0");
    disk.makeFolder("/data/10");
    const file = disk.open("/data/1/t-0/log", { create: true });
    node.failDisk("/data/1");
    expect(() => file.append([bytes("x")])).toThrow(diskError("io", "/data/1/t-0/log"));
    expect(() => file.read(new Uint8Array(1), 0)).toThrow(diskError("io"));
    await expect(file.flush()).rejects.toThrow(diskError("io"));
    expect(() => disk.list("/data/1")).toThrow(diskError("io", "/data/1"));
    expect(() => disk.writeFileAtomically("/data/1/c", bytes("x"))).toThrow(diskError("io"));
    expect(disk.list("/data/10")).toEqual([]);
    node.healDisk();
    file.append([bytes("x")]);
    expect(disk.list("/data/1")).toEqual(["t-0"]);
    file.close();
    expectNothingLeaks(node);
  });

  test("that is full: nothing of the append is written, room comes back with what is removed", () => {
    const { disk, node } = testRuntime();
    const file = disk.open("/f", { create: true });
    node.fillDisk(10);
    file.append([bytes("123456")]);
    expect(() => file.append([bytes("7890"), bytes("x")])).toThrow(diskError("full", "/f"));
    expect(file.size).toBe(6);
    expect(() => disk.writeFileAtomically("/c", bytes("12345"))).toThrow(diskError("full"));
    expect(disk.list("/")).toEqual(["f"]);
    file.truncate(1);
    disk.writeFileAtomically("/c", bytes("123456789"));
    expect(() => file.append([bytes("x")])).toThrow(diskError("full"));
    disk.remove("/c");
    file.append([bytes("234567890")]);
  });

  test("that is slow blocks its process, and only its process", async () => {
    const world = new SimWorld(1, { flushMs: 0 });
    const [slow, fast] = [world.node("slow"), world.node("fast")];
    slow.slowDisk(20, 100);
    const log: string[] = [];
    slow.runtime.scheduler.soon(() => {
      const file = slow.runtime.disk.open("/f", { create: true });
      file.append([bytes("x")]);
      log.push(`appended at ${slow.runtime.clock.nowMs()}`);
      void file.flush().then(() => log.push(`flushed at ${slow.runtime.clock.nowMs()}`));
    });
    slow.runtime.scheduler.at(1, () => log.push(`slow timer at ${slow.runtime.clock.nowMs()}`));
    fast.runtime.scheduler.at(1, () => log.push(`fast timer at ${fast.runtime.clock.nowMs()}`));
    await world.run(1_000);
    expect(log).toEqual(["appended at 40", "fast timer at 1", "slow timer at 60", "flushed at 180"]);
  });

  test("stays as it is over a restart", () => {
    const { node } = testRuntime();
    node.failDisk("/data");
    expect(() => node.restart().disk.exists("/data")).toThrow(diskError("io"));
  });
});

test("open files and locks are counted as leaks", () => {
  const { disk, node } = testRuntime();
  disk.makeFolder("/data");
  const file = disk.open("/data/f", { create: true });
  const lock = disk.lock("/data");
  expect(node.openResources).toEqual(["file /data/f", "lock on /data"]);
  expect(() => expectNothingLeaks(node)).toThrow("left open by test");
  file.close();
  lock.release();
  expectNothingLeaks(node);
});
