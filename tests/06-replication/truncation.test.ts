import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type EpochEndOffset, type UnifiedLog } from "#log";
import { ReplicaFetcher } from "#replication";
import { asyncProperty } from "../support/property.ts";
import { testRuntime } from "../support/sim.ts";
import { batchOf, valuesOf } from "./batches.ts";
import { bytesOf, FakeFollowed, fetched, LogLeader, newLog, ScriptedLeader } from "./leaders.ts";

/** One leader's term: its epoch, and the records that it wrote, one a batch. */
type Term = readonly [epoch: number, values: string];

/** A log in which one leader after the other has written: `[1, "abc"]` are three records of epoch 1. */
function written(terms: readonly Term[], log: UnifiedLog = newLog()): UnifiedLog {
  for (const [epoch, values] of terms) for (const value of values) log.appendAsLeader(batchOf([value]), epoch);
  return log;
}

function valuesIn(log: UnifiedLog): string {
  const { records } = log.read(log.logStartOffset, 1e6, { maxOffset: log.logEndOffset, minOneMessage: true });
  return valuesOf(records).join("");
}

/** What a follower's log holds, after it was told where the leader's epoch ends. */
function truncated(terms: readonly Term[], leaders: EpochEndOffset, highWatermark = 0) {
  const followed = new FakeFollowed(0, written(terms));
  followed.log.onHighWatermarkUpdated(highWatermark);
  const fetcher = new ReplicaFetcher(testRuntime(), new ScriptedLeader(), { backoffMs: 100 });
  fetcher.truncateToEpoch(followed, leaders);
  return { left: valuesIn(followed.log), done: followed.done };
}

/** Lets `followed` fetch from a leader with this log, until it asks for nothing that it hasn't asked for before. */
async function sync(followed: FakeFollowed, leader: LogLeader): Promise<void> {
  const fetcher = new ReplicaFetcher(testRuntime(), leader, { backoffMs: 100 });
  fetcher.add(followed);
  followed.leaderEpoch = leader.epoch;
  for (let before = ""; ; ) {
    const [asked] = fetcher.buildFetch();
    const now = JSON.stringify([asked!.fetchOffset, asked!.lastFetchedEpoch]);
    if (now === before || leader.answered > 200) return;
    before = now;
    await fetcher.processFetched(followed, asked!, leader.answer(asked!));
  }
}

/** The logs of two replicas, after the first has followed the second. */
async function synced(mine: readonly Term[], leaders: readonly Term[], epoch = 9): Promise<readonly [string, string]> {
  const [followed, leader] = [new FakeFollowed(0, written(mine)), new LogLeader(written(leaders), epoch)];
  await sync(followed, leader);
  return [valuesIn(followed.log), valuesIn(leader.log)];
}

describe("two logs that have parted", () => {
  test("6.5 truncateToEpoch: who leads next still has what was acknowledged (KIP-101) [I4]", async () => {
    // "1" and "2" are acknowledged: A and B have both, though B has last heard of a high watermark of 1. B led in epoch
    // 2, and wrote "x", which nobody has fetched. Now A leads in epoch 3, and B cuts its log; then A dies, and B leads.
    const b = new FakeFollowed(0, written([[1, "12"], [2, "x"]]));
    b.log.onHighWatermarkUpdated(1);
    const a = new LogLeader(written([[1, "12"]]), 3);
    const fetcher = new ReplicaFetcher(testRuntime(), a, { backoffMs: 100 });
    fetcher.add(b);
    const [asked] = fetcher.buildFetch();
    await fetcher.processFetched(b, asked!, a.answer(asked!));
    expect(valuesIn(b.log), "records of B, who leads next").toBe("12");
  });

  test("6.5 truncateToEpoch: two with different records at one offset become the same (KIP-101) [I4]", async () => {
    // Both had "1" and "2", and A knows that "2" is committed. Both lose power, and B has not flushed "2". B is back
    // first, leads in epoch 2, and writes "3" in the place of "2". Then A follows B.
    const a = new FakeFollowed(0, written([[1, "12"]]));
    a.log.onHighWatermarkUpdated(2);
    const b = new LogLeader(written([[1, "1"], [2, "3"]]), 2);
    await sync(a, b);
    expect(`A ${valuesIn(a.log)}, B ${valuesIn(b.log)}`, "what a consumer reads at A and at B").toBe("A 13, B 13");
  });

  test("6.5 truncateToEpoch: a restarted follower keeps what it has: it may be committed (KIP-101) [I4]", async () => {
    // B has fetched all that A has, but not yet heard that it is committed, when it is restarted.
    const b = new FakeFollowed(0, written([[1, "12"]]));
    b.log.onHighWatermarkUpdated(1);
    await sync(b, new LogLeader(written([[1, "12"]]), 2));
    expect(b.done).toEqual([]);
    expect(valuesIn(b.log), "records of B").toBe("12");
  });

  test("6.5 truncateToEpoch: when leaders change quickly, one step isn't enough (KIP-279) [I4]", async () => {
    // Each has an epoch that the other one lacks, and the epochs lie between each other.
    const what = "records of the follower and of the leader, when it has caught up";
    const one = await synced([[1, "a"], [3, "bb"], [5, "c"]], [[1, "a"], [2, "xx"], [4, "y"]]);
    expect(one, what).toEqual(["axxy", "axxy"]);
    const another = await synced([[1, "aa"], [4, "bb"]], [[1, "a"], [2, "x"], [3, "yyyy"]]);
    expect(another, what).toEqual(["axyyyy", "axyyyy"]);
  });

  test("6.5 endOfEpoch, truncateToEpoch: what both have is not cut and fetched again", async () => {
    const followed = new FakeFollowed(0, written([[1, "abc"], [3, "d"]]));
    await sync(followed, new LogLeader(written([[1, "abc"], [3, "def"]]), 6));
    expect(followed.done).toEqual(["append 2"]);
  });

  test("6.5 truncateToEpoch: whoever wrote, in whatever epochs: afterwards both logs are equal [I4]", async () => {
    // Epochs in which the one, the other, or both (the first part of it) took the records; both begin alike.
    const term = fc.record({
      by: fc.constantFrom("follower", "leader", "both"),
      count: fc.integer({ min: 0, max: 3 }),
      missing: fc.nat(2),
    });
    const history = fc.array(term, { maxLength: 6 });
    await asyncProperty([history, fc.constantFrom(1, 100, 1e6)], async (terms, maxBytes) => {
      const { mine, leaders } = logsOf(terms);
      const followed = new FakeFollowed(0, written(mine));
      const common = commonStart(mine, leaders);
      const leader = new LogLeader(written(leaders), terms.length + 1, maxBytes);
      await sync(followed, leader);
      expect(valuesIn(followed.log), "records of the follower, then").toBe(valuesIn(leader.log));
      expect(bytesOf(followed.log)).toBe(bytesOf(leader.log));
      const cuts = followed.done.filter((what) => what.startsWith("cut")).map((what) => Number(what.split(" ")[2]));
      for (const cut of cuts) expect(cut, "cut not below what both had").toBeGreaterThanOrEqual(common);
    }, { runs: 25 });
  });
});

describe("ReplicaFetcher.truncateToEpoch", () => {
  test("6.5 truncateToEpoch: of an epoch that both have, the shorter end counts", () => {
    expect(truncated([[1, "abc"], [2, "defg"]], { epoch: 2, endOffset: 5 }).left).toBe("abcde");
  });

  test("6.5 truncateToEpoch: later epochs that the leader doesn't have go, and no more [I4]", () => {
    // The leader goes on in epoch 1 where this log's epoch 2 begins.
    expect(truncated([[1, "abc"], [2, "de"]], { epoch: 1, endOffset: 7 }).left).toBe("abc");
    expect(truncated([[1, "abc"], [2, "de"]], { epoch: 1, endOffset: 2 }).left).toBe("ab");
  });

  test("6.5 truncateToEpoch: of an epoch that isn't here, the end of the last one before it here counts [I4]", () => {
    // Here records 2 to 5 are of epoch 4; of epoch 3, which the leader has up to 5, this log has none.
    expect(truncated([[1, "ab"], [4, "xxxx"]], { epoch: 3, endOffset: 5 }).left).toBe("ab");
  });

  test("6.5 truncateToEpoch: with nothing but later epochs, all goes [I4]", () => {
    expect(truncated([[4, "xxxx"]], { epoch: 3, endOffset: 2 }).left).toBe("");
  });

  test("6.5 truncateToEpoch: the high watermark of a follower says nothing: committed records stay", () => {
    // All four are committed, but this follower has last heard of a high watermark of 2.
    expect(truncated([[1, "abcd"], [2, "e"]], { epoch: 1, endOffset: 4 }, 2).left).toBe("abcd");
  });

  test("6.5 truncateToEpoch: an answer with a diverging epoch cuts, and appends nothing", async () => {
    const followed = new FakeFollowed(0, written([[1, "abc"], [2, "de"]]));
    const fetcher = new ReplicaFetcher(testRuntime(), new ScriptedLeader(), { backoffMs: 100 });
    fetcher.add(followed);
    const [asked] = fetcher.buildFetch();
    await fetcher.processFetched(followed, asked!, fetched({ divergingEpoch: { epoch: 1, endOffset: 3 } }));
    expect(followed.done).toEqual(["cut to 3"]);
    expect(fetcher.buildFetch()).toMatchObject([{ fetchOffset: 3, lastFetchedEpoch: 1 }]);
  });
});

interface RandomTerm {
  readonly by: "follower" | "leader" | "both";
  readonly count: number;
  readonly missing: number;
}

/**
 * What two replicas hold after these terms. As long as both took part they are equal, but for what the other one has
 * not fetched of the last term; after that nothing comes to both any more.
 */
function logsOf(terms: readonly RandomTerm[]): { mine: Term[]; leaders: Term[] } {
  const [mine, leaders]: Term[][] = [[], []];
  let isTogether = true;
  for (const [i, { by, count, missing }] of terms.entries()) {
    const epoch = i + 1;
    const values = String.fromCharCode(97 + i).repeat(count);
    if (by === "both" && isTogether) {
      mine!.push([epoch, values]);
      const fetchedByOther = values.slice(0, Math.max(0, count - missing));
      leaders!.push([epoch, fetchedByOther]);
      isTogether = fetchedByOther === values;
    } else {
      (by === "leader" ? leaders! : mine!).push([epoch, values]);
      isTogether &&= count === 0;
    }
  }
  return { mine: mine!, leaders: leaders! };
}

/** Up to which offset two logs hold the same records of the same epochs. */
function commonStart(one: readonly Term[], other: readonly Term[]): number {
  const flat = (terms: readonly Term[]): string[] =>
    terms.flatMap(([epoch, values]) => [...values].map((v) => `${epoch}${v}`));
  const [a, b] = [flat(one), flat(other)];
  const differs = a.findIndex((record, i) => record !== b[i]);
  return differs === -1 ? a.length : differs;
}
