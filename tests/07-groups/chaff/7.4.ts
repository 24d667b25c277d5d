import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "7.4 heartbeat",
    name: "all is well while members join",
    why: "A member hears of a rebalance by its heartbeat alone: it would be put out without having known.",
    caughtBy: "7.4 heartbeat: while members join it is told to join, too, and is heard of all the same",
    replace: [['group.state === "PreparingRebalance" ? "REBALANCE_IN_PROGRESS" : null', "null"]],
  },
  {
    exercise: "7.4 heartbeat",
    name: "also while the leader assigns it is told to join",
    why: "Each member that does so begins yet another rebalance, and the group never comes to rest.",
    caughtBy: "7.4 heartbeat: while the leader assigns all is well",
    replace: [['group.state === "PreparingRebalance" ?', 'group.state !== "Stable" ?']],
  },
  {
    exercise: "7.4 heartbeat",
    name: "a member that is told to join isn't heard of",
    why: "It is finishing its work, and is taken for dead meanwhile.",
    caughtBy: "7.4 heartbeat: while members join it is told to join, too, and is heard of all the same",
    replace: [
      [
        "group.members.get(request.memberId)!.keepAlive(nowMs);",
        'if (group.state !== "PreparingRebalance") group.members.get(request.memberId)!.keepAlive(nowMs);',
      ],
    ],
  },
  {
    exercise: "7.4 mustBeHeardOf",
    name: "everybody must be",
    why: "A client waits for the answer to its JoinGroup before it sends anything: it is put out for waiting.",
    caughtBy: "7.4 mustBeHeardOf: not one that waits for the others or for the leader",
    body: "return isNew || awaitingJoin !== awaitingSync || awaitingJoin === null;",
  },
  {
    exercise: "7.4 mustBeHeardOf",
    name: "a new one that waits need never be",
    why: "Its client may have gone; each that came and went would be waited for.",
    caughtBy: "7.4 expire: a new one that waits too long for its first answer is out after five minutes",
    body: "return isNew ? awaitingJoin === null : awaitingJoin === null && awaitingSync === null;",
  },
  {
    exercise: "7.4 nextDeadline",
    name: "pending members are overlooked",
    why: "Nobody looks when their time is up: the group waits for somebody who never comes.",
    caughtBy: "7.4 expire: an id that nobody comes with is forgotten after the session time-out",
    replace: [
      ["for (const deadlineMs of group.pendingMembers.values()) next = Math.min(next, deadlineMs);", ""],
    ],
  },
  {
    exercise: "7.4 nextDeadline",
    name: "the initial delay is overlooked",
    why: "The first rebalance ends when some session does.",
    caughtBy: "7.4 beginInitialDelay, extendInitialDelay: it waits for those who are started together",
    replace: [[", group.initialDelay?.endsAtMs ?? Infinity", ""]],
  },
  {
    exercise: "7.4 expire",
    name: "a member that is gone goes without a rebalance",
    why: "Its partitions are nobody's.",
    caughtBy: "7.4 expire: who isn't heard of for its session time-out is out, and the others share anew",
    replace: [
      [
        "expireMembers(group, turn);",
        "const { nowMs } = turn;\n" +
          "  for (const [id, { deadlineMs }] of group.members) if (deadlineMs <= nowMs) removeMember(group, id, turn);",
      ],
    ],
  },
  {
    exercise: "7.4 expire",
    name: "members are waited for to the last",
    why: "One that hangs, and whose heartbeats go on, stops the whole group.",
    caughtBy: "7.4 expire: lasts as long as the slowest may take; who hasn't joined by then is out",
    replace: [["group.joinDeadlineMs <= turn.nowMs", "group.joinDeadlineMs <= turn.nowMs && group.hasAllJoined"]],
  },
  {
    exercise: "7.4 expire",
    name: "nobody has to ask for its assignment",
    why: "A member that has died after its join keeps partitions that it never reads.",
    caughtBy: "7.4 expire: who doesn't ask for its assignment is out after the rebalance time-out",
    replace: [
      [
        "if (group.syncDeadlineMs <= turn.nowMs) expireSync(group, turn);",
        "if (group.syncDeadlineMs <= turn.nowMs) group.syncDeadlineMs = Infinity;",
      ],
    ],
  },
  {
    exercise: "7.4 beginInitialDelay",
    name: "nothing remains",
    why: "Members that are started one after the other make a rebalance each.",
    caughtBy: "7.4 beginInitialDelay, extendInitialDelay: it waits for those who are started together",
    replace: [["const remainingMs = Math.max(0, group.rebalanceTimeoutMs - delayMs);", "const remainingMs = 0;"]],
  },
  {
    exercise: "7.4 extendInitialDelay",
    name: "always by the whole delay",
    why: "It goes beyond the rebalance time-out: the first member's client has given up by then.",
    caughtBy: "7.4 beginInitialDelay, extendInitialDelay: never longer than the rebalance time-out, however many come",
    replace: [["const byMs = Math.min(delayMs, remainingMs);", "const byMs = delayMs;"]],
  },
  {
    exercise: "7.4 extendInitialDelay",
    name: "extended although nobody has come",
    why: "A lone member waits for minutes.",
    caughtBy: "7.4 beginInitialDelay, extendInitialDelay: alone, the first member waits once",
    replace: [["!hasNewMember || remainingMs === 0", "remainingMs === 0"]],
  },
  {
    exercise: "7.4 rejoinStatic",
    name: "a rebalance all the same",
    why: "A rolling restart of ten members would be ten rebalances.",
    caughtBy: "7.4 rejoinStatic: one that comes back has its old assignment, and nobody else notices",
    replace: [
      [
        'group.state !== "Stable" || selectProtocol(group) !== group.protocolName',
        'group.state !== "PreparingRebalance"',
      ],
    ],
  },
  {
    exercise: "7.4 rejoinStatic",
    name: "the new id isn't written down",
    why: "The next coordinator knows the old one, and fences the member that lives.",
    caughtBy: "7.4 rejoinStatic: the new id is written down, so that the next coordinator knows it",
    replace: [
      ['turn.write({ kind: "group-metadata", groupId: group.groupId, value: metadataOf(group, assignments) });', ""],
    ],
  },
  {
    exercise: "7.4 rejoinStatic",
    name: "the leader isn't kept from assigning",
    why: "It assigns anew, and nobody listens: its own view of the group is another one than the members'.",
    caughtBy: "7.4 rejoinStatic: a leader that comes back is kept from assigning anew",
    replace: [["skipAssignment: group.isLeader(memberId)", "skipAssignment: false"]],
  },
  {
    exercise: "7.4 rejoinStatic",
    name: "the old life isn't answered",
    why: "Two processes with one instance id: the first would wait, and never hear that it was replaced.",
    caughtBy: "7.4 rejoinStatic: what the old life waits for is answered",
    replace: [['if (waiting !== null) turn.refuse(waiting, "FENCED_INSTANCE_ID");', "void waiting;"]],
  },
]);
