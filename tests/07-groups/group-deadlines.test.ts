import { describe, expect, test } from "vitest";
import { expire, extendInitialDelay, heartbeat, mustBeHeardOf, nextDeadline } from "#groups/group-deadlines";
import { GroupTalk, protocols, type Told } from "./group-talk.ts";

const DELAY = { initialRebalanceDelayMs: 3_000 };

/** Lets time pass until the group must be looked at, and looks. */
function untilNextDeadline(talk: GroupTalk): Told[] {
  talk.nowMs = nextDeadline(talk.group);
  return talk.act((turn) => expire(talk.group, turn));
}

/** A heartbeat in the present generation. */
function beat(talk: GroupTalk, memberId: string, generationId = talk.group.generationId): string | null {
  const answer = heartbeat(talk.group, { memberId, groupInstanceId: null, generationId }, talk.nowMs);
  talk.timeline.note(talk.nowMs, `${memberId} beats → ${answer ?? "all is well"}`);
  return answer;
}

describe("heartbeats", () => {
  test("7.4 heartbeat: a member that is heard of in time lives on", () => {
    const talk = GroupTalk.stable(["a"]);
    talk.wait(9_000);
    expect(beat(talk, "a-1"), "what a-1 is told").toBe(null);
    expect(nextDeadline(talk.group), "next deadline, ms").toBe(19_000);
  });

  test("7.4 heartbeat: while members join it is told to join, too, and is heard of all the same", () => {
    const talk = GroupTalk.stable(["a", "b"]);
    talk.join("c");
    talk.wait(9_000);
    expect(beat(talk, "b-2"), "what b-2 is told").toBe("REBALANCE_IN_PROGRESS");
    expect(talk.group.members.get("b-2")!.deadlineMs, "b-2's deadline, ms").toBe(19_000);
  });

  test("7.4 heartbeat: while the leader assigns all is well", () => {
    const talk = new GroupTalk();
    talk.join("a");
    expect(talk.group.state, "state of the group").toBe("CompletingRebalance");
    expect(beat(talk, "a-1"), "what a-1 is told").toBe(null);
  });

  test("7.4 heartbeat: a stranger, and a member of another generation, are told so", () => {
    const talk = GroupTalk.stable(["a"]);
    expect(beat(talk, "x"), "what x is told").toBe("UNKNOWN_MEMBER_ID");
    expect(beat(talk, "a-1", 7), "what a-1 is told").toBe("ILLEGAL_GENERATION");
    expect(heartbeat(talk.group, { memberId: "a-1", groupInstanceId: "i", generationId: 1 }, 0)).toBe(
      "UNKNOWN_MEMBER_ID",
    );
  });

  test("7.4 expire: who isn't heard of for its session time-out is out, and the others share anew [I4]", () => {
    const talk = GroupTalk.stable(["a", "b"]);
    talk.wait(6_000);
    beat(talk, "a-1");
    expect(nextDeadline(talk.group), "next deadline, ms").toBe(10_000);
    talk.wait(3_999);
    talk.act((turn) => expire(talk.group, turn));
    expect(talk.group.members.size, "number of members").toBe(2);
    untilNextDeadline(talk);
    expect([...talk.group.members.keys()], "members").toEqual(["a-1"]);
    expect(talk.group.state, "state of the group").toBe("PreparingRebalance");
    expect(beat(talk, "a-1"), "what a-1 is told").toBe("REBALANCE_IN_PROGRESS");
    expect(beat(talk, "b-2"), "what b-2 is told").toBe("UNKNOWN_MEMBER_ID");
  });

  test("7.4 expire: with the last member the group is Empty", () => {
    const talk = GroupTalk.stable(["a"]);
    untilNextDeadline(talk);
    expect(talk.group.state, "state of the group").toBe("Empty");
    expect(talk.records.at(-1)).toMatchObject({ value: { members: [] } });
    expect(nextDeadline(talk.group), "next deadline, ms").toBe(Infinity);
  });
});

describe("who must be heard of", () => {
  test("7.4 mustBeHeardOf: not one that waits for the others or for the leader", () => {
    const talk = GroupTalk.stable(["a", "b"]);
    const b = talk.group.members.get("b-2")!;
    expect(mustBeHeardOf(b), "must b-2 be heard of now?").toBe(true);
    talk.join("b-2", { protocols: protocols(["range"], "new") });
    expect(mustBeHeardOf(b), "must b-2 be heard of now?").toBe(false);
    talk.join("a-1");
    expect(mustBeHeardOf(b), "must b-2 be heard of now?").toBe(true);
    talk.sync("b-2");
    expect(mustBeHeardOf(b), "must b-2 be heard of now?").toBe(false);
  });

  test("7.4 expire: a member that waits for others to join outlives its session time-out", () => {
    const talk = GroupTalk.stable(["a", "b"]);
    talk.join("a-1");
    talk.wait(25_000);
    talk.act((turn) => expire(talk.group, turn));
    expect([...talk.group.members.keys()], "members").toEqual(["a-1"]);
  });

  test("7.4 expire: a new one that waits too long for its first answer is out after five minutes", () => {
    const talk = GroupTalk.stable(["a"]);
    talk.join("a-1", { rebalanceTimeoutMs: 900_000 });
    talk.sync("a-1", { "a-1": "a" });
    talk.join("b", { rebalanceTimeoutMs: 900_000 });
    for (let i = 0; i < 59; i++) {
      talk.wait(5_000);
      beat(talk, "a-1");
    }
    talk.act((turn) => expire(talk.group, turn));
    expect(talk.group.members.size, "number of members").toBe(2);
    talk.wait(5_000);
    expect(talk.act((turn) => expire(talk.group, turn))).toEqual([["b joins", "UNKNOWN_MEMBER_ID"]]);
  });

  test("7.4 expire: an id that nobody comes with is forgotten after the session time-out", () => {
    const talk = GroupTalk.stable(["a"]);
    talk.join("b", { requiresKnownMemberId: true, sessionTimeoutMs: 7_000 });
    expect(nextDeadline(talk.group), "next deadline, ms").toBe(7_000);
    untilNextDeadline(talk);
    expect(talk.group.pendingMembers.size, "ids given to nobody yet").toBe(0);
    expect(talk.group.state, "state of the group").toBe("Stable");
  });

  test("7.4 expire: nobody waits any longer for an id that was forgotten [I4]", () => {
    const talk = GroupTalk.stable(["a"]);
    talk.join("b", { requiresKnownMemberId: true, sessionTimeoutMs: 7_000 });
    expect(talk.join("a-1"), "answers").toEqual([]);
    expect(untilNextDeadline(talk).map(([who]) => who), "who is answered").toEqual(["a-1 joins"]);
  });
});

describe("a rebalance", () => {
  test("7.4 expire: lasts as long as the slowest may take; who hasn't joined by then is out [I4]", () => {
    const talk = GroupTalk.stable(["a", "b"]);
    talk.join("a-1");
    for (let i = 0; i < 5; i++) {
      talk.wait(5_000);
      expect(beat(talk, "b-2"), "what b-2 is told").toBe("REBALANCE_IN_PROGRESS");
    }
    expect(nextDeadline(talk.group), "next deadline, ms").toBe(30_000);
    expect(untilNextDeadline(talk).map(([who]) => who), "who is answered").toEqual(["a-1 joins"]);
    expect([...talk.group.members.keys()], "members").toEqual(["a-1"]);
  });

  test("7.4 expire: who doesn't ask for its assignment is out after the rebalance time-out [I4]", () => {
    const talk = GroupTalk.stable(["a", "b"]);
    talk.join("a-1");
    talk.join("b-2");
    talk.sync("a-1", { "a-1": "p0", "b-2": "p1" });
    expect(talk.group.syncDeadlineMs, "syncDeadlineMs").toBe(30_000);
    for (let i = 0; i < 5; i++) {
      talk.wait(5_000);
      beat(talk, "a-1");
      beat(talk, "b-2");
    }
    talk.wait(5_000);
    talk.act((turn) => expire(talk.group, turn));
    expect([...talk.group.members.keys()], "members").toEqual(["a-1"]);
    expect(talk.group.state, "state of the group").toBe("PreparingRebalance");
  });

  test("7.4 expire: when all have asked, the time to ask is of no interest", () => {
    const talk = GroupTalk.stable(["a"]);
    talk.wait(29_000);
    beat(talk, "a-1");
    talk.wait(1_000);
    talk.act((turn) => expire(talk.group, turn));
    expect(talk.group.state, "state of the group").toBe("Stable");
    expect(nextDeadline(talk.group), "next deadline, ms").toBe(39_000);
  });
});

describe("the first rebalance of a group", () => {
  test("7.4 beginInitialDelay, extendInitialDelay: it waits for those who are started together", () => {
    const talk = new GroupTalk(DELAY);
    expect(talk.join("a"), "answers").toEqual([]);
    expect(nextDeadline(talk.group), "next deadline, ms").toBe(3_000);
    talk.wait(1_000);
    expect(talk.join("b"), "answers").toEqual([]);
    expect(untilNextDeadline(talk), "answers").toEqual([]);
    expect(nextDeadline(talk.group), "next deadline, ms").toBe(6_000);
    expect(untilNextDeadline(talk).map(([who]) => who), "who is answered").toEqual(["a joins", "b joins"]);
    expect(talk.group.generationId, "generation").toBe(1);
  });

  test("7.4 beginInitialDelay, extendInitialDelay: alone, the first member waits once", () => {
    const talk = new GroupTalk(DELAY);
    talk.join("a");
    expect(untilNextDeadline(talk).map(([who]) => who), "who is answered").toEqual(["a joins"]);
    expect(talk.nowMs).toBe(3_000);
  });

  test("7.4 beginInitialDelay, extendInitialDelay: never longer than the rebalance time-out, however many come", () => {
    const talk = new GroupTalk(DELAY);
    const join = (name: string): void => void talk.join(name, { rebalanceTimeoutMs: 8_000 });
    join("a");
    const ends: number[] = [];
    for (const name of ["b", "c", "d"]) {
      join(name);
      untilNextDeadline(talk);
      ends.push(talk.nowMs);
    }
    expect(ends).toEqual([3_000, 6_000, 8_000]);
    expect(talk.group.generationId, "generation").toBe(1);
  });

  test("7.4 extendInitialDelay: not when nothing remains, or nobody has come", () => {
    const talk = new GroupTalk(DELAY);
    const { group } = talk;
    group.initialDelay = { endsAtMs: 0, remainingMs: 0, hasNewMember: true };
    expect(extendInitialDelay(group, 0, 3_000), "is the wait extended?").toBe(false);
    group.initialDelay = { endsAtMs: 0, remainingMs: 5_000, hasNewMember: false };
    expect(extendInitialDelay(group, 0, 3_000), "is the wait extended?").toBe(false);
    group.initialDelay = { endsAtMs: 0, remainingMs: 5_000, hasNewMember: true };
    expect(extendInitialDelay(group, 100, 3_000), "is the wait extended?").toBe(true);
    expect(group.initialDelay).toEqual({ endsAtMs: 3_100, remainingMs: 2_000, hasNewMember: false });
  });

  test("7.4 nextDeadline, beginInitialDelay: a later rebalance has no initial delay", () => {
    const talk = GroupTalk.stable(["a"], { initialRebalanceDelayMs: 0 });
    talk.join("b");
    expect(talk.group.initialDelay, "initialDelay").toBe(null);
    expect(nextDeadline(talk.group), "next deadline, ms").toBe(10_000);
  });
});

describe("static members", () => {
  /** A Stable group of static members `one` (leads) and `two`. */
  function stableStatic(): GroupTalk {
    const talk = new GroupTalk();
    talk.join("c", { groupInstanceId: "one" });
    talk.join("c", { groupInstanceId: "two" });
    talk.join("one-1", { groupInstanceId: "one" });
    talk.sync("one-1", { "one-1": "p0", "two-2": "p1" });
    talk.sync("two-2");
    return talk;
  }

  test("7.4 rejoinStatic: one that comes back has its old assignment, and nobody else notices", () => {
    const talk = stableStatic();
    const { generationId } = talk.group;
    const told = talk.join("c", { groupInstanceId: "two" });
    expect(told, "answers").toEqual([["c joins", `two-3 in generation ${generationId}: range, led by one-1 ()`]]);
    expect(talk.group.state, "state of the group").toBe("Stable");
    expect(talk.sync("two-3", {}, { groupInstanceId: "two" }), "answers").toEqual([["two-3 syncs", "p1"]]);
  });

  test("7.4 rejoinStatic: the new id is written down, so that the next coordinator knows it [I3]", () => {
    const talk = stableStatic();
    talk.join("c", { groupInstanceId: "two" });
    expect(talk.records.at(-1)).toMatchObject({
      value: { members: [{ memberId: "one-1" }, { memberId: "two-3", groupInstanceId: "two" }] },
    });
  });

  test("7.4 rejoinStatic: who goes on under the old id is fenced [I2]", () => {
    const talk = stableStatic();
    talk.join("c", { groupInstanceId: "two" });
    const old = { memberId: "two-2", groupInstanceId: "two", generationId: talk.group.generationId };
    expect(heartbeat(talk.group, old, 0)).toBe("FENCED_INSTANCE_ID");
  });

  test("7.4 rejoinStatic: what the old life waits for is answered", () => {
    const talk = stableStatic();
    talk.join("d");
    talk.join("two-2", { groupInstanceId: "two" });
    const told = talk.join("c", { groupInstanceId: "two" });
    expect(told, "answers").toEqual([["two-2 joins", "FENCED_INSTANCE_ID"]]);
    expect(talk.group.state, "state of the group").toBe("PreparingRebalance");
  });

  test("7.4 rejoinStatic: a leader that comes back is kept from assigning anew", () => {
    const talk = stableStatic();
    const { generationId } = talk.group;
    const told = talk.join("c", { groupInstanceId: "one" });
    const all = "one-3 two-2";
    expect(told, "answers").toEqual([
      ["c joins", `one-3 in generation ${generationId}: range, led by one-3 (${all}), skips the assignment`],
    ]);
    const older = talk.join("c", { groupInstanceId: "one", supportsSkippingAssignment: false });
    expect(older).toEqual([["c joins", `one-4 in generation ${generationId}: range, led by one-3 ()`]]);
  });

  test("7.4 rejoinStatic: when the protocol would change, there is a rebalance", () => {
    const talk = new GroupTalk();
    talk.join("c", { groupInstanceId: "one", protocols: protocols(["range", "rr"]) });
    talk.sync("one-1", { "one-1": "p0" });
    const told = talk.join("c", { groupInstanceId: "one", protocols: protocols(["rr", "range"]) });
    expect(told.map(([, answer]) => answer)).toEqual([expect.stringContaining("in generation 2: rr")]);
  });

  test("7.4 rejoinStatic: in CompletingRebalance there is another rebalance: the leader knows the old id alone", () => {
    const talk = stableStatic();
    talk.join("one-1", { groupInstanceId: "one", protocols: protocols(["range"], "new") });
    talk.join("two-2", { groupInstanceId: "two" });
    expect(talk.group.state, "state of the group").toBe("CompletingRebalance");
    expect(talk.join("c", { groupInstanceId: "two" }), "answers").toEqual([]);
    expect(talk.group.state, "state of the group").toBe("PreparingRebalance");
  });

  test("7.4 rejoinStatic: it is heard of when it comes back", () => {
    const talk = stableStatic();
    talk.wait(9_000);
    talk.join("c", { groupInstanceId: "two" });
    talk.wait(9_000);
    beat(talk, "one-1");
    talk.act((turn) => expire(talk.group, turn));
    expect([...talk.group.members.keys()], "members").toContain("two-3");
  });
});
