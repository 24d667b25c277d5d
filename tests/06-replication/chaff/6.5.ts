import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "6.5 endOfEpoch",
    name: "only what the log knows",
    why: "A leader that hasn't written yet doesn't find its own epoch in the log: all followers seem to have parted.",
    caughtBy: "6.5 endOfEpoch: the leader's own epoch ends at the log's end, also when nothing is written in it yet",
    body: "void leadingEpoch;\nreturn log.endOffsetForEpoch(epoch);",
  },
  {
    exercise: "6.5 endOfEpoch",
    name: "an epoch without records is unknown",
    why: "The leader's log ends with epoch 3, and it leads in 6: who asks for 5 is told nothing, though it is 3.",
    caughtBy: "6.5 endOfEpoch: the last one before it ends there, too, as long as nothing is written",
    replace: [
      [
        "if (isLastBeforeOurs) return { epoch: latestEpoch ?? epoch, endOffset: logEndOffset };",
        "void isLastBeforeOurs;\n  void latestEpoch;",
      ],
    ],
  },
  {
    exercise: "6.5 endOfEpoch",
    name: "the asked epoch instead of the one that was found",
    why: "A follower of epoch 5 hears that 5 ends here, and keeps records of an epoch that the leader never had.",
    caughtBy: "6.5 endOfEpoch: the last one before it ends there, too, as long as nothing is written",
    replace: [["{ epoch: latestEpoch ?? epoch, endOffset: logEndOffset }", "{ epoch, endOffset: logEndOffset }"]],
  },
  {
    exercise: "6.5 endOfEpoch",
    name: "all earlier epochs end at the log's end",
    why: "Only the latest one does. Followers would keep all that they have.",
    caughtBy: "6.5 endOfEpoch: an epoch ends where the next one begins",
    replace: [["epoch >= (latestEpoch ?? 0) && epoch < leadingEpoch", "epoch < leadingEpoch && epoch >= 0"]],
  },
  {
    exercise: "6.5 endOfEpoch",
    name: "later epochs than its own end here, too",
    why: "Somebody who knows a later epoch is ahead of this leader: it is not for it to say where that ends.",
    caughtBy: "6.5 endOfEpoch: a later epoch than its own is unknown to a leader",
    replace: [["epoch === leadingEpoch", "epoch >= leadingEpoch"]],
  },
  {
    exercise: "6.5 divergingEpoch",
    name: "only the offset is compared",
    why: "Two logs of the same length may hold different records. Only the epoch tells (KIP-279).",
    caughtBy: "6.5 divergingEpoch: whose last epoch isn't known here, has parted, however short its log is",
    replace: [["end.epoch < lastFetchedEpoch || ", ""]],
  },
  {
    exercise: "6.5 divergingEpoch",
    name: "only the epoch is compared",
    why: "A follower may have more of that epoch than the leader has: records that were never committed.",
    caughtBy: "6.5 divergingEpoch: whose log of that epoch is longer, has parted",
    replace: [[" || end.endOffset < fetchOffset", " || fetchOffset < 0"]],
  },
  {
    exercise: "6.5 divergingEpoch",
    name: "who is at the very end has parted",
    why: "That is where every follower fetches from that has everything.",
    caughtBy: "6.5 divergingEpoch: whose last record is here, has a log like this one",
    replace: [["end.endOffset < fetchOffset", "end.endOffset <= fetchOffset"]],
  },
  {
    exercise: "6.5 divergingEpoch",
    name: "an unknown epoch is like any other",
    why: "The follower would be told to cut at offset -1.",
    caughtBy: "6.5 divergingEpoch: without any epoch in common it is OFFSET_OUT_OF_RANGE",
    replace: [["if (end.epoch < 0) {", "if (end.epoch < -1) {"]],
  },
  {
    exercise: "6.5 ReplicaFetcher.truncateToEpoch",
    name: "truncates to the high watermark",
    why: "A follower hears late what is committed: it cuts off records that all had; then it leads, and they are lost.",
    caughtBy: "6.5 truncateToEpoch: the high watermark of a follower says nothing: committed records stay",
    body: `
void leaders;
partition.truncateTo((partition as { highWatermark?: number }).highWatermark ?? 0);
`,
  },
  {
    exercise: "6.5 ReplicaFetcher.truncateToEpoch",
    name: "at the leader's end, also in a lower epoch",
    why: "Where the leader has an epoch that isn't here, records up to that offset are other ones here (KIP-279).",
    caughtBy: "6.5 truncateToEpoch: of an epoch that isn't here, the end of the last one before it here counts",
    body: "partition.truncateTo(Math.min(leaders.endOffset, partition.logEndOffset));",
  },
  {
    exercise: "6.5 ReplicaFetcher.truncateToEpoch",
    name: "at the end of the epoch here, whatever the leader's is",
    why: "Of the same epoch this log may hold more than the leader: records that it never got.",
    caughtBy: "6.5 truncateToEpoch: of an epoch that both have, the shorter end counts",
    body: "partition.truncateTo(partition.endOffsetForEpoch(leaders.epoch).endOffset);",
  },
  {
    exercise: "6.5 ReplicaFetcher.truncateToEpoch",
    name: "the smaller of both ends, always",
    why: "The leader's epoch may end before this log's lower one does: committed records go, and are fetched again.",
    caughtBy: "6.5 truncateToEpoch: whoever wrote, in whatever epochs: afterwards both logs are equal",
    replace: [
      [
        "ours.epoch === leaders.epoch ? Math.min(ours.endOffset, leaders.endOffset) : ours.endOffset",
        "Math.min(ours.endOffset, leaders.endOffset)",
      ],
    ],
  },
  {
    exercise: "6.5 ReplicaFetcher.truncateToEpoch",
    name: "starts anew",
    why: "It is right in the end, and costs a copy of the whole log; meanwhile the records have one replica fewer.",
    caughtBy: "6.5 truncateToEpoch: of an epoch that both have, the shorter end counts",
    body: "void leaders;\npartition.truncateFullyAndStartAt(partition.logStartOffset);",
  },
]);
