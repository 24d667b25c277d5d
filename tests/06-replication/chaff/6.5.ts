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
    exercise: "6.5 ReplicaFetcher.truncateToEpoch",
    name: "truncates to the high watermark",
    why: "A follower hears late what is committed: it cuts off records that all had; then it leads, and they are lost.",
    caughtBy: "6.5 truncateToEpoch: who leads next still has what was acknowledged (KIP-101)",
    body: `
void leaders;
partition.truncateTo((partition as { highWatermark?: number }).highWatermark ?? 0);
`,
  },
  {
    exercise: "6.5 ReplicaFetcher.truncateToEpoch",
    name: "cuts nothing that it knows to be committed",
    why: "Where replicas have lost what they hadn't flushed, the leader's log decides. Else the two differ for ever.",
    caughtBy: "6.5 truncateToEpoch: two with different records at one offset become the same (KIP-101)",
    replace: [
      [
        "partition.truncateTo(",
        "const committed = (partition as { highWatermark?: number }).highWatermark ?? 0;\n" +
          "    partition.truncateTo(Math.max(committed, ",
      ],
      [": ours.endOffset);", ": ours.endOffset));"],
    ],
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
]);
