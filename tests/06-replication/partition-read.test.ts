import { describe, expect, test } from "vitest";
import { earliestOffset, offsetForTimestamp, offsetOfMaxTimestamp } from "#replication";
import { deleteRecordsBefore } from "#replication/given/assembly/delayed-delete-records";
import { batchOf, valuesOf } from "./batches.ts";
import { partition as registration } from "./images.ts";
import { Scene } from "./scene.ts";

function withCode(code: string): unknown {
  return expect.objectContaining({ code });
}

/** Broker 1 leads 2 and 3; a and b are committed, c isn't. */
function leads(): Scene {
  const scene = new Scene(registration([1, 2, 3]));
  for (const value of ["a", "b", "c"]) scene.writes([value]);
  scene.hasShown(2, 3);
  scene.hasShown(3, 2);
  scene.advances();
  return scene;
}

/** Broker 1 follows 2. It has a, b and c, each in a batch of its own, and knows that a and b are committed. */
function follows(): Scene {
  const scene = new Scene(registration([2, 1], { leaderEpoch: 5 }));
  for (const [baseOffset, value] of ["a", "b", "c"].entries()) {
    scene.partition.appendAsFollower(batchOf([value], { baseOffset, partitionLeaderEpoch: 0 }));
  }
  scene.partition.followHighWatermark(2);
  scene.timeline.note("broker 1", "follows, knows that a b are committed");
  return scene;
}

describe("Partition.read", () => {
  test("6.8 read: a consumer gets what is committed, a follower all there is [I1]", () => {
    const scene = leads();
    expect(scene.reads(0), scene.about("what a consumer reads")).toEqual(["a", "b"]);
    const followers = scene.reads(0, { isolation: "log_end", replicaId: 2 });
    expect(followers, scene.about("what follower 2 reads")).toEqual(["a", "b", "c"]);
  });

  test("6.8 read: it says where the leader stands, and whether there is more for this reader", () => {
    const scene = leads();
    const READ = { currentLeaderEpoch: -1, lastFetchedEpoch: -1, replicaId: -1, mayReadFollower: false } as const;
    const isolation = "high_watermark";
    const maxBytes = batchOf(["a"]).length;
    const some = scene.partition.read({ ...READ, fetchOffset: 0, isolation, maxBytes, minOneMessage: true });
    expect(some).toMatchObject({ highWatermark: 2, lastStableOffset: 2, logStartOffset: 0, divergingEpoch: null });
    expect([valuesOf(some.records), some.hasMore], scene.about("first batch, more to read")).toEqual([["a"], true]);
    const rest = scene.partition.read({ ...READ, fetchOffset: 1, isolation, maxBytes: 1e6, minOneMessage: true });
    // c is there, but not for a consumer.
    expect([valuesOf(rest.records), rest.hasMore], scene.about("the other, more to read")).toEqual([["b"], false]);
    expect(rest.abortedTransactions, "aborted transactions, not asked for").toBeNull();
  });

  test("6.8 read: who reads committed transactions is told of the aborted ones", () => {
    const scene = leads();
    const READ = { currentLeaderEpoch: -1, lastFetchedEpoch: -1, replicaId: -1, mayReadFollower: false } as const;
    const isolation = "txn_committed";
    const found = scene.partition.read({ ...READ, fetchOffset: 0, isolation, maxBytes: 1e6, minOneMessage: true });
    expect(found.abortedTransactions, "aborted transactions").toEqual([]);
  });

  test("6.8 read: a follower answers consumers that know how, up to what it knows to be committed [I1]", () => {
    const scene = follows();
    expect(scene.reads(0, { mayReadFollower: true }), scene.about("what a consumer reads")).toEqual(["a", "b"]);
  });

  test("6.8 read: a follower refuses all others", () => {
    const scene = follows();
    expect(() => scene.reads(0), scene.about("an old consumer's read")).toThrow(withCode("NOT_LEADER_OR_FOLLOWER"));
  });

  test("6.8 read: at a follower, too, the epoch must be right", () => {
    const scene = follows();
    const readIn = (currentLeaderEpoch: number) => () => scene.reads(0, { mayReadFollower: true, currentLeaderEpoch });
    expect(readIn(4), "in epoch 4, where 5 is ours").toThrow(withCode("FENCED_LEADER_EPOCH"));
    expect(readIn(6), "in epoch 6, where 5 is ours").toThrow(withCode("UNKNOWN_LEADER_EPOCH"));
  });

  test("6.8 read: who neither leads nor follows answers nobody", () => {
    const scene = follows();
    scene.becomes({ leader: -1, leaderEpoch: 6 });
    const read = () => scene.reads(0, { mayReadFollower: true });
    expect(read, scene.about("a consumer's read")).toThrow(withCode("NOT_LEADER_OR_FOLLOWER"));
  });

  test("6.8 read: the leader refuses readers of another epoch [I6]", () => {
    const scene = new Scene(registration([1], { leaderEpoch: 5 }));
    const readIn = (currentLeaderEpoch: number) => () => scene.reads(0, { currentLeaderEpoch });
    expect(readIn(4), "in epoch 4, where 5 is ours").toThrow(withCode("FENCED_LEADER_EPOCH"));
    expect(readIn(6), "in epoch 6, where 5 is ours").toThrow(withCode("UNKNOWN_LEADER_EPOCH"));
    expect(readIn(5)()).toEqual([]);
  });

  test("6.8 read: a broker that fetches as a replica must have one", () => {
    const read = () => leads().reads(0, { replicaId: 4, isolation: "log_end" });
    expect(read, "broker 4 fetches, where 1, 2 and 3 have replicas").toThrow(withCode("NOT_LEADER_OR_FOLLOWER"));
  });

  test("6.8 read: outside of the log there is nothing: OFFSET_OUT_OF_RANGE", () => {
    expect(() => leads().reads(4), "from 4, where the log ends at 3").toThrow(withCode("OFFSET_OUT_OF_RANGE"));
  });

  test("6.8 read: a reader whose log has parted from ours is told where, and gets no records [I4]", () => {
    const scene = new Scene(registration([1], { leaderEpoch: 1 }));
    scene.appends(["a", "b"]);
    scene.becomes({ leaderEpoch: 3 });
    scene.appends(["c"]);
    scene.appends(["d"]);
    const READ = { currentLeaderEpoch: -1, maxBytes: 1e6, minOneMessage: true, replicaId: -1 } as const;
    const more = { mayReadFollower: false, isolation: "high_watermark" } as const;
    const parted = scene.partition.read({ ...READ, ...more, fetchOffset: 3, lastFetchedEpoch: 2 });
    expect(parted.divergingEpoch, scene.about("where it has parted")).toEqual({ epoch: 1, endOffset: 2 });
    expect([parted.records.length, parted.hasMore], scene.about("bytes, more to read")).toEqual([0, false]);
    expect(scene.reads(2, { lastFetchedEpoch: 1 }), scene.about("what another reads")).toEqual(["c", "d"]);
  });

  test("6.8 read: what a leader sends a follower fits there, also where its log starts inside a batch", () => {
    const leader = new Scene(registration([1]));
    leader.appends(["a"], -1);
    leader.becomes({ leaderEpoch: 1 });
    leader.appends(["b", "c", "d"], -1);
    deleteRecordsBefore(leader.partition, 2);
    const follower = new Scene(registration([2, 1]));
    for (const value of ["a", "x"]) follower.writes([value]);
    const asked = { fetchOffset: 2, lastFetchedEpoch: 0, currentLeaderEpoch: -1, maxBytes: 1e6 } as const;
    const more = { minOneMessage: true, mayReadFollower: false, isolation: "log_end", replicaId: -1 } as const;
    const found = leader.partition.read({ ...asked, ...more });
    expect(found.divergingEpoch, "where it has parted: epochs don't tell").toBeNull();
    follower.partition.appendAsFollower(found.records);
    const values = follower.reads(0, { isolation: "log_end", mayReadFollower: true });
    expect(values, "records of the follower").toEqual(["a", "b", "c", "d"]);
  });
});

describe("Partition: offsets", () => {
  test("6.4 by time: the first record at or after it, if it is committed", () => {
    const scene = new Scene(registration([1, 2]));
    scene.appends(["a"], 1, 10);
    scene.appends(["b"], 1, 20);
    scene.fetches(2, 1);
    const { partition } = scene;
    expect(offsetForTimestamp(partition, 5, "high_watermark")).toEqual({ offset: 0, timestamp: 10, leaderEpoch: 0 });
    expect(offsetForTimestamp(partition, 15, "high_watermark")).toMatchObject({ offset: -1 });
    expect(offsetForTimestamp(partition, 15, "log_end")).toMatchObject({ offset: 1, timestamp: 20 });
    expect(offsetOfMaxTimestamp(partition, "log_end")).toMatchObject({ offset: 1, timestamp: 20 });
  });

  test("6.5 the end of an epoch, also of one in which nothing was written", () => {
    const scene = new Scene();
    const { partition } = scene;
    scene.appends(["a"]);
    scene.becomes({ leaderEpoch: 1 });
    expect(partition.lastOffsetForLeaderEpoch(-1, 0)).toEqual({ epoch: 0, endOffset: 1 });
    expect(partition.lastOffsetForLeaderEpoch(-1, 1)).toEqual({ epoch: 1, endOffset: 1 });
    expect(partition.lastOffsetForLeaderEpoch(-1, 9)).toEqual({ epoch: -1, endOffset: -1 });
    scene.becomes({ leaderEpoch: 5 });
    // Epochs 1 to 5 have no record: whoever has one of epoch 3 must go back to the end of epoch 0.
    expect(partition.lastOffsetForLeaderEpoch(-1, 3)).toEqual({ epoch: 0, endOffset: 1 });
    expect(partition.lastOffsetForLeaderEpoch(-1, -1)).toEqual({ epoch: -1, endOffset: -1 });
  });

  test("6.5 without any record an epoch before ours ends where ours begins", () => {
    const scene = new Scene();
    const { partition } = scene;
    scene.log.truncateFullyAndStartAt(3);
    scene.becomes({ leaderEpoch: 2 });
    expect(partition.lastOffsetForLeaderEpoch(-1, 0)).toEqual({ epoch: 0, endOffset: 3 });
    expect(partition.lastOffsetForLeaderEpoch(-1, -1)).toEqual({ epoch: -1, endOffset: -1 });
    expect(partition.lastOffsetForLeaderEpoch(-1, 3)).toEqual({ epoch: -1, endOffset: -1 });
    scene.appends(["a"]);
    expect(partition.lastOffsetForLeaderEpoch(-1, 0)).toEqual({ epoch: 0, endOffset: 3 });
  });

  test("6.3 the start has the epoch of the first record, or of the one that will come", () => {
    const scene = new Scene();
    const { partition } = scene;
    expect(earliestOffset(partition)).toEqual({ timestamp: -1, offset: 0, leaderEpoch: 0 });
    scene.appends(["a"]);
    scene.becomes({ leaderEpoch: 4 });
    expect(earliestOffset(partition)).toMatchObject({ offset: 0, leaderEpoch: 0 });
    deleteRecordsBefore(partition, 1);
    expect(earliestOffset(partition)).toMatchObject({ offset: 1, leaderEpoch: 4 });
  });
});
