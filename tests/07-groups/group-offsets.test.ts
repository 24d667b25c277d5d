import { describe, expect, test } from "vitest";
import { ClassicGroup } from "#groups/given/classic-group";
import { NO_PRODUCER } from "#groups/given/assembly/coordinator-shard";
import { GROUP_RECORD_SERDE, type OffsetAndMetadata, type OffsetCommitRecord } from "#groups/given/group-records";
import { type CommitAnswer, type CommitRequest } from "#groups/given/assembly/group-requests";
import { commitOffsets, expiredOffsets, refusalOfCommit, replayOffset, writeTombstones } from "#groups/group-offsets";
import { commitRequest, EPOCH_MS, GroupTalk, protocols, type Told } from "./group-talk.ts";

/** Commits, and replays what is written. */
function commit(talk: GroupTalk, request: CommitRequest): Told[] {
  const before = talk.records.length;
  const told = talk.ask<CommitAnswer>("commit", (reply, turn) => commitOffsets(talk.group, request, reply, turn));
  for (const record of talk.records.slice(before)) {
    if (record.kind === "offset-commit") replayOffset(talk.group, record, NO_PRODUCER);
  }
  return told;
}

function asMember(talk: GroupTalk, memberId: string, generationId = talk.group.generationId): Partial<CommitRequest> {
  return { memberId, generationId };
}

/** Offsets by partition name. */
function offsetsOf({ offsets }: ClassicGroup): Record<string, unknown> {
  return Object.fromEntries([...offsets].map(({ topic, partition, value }) => [`${topic}-${partition}`, value.offset]));
}

function record(changes: Partial<OffsetAndMetadata> | null, name = "t-0"): OffsetCommitRecord {
  const [topic, partition] = name.split("-");
  const value = { offset: 5, leaderEpoch: 1, metadata: "", commitTimestampMs: EPOCH_MS, expireTimestampMs: null };
  return {
    kind: "offset-commit",
    groupId: "g",
    topic: topic!,
    partition: Number(partition),
    value: changes === null ? null : { ...value, ...changes },
  };
}

describe("who may commit", () => {
  test("7.5 refusalOfCommit: a member may, in its generation", () => {
    const talk = GroupTalk.stable(["a"]);
    expect(commit(talk, commitRequest({ "t-0": 5 }, asMember(talk, "a-1")))).toEqual([["commit", [null]]]);
    expect(offsetsOf(talk.group)).toEqual({ "t-0": 5 });
  });

  test("7.5 refusalOfCommit: one that was taken for dead can't overwrite what its successor has written [I2]", () => {
    const talk = GroupTalk.stable(["a", "b"]);
    const old = talk.group.generationId;
    talk.leave("b-2");
    talk.join("a-1");
    talk.sync("a-1");
    commit(talk, commitRequest({ "t-0": 50 }, asMember(talk, "a-1")));
    expect(commit(talk, commitRequest({ "t-0": 7 }, asMember(talk, "b-2", old)))).toEqual([
      ["commit", "UNKNOWN_MEMBER_ID"],
    ]);
    expect(commit(talk, commitRequest({ "t-0": 7 }, asMember(talk, "a-1", old)))).toEqual([
      ["commit", "ILLEGAL_GENERATION"],
    ]);
    expect(offsetsOf(talk.group)).toEqual({ "t-0": 50 });
  });

  test("7.5 refusalOfCommit: while members join it may still; while the leader assigns it must wait", () => {
    const talk = GroupTalk.stable(["a", "b"]);
    talk.join("c");
    expect(refusalOfCommit(talk.group, commitRequest({}, asMember(talk, "b-2")))).toBe(null);
    talk.join("a-1");
    talk.join("b-2");
    expect(talk.group.state).toBe("CompletingRebalance");
    expect(refusalOfCommit(talk.group, commitRequest({}, asMember(talk, "b-2")))).toBe("REBALANCE_IN_PROGRESS");
  });

  test("7.5 refusalOfCommit: somebody in no group may, while the group has no members", () => {
    const talk = new GroupTalk();
    expect(refusalOfCommit(talk.group, commitRequest({}))).toBe(null);
    expect(refusalOfCommit(talk.group, commitRequest({}, { memberId: "gone" }))).toBe(null);
    expect(refusalOfCommit(talk.group, commitRequest({}, { memberId: "gone", generationId: 1 }))).toBe(
      "UNKNOWN_MEMBER_ID",
    );
    talk.join("a");
    expect(refusalOfCommit(talk.group, commitRequest({}))).toBe("UNKNOWN_MEMBER_ID");
  });

  test("7.5 refusalOfCommit: a static member that was replaced is fenced [I2]", () => {
    const talk = new GroupTalk();
    talk.join("c", { groupInstanceId: "i" });
    const request = commitRequest({}, { memberId: "i-0", groupInstanceId: "i", generationId: 1 });
    expect(refusalOfCommit(talk.group, request)).toBe("FENCED_INSTANCE_ID");
  });
});

describe("what a commit writes", () => {
  test("7.5 commitOffsets: a record for each offset, with the time; offsets change with the replay alone [I3]", () => {
    const talk = new GroupTalk();
    talk.wait(20);
    const request = commitRequest({ "t-0": 5, "u-7": 0 });
    talk.ask<CommitAnswer>("commit", (reply, turn) => commitOffsets(talk.group, request, reply, turn));
    const value = { leaderEpoch: 3, metadata: "", commitTimestampMs: EPOCH_MS + 20, expireTimestampMs: null };
    const of = { kind: "offset-commit", groupId: "g" };
    expect(talk.records).toEqual([
      { ...of, topic: "t", partition: 0, value: { offset: 5, ...value } },
      { ...of, topic: "u", partition: 7, value: { offset: 0, ...value } },
    ]);
    expect(talk.group.offsets.size).toBe(0);
  });

  test("7.5 commitOffsets: metadata that is too large refuses its own offset alone; bytes are counted", () => {
    const talk = new GroupTalk({ offsetMetadataMaxBytes: 4 });
    const { offsets } = commitRequest({ "t-0": 1, "t-1": 2, "t-2": 3 });
    const noted = offsets.map((one, i) => ({ ...one, metadata: "ü".repeat(i + 1) }));
    const request = commitRequest({}, { offsets: noted });
    expect(commit(talk, request)).toEqual([["commit", [null, null, "OFFSET_METADATA_TOO_LARGE"]]]);
    expect(offsetsOf(talk.group)).toEqual({ "t-0": 1, "t-1": 2 });
  });

  test("7.5 commitOffsets, refusalOfCommit: one that is refused writes nothing", () => {
    const talk = GroupTalk.stable(["a"]);
    const before = talk.records.length;
    commit(talk, commitRequest({ "t-0": 5 }));
    expect(talk.records.length).toBe(before);
  });

  test("7.5 commitOffsets: a member that commits is alive", () => {
    const talk = GroupTalk.stable(["a"]);
    talk.wait(9_000);
    commit(talk, commitRequest({ "t-0": 5 }, asMember(talk, "a-1")));
    expect(talk.group.members.get("a-1")!.deadlineMs).toBe(19_000);
  });

  test("7.5 commitOffsets: a time to keep them, if one is given, counts from now", () => {
    const talk = new GroupTalk();
    commit(talk, commitRequest({ "t-0": 5 }, { retentionMs: 1_000 }));
    expect(talk.group.offsets.get("t", 0)!.expireTimestampMs).toBe(EPOCH_MS + 1_000);
  });
});

describe("what is replayed", () => {
  test("7.5 replayOffset: the last record of a partition counts, a tombstone removes it [I3]", () => {
    const group = new ClassicGroup("g");
    replayOffset(group, record({ offset: 1 }), NO_PRODUCER);
    replayOffset(group, record({ offset: 2 }), NO_PRODUCER);
    replayOffset(group, record({ offset: 3 }, "t-1"), NO_PRODUCER);
    expect(offsetsOf(group)).toEqual({ "t-0": 2, "t-1": 3 });
    replayOffset(group, record(null), NO_PRODUCER);
    expect(offsetsOf(group)).toEqual({ "t-1": 3 });
  });

  test("7.5 replayOffset: what a transaction has written counts when it is committed, not when it is aborted", () => {
    const group = new ClassicGroup("g");
    replayOffset(group, record({ offset: 1 }), NO_PRODUCER);
    replayOffset(group, record({ offset: 2 }), { producerId: 7, producerEpoch: 0 });
    replayOffset(group, record({ offset: 9 }), { producerId: 8, producerEpoch: 0 });
    expect(offsetsOf(group)).toEqual({ "t-0": 1 });
    expect(group.offsets.isPending("t", 0)).toBe(true);
    group.offsets.endTransaction(7, true);
    group.offsets.endTransaction(8, false);
    expect(offsetsOf(group)).toEqual({ "t-0": 2 });
  });

  test.each([null, EPOCH_MS + 5])("7.5 replayOffset: bytes and back (expires: %s)", (expireTimestampMs) => {
    const written = record({ offset: 2 ** 40, leaderEpoch: expireTimestampMs === null ? 4 : -1, expireTimestampMs });
    const group = new ClassicGroup("g");
    const read = GROUP_RECORD_SERDE.decode(GROUP_RECORD_SERDE.encode(written));
    replayOffset(group, read as OffsetCommitRecord, NO_PRODUCER);
    expect([...group.offsets]).toEqual([{ topic: "t", partition: 0, value: written.value }]);
  });
});

describe("what is forgotten", () => {
  /** Names of what expires after `ms`. */
  function expired(talk: GroupTalk, ms: number, subscribed: readonly string[] | null = null): string[] {
    talk.nowMs = ms;
    const topics = subscribed === null ? null : new Set(subscribed);
    return expiredOffsets(talk.group, topics, talk.turn()).map(({ topic, partition }) => `${topic}-${partition}`);
  }

  test("7.5 expiredOffsets: of somebody in no group, from the commit on", () => {
    const talk = new GroupTalk();
    commit(talk, commitRequest({ "t-0": 5 }));
    talk.wait(1_000);
    commit(talk, commitRequest({ "t-1": 5 }));
    expect(expired(talk, 59_999)).toEqual([]);
    expect(expired(talk, 60_000)).toEqual(["t-0"]);
    expect(expired(talk, 61_000)).toEqual(["t-0", "t-1"]);
  });

  test("7.5 expiredOffsets: of a group, from when it became empty, however old the commit", () => {
    const talk = GroupTalk.stable(["a"]);
    commit(talk, commitRequest({ "t-0": 5 }, asMember(talk, "a-1")));
    talk.wait(1_000_000);
    expect(expired(talk, 1_000_000)).toEqual([]);
    talk.leave("a-1");
    expect(expired(talk, 1_059_999)).toEqual([]);
    expect(expired(talk, 1_060_000)).toEqual(["t-0"]);
  });

  test("7.5 expiredOffsets: where it isn't known when it became empty, from the commit on", () => {
    const talk = new GroupTalk();
    commit(talk, commitRequest({ "t-0": 5 }));
    talk.group.protocolType = "consumer";
    talk.group.stateTimestampMs = -1;
    expect(expired(talk, 60_000)).toEqual(["t-0"]);
  });

  test("7.5 expiredOffsets: with members only what nobody subscribes to any more, and only in Stable", () => {
    const talk = GroupTalk.stable(["a"]);
    commit(talk, commitRequest({ "t-0": 5, "u-0": 5 }, asMember(talk, "a-1")));
    expect(expired(talk, 60_000, ["t"])).toEqual(["u-0"]);
    expect(expired(talk, 60_000, null)).toEqual([]);
    talk.join("b", { protocols: protocols(["range"], "b") });
    expect(expired(talk, 60_000, ["t"])).toEqual([]);
  });

  test("7.5 expiredOffsets: a time of its own goes before the broker's", () => {
    const talk = new GroupTalk();
    commit(talk, commitRequest({ "t-0": 5 }, { retentionMs: 1_000 }));
    commit(talk, commitRequest({ "t-1": 5 }, { retentionMs: 900_000 }));
    expect(expired(talk, 1_000)).toEqual(["t-0"]);
    expect(expired(talk, 60_000)).toEqual(["t-0"]);
  });

  test("7.5 expiredOffsets: not what an open transaction has committed anew", () => {
    const talk = new GroupTalk();
    commit(talk, commitRequest({ "t-0": 5 }));
    replayOffset(talk.group, record({ offset: 6 }), { producerId: 7, producerEpoch: 0 });
    expect(expired(talk, 60_000)).toEqual([]);
  });
});

describe("tombstones", () => {
  function tombstones(talk: GroupTalk, names: readonly string[], mayDeleteGroup = true): string[] {
    const { offsets } = commitRequest(Object.fromEntries(names.map((name) => [name, 0])));
    const turn = talk.turn();
    writeTombstones(talk.group, offsets, mayDeleteGroup, turn);
    return turn.records.map((one) => {
      expect(one.value).toBe(null);
      return one.kind === "group-metadata" ? "the group" : `${one.topic}-${one.partition}`;
    });
  }

  test("7.5 writeTombstones: one for each offset that there is; with the last one goes an Empty group", () => {
    const talk = new GroupTalk();
    commit(talk, commitRequest({ "t-0": 5, "t-1": 6 }));
    expect(tombstones(talk, ["t-0", "t-9"])).toEqual(["t-0"]);
    expect(tombstones(talk, ["t-0", "t-1"])).toEqual(["t-0", "t-1", "the group"]);
    expect(tombstones(talk, ["t-0", "t-1"], false)).toEqual(["t-0", "t-1"]);
    expect(talk.group.offsets.size).toBe(2);
  });

  test("7.5 writeTombstones: a group with members stays, and one that an open transaction has committed for", () => {
    const talk = GroupTalk.stable(["a"]);
    commit(talk, commitRequest({ "t-0": 5 }, asMember(talk, "a-1")));
    expect(tombstones(talk, ["t-0"])).toEqual(["t-0"]);
    const other = new GroupTalk();
    replayOffset(other.group, record({ offset: 6 }), { producerId: 7, producerEpoch: 0 });
    expect(tombstones(other, [])).toEqual([]);
    other.group.offsets.endTransaction(7, false);
    expect(tombstones(other, [])).toEqual(["the group"]);
  });
});
