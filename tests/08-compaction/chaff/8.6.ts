import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "8.6 dirtOf",
    name: "the ratio of the whole log",
    why: "The active segment, and what may not be cleaned yet, isn't read: it makes nothing dearer.",
    caughtBy: "8.6 dirtOf: what may not be cleaned yet doesn't count, nor does the active segment",
    replace: [
      [
        "cleanableBytes / (cleanBytes + cleanableBytes)",
        "cleanableBytes / (all.reduce((sum, { size }) => sum + size, 0) + 0 * cleanBytes)",
      ],
    ],
  },
  {
    exercise: "8.6 dirtOf",
    name: "dirty to clean, not dirty to all",
    why: "Then it is no share: half and half is 1, not 0.5.",
    caughtBy: "8.6 dirtOf: the share of the bytes that are new in those that would be read",
    replace: [["cleanableBytes / (cleanBytes + cleanableBytes)", "cleanableBytes / cleanBytes"]],
  },
  {
    exercise: "8.6 dirtOf",
    name: "nothing of nothing is NaN",
    why: "Every comparison with it is false, in this order or the other.",
    caughtBy: "8.6 dirtOf: nothing to clean: a ratio of 0, also when there is nothing at all",
    replace: [["cleanableBytes === 0 ? 0 : ", ""]],
  },
  {
    exercise: "8.6 dirtOf",
    name: "a segment that is half clean counts as clean",
    why: "It is read, and what is new in it is taken in.",
    caughtBy: "8.6 dirtOf: the segment that the dirty part begins inside of is cleanable, and no segment counts twice",
    replace: [
      [
        "all[i + 1]!.baseOffset > firstDirtyOffset",
        "segment.baseOffset >= firstDirtyOffset && all[i + 1] !== undefined",
      ],
    ],
  },
  {
    exercise: "8.6 dirtOf",
    name: "clean segments can be overdue",
    why: "They get old, too. The log would be cleaned again and again.",
    caughtBy: "8.6 dirtOf: what is clean already, and the active segment, can't be overdue",
    replace: [["if (isDirty && segment.timestamps", "if (segment.timestamps"]],
  },
  {
    exercise: "8.6 dirtOf",
    name: "overdue a moment too early",
    why: "It may wait for just so long.",
    caughtBy: "8.6 dirtOf: overdue when the first batch of a dirty segment is older than max.compaction.lag.ms",
    replace: [["> maxCompactionLagMs", ">= maxCompactionLagMs"]],
  },
  {
    exercise: "8.6 dirtiestLog",
    name: "the one with the most bytes",
    why: "A large log that is nearly clean would be read whole, for little.",
    caughtBy: "8.6 dirtiestLog: the one with the largest ratio, not the one with the most bytes",
    replace: [["ratio <= largest", "cleanableBytes <= largest"], ["largest = ratio;", "largest = cleanableBytes;"]],
  },
  {
    exercise: "8.6 dirtiestLog",
    name: "just as dirty as allowed is too dirty",
    why: "With a ratio of 1 in the configuration a log is never to be cleaned.",
    caughtBy: "8.6 dirtiestLog: only logs that are dirtier than min.cleanable.dirty.ratio, each by its own",
    replace: [["ratio > each.log", "ratio >= each.log"]],
  },
  {
    exercise: "8.6 dirtiestLog",
    name: "overdue logs have to be dirty, too",
    why: "max.compaction.lag.ms is a promise, whatever the ratio is: think of a record that must be gone in a week.",
    caughtBy: "8.6 dirtiestLog: an overdue log has its turn, however little is new in it",
    replace: [[" || isOverdue)", " && isOverdue !== null)"]],
  },
  {
    exercise: "8.6 dirtiestLog",
    name: "an overdue log has its turn though nothing may be cleaned",
    why: "It would be chosen again and again, and nothing else.",
    caughtBy: "8.6 dirtiestLog: but not before there is something that may be cleaned",
    replace: [["cleanableBytes > 0 && ", "cleanableBytes >= 0 && "]],
  },
  {
    exercise: "8.6 dirtiestLog",
    name: "the last of several that are equally dirty",
    why: "The task says the first: so that a test, or a reader of the log lines, can tell which.",
    caughtBy: "8.6 dirtiestLog: the first of several that are equally dirty",
    replace: [["ratio <= largest", "ratio < largest"]],
  },
  {
    exercise: "8.6 dirtiestLog",
    name: "the first one for which it is time",
    why: "The others wait, however dirty they are.",
    caughtBy: "8.6 dirtiestLog: the one with the largest ratio, not the one with the most bytes",
    replace: [
      [
        "if (!isTime || ratio <= largest) continue;",
        "if (!isTime || dirtiest !== undefined || ratio <= largest) continue;",
      ],
    ],
  },
]);
