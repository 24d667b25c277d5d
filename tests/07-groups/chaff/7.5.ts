import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "7.5 refusalOfCommit",
    name: "the generation isn't compared",
    why: "A member that slept through a rebalance overwrites what the new owner has written.",
    caughtBy: "7.5 refusalOfCommit: one that was taken for dead can't overwrite what its successor has written",
    replace: [['if (generationId !== group.generationId) return "ILLEGAL_GENERATION";', ""]],
  },
  {
    exercise: "7.5 refusalOfCommit",
    name: "anybody in no group may, always",
    why: "A tool that sets offsets while members work: they overwrite it, or begin somewhere else.",
    caughtBy: "7.5 refusalOfCommit: somebody in no group may, while the group has no members",
    replace: [['if (generationId < 0 && group.state === "Empty") return null;', "if (generationId < 0) return null;"]],
  },
  {
    exercise: "7.5 refusalOfCommit",
    name: "nobody may while members join",
    why: "They are about to give up partitions: what they have done since the last commit would be done twice.",
    caughtBy: "7.5 refusalOfCommit: while members join it may still; while the leader assigns it must wait",
    replace: [['group.state === "CompletingRebalance" ?', 'group.state !== "Stable" ?']],
  },
  {
    exercise: "7.5 commitOffsets",
    name: "the offsets change at once",
    why: "If the append fails, the coordinator tells of offsets that were never committed.",
    caughtBy: "7.5 commitOffsets: a record for each offset, with the time; offsets change with the replay alone",
    replace: [
      [
        'turn.write({ kind: "offset-commit", groupId: group.groupId, topic, partition, value });',
        'turn.write({ kind: "offset-commit", groupId: group.groupId, topic, partition, value });\n' +
          "    group.offsets.set(topic, partition, value);",
      ],
    ],
  },
  {
    exercise: "7.5 commitOffsets",
    name: "characters are counted",
    why: "What is stored is bytes: an umlaut has two of them.",
    caughtBy: "7.5 commitOffsets: metadata that is too large refuses its own offset alone; bytes are counted",
    replace: [["Buffer.byteLength(metadata)", "metadata.length"]],
  },
  {
    exercise: "7.5 commitOffsets",
    name: "one that commits isn't heard of",
    why: "A member that commits often, and beats seldom, is taken for dead.",
    caughtBy: "7.5 commitOffsets: a member that commits is alive",
    replace: [["group.members.get(request.memberId)?.keepAlive(turn.nowMs);", ""]],
  },
  {
    exercise: "7.5 replayOffset",
    name: "a tombstone is overlooked",
    why: "After a restart offsets are there again that were deleted.",
    caughtBy: "7.5 replayOffset: the last record of a partition counts, a tombstone removes it",
    replace: [["if (value === null) offsets.delete(topic, partition);", "if (value === null) return;"]],
  },
  {
    exercise: "7.5 replayOffset",
    name: "what a transaction writes counts at once",
    why: "If it is aborted, the offsets are those of work that never was.",
    caughtBy: "7.5 replayOffset: what a transaction has written counts when it is committed, not when it is aborted",
    replace: [["producerId === -1 ?", "producerId !== -2 ?"]],
  },
  {
    exercise: "7.5 expiredOffsets",
    name: "counted from the commit, always",
    why: "A group that reads a quiet topic for a week, and is then restarted, begins anew.",
    caughtBy: "7.5 expiredOffsets: of a group, from when it became empty, however old the commit",
    replace: [
      [
        'const countsFromState = state === "Empty" && protocolType !== null && stateTimestampMs >= 0;',
        'const countsFromState = state === "Dead" && protocolType !== null;',
      ],
    ],
  },
  {
    exercise: "7.5 expiredOffsets",
    name: "offsets of members expire",
    why: "The consumer works on, and after its next restart begins anew.",
    caughtBy: "7.5 expiredOffsets: with members only what nobody subscribes to any more, and only in Stable",
    replace: [['if (state === "Stable" && subscribed!.has(topic)) return false;', ""]],
  },
  {
    exercise: "7.5 expiredOffsets",
    name: "a time of its own is overlooked",
    why: "The client has said how long it needs them.",
    caughtBy: "7.5 expiredOffsets: a time of its own goes before the broker's",
    replace: [
      [
        "if (expireTimestampMs !== null) return Number(expireTimestampMs) <= turn.wallMs;",
        "void expireTimestampMs;",
      ],
    ],
  },
  {
    exercise: "7.5 writeTombstones",
    name: "the group goes also with members",
    why: "They would be strangers in their own group.",
    caughtBy: "7.5 writeTombstones: a group with members stays, and one that an open transaction has committed for",
    replace: [['state === "Empty" && !isUsed', 'state !== "Dead" && !isUsed']],
  },
  {
    exercise: "7.5 writeTombstones",
    name: "tombstones for what isn't there",
    why: "Each is a record that has to be stored, replicated, and compacted away again.",
    caughtBy: "7.5 writeTombstones: one for each offset that there is; with the last one goes an Empty group",
    replace: [
      [
        "if (value === undefined || gone.has(value)) continue;\n    gone.add(value);",
        "if (value !== undefined) gone.add(value);",
      ],
    ],
  },
]);
