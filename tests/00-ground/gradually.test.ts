import { describe, expect, test } from "vitest";
import { type Disk } from "#ground/runtime";
import { runGradually } from "#ground/gradually";
import { LaterWork, removeGradually } from "#ground/gradually";
import { testRuntime } from "../support/sim.ts";

describe("long work in short turns", () => {
  test("given: a turn lasts no longer than 5 ms, and others get theirs in between", async () => {
    const runtime = testRuntime();
    const seen: string[] = [];
    function* work(): Generator<void, string> {
      for (let i = 0; i < 6; i++) {
        runtime.elapse(2);
        seen.push(`step ${i}`);
        yield;
      }
      return "done";
    }
    runtime.scheduler.soon(() => seen.push("another turn"));
    const done = runGradually(runtime, work());
    await runtime.advance(100);
    expect(await done).toBe("done");
    expect(seen).toEqual(["step 0", "step 1", "step 2", "another turn", "step 3", "step 4", "step 5"]);
  });

  test("given: an error in the work is the result", async () => {
    const runtime = testRuntime();
    // eslint-disable-next-line require-yield
    function* work(): Generator<void, void> {
      throw new RangeError("broken");
    }
    const done = runGradually(runtime, work());
    done.catch(() => {});
    await runtime.advance(1);
    await expect(done).rejects.toThrow(RangeError);
  });

  test("given: a large file is removed in steps", () => {
    const seen: string[] = [];
    const [mib, large] = [1 << 20, 150 << 20];
    const file = {
      size: large,
      truncate: (size: number) => seen.push(`cut to ${size / mib} MiB`),
      close: () => seen.push("closed"),
    };
    const disk = {
      exists: () => true,
      isFolder: () => false,
      size: () => large,
      open: () => file,
      remove: () => seen.push("removed"),
    };
    for (const _ of removeGradually(disk as unknown as Disk, "/large")) seen.push("rest");
    expect(seen).toEqual(["cut to 86 MiB", "rest", "cut to 22 MiB", "rest", "closed", "removed", "rest"]);
  });

  test("given: a folder is removed with all that is in it", () => {
    const { disk } = testRuntime();
    disk.makeFolder("/x/y");
    disk.writeFileAtomically("/x/y/1", new Uint8Array(10));
    disk.writeFileAtomically("/x/2", new Uint8Array(10));
    expect([...removeGradually(disk, "/x")].length).toBe(4);
    expect(disk.exists("/x")).toBe(false);
    expect([...removeGradually(disk, "/x")]).toEqual([]);
  });

  test("given: work for later can be cancelled", async () => {
    const runtime = testRuntime();
    const later = new LaterWork(runtime);
    const done: string[] = [];
    function* work(name: string): Generator<void, void> {
      done.push(name);
      yield;
    }
    later.after(10, "first", () => work("first"));
    later.after(20, "second", () => work("second"));
    await runtime.advance(15);
    later.cancel();
    await runtime.advance(100);
    expect(done).toEqual(["first"]);
    expect(runtime.node.openResources).toEqual([]);
  });
});
