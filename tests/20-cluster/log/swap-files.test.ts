import { describe, expect, test } from "vitest";
import { type Disk } from "#ground/runtime";
import { type TestRuntime, testRuntime } from "../../support/sim.ts";
import { copyGolden, offsets, openLog, readAll } from "../../05-log/fixtures.ts";

const FOLDER = "/log/t-0";

/** The offsets in the log when it is opened as after a crash. */
function offsetsIn(runtime: TestRuntime): number[] {
  const log = openLog(runtime, { indexIntervalBytes: 512, cleanupPolicy: ["compact"] });
  const found = offsets(readAll(log));
  log.abandon();
  return found;
}

function recorded(name: string): number[] {
  const runtime = testRuntime();
  copyGolden(name, runtime.disk, FOLDER);
  return offsetsIn(runtime);
}

const BEFORE = recorded("compacted-before-cleaning");
const AFTER = recorded("compacted-0");

/** As Kafka had it on disk: the segments before their compaction, and beside them the compacted ones, with a suffix. */
function interrupted(disk: Disk, suffixOf: (name: string) => string): void {
  copyGolden("compacted-before-cleaning", disk, FOLDER);
  copyGolden("compacted-0", disk, "/compacted");
  for (const name of disk.list("/compacted").filter((each) => /(log|index)$/.test(each) && !each.includes("203"))) {
    disk.writeFileAtomically(`${FOLDER}/${name}${suffixOf(name)}`, disk.readFile(`/compacted/${name}`));
  }
}

function leftovers(disk: Disk): string[] {
  return disk.list(FOLDER).filter((name) => /\.(swap|cleaned|deleted)$/.test(name));
}

describe("a compaction of Kafka's that was interrupted", () => {
  test("is brought to its end when all its segments are whole", () => {
    const runtime = testRuntime();
    interrupted(runtime.disk, () => ".swap");
    expect(AFTER.length).toBeLessThan(BEFORE.length);
    expect(offsetsIn(runtime)).toEqual(AFTER);
    expect(leftovers(runtime.disk)).toEqual([]);
  });

  test("loses nothing when the old segments are out of the way already", () => {
    const runtime = testRuntime();
    interrupted(runtime.disk, () => ".swap");
    for (const name of runtime.disk.list(FOLDER).filter((each) => /^0*(0|40)\.(log|index|timeindex)$/.test(each))) {
      runtime.disk.rename(`${FOLDER}/${name}`, `${FOLDER}/${name}.deleted`);
    }
    expect(offsetsIn(runtime)).toEqual(AFTER);
    expect(leftovers(runtime.disk)).toEqual([]);
  });

  test("is given up while a segment is not whole: the old ones are all there", () => {
    const runtime = testRuntime();
    interrupted(runtime.disk, (name) => (name < "00000000000000000080" ? ".cleaned" : ".swap"));
    expect(offsetsIn(runtime)).toEqual(BEFORE);
    expect(leftovers(runtime.disk)).toEqual([]);
  });

  test.each([["brought to its end", "", AFTER], ["given up", "00000000000000000080", BEFORE]] as const)(
    "given: is %s also by the start after a crash of the one that was about to",
    (_, wholeFrom, expected) => {
      // There are some thirty steps, of which each may be the last one.
      for (let crashAfter = 0; crashAfter < 32; crashAfter++) {
        const runtime = testRuntime();
        interrupted(runtime.disk, (name) => (name < wholeFrom ? ".cleaned" : ".swap"));
        runtime.node.crashAfterWriting(crashAfter);
        try {
          offsetsIn(runtime);
        } catch (error) {
          if (runtime.node.isAlive) throw error;
        }
        runtime.node.crashAfterWriting(Infinity);
        const again = { ...runtime, ...runtime.node.restart() };
        expect(offsetsIn(again), `crash after ${crashAfter}`).toEqual(expected);
        expect(leftovers(again.disk)).toEqual([]);
      }
    },
  );
});
