import { describe, expect, test } from "vitest";
import { ClassicGroup, ClassicGroupMember } from "#groups/given/classic-group";
import { selectProtocol } from "#groups/group-join";
import { bytes, CLIENT, GroupTalk, protocols } from "./group-talk.ts";

describe("joining", () => {
  test("7.3 joinGroup, completeJoin: the first member makes a generation, and leads it", () => {
    const talk = new GroupTalk();
    expect(talk.join("a"), "answers").toEqual([["a joins", "a-1 in generation 1: range, led by a-1 (a-1)"]]);
    expect(talk.group.state, "state of the group").toBe("CompletingRebalance");
    expect(talk.records, "what is written").toEqual([]);
  });

  test("7.3 joinGroup, completeJoin: a second one waits for the first; the leader alone is told the members", () => {
    const talk = GroupTalk.stable(["a"]);
    expect(talk.join("b"), "answers").toEqual([]);
    expect(talk.group.state, "state of the group").toBe("PreparingRebalance");
    expect(talk.join("a-1"), "answers").toEqual([
      ["a-1 joins", "a-1 in generation 2: range, led by a-1 (a-1 b-2)"],
      ["b joins", "b-2 in generation 2: range, led by a-1 ()"],
    ]);
  });

  test("7.3 joinGroup: from JoinGroup v4 on a new member is first told its id, and is none yet", () => {
    const talk = new GroupTalk();
    expect(talk.join("a", { requiresKnownMemberId: true }), "answers").toEqual([["a joins", "MEMBER_ID_REQUIRED a-1"]]);
    expect(talk.group.members.size, "number of members").toBe(0);
    expect(talk.group.state, "state of the group").toBe("Empty");
    expect(talk.join("a-1", { requiresKnownMemberId: true }), "answers").toEqual([
      ["a-1 joins", "a-1 in generation 1: range, led by a-1 (a-1)"],
    ]);
    expect(talk.group.pendingMembers.size, "ids given to nobody yet").toBe(0);
  });

  test("7.3 joinGroup: a static member is one at once: its name is known already", () => {
    const told = new GroupTalk().join("a", { requiresKnownMemberId: true, groupInstanceId: "i" });
    expect(told, "answers").toEqual([["a joins", "i-1 in generation 1: range, led by i-1 (i-1)"]]);
  });

  test("7.3 joinGroup: a new member is seen by a group that waits for its first ones", () => {
    const talk = GroupTalk.stable(["a"]);
    talk.join("b");
    talk.group.initialDelay = { endsAtMs: 3_000, remainingMs: 0, hasNewMember: false };
    expect(talk.join("a-1"), "answers").toEqual([]);
    expect(talk.group.initialDelay.hasNewMember, "initialDelay.hasNewMember").toBe(false);
    expect(talk.join("c"), "answers").toEqual([]);
    expect(talk.group.initialDelay.hasNewMember, "initialDelay.hasNewMember").toBe(true);
  });

  test("7.3 joinGroup, rebalance: one that has been given an id is waited for", () => {
    const talk = GroupTalk.stable(["a"]);
    talk.join("b", { requiresKnownMemberId: true });
    expect(talk.group.state, "state of the group").toBe("Stable");
    talk.join("c");
    expect(talk.join("a-1"), "answers").toEqual([]);
    expect(talk.join("b-2").map(([who]) => who)).toEqual(["a-1 joins", "c joins", "b-2 joins"]);
  });

  test("7.3 joinGroup: who says that it is a member, and isn't, is refused [I2]", () => {
    const talk = GroupTalk.stable(["a"]);
    expect(talk.join("x", { memberId: "x" }), "answers").toEqual([["x joins", "UNKNOWN_MEMBER_ID"]]);
    expect(talk.join("x", { memberId: "a-1", groupInstanceId: "i" })).toEqual([["x joins", "UNKNOWN_MEMBER_ID"]]);
    expect(talk.group.state, "state of the group").toBe("Stable");
  });

  test("7.3 joinGroup: no protocol in common, or another type, is refused, and the group goes on", () => {
    const talk = GroupTalk.stable(["a"]);
    expect(talk.join("b", { protocols: protocols(["sticky"]) })).toEqual([["b joins", "INCONSISTENT_GROUP_PROTOCOL"]]);
    expect(talk.join("b", { protocolType: "connect" })).toEqual([["b joins", "INCONSISTENT_GROUP_PROTOCOL"]]);
    expect(new GroupTalk().join("b", { protocols: [] })).toEqual([["b joins", "INCONSISTENT_GROUP_PROTOCOL"]]);
    expect(talk.group.state, "state of the group").toBe("Stable");
  });

  test("7.3 joinGroup: a group that is full takes nobody new, and lets its members come back", () => {
    const talk = GroupTalk.stable(["a", "b"], { maxSize: 2 });
    expect(talk.join("c"), "answers").toEqual([["c joins", "GROUP_MAX_SIZE_REACHED"]]);
    expect(talk.join("a-1"), "answers").toEqual([]);
    expect(talk.group.state, "state of the group").toBe("PreparingRebalance");
    expect(talk.join("b-2").map(([who]) => who)).toEqual(["a-1 joins", "b-2 joins"]);
  });

  test("7.3 joinGroup: while members join, those that have are counted", () => {
    const talk = GroupTalk.stable(["a", "b"], { maxSize: 2 });
    talk.join("a-1");
    expect(talk.join("c"), "answers").toEqual([]);
    expect(talk.join("d"), "answers").toEqual([["d joins", "GROUP_MAX_SIZE_REACHED"]]);
  });

  test("7.3 joinGroup: a member that missed its answer gets it again, without a rebalance", () => {
    const talk = new GroupTalk();
    talk.join("a");
    expect(talk.join("a-1"), "answers").toEqual([["a-1 joins", "a-1 in generation 1: range, led by a-1 (a-1)"]]);
    expect(talk.group.generationId, "generation").toBe(1);
  });

  test("7.3 joinGroup: in Stable a follower with nothing new is told what holds; the leader makes a rebalance", () => {
    const talk = GroupTalk.stable(["a", "b"]);
    const { generationId } = talk.group;
    const answer = `b-2 in generation ${generationId}: range, led by a-1 ()`;
    expect(talk.join("b-2"), "answers").toEqual([["b-2 joins", answer]]);
    expect(talk.group.state, "state of the group").toBe("Stable");
    expect(talk.join("a-1"), "answers").toEqual([]);
    expect(talk.group.state, "state of the group").toBe("PreparingRebalance");
  });

  test("7.3 joinGroup: a member that has another subscription now makes a rebalance", () => {
    const talk = GroupTalk.stable(["a", "b"]);
    expect(talk.join("b-2", { protocols: protocols(["range"], "more topics") }), "answers").toEqual([]);
    talk.join("a-1");
    expect(talk.group.joinedMembers.map(({ metadata }) => metadata)).toEqual([bytes(""), bytes("more topics")]);
  });

  test("7.3 syncGroup, rebalance: whoever waits for its assignment is told to join again", () => {
    const talk = GroupTalk.stable(["a", "b"]);
    talk.join("a-1");
    talk.join("b-2");
    expect(talk.sync("b-2"), "answers").toEqual([]);
    expect(talk.join("c"), "answers").toEqual([["b-2 syncs", "REBALANCE_IN_PROGRESS"]]);
  });

  test("7.3 joinGroup: nobody waits for one that was told an id, and finds the group full when it comes", () => {
    const talk = new GroupTalk({ maxSize: 1 });
    talk.join("a", { requiresKnownMemberId: true });
    talk.join("b");
    expect(talk.join("a-1"), "answers").toEqual([["a-1 joins", "GROUP_MAX_SIZE_REACHED"]]);
    expect([...talk.group.pendingMembers.keys()], "ids that were given out, and are awaited").toEqual([]);
  });

  test("7.3 rebalance: members are waited for until the slowest one's time-out, and no longer [I4]", () => {
    const talk = GroupTalk.stable(["a", "b"]);
    talk.join("b-2", { protocols: protocols(["range"], "new"), rebalanceTimeoutMs: 70_000 });
    expect(talk.group.joinDeadlineMs, "joinDeadlineMs").toBe(70_000);
    expect(talk.group.syncDeadlineMs, "syncDeadlineMs").toBe(Infinity);
  });
});

describe("the protocol that is chosen", () => {
  /** A group whose members prefer these protocols in this order. */
  function preferring(...lists: string[][]): ClassicGroup {
    const group = new ClassicGroup("g");
    for (const [i, list] of lists.entries()) {
      group.add(new ClassicGroupMember(`m${i}`, { ...CLIENT, protocols: protocols(list) }), "consumer");
    }
    return group;
  }

  test("7.3 selectProtocol: each votes for the first of its own that all have; most votes win", () => {
    const group = preferring(["sticky", "range", "rr"], ["rr", "range"], ["range", "rr"]);
    expect(selectProtocol(group)).toBe("range");
  });

  test("7.3 selectProtocol: what one member lacks gets no vote", () => {
    const group = preferring(["sticky", "range"], ["sticky", "range"], ["range"]);
    expect(selectProtocol(group)).toBe("range");
  });

  test("7.3 selectProtocol: of as many votes the one that was voted for first", () => {
    expect(selectProtocol(preferring(["rr", "range"], ["range", "rr"]))).toBe("rr");
  });
});
