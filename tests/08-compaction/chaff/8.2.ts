import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "8.2 cleanableOffsets",
    name: "up to the log's end",
    why: "What isn't replicated may be cut off. If it has replaced something by then, both are gone.",
    caughtBy: "8.2 cleanableOffsets: before the segment with the high watermark: what is above may still be cut",
    replace: [
      ["firstUnstableOffset ?? highWatermark);", "firstUnstableOffset ?? logEndOffset);"],
      ["Math.min(highWatermark, ", "Math.min(logEndOffset, "],
    ],
  },
  {
    exercise: "8.2 cleanableOffsets",
    name: "open transactions count as committed",
    why: "A record of a transaction that is aborted later would have replaced one that still counts.",
    caughtBy: "8.2 cleanableOffsets: before the segment in which a transaction is open",
    replace: [["Math.min(highWatermark, firstUnstableOffset ?? highWatermark)", "highWatermark"]],
  },
  {
    exercise: "8.2 cleanableOffsets",
    name: "an open transaction at offset 0 is none",
    why: "0 is falsy.",
    caughtBy: "8.2 cleanableOffsets: a transaction that is open at offset 0 is one",
    replace: [["firstUnstableOffset ?? highWatermark", "firstUnstableOffset || highWatermark"]],
  },
  {
    exercise: "8.2 cleanableOffsets",
    name: "the segment that holds the last stable offset is cleaned",
    why: "Where it begins is not where it ends.",
    caughtBy: "8.2 cleanableOffsets: before the segment with the high watermark: what is above may still be cut",
    replace: [["next.baseOffset > lastStableOffset", "segment.baseOffset > lastStableOffset"]],
  },
  {
    exercise: "8.2 cleanableOffsets",
    name: "a segment that ends at the high watermark has to wait",
    why: "Its end is exclusive, and so is the high watermark: everything in it is replicated.",
    caughtBy: "8.2 cleanableOffsets: a segment may be cleaned that ends just where the high watermark is",
    replace: [["next.baseOffset > lastStableOffset", "next.baseOffset >= lastStableOffset"]],
  },
  {
    exercise: "8.2 cleanableOffsets",
    name: "the active segment is cleaned",
    why: "Records are appended to it while it is read; and it has the log's end in it.",
    caughtBy: "8.2 cleanableOffsets: before the active segment, whatever is in it",
    replace: [
      ["if (next === undefined) return true;", "if (next === undefined) return segment.baseOffset < 0;"],
      ["  })!;", "  }) ?? { baseOffset: logEndOffset };"],
    ],
  },
  {
    exercise: "8.2 cleanableOffsets",
    name: "records that are just old enough stay",
    why: "They are to stay for at least so long, and they have.",
    caughtBy: "8.2 cleanableOffsets: before the first segment with a record younger than min.compaction.lag.ms",
    replace: [["< minCompactionLagMs", "<= minCompactionLagMs"]],
  },
  {
    exercise: "8.2 cleanableOffsets",
    name: "a lag of 0 keeps what is from the future",
    why: "0 means that there is no lag. A producer whose clock is ahead would stop all cleaning.",
    caughtBy: "8.2 cleanableOffsets: without min.compaction.lag.ms even records of the future may be cleaned",
    replace: [["minCompactionLagMs > 0 && ", ""]],
  },
  {
    exercise: "8.2 cleanableOffsets",
    name: "clean segments are looked at, too",
    why: "A clean segment that is young (it may have been forced) would keep all after it from being cleaned.",
    caughtBy: "8.2 cleanableOffsets: what was cleaned before doesn't stop it, however young it is",
    replace: [["    if (next.baseOffset <= firstDirtyOffset) return false;\n", ""]],
  },
  {
    exercise: "8.2 cleanableOffsets",
    name: "an offset of another log is believed",
    why: "After the end of the log was lost, it would count as clean up to there, once it is that long again.",
    caughtBy: "8.2 cleanableOffsets: at the log's start, if the offset is above the log's end: it isn't this log's",
    replace: [[" && cleanOffset <= logEndOffset", " && logEndOffset >= 0"]],
  },
  {
    exercise: "8.2 cleanableOffsets",
    name: "deleted records are to be cleaned",
    why: "Below the log start offset there may be no segment any more.",
    caughtBy: "8.2 cleanableOffsets: at the log's start, if that is behind it by now",
    replace: [["cleanOffset >= logStartOffset", "cleanOffset >= 0"]],
  },
  {
    exercise: "8.2 cleanableOffsets",
    name: "it can end before it begins",
    why: "The range is then negative; who takes its size for a number of keys is in for a surprise.",
    caughtBy: "8.2 cleanableOffsets: never below where the dirty part begins",
    replace: [["Math.max(firstDirtyOffset, uncleanable.baseOffset)", "uncleanable.baseOffset"]],
  },
]);
