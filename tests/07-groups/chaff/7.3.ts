import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "7.3 selectProtocol",
    name: "the first protocol of the first member",
    why: "It may be one that another member doesn't have: that one can't read its assignment.",
    caughtBy: "7.3 selectProtocol: what one member lacks gets no vote",
    body: "return group.members.values().next().value?.protocols[0]?.name ?? null;",
  },
  {
    exercise: "7.3 selectProtocol",
    name: "of as many votes the last one wins",
    why: "With >= instead of > a tie goes to whoever voted last.",
    caughtBy: "7.3 selectProtocol: of as many votes the one that was voted for first",
    replace: [["count > votes.get(winner)!", "count >= votes.get(winner)!"]],
  },
  {
    exercise: "7.3 joinGroup",
    name: "a new member is one at once, also where it should first be told its id",
    why: "A client whose JoinGroup times out asks again, and is another member each time: the old ones are waited for.",
    caughtBy: "7.3 joinGroup: from JoinGroup v4 on a new member is first told its id, and is none yet",
    replace: [
      [
        "if (memberId === UNKNOWN_MEMBER_ID) return joinNew(group, request, reply, turn);",
        "if (memberId === UNKNOWN_MEMBER_ID) {\n" +
          "    return joinNew(group, { ...request, requiresKnownMemberId: false }, reply, turn);\n  }",
      ],
    ],
  },
  {
    exercise: "7.3 joinGroup",
    name: "every JoinGroup makes a rebalance",
    why: "A follower whose answer was lost asks again, and all others have to stop for nothing.",
    caughtBy: "7.3 joinGroup: in Stable a follower with nothing new is told what holds; the leader makes a rebalance",
    replace: [["if (!hasNews && !mustRebalance) return turn.answer(reply, joinAnswer(group, member));", ""]],
  },
  {
    exercise: "7.3 joinGroup",
    name: "the leader that joins again gets the old answer",
    why: "It joins because it has seen new partitions: without a rebalance nobody ever reads them.",
    caughtBy: "7.3 joinGroup: in Stable a follower with nothing new is told what holds; the leader makes a rebalance",
    replace: [[' || (group.state === "Stable" && group.isLeader(memberId))', ""]],
  },
  {
    exercise: "7.3 joinGroup",
    name: "a new subscription isn't looked at",
    why: "The leader never hears of the member's other topics.",
    caughtBy: "7.3 joinGroup: a member that has another subscription now makes a rebalance",
    replace: [["const hasNews = !member.matches(request.protocols);", "const hasNews = false;"]],
  },
  {
    exercise: "7.3 joinGroup",
    name: "an id that was given out is awaited though the group is full",
    why: "The group waits until that session is over for one that it has sent away, and all members with it.",
    caughtBy: "7.3 joinGroup: nobody waits for one that was told an id, and finds the group full when it comes",
    replace: [["    group.pendingMembers.delete(memberId);\n", ""]],
  },
  {
    exercise: "7.3 rebalance",
    name: "those who wait for an assignment wait on",
    why: "The leader joins again, too, and never brings the assignment of a generation that is over.",
    caughtBy: "7.3 syncGroup, rebalance: whoever waits for its assignment is told to join again",
    replace: [['refuseSyncs(group, "REBALANCE_IN_PROGRESS", turn);', ""]],
  },
  {
    exercise: "7.3 rebalance",
    name: "members are waited for without end",
    why: "One that hangs stops the whole group.",
    caughtBy: "7.3 rebalance: members are waited for until the slowest one's time-out, and no longer",
    replace: [["group.joinDeadlineMs = turn.nowMs + group.rebalanceTimeoutMs;", ""]],
  },
  {
    exercise: "7.3 completeJoin",
    name: "static members that are away are put out",
    why: "A member that is only restarted would make two rebalances: that is what KIP-345 is there to save.",
    caughtBy: "7.3 completeJoin: a static member keeps its place, but somebody who is there leads",
    replace: [[" && member.groupInstanceId === null", ""]],
  },
  {
    exercise: "7.3 completeJoin",
    name: "the generation stays the same",
    why: "Whoever was put out may still commit: nothing tells its commits from those of its successor.",
    caughtBy: "7.3 joinGroup, completeJoin: a second one waits for the first; the leader alone is told the members",
    replace: [["group.generationId += 1;", ""]],
  },
  {
    exercise: "7.3 completeJoin",
    name: "who has synced in the generation before, has in this one",
    why: "A member that hangs after its join is never missed: the time to ask for assignments runs out for nobody.",
    caughtBy: "7.3 completeJoin: in the next generation nobody has asked for its assignment yet",
    replace: [["    member.hasSynced = false;\n", ""]],
  },
  {
    exercise: "7.3 completeJoin",
    name: "an empty group isn't written down",
    why: "After a failover the members of before are in it again, and its offsets never expire.",
    caughtBy: "7.3 leaveGroup, completeJoin: the last one leaves it Empty, in a new generation, which is written",
    replace: [
      [
        "if (group.members.size === 0) return becomeEmpty(group, turn);",
        'if (group.members.size === 0) return group.transitionTo("Empty", turn.wallMs);',
      ],
    ],
  },
  {
    exercise: "7.3 syncGroup",
    name: "who asks in Stable isn't heard of",
    why: "A follower that was slow to ask is put out a moment after it has got its assignment.",
    caughtBy: "7.3 syncGroup: who asks in Stable is heard of by that",
    replace: [["    member.keepAlive(turn.nowMs);\n    return turn.answer", "    return turn.answer"]],
  },
  {
    exercise: "7.3 syncGroup",
    name: "Stable before it is written down",
    why: "If the append fails, members work with an assignment that the next coordinator doesn't know.",
    caughtBy: "7.3 syncGroup: until that is replayed, the group is not Stable, and nobody has the assignment",
    replace: [["group.stateTimestampMs = turn.wallMs;", 'group.transitionTo("Stable", turn.wallMs);']],
  },
  {
    exercise: "7.3 syncGroup",
    name: "followers are answered at once, with what they had",
    why: "Two members read the same partition: the new owner has been told, the old one hasn't.",
    caughtBy: "7.3 syncGroup: all wait for the leader, and each gets its own part",
    replace: [
      [
        "if (!group.isLeader(member.memberId)) return;",
        "if (!group.isLeader(member.memberId)) {\n" +
          "    return turn.answer(reply, syncAnswer(group, member.assignment));\n  }",
      ],
    ],
  },
  {
    exercise: "7.3 syncGroup",
    name: "only the leader is answered",
    why: "The others wait until they are taken for dead.",
    caughtBy: "7.3 syncGroup: all wait for the leader, and each gets its own part",
    replace: [
      [
        "if (waiting.awaitingSync === null) continue;",
        "if (waiting !== member || waiting.awaitingSync === null) continue;",
      ],
    ],
  },
  {
    exercise: "7.3 replayGroup",
    name: "members of before stay",
    why: "The log is read from its start: whoever was ever a member would be one for ever.",
    caughtBy: "7.3 replayGroup: members that aren't in the record are gone; those that are stay what they are",
    replace: [["group.members.clear();", ""]],
  },
  {
    exercise: "7.3 replayGroup",
    name: "known members are made anew",
    why: "What they wait for is in no record, and forgotten: nobody ever answers them.",
    caughtBy: "7.3 replayGroup: members that aren't in the record are gone; those that are stay what they are",
    replace: [
      [
        "before.get(written.memberId) ?? memberOf(written, value.protocol)",
        "memberOf(written, value.protocol)",
      ],
    ],
  },
  {
    exercise: "7.3 leaveGroup",
    name: "a pending member that leaves is still waited for",
    why: "The others have joined, and wait out the whole rebalance time-out for nobody.",
    caughtBy: "7.3 leaveGroup: when a pending member goes that was the last one to be waited for, all have joined",
    replace: [[' || group.state === "PreparingRebalance"', ""]],
  },
  {
    exercise: "7.3 leaveGroup",
    name: "the group isn't shared anew",
    why: "What the member had nobody reads, until somebody joins.",
    caughtBy: "7.3 leaveGroup: the others share anew",
    replace: [
      [
        'if (group.members.size < before || group.state === "PreparingRebalance") rebalance(group, turn);',
        "if (group.members.size > before) rebalance(group, turn);",
      ],
    ],
  },
  {
    exercise: "7.3 leaveGroup",
    name: "a static member can't be removed by its instance id alone",
    why: "That is what the tools do; the administrator doesn't know the member id.",
    caughtBy: "7.3 leaveGroup: an administrator names a static member by its instance id alone; another id is fenced",
    replace: [
      [
        "byInstance ? (group.staticMembers.get(groupInstanceId) ?? memberId) : memberId",
        "byInstance ? memberId : memberId",
      ],
    ],
  },
]);
