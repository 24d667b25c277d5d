import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "5.2 TimeIndex.maybeAppend",
    name: "the offset is written first",
    why: "In the offset index the offset comes first, here the timestamp does: the key of each index leads.",
    caughtBy: "5.2 maybeAppend: an entry is the timestamp in eight bytes and the relative offset in four",
    replace: [
      ["at, timestamp", "at + 4, timestamp"],
      ["at + 8, offset - this.baseOffset", "at, offset - this.baseOffset"],
    ],
  },
  {
    exercise: "5.2 TimeIndex.maybeAppend",
    name: "an entry also when the timestamp is the same",
    why: "It says nothing new, fills the index, and gives records without a timestamp (−1) entries of their own.",
    caughtBy: "5.2 maybeAppend: a timestamp that is no larger than the last says nothing new",
    replace: [["timestamp <= last.timestamp", "timestamp < last.timestamp"]],
  },
  {
    exercise: "5.2 TimeIndex.maybeAppend",
    name: "no place is kept for the last entry",
    why: "When the segment is sealed its largest timestamp has to go in, or a search by time skips the whole segment.",
    caughtBy: "5.2 maybeAppend: the last place is kept for the entry that seals the segment",
    replace: [[" || (this.isFull && !sealing)", ""]],
  },
  {
    exercise: "5.2 TimeIndex.maybeAppend",
    name: "the last place is kept for ever",
    why: "It is kept for the entry that seals the segment: `sealing` may take it.",
    caughtBy: "5.2 maybeAppend: the last place is kept for the entry that seals the segment",
    replace: [["(this.isFull && !sealing)", "this.isFull"]],
  },
  {
    exercise: "5.2 TimeIndex.maybeAppend",
    name: "offsets may go back",
    why: "An entry speaks for all records up to its offset. With a smaller offset than before it speaks for fewer.",
    caughtBy: "5.2 maybeAppend: the offset must not go back",
    replace: [[" || offset < last.offset", ""]],
  },
  {
    exercise: "5.2 TimeIndex.maybeAppend",
    name: "a step back is passed over in silence",
    why: "The caller hands in the largest timestamp so far. If it shrinks, the caller is broken, and must hear of it.",
    caughtBy: "5.2 maybeAppend: the timestamp must not go back",
    replace: [["this.count > 0 && (", "this.count < 0 && ("]],
  },
  {
    exercise: "5.2 TimeIndex.lookup",
    name: "an entry with the very timestamp is not found",
    why: "The entry wanted is the last one that is *not above* the target; one that is equal is not above.",
    caughtBy: "5.2 lookup: a timestamp that has an entry gets it",
    replace: [["<= target", "< target"]],
  },
  {
    exercise: "5.2 TimeIndex.lookup",
    name: "the entry above instead of the one below",
    why: "It feels right to go to the first entry that is as young. But the record may come before that entry's batch.",
    caughtBy: "5.2 lookup: between two entries it is the lower one",
    replace: [["this.entryAt(low - 1)", "this.entryAt(Math.min(low, this.count - 1))"]],
  },
  {
    exercise: "5.2 TimeIndex.lookup",
    name: "timestamps are made numbers",
    why: "Some producers write nanoseconds. Above 2⁵³ numbers have gaps: different timestamps become the same.",
    caughtBy: "5.2 lookup: takes timestamps that no number can hold",
    replace: [["this.timestampAt(middle) <= target", "Number(this.timestampAt(middle)) <= Number(target)"]],
  },
  {
    exercise: "5.2 TimeIndex.maybeAppend",
    name: "a full index no longer looks",
    why: "Whoever goes back has made a mistake, and hears of it only as long as there is room.",
    caughtBy: "5.2 maybeAppend: a full index takes nothing, and what goes back is refused all the same",
    replace: [
      ["if (this.count >= this.file.maxEntries || (this.isFull && !sealing)) return;\n", ""],
      [
        "const last = this.lastEntry;",
        "if (this.count >= this.file.maxEntries || (this.isFull && !sealing)) return;\n" +
          "    const last = this.lastEntry;",
      ],
    ],
  },
]);
