import { describe, expect, test } from "vitest";
import { SourceSegment } from "#compaction";
import { groupSegments, replaceSegments } from "#compaction/replace-segments";
import { type LogSegment, type UnifiedLog } from "#log";
import { LogSegment as Segment } from "#log/log-segment";
import { type TestRuntime, testRuntime } from "../support/sim.ts";
import { segmentBases } from "../05-log/fixtures.ts";
import { compactedLog, contentOf, fill, pairs, texts } from "./logs.ts";

const FOLDER = "/log/t-0";
const LIMITS = { segmentBytes: 1000, segmentIndexBytes: 1000 };

interface FakeSegment {
  readonly base: number;
  readonly size: number;
  readonly offsets?: number;
  readonly times?: number;
}

/** Base offsets of each group, for segments with these bases, sizes and numbers of index entries. */
function groups(segments: readonly FakeSegment[], end: number, limits = LIMITS): number[][] {
  const fakes = segments.map(({ base, size, offsets = 0, times = 0 }) => {
    return { baseOffset: base, size, offsetIndex: { count: offsets }, timeIndex: { count: times } };
  });
  const found = groupSegments(fakes as unknown as LogSegment[], end, limits);
  return found.map((group) => group.map(({ baseOffset }) => baseOffset));
}

describe("groupSegments", () => {
  test("8.5 groupSegments: neighbours share a group while together they are no larger than segment.bytes", () => {
    const sizes = [400, 400, 200, 1, 999].map((size, i) => ({ base: 10 * i, size }));
    expect(groups(sizes, 50)).toEqual([[0, 10, 20], [30, 40]]);
  });

  test("8.5 groupSegments: a segment that is too large is a group of its own", () => {
    const sizes = [5000, 10, 5000, 5000, 10].map((size, i) => ({ base: 10 * i, size }));
    expect(groups(sizes, 50)).toEqual([[0], [10], [20], [30], [40]]);
  });

  test("8.5 groupSegments: no segment changes its place: a small one doesn't join a group that is over", () => {
    const sizes = [900, 200, 50].map((size, i) => ({ base: 10 * i, size }));
    expect(groups(sizes, 30)).toEqual([[0], [10, 20]]);
  });

  test("8.5 groupSegments: nor may their offset indexes together be larger than segment.index.bytes", () => {
    const indexes = [60, 65, 1, 124].map((offsets, i) => ({ base: 10 * i, size: 1, offsets }));
    expect(groups(indexes, 40)).toEqual([[0, 10], [20, 30]]);
  });

  test("8.5 groupSegments: nor their time indexes", () => {
    const indexes = [40, 43, 1, 82].map((times, i) => ({ base: 10 * i, size: 1, times }));
    expect(groups(indexes, 40)).toEqual([[0, 10], [20, 30]]);
  });

  test("8.5 groupSegments: a group's last offset lies within 2³¹ of its base offset", () => {
    const far = 2 ** 31;
    const first = { base: 0, size: 1 };
    expect(groups([first, { base: 10, size: 1 }], far)).toEqual([[0, 10]]);
    expect(groups([first, { base: far, size: 1 }], far + 1)).toEqual([[0], [far]]);
    expect(groups([first, { base: 10, size: 1 }], far + 1)).toEqual([[0], [10]]);
    expect(groups([first, { base: 10, size: 1 }, { base: far + 1, size: 1 }], far + 2)).toEqual([[0], [10, far + 1]]);
  });

  test("8.5 groupSegments: an empty segment may be as far away as it likes: no offset of it is written", () => {
    expect(groups([{ base: 0, size: 1 }, { base: 10, size: 0 }], 2 ** 40)).toEqual([[0, 10]]);
  });

  test("8.5 groupSegments: no segments, no groups", () => {
    expect(groups([], 0)).toEqual([]);
  });
});

const BEFORE = ["0 a=1", "1 b=2", "2 a=3", "3 c=4", "4 d=5"];
const AFTER = ["1 b=2", "2 a=3", "4 d=5"];

interface Swap {
  readonly log: UnifiedLog;
  readonly cleaned: LogSegment;
  readonly sources: readonly SourceSegment[];
}

/** A log of three segments, and beside them one, which is cleaned, for the first two of them. */
function aboutToSwap(runtime: TestRuntime): Swap {
  const log = fill(compactedLog(runtime), [["a", "1"], ["b", "2"]], [["a", "3"], ["c", "4"]], [["d", "5"]]);
  const cleaned = new Segment(log.local.context, 0, ".cleaned");
  cleaned.activate();
  cleaned.append(pairs([["b", "2"]], { baseOffset: 1 }));
  cleaned.append(pairs([["a", "3"]], { baseOffset: 2 }));
  return { log, cleaned, sources: log.segments.all.slice(0, 2).map((segment) => new SourceSegment(segment)) };
}

/** Runs it to its end, or to the crash; whether it has replaced them, or null. */
async function swap(runtime: TestRuntime, { log, cleaned, sources }: Swap): Promise<boolean | null> {
  let replaced: boolean | null = null;
  let failure: unknown;
  const whole = replaceSegments(log, cleaned, sources);
  whole.then((result) => (replaced = result), (error: unknown) => (failure = error));
  await runtime.advance(10);
  if (failure !== undefined && runtime.node.isAlive) throw failure;
  return replaced;
}

function leftovers(runtime: TestRuntime): string[] {
  return runtime.disk.list(FOLDER).filter((name) => /\.(swap|cleaned)$/.test(name));
}

describe("replaceSegments", () => {
  test("8.5 replaceSegments: the cleaned segment takes the place of its sources, with their names", async () => {
    const runtime = testRuntime();
    const about = aboutToSwap(runtime);
    expect(await swap(runtime, about)).toBe(true);
    expect(segmentBases(about.log)).toEqual([0, 4, 5]);
    expect(texts(contentOf(about.log))).toEqual(AFTER);
    expect(about.log.read(0, 1000).nextOffset).toBe(3);
    expect(leftovers(runtime)).toEqual([]);
  });

  test("8.5 replaceSegments: the indexes come with it, and find what is in it", async () => {
    const runtime = testRuntime();
    const about = aboutToSwap(runtime);
    await swap(runtime, about);
    const { offsetIndex, timeIndex } = about.log.segments.first;
    expect([offsetIndex.file.isWhole, timeIndex.count]).toEqual([true, 1]);
    expect(texts(about.log.read(2, 1000).records)).toEqual(["2 a=3"]);
  });

  test("8.5 replaceSegments: the old files stay for file.delete.delay.ms, their names end in .deleted", async () => {
    const runtime = testRuntime();
    await swap(runtime, aboutToSwap(runtime));
    const deleted = (): string[] => runtime.disk.list(FOLDER).filter((name) => name.endsWith(".log.deleted"));
    expect(deleted()).toEqual(["00000000000000000000.log.deleted", "00000000000000000002.log.deleted"]);
    await runtime.advance(60_000);
    expect(deleted()).toEqual([]);
  });

  test("8.5 replaceSegments: with segments that are gone go the producers' snapshots at their bases", async () => {
    const runtime = testRuntime();
    const about = aboutToSwap(runtime);
    expect(about.log.producers.snapshotOffsets).toEqual([2, 4, 5]);
    await swap(runtime, about);
    expect(about.log.producers.snapshotOffsets).toEqual([4, 5]);
  });

  test("8.5 replaceSegments: a source that was deleted meanwhile: nothing is replaced", async () => {
    const runtime = testRuntime();
    const about = aboutToSwap(runtime);
    const whole = swap(runtime, about);
    about.log.incrementLogStartOffset(2);
    about.log.deleteOldSegments();
    expect(await whole).toBe(false);
    expect(segmentBases(about.log)).toEqual([2, 4, 5]);
    expect(leftovers(runtime)).toContain("00000000000000000000.log.cleaned");
  });

  test("8.5 replaceSegments: a source that was cut meanwhile: nothing is replaced", async () => {
    const runtime = testRuntime();
    const about = aboutToSwap(runtime);
    const whole = swap(runtime, about);
    about.log.truncateTo(2);
    about.log.appendAsLeader(pairs([["e", "6"], ["f", "7"]]), 0);
    expect(await whole).toBe(false);
    expect(texts(contentOf(about.log))).toEqual(["0 a=1", "1 b=2", "2 e=6", "3 f=7"]);
  });

  test("8.5 replaceSegments: the log was closed meanwhile: its files aren't touched", async () => {
    const runtime = testRuntime();
    const about = aboutToSwap(runtime);
    const whole = swap(runtime, about);
    about.log.abandon();
    expect(await whole).toBe(false);
    expect(leftovers(runtime).every((name) => name.endsWith(".cleaned"))).toBe(true);
  });

  test("8.5 replaceSegments: after a crash at any moment there are the old segments or the new one [I4]", async () => {
    const seen = new Set<string>();
    let isOver = false;
    for (let crashAfter = 0; crashAfter < 60 && !isOver; crashAfter++) {
      const runtime = testRuntime();
      const about = aboutToSwap(runtime);
      runtime.node.crashAfterWriting(crashAfter);
      await swap(runtime, about).catch(() => {});
      isOver = runtime.node.isAlive;
      runtime.node.crashAfterWriting(Infinity);
      seen.add(whatIsLeft(runtime, `crash after ${crashAfter}`));
    }
    expect(isOver).toBe(true);
    expect([...seen].sort()).toEqual(["new", "old"]);
  });

  test("8.5 replaceSegments: nor does a power loss take anything [I4]", async () => {
    const seen = new Set<string>();
    for (let seed = 0; seed < 16; seed++) {
      const runtime = testRuntime(seed);
      const about = aboutToSwap(runtime);
      await about.log.flush();
      const whole = swap(runtime, about).catch(() => {});
      if (seed % 2 === 0) await whole;
      runtime.node.powerLoss();
      seen.add(whatIsLeft(runtime, `seed ${seed}`));
    }
    expect([...seen].sort()).toEqual(["new", "old"]);
  });
});

/** Starts the node again and opens the log. */
function whatIsLeft(runtime: TestRuntime, when: string): "old" | "new" {
  if (runtime.node.isAlive) runtime.node.crash();
  const again: TestRuntime = { ...runtime, ...runtime.node.restart() };
  const log = compactedLog(again);
  const found = texts(contentOf(log));
  log.abandon();
  const isOld = found.length === BEFORE.length;
  expect(found, when).toEqual(isOld ? BEFORE : AFTER);
  expect(leftovers(again), when).toEqual([]);
  return isOld ? "old" : "new";
}
