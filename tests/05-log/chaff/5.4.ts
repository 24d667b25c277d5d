import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "5.4 LeaderEpochFileCache.assign",
    name: "the start offset moves with every batch",
    why: "It is called for every batch. Only the first one of an epoch tells where the epoch began.",
    caughtBy: "5.4 assign: an epoch keeps the start offset that it got first",
    replace: [
      [
        "latest.epoch === epoch && startOffset >= latest.startOffset",
        "latest.epoch === epoch && startOffset === latest.startOffset",
      ],
    ],
  },
  {
    exercise: "5.4 LeaderEpochFileCache.assign",
    name: "an earlier start is passed over",
    why: "After a truncation the same epoch may be found to begin earlier: then that is where it begins.",
    caughtBy: "5.4 assign: unless it is found to begin earlier",
    replace: [["latest.epoch === epoch && startOffset >= latest.startOffset", "latest.epoch === epoch"]],
  },
  {
    exercise: "5.4 LeaderEpochFileCache.assign",
    name: "a leader that wrote nothing keeps its entry",
    why: "Two epochs with one start offset: the first has no records, and followers are told that it has.",
    caughtBy: "5.4 assign: a leader that wrote nothing leaves no entry",
    replace: [[" && entry.startOffset < startOffset", ""]],
  },
  {
    exercise: "5.4 LeaderEpochFileCache.assign",
    name: "later epochs stay",
    why: "A smaller epoch after a larger one: the list no longer grows, and searching it gives nonsense.",
    caughtBy: "5.4 assign: entries with a later epoch are contradicted, and go",
    replace: [["entry.epoch < epoch && ", ""]],
  },
  {
    exercise: "5.4 LeaderEpochFileCache.assign",
    name: "epoch 0 is no epoch",
    why: "The first leader of a partition has epoch 0, and its first record offset 0. −1 is none.",
    caughtBy: "5.4 assign: epoch 0 at offset 0 is an entry like any other",
    replace: [["epoch < 0 || startOffset < 0", "epoch <= 0 || startOffset < 0"]],
  },
  {
    exercise: "5.4 LeaderEpochFileCache.endOffsetFor",
    name: "an epoch ends where it begins",
    why: "The end of an epoch is the start of the *next* one.",
    caughtBy: "5.4 endOffsetFor: an earlier epoch ends where the next one begins",
    replace: [["entry.epoch > requestedEpoch", "entry.epoch >= requestedEpoch"]],
  },
  {
    exercise: "5.4 LeaderEpochFileCache.endOffsetFor",
    name: "the asked epoch comes back, records or not",
    why: "The follower compares the epoch of the answer with its own: it must be one that the leader really has.",
    caughtBy: "5.4 endOffsetFor: of an epoch without records it is the last one before it that ends",
    replace: [["this.#entries[higher - 1]?.epoch ?? requestedEpoch", "requestedEpoch"]],
  },
  {
    exercise: "5.4 LeaderEpochFileCache.endOffsetFor",
    name: "an unknown later epoch ends with the log",
    why: "The leader does not know that epoch: the follower must be told so, not given an offset to cut at.",
    caughtBy: "5.4 endOffsetFor: an epoch after all known ones is unknown",
    replace: [
      [" || requestedEpoch > latest", ""],
      ["requestedEpoch === latest) return { epoch: latest,", "requestedEpoch >= latest) return { epoch: latest,"],
    ],
  },
  {
    exercise: "5.4 LeaderEpochFileCache.endOffsetFor",
    name: "an epoch before all known ones is unknown",
    why: "Its records were deleted, which is known: whatever it was, it ended before the first known epoch began.",
    caughtBy: "5.4 endOffsetFor: an epoch before all known ones ends where they begin",
    replace: [["requestedEpoch > latest", "requestedEpoch > latest || requestedEpoch < this.#entries[0]!.epoch"]],
  },
  {
    exercise: "5.4 LeaderEpochFileCache.truncateFromEnd",
    name: "an epoch that begins at the end stays",
    why: "It has no record left. If the next leader writes there, two epochs claim the offset.",
    caughtBy: "5.4 truncateFromEnd: an epoch that begins at the new end has no records left, and goes",
    replace: [["entry.startOffset < endOffset", "entry.startOffset <= endOffset"]],
  },
  {
    exercise: "5.4 LeaderEpochFileCache.truncateFromEnd",
    name: "written every time",
    why: "It is called at every truncation and every start; a file that stays the same need not be flushed.",
    caughtBy: "5.4 truncateFromEnd: above all epochs nothing changes, and nothing is written",
    replace: [["if (kept.length < this.#entries.length) ", ""]],
  },
  {
    exercise: "5.4 LeaderEpochFileCache.truncateFromStart",
    name: "the epoch of the first record is forgotten",
    why: "The record at the new start was written in the last of the older epochs. That one must stay.",
    caughtBy: "5.4 truncateFromStart: the epoch of the first record stays, and begins there",
    replace: [
      [
        "[{ epoch: last.epoch, startOffset }, ...this.#entries.slice(older.length)]",
        "this.#entries.slice(older.length)",
      ],
    ],
  },
  {
    exercise: "5.4 LeaderEpochFileCache.truncateFromStart",
    name: "its start stays where it was",
    why: "It would begin at an offset that the log no longer has.",
    caughtBy: "5.4 truncateFromStart: the epoch of the first record stays, and begins there",
    replace: [["{ epoch: last.epoch, startOffset }", "last"]],
  },
  {
    exercise: "5.4 LeaderEpochFileCache.truncateFromStart",
    name: "an epoch that begins just there counts as later",
    why: "Then the one before it is kept, too, and both begin at the same offset.",
    caughtBy: "5.4 truncateFromStart: an epoch that begins just there stays as it is",
    replace: [["entry.startOffset <= startOffset", "entry.startOffset < startOffset"]],
  },
  {
    exercise: "5.4 LeaderEpochFileCache.endOffsetFor",
    name: "epoch 0 is no epoch",
    why: "`!latest` is true for 0, and 0 is the epoch of every log whose first leader still leads.",
    caughtBy: "5.4 endOffsetFor: the latest epoch ends with the log",
    replace: [["latest === null", "!latest"]],
  },
  {
    exercise: "5.4 LeaderEpochFileCache.truncateFromStart",
    name: "the first entry never moves",
    why: "With no entry to remove it looks as if there were nothing to do; but its epoch begins later now.",
    caughtBy: "5.4 truncateFromStart: the epoch begins later also when there is none to remove",
    replace: [["(older.length === 1 && last.startOffset === startOffset)", "older.length === 1"]],
  },
  {
    exercise: "5.4 LeaderEpochFileCache.truncateFromEnd",
    name: "brought to the file at once",
    why: "A truncation is what gives a full disk room. One that has to write first fails there.",
    caughtBy: "5.4 truncateFromEnd: needs no room, and leaves the device alone before the next flush",
    replace: [
      [
        "if (kept.length < this.#entries.length) this.replaceEntries(kept);",
        `if (kept.length === this.#entries.length) return;
    this.replaceEntries(kept);
    this.flush().catch(() => {});`,
      ],
    ],
  },
  {
    exercise: "5.4 LeaderEpochFileCache.truncateFromStart",
    name: "brought to the file at once",
    why: "Deleting old records is what gives a full disk room. What has to write first fails there.",
    caughtBy: "5.4 truncateFromStart: needs no room, and leaves the device alone before the next flush",
    replace: [
      [
        "this.replaceEntries([{ epoch: last.epoch, startOffset }, ...this.#entries.slice(older.length)]);",
        `this.replaceEntries([{ epoch: last.epoch, startOffset }, ...this.#entries.slice(older.length)]);
    this.flush().catch(() => {});`,
      ],
    ],
  },
]);
