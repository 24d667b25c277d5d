import { describe, expect, test } from "vitest";
import { ClassicGroup } from "#groups/given/classic-group";
import { GROUP_RECORD_SERDE, type GroupMetadata } from "#groups/given/group-records";
import { completeJoin } from "#groups/group-join";
import { replayGroup, syncGroup } from "#groups/group-sync";
import { bytes, EPOCH_MS, GroupTalk, textOf } from "./group-talk.ts";

/** Two members in CompletingRebalance, `a-1` leads. */
function joined(): GroupTalk {
  const talk = GroupTalk.stable(["a", "b"]);
  talk.join("a-1");
  talk.join("b-2");
  return talk;
}

/** What was written last of the group. */
function lastWritten(talk: GroupTalk): GroupMetadata {
  const last = talk.records.at(-1)!;
  if (last.kind !== "group-metadata" || last.value === null) throw new Error("a group was to be written");
  return last.value;
}

describe("the assignment", () => {
  test("7.3 syncGroup: all wait for the leader, and each gets its own part [I1]", () => {
    const talk = joined();
    expect(talk.sync("b-2"), "answers").toEqual([]);
    const told = talk.sync("a-1", { "a-1": "p0", "b-2": "p1" });
    expect(told, "answers").toEqual([["a-1 syncs", "p0"], ["b-2 syncs", "p1"]]);
    expect(talk.group.state, "state of the group").toBe("Stable");
  });

  test("7.3 syncGroup: whoever comes later is answered at once; whom the leader forgot gets nothing", () => {
    const talk = joined();
    expect(talk.sync("a-1", { "a-1": "all" }), "answers").toEqual([["a-1 syncs", "all"]]);
    expect(talk.sync("b-2"), "answers").toEqual([["b-2 syncs", ""]]);
  });

  test("7.3 syncGroup: the group is written down as it is then, once", () => {
    const talk = joined();
    const before = talk.records.length;
    talk.wait(500);
    talk.sync("b-2");
    talk.sync("a-1", { "a-1": "p0", "b-2": "p1" });
    expect(talk.records.length).toBe(before + 1);
    const { generation, protocol, protocolType, leader, currentStateTimestamp, members } = lastWritten(talk);
    expect({ generation, protocol, protocolType, leader }).toEqual({
      generation: talk.group.generationId,
      protocol: "range",
      protocolType: "consumer",
      leader: "a-1",
    });
    expect(currentStateTimestamp).toBe(EPOCH_MS + 500);
    expect(members.map(({ memberId, assignment }) => [memberId, textOf(assignment)])).toEqual([
      ["a-1", "p0"],
      ["b-2", "p1"],
    ]);
  });

  test("7.3 syncGroup: until that is replayed, the group is not Stable, and nobody has the assignment [I3]", () => {
    const talk = joined();
    const turn = talk.turn();
    const request = { memberId: "a-1", groupInstanceId: null, generationId: talk.group.generationId };
    const assignments = [{ memberId: "a-1", assignment: bytes("p0") }];
    syncGroup(talk.group, { ...request, protocolType: null, protocolName: null, assignments }, {}, turn);
    expect(turn.records.length).toBe(1);
    expect(talk.group.state, "state of the group").toBe("CompletingRebalance");
    expect(textOf(talk.group.members.get("a-1")!.assignment)).toBe("a");
  });

  test("7.3 syncGroup: another generation, a stranger, another protocol, and a rebalance are told apart [I2]", () => {
    const talk = joined();
    expect(talk.sync("b-2", {}, { generationId: 9 }), "answers").toEqual([["b-2 syncs", "ILLEGAL_GENERATION"]]);
    expect(talk.sync("x"), "answers").toEqual([["x syncs", "UNKNOWN_MEMBER_ID"]]);
    expect(talk.sync("b-2", {}, { protocolName: "sticky" })).toEqual([["b-2 syncs", "INCONSISTENT_GROUP_PROTOCOL"]]);
    expect(talk.sync("b-2", {}, { protocolType: "connect" })).toEqual([["b-2 syncs", "INCONSISTENT_GROUP_PROTOCOL"]]);
    talk.join("c");
    expect(talk.sync("b-2"), "answers").toEqual([["b-2 syncs", "REBALANCE_IN_PROGRESS"]]);
  });

  test("7.3 syncGroup: in Stable it may be asked for again", () => {
    const talk = GroupTalk.stable(["a", "b"]);
    const before = talk.records.length;
    expect(talk.sync("b-2"), "answers").toEqual([["b-2 syncs", "b"]]);
    expect(talk.records.length).toBe(before);
  });

  test("7.3 syncGroup: who asks in Stable is heard of by that", () => {
    const talk = GroupTalk.stable(["a", "b"]);
    talk.wait(9_000);
    talk.sync("b-2");
    expect(talk.group.members.get("b-2")!.deadlineMs, "deadlineMs of b-2").toBe(19_000);
  });
});

describe("what is replayed", () => {
  test("7.3 replayGroup: a new coordinator finds the group as of its last sync [I3]", () => {
    const talk = joined();
    talk.sync("a-1", { "a-1": "p0", "b-2": "p1" });
    const { key, value } = GROUP_RECORD_SERDE.encode(talk.records.at(-1)!);
    const read = GROUP_RECORD_SERDE.decode({ key, value });
    const group = new ClassicGroup("g");
    if (read?.kind === "group-metadata") replayGroup(group, read.value!);
    const { state, generationId, protocolType, protocolName, leaderId } = group;
    const { generationId: generation } = talk.group;
    expect({ state, generationId, protocolType, protocolName, leaderId }).toEqual({
      state: "Stable",
      generationId: generation,
      protocolType: "consumer",
      protocolName: "range",
      leaderId: "a-1",
    });
    const members = [...group.members.values()];
    expect(members.map(({ memberId, assignment }) => [memberId, textOf(assignment)])).toEqual([
      ["a-1", "p0"],
      ["b-2", "p1"],
    ]);
    expect(members.map(({ isNew, hasSynced, sessionTimeoutMs }) => [isNew, hasSynced, sessionTimeoutMs])).toEqual([
      [false, true, 10_000],
      [false, true, 10_000],
    ]);
  });

  test("7.3 replayGroup: members that aren't in the record are gone; those that are stay what they are", () => {
    const talk = GroupTalk.stable(["a", "b"]);
    const [a] = talk.group.members.values();
    const written = lastWritten(talk);
    replayGroup(talk.group, { ...written, generation: 9, members: written.members.slice(0, 1) });
    expect([...talk.group.members.values()]).toEqual([a]);
    expect(talk.group.members.get("a-1")).toBe(a);
    expect(talk.group.generationId, "generation").toBe(9);
  });

  test("7.3 replayGroup: without members the group is Empty, and has no protocol", () => {
    const talk = GroupTalk.stable(["a"]);
    replayGroup(talk.group, { ...lastWritten(talk), generation: 5, protocol: null, leader: null, members: [] });
    const { state, protocolName, leaderId, members } = talk.group;
    expect({ state, protocolName, leaderId, size: members.size }).toEqual({
      state: "Empty",
      protocolName: null,
      leaderId: null,
      size: 0,
    });
  });
});

describe("leaving", () => {
  test("7.3 leaveGroup: the others share anew", () => {
    const talk = GroupTalk.stable(["a", "b"]);
    expect(talk.leave("b-2"), "answers").toEqual([["leave", ["left"]]]);
    expect(talk.group.state, "state of the group").toBe("PreparingRebalance");
    const next = talk.group.generationId + 1;
    expect(talk.join("a-1"), "answers").toEqual([["a-1 joins", `a-1 in generation ${next}: range, led by a-1 (a-1)`]]);
  });

  test("7.3 leaveGroup, completeJoin: another member leads when the leader has gone", () => {
    const talk = GroupTalk.stable(["a", "b", "c"]);
    talk.leave("a-1");
    talk.join("c-3");
    const next = talk.group.generationId + 1;
    expect(talk.join("b-2")).toContainEqual(["b-2 joins", `b-2 in generation ${next}: range, led by b-2 (b-2 c-3)`]);
  });

  test("7.3 leaveGroup: each for itself; a stranger is told so, and nothing else happens for it", () => {
    const talk = GroupTalk.stable(["a"]);
    expect(talk.leave("x"), "answers").toEqual([["leave", ["UNKNOWN_MEMBER_ID"]]]);
    expect(talk.group.state, "state of the group").toBe("Stable");
    expect(talk.leave("x", "a-1"), "answers").toEqual([["leave", ["UNKNOWN_MEMBER_ID", "left"]]]);
  });

  test("7.3 leaveGroup, completeJoin: the last one leaves it Empty, in a new generation, which is written [I3]", () => {
    const talk = GroupTalk.stable(["a"]);
    const { generationId } = talk.group;
    talk.leave("a-1");
    expect(talk.group.state, "state of the group").toBe("Empty");
    const { generation, protocol, leader, members } = lastWritten(talk);
    expect({ generation, protocol, leader, members }).toEqual({
      generation: generationId + 1,
      protocol: null,
      leader: null,
      members: [],
    });
  });

  test("7.3 leaveGroup: while members join, one that leaves isn't waited for, and its JoinGroup is answered", () => {
    const talk = GroupTalk.stable(["a", "b"]);
    talk.join("c");
    talk.join("a-1");
    const told = talk.leave("c-3").toSorted();
    expect(told, "answers").toEqual([["c joins", "UNKNOWN_MEMBER_ID"], ["leave", ["left"]]]);
    expect(talk.leave("b-2").map(([who]) => who).toSorted(), "who is answered").toEqual(["a-1 joins", "leave"]);
  });

  test("7.3 leaveGroup: an administrator names a static member by its instance id alone; another id is fenced", () => {
    const talk = new GroupTalk();
    talk.join("a", { groupInstanceId: "i" });
    expect(talk.leave({ memberId: "other", groupInstanceId: "i" })).toEqual([["leave", ["FENCED_INSTANCE_ID"]]]);
    expect(talk.leave({ memberId: "", groupInstanceId: "j" }), "answers").toEqual([["leave", ["UNKNOWN_MEMBER_ID"]]]);
    expect(talk.leave({ memberId: "", groupInstanceId: "i" }), "answers").toEqual([["leave", ["left"]]]);
  });

  test("7.3 leaveGroup: a pending member goes, and nobody has to share anew", () => {
    const talk = GroupTalk.stable(["a"]);
    talk.join("b", { requiresKnownMemberId: true });
    expect(talk.leave("b-2"), "answers").toEqual([["leave", ["left"]]]);
    expect(talk.group.state, "state of the group").toBe("Stable");
    expect(talk.group.pendingMembers.size, "ids given to nobody yet").toBe(0);
  });

  test("7.3 leaveGroup: when a pending member goes that was the last one to be waited for, all have joined", () => {
    const talk = GroupTalk.stable(["a"]);
    talk.join("b", { requiresKnownMemberId: true });
    expect(talk.join("a-1"), "answers").toEqual([]);
    expect(talk.leave("b-2").map(([who]) => who).toSorted(), "who is answered").toEqual(["a-1 joins", "leave"]);
  });
});

describe("when the time to join is up", () => {
  test("7.3 completeJoin: who hasn't joined is out", () => {
    const talk = GroupTalk.stable(["a", "b"]);
    talk.join("a-1");
    const next = talk.group.generationId + 1;
    const told = talk.act((turn) => completeJoin(talk.group, turn));
    expect(told.map(([who]) => who)).toEqual(["a-1 joins"]);
    expect([...talk.group.members.keys()], "members").toEqual(["a-1"]);
    expect(talk.group.generationId, "generation").toBe(next);
  });

  test("7.3 completeJoin: in the next generation nobody has asked for its assignment yet", () => {
    const talk = GroupTalk.stable(["a", "b"]);
    for (const id of ["a-1", "b-2"]) talk.join(id);
    const asked = [...talk.group.members.values()].filter(({ hasSynced }) => hasSynced);
    expect(asked.map(({ memberId }) => memberId), "members with hasSynced").toEqual([]);
  });

  test("7.3 completeJoin: a static member keeps its place, but somebody who is there leads", () => {
    const talk = new GroupTalk();
    talk.join("a", { groupInstanceId: "i" });
    talk.join("b");
    const told = talk.act((turn) => completeJoin(talk.group, turn));
    expect(told.map(([who]) => who)).toEqual(["b joins"]);
    expect([...talk.group.members.keys()], "members").toEqual(["i-1", "b-2"]);
    expect(talk.group.leaderId, "leader").toBe("b-2");
    expect(told[0]?.[1], "what b is told").toMatchObject({ leader: "b-2" });
  });

  test("7.3 completeJoin: when only static members are left, and none has come, they are waited for once more", () => {
    const talk = new GroupTalk();
    talk.join("a", { groupInstanceId: "i" });
    talk.join("b");
    talk.leave("b-2");
    const { generationId } = talk.group;
    talk.wait(30_000);
    expect(talk.act((turn) => completeJoin(talk.group, turn))).toEqual([]);
    expect(talk.group.generationId, "generation").toBe(generationId);
    expect(talk.group.joinDeadlineMs, "joinDeadlineMs").toBe(60_000);
  });

  test("7.3 completeJoin: they are waited for a tenth of a second at least, whatever they say of themselves", () => {
    const talk = new GroupTalk();
    talk.join("a", { groupInstanceId: "i", rebalanceTimeoutMs: 0 });
    talk.group.transitionTo("PreparingRebalance", 0);
    talk.act((turn) => completeJoin(talk.group, turn));
    expect(talk.group.joinDeadlineMs, "joinDeadlineMs").toBe(100);
  });
});
