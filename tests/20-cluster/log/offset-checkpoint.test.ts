import { expect, test } from "vitest";
import { OffsetCheckpoint, readOffsetCheckpoint } from "#log/given/assembly/checkpoint-file";
import { type Disk } from "#ground/runtime";
import { SimWorld } from "#ground/sim/sim-world";

const PATH = "/log/recovery-point-offset-checkpoint";
const FLUSH_MS = 50;

function at(offset: number): { topic: string; partition: number; offset: number }[] {
  return [{ topic: "t", partition: 0, offset }];
}

function offsetIn(disk: Disk): number {
  return readOffsetCheckpoint(disk, PATH)[0]!.offset;
}

function slowDisk(seed = 1): { world: SimWorld; disk: Disk; file: OffsetCheckpoint } {
  const world = new SimWorld(seed, { flushMs: FLUSH_MS });
  const { disk } = world.node("n").runtime;
  disk.makeFolder("/log");
  const file = new OffsetCheckpoint(disk, PATH);
  file.write(at(1));
  return { world, disk, file };
}

test("a gradual write holds up nobody; until it is flushed, the old file is there", async () => {
  const { world, disk, file } = slowDisk();
  const { clock } = world.node("n").runtime;
  await world.run(world.node("n").aheadMs);
  const startMs = clock.nowMs();
  let replaced: boolean | null = null;
  void file.writeGradually(at(2)).then((it) => (replaced = it));
  expect(clock.nowMs()).toBe(startMs);
  expect(offsetIn(disk)).toBe(1);
  await world.runUntil(() => replaced !== null, 10_000);
  expect([replaced, offsetIn(disk)]).toEqual([true, 2]);
  expect(disk.list("/log")).toEqual(["recovery-point-offset-checkpoint"]);
});

test("of two writes the later one wins, also when the earlier one ends later", async () => {
  const { world, disk, file } = slowDisk();
  const results: boolean[] = [];
  void file.writeGradually(at(5)).then((it) => results.push(it));
  file.write(at(3));
  await world.runUntil(() => results.length === 1, 10_000);
  expect([results, offsetIn(disk)]).toEqual([[false], 3]);
  void file.writeGradually(at(6)).then((it) => results.push(it));
  void file.writeGradually(at(4)).then((it) => results.push(it));
  await world.runUntil(() => results.length === 3, 10_000);
  expect([results.slice(1).sort(), offsetIn(disk)]).toEqual([[false, true], 4]);
});

test("what is cancelled doesn't replace the file; cancelling says whether it may have", async () => {
  const { world, disk, file } = slowDisk();
  expect(file.cancel()).toBe(false);
  let replaced: boolean | null = null;
  void file.writeGradually(at(5)).then((it) => (replaced = it));
  expect(file.cancel()).toBe(true);
  await world.runUntil(() => replaced !== null, 10_000);
  expect([replaced, offsetIn(disk)]).toEqual([false, 1]);
});

test("after a power loss at any moment there is the old content or the new", async () => {
  const seen = new Set<number>();
  for (let ms = 0; ms < 4 * FLUSH_MS; ms += 5) {
    const { world, file } = slowDisk(ms);
    await world.run(world.node("n").aheadMs);
    void file.writeGradually(at(2));
    await world.run(ms);
    world.node("n").powerLoss();
    seen.add(offsetIn(world.node("n").restart().disk));
  }
  expect([...seen].sort()).toEqual([1, 2]);
});
