import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "5.7 recoverSegment",
    name: "torn tail kept",
    why: "Nobody reads half a batch. But the next append writes behind it, and from there on nothing can be read.",
    caughtBy: "5.7 recoverSegment: a torn tail is cut, at whichever byte the crash came",
    replace: [["segment.records.truncate(end);", ""]],
  },
  {
    exercise: "5.7 recoverSegment",
    name: "checksums are not looked at",
    why: "After a power loss a batch can have its length right and holes inside.",
    caughtBy: "5.7 recoverSegment: with a damaged batch all that follows goes, too, whole or not",
    replace: [["!batch.isValid() || ", ""]],
  },
  {
    exercise: "5.7 recoverSegment",
    name: "a damaged batch is skipped",
    why: "Its offsets would be missing in the middle of the log, and its bytes still be in the file.",
    caughtBy: "5.7 recoverSegment: with a damaged batch all that follows goes, too, whole or not",
    replace: [["canHold(lastOffset)) break;", "canHold(lastOffset)) continue;"]],
  },
  {
    exercise: "5.7 recoverSegment",
    name: "old index entries stay",
    why: "The indexes may be damaged, too: that is why they are built anew.",
    caughtBy: "5.7 recoverSegment: what stood in the indexes does not count",
    replace: [["segment.resetIndexes();", ""]],
  },
  {
    exercise: "5.7 recoverSegment",
    name: "offsets may go back",
    why: "Then an offset is in two batches.",
    caughtBy: "5.7 recoverSegment: offsets that are there already at the end is cut",
    replace: [["baseOffset < nextOffset || ", ""]],
  },
  {
    exercise: "5.7 recoverSegment",
    name: "offsets must go on without a gap",
    why: "Compaction removes whole batches: what is left is no damage.",
    caughtBy: "5.7 recoverSegment: gaps between offsets are no damage: compaction makes them",
    replace: [["baseOffset < nextOffset", "baseOffset !== nextOffset"]],
  },
  {
    exercise: "5.7 recoverSegment",
    name: "the indexes stay empty",
    why: "An empty index is right, but each read then begins at the start of the file.",
    caughtBy: "5.7 recoverSegment: of an undamaged segment nothing is cut, and its indexes become what they were",
    replace: [["segment.index(batch, position);", "segment.timestamps.note(batch);"]],
  },
  {
    exercise: "5.7 recoverSegment",
    name: "epochs are not looked at",
    why: "The checkpoint of epochs may be older than the batches. Without it a follower can't tell where to cut.",
    caughtBy: "5.7 recoverSegment: epochs that are missing are found again; known ones stay",
    replace: [["partitionLeaderEpoch > (epochs.latestEpoch ?? -1)", "partitionLeaderEpoch < -1"]],
  },
  {
    exercise: "5.7 recoverSegment",
    name: "producers are not looked at",
    why: "The transaction index comes from them; and the next segment's recovery goes on with their state.",
    caughtBy: "5.7 recoverSegment: each good batch is replayed, in order, and no other",
    replace: [["segment.replay(batch, producers);", ""]],
  },
  {
    exercise: "5.7 recoverSegment",
    name: "every error ends the good part",
    why: "When the disk fails, all batches seem damaged: this throws the whole segment away.",
    caughtBy: "5.7 recoverSegment: a disk that fails is no damage: the error goes to the caller, and nothing is cut",
    replace: [['if (!(error instanceof KafkaError) || error.code !== "CORRUPT_MESSAGE") throw error;', "void error;"]],
  },
  {
    exercise: "5.7 recoverSegment",
    name: "never rests",
    why: "While it runs, nothing else does: a broker with a large log misses its heartbeats before it has started.",
    caughtBy: "5.7 recoverSegment: rests between batches, so that the broker can do other things",
    replace: [["yield;", ""]],
  },
  {
    exercise: "5.7 recoverLog",
    name: "only segments that begin after the recovery point",
    why: "The one that holds it was flushed only in part: its end is just what a crash damages.",
    caughtBy: "5.7 recoverLog: but the segment that holds the recovery point is, from its start",
    replace: [
      ["log.segments.from(recoveryPoint)", "log.segments.all.filter(({ baseOffset }) => baseOffset >= recoveryPoint)"],
    ],
  },
  {
    exercise: "5.7 recoverLog",
    name: "every segment is recovered",
    why: "Safe, but reading all of a broker's data takes hours, and what is flushed needs no recovery.",
    caughtBy: "5.7 recoverLog: what lies before the recovery point is not looked at",
    replace: [["log.segments.from(recoveryPoint)", "log.segments.from(0)"]],
  },
  {
    exercise: "5.7 recoverLog",
    name: "later segments stay after a cut",
    why: "Between them and the cut there is a hole.",
    caughtBy: "5.7 recoverLog: from the first damaged batch on the log ends, and later segments go",
    replace: [["yield* log.dropAfter(segment);", ""]],
  },
  {
    exercise: "5.7 recoverLog",
    name: "holes between segments are not seen",
    why: "A power loss can take the end of one segment and leave the next one whole.",
    caughtBy: "5.7 recoverLog: also where a segment lost its end without a trace",
    replace: [["cut > 0 || isGap", "cut > 0"]],
  },
  {
    exercise: "5.7 recoverLog",
    name: "a cut that takes no record doesn't count",
    why: "Whatever has left bytes behind a segment may have spared the next one only by chance.",
    caughtBy: "5.7 recoverLog: also where a single stray byte had to be cut, and no record is missing",
    replace: [["cut > 0 || isGap", "(cut > 0 && next === undefined) || isGap"]],
  },
  {
    exercise: "5.7 recoverLog",
    name: "compaction's gaps are taken for holes",
    why: "Everything after the first gap of a compacted log would be thrown away.",
    caughtBy: "5.7 recoverLog: a compacted log has gaps between its segments by right",
    replace: [[" && !log.mayHaveGaps", ""]],
  },
  {
    exercise: "5.7 recoverLog",
    name: "a compacted log never ends early",
    why: "Gaps are its right, damage is not.",
    caughtBy: "5.7 recoverLog: but a compacted log, too, ends where something was cut",
    replace: [["cut > 0 || isGap", "(cut > 0 && !log.mayHaveGaps) || isGap"]],
  },
  {
    exercise: "5.7 recoverSegment",
    name: "−1 is an epoch",
    why: "Batches that were written before there were epochs have none; they are good all the same.",
    caughtBy: "5.7 recoverSegment: batches without an epoch (−1) are good, and none is noted",
    replace: [
      [
        "partitionLeaderEpoch > (epochs.latestEpoch ?? -1)",
        "epochs.latestEpoch === null || partitionLeaderEpoch > epochs.latestEpoch",
      ],
    ],
  },
  {
    exercise: "5.7 recoverLog",
    name: "a segment is recovered in one go",
    why: "A gigabyte takes seconds, and nobody else gets a turn: heartbeats are late, the broker is taken for dead.",
    caughtBy: "5.7 recoverLog: rests where the recovery of a segment rests",
    replace: [
      [
        "const cut = yield* log.recoverSegment(segment);",
        `const work = log.recoverSegment(segment);
    let step = work.next();
    while (step.done !== true) step = work.next();
    const cut = step.value;
    yield;`,
      ],
    ],
  },
  {
    exercise: "5.7 recoverSegment",
    name: "a batch has as many offsets as records",
    why: "Compaction takes records out of a batch, and leaves it its offsets: what begins among them is damage.",
    caughtBy: "5.7 recoverSegment: what begins among the offsets of a compacted batch is cut",
    replace: [["nextOffset = Number(lastOffset) + 1;", "nextOffset = Number(baseOffset) + batch.count;"]],
  },
  {
    exercise: "5.7 recoverLog",
    name: "everything below the recovery point is believed",
    why: "It was whole once. Then somebody copied the folder with half of its files, or a disk lost a block.",
    caughtBy: "5.7 recoverLog: one whose files don't fit together is recovered, wherever it is",
    replace: [["if (log.faultOf(segment) !== null) yield* log.recoverSegment(segment);", "log.faultOf(segment);"]],
  },
  {
    exercise: "5.7 recoverLog",
    name: "a cut below the recovery point ends the log",
    why: "What lies behind it was flushed and replicated: one lost block would take all that came after it.",
    caughtBy: "5.7 recoverLog: what follows one that had to be cut stays, if it was safe before",
    replace: [
      [
        "if (log.faultOf(segment) !== null) yield* log.recoverSegment(segment);",
        `if (log.faultOf(segment) !== null && (yield* log.recoverSegment(segment)) > 0) {
      yield* log.dropAfter(segment);
      return;
    }`,
      ],
    ],
  },
  {
    exercise: "5.7 recoverLog",
    name: "a log that was closed in order is recovered from its start",
    why: "null is no 0: nothing has to be recovered, where 0 says that everything has.",
    caughtBy: "5.7 recoverLog: of a log that was closed in order every segment gets a look, the last one, too",
    replace: [
      ["recoveryPoint === null ? [] : log.segments.from(recoveryPoint)", "log.segments.from(recoveryPoint ?? 0)"],
    ],
  },
  {
    exercise: "5.7 timeIndexFault",
    name: "the index is compared with itself alone",
    why: "A wrong last timestamp grows, too. Retention believes it: the segment goes at once, or never.",
    caughtBy: "5.7 timeIndexFault: a last timestamp that is older than its batch",
    replace: [["batch.baseOffset <= last.offset && batch.maxTimestamp === last.timestamp", "batch.baseOffset >= 0"]],
  },
  {
    exercise: "5.7 timeIndexFault",
    name: "the next batch will do",
    why: "An offset that no batch holds leads to the next one. What the index says is about a batch that isn't there.",
    caughtBy: "5.7 timeIndexFault: a last offset that no batch holds is none of the next batch",
    replace: [["batch.baseOffset <= last.offset && ", ""]],
  },
  {
    exercise: "5.7 timeIndexFault",
    name: "only timestamps have to grow",
    why: "Zeros behind the entries are seen by their time. A block that was mixed up may have only its offsets wrong.",
    caughtBy: "5.7 timeIndexFault: a first offset that the last one doesn't go beyond",
    replace: [["first.timestamp < last.timestamp && first.offset < last.offset", "first.timestamp < last.timestamp"]],
  },
]);
