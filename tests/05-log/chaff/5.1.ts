import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "5.1 OffsetIndex.append",
    name: "absolute offsets are written",
    why: "Four bytes hold an offset only relative to the base offset: an absolute one is cut off at 2³¹.",
    caughtBy: "5.1 append: an entry is the relative offset and the position, four bytes each",
    replace: [["offset - this.baseOffset", "offset"]],
  },
  {
    exercise: "5.1 OffsetIndex.append",
    name: "position and offset change places",
    why: "Which of the two comes first is Kafka's choice, and its tools read the file, too: the offset.",
    caughtBy: "5.1 append: an entry is the relative offset and the position, four bytes each",
    replace: [
      ["at, offset - this.baseOffset", "at + 4, offset - this.baseOffset"],
      ["at + 4, position", "at, position"],
    ],
  },
  {
    exercise: "5.1 OffsetIndex.append",
    name: "a full index grows on",
    why: "`segment.index.bytes` is a limit. The log rolls at it; until then the index just knows less.",
    caughtBy: "5.1 append: a full index takes no more entries",
    replace: [["if (this.isFull) return;", ""]],
  },
  {
    exercise: "5.1 OffsetIndex.append",
    name: "the same offset twice",
    why: "Two entries with one offset and different positions: a lookup would find one or the other by chance.",
    caughtBy: "5.1 append: after 130, offset 130 is out of order",
    replace: [["offset <= this.lastOffset", "offset < this.lastOffset"]],
  },
  {
    exercise: "5.1 OffsetIndex.append",
    name: "no first entry at the base offset",
    why: "An empty index has the base offset as `lastOffset`, which is no entry: a batch of one record ends with it.",
    caughtBy: "5.1 append: the base offset itself can be held, and so can 2^31 - 1 more",
    replace: [["(this.count > 0 && offset <= this.lastOffset)", "offset <= this.lastOffset"]],
  },
  {
    exercise: "5.1 OffsetIndex.lookup",
    name: "the entry above instead of the one below",
    why: "The batch that holds the offset may begin before that entry's position: the reader would start too late.",
    caughtBy: "5.1 lookup: between two entries it is the lower one: the batch may begin before the upper one's",
    replace: [
      [
        "offset: this.offsetAt(low - 1), position: this.positionAt(low - 1)",
        "offset: this.offsetAt(Math.min(low, this.count - 1)), " +
          "position: this.positionAt(Math.min(low, this.count - 1))",
      ],
    ],
  },
  {
    exercise: "5.1 OffsetIndex.lookup",
    name: "an entry with the very offset is not found",
    why: "The entry wanted is the last one that is *not above* the target; one that is equal is not above.",
    caughtBy: "5.1 lookup: an offset that has an entry gets it",
    replace: [["<= target", "< target"]],
  },
  {
    exercise: "5.1 OffsetIndex.lookup",
    name: "every entry is looked at",
    why: "Right, but the index of a full segment has 260,000 entries, and this is on the way of every fetch.",
    caughtBy: "5.1 lookup: looks at few entries, not at all of them",
    body: `
    let found = { offset: this.baseOffset, position: 0 };
    for (let slot = 0; slot < this.count && this.offsetAt(slot) <= target; slot++) {
      found = { offset: this.offsetAt(slot), position: this.positionAt(slot) };
    }
    return found;
  `,
  },
  {
    exercise: "5.1 OffsetIndex.lookup",
    name: "a sealed index is brought into memory",
    why: "`bytes` are for the active segment. A log has many sealed ones, and none would ever be let go again.",
    caughtBy: "5.1 lookup: a sealed index stays on disk: only the entries that are looked at are read",
    replace: [
      ["this.offsetAt(middle)", "this.baseOffset + new DataView(this.file.bytes.buffer).getInt32(8 * middle)"],
    ],
  },
  {
    exercise: "5.1 OffsetIndex.append",
    name: "a full index still refuses",
    why: "It knows nothing of what came after it was full, so what is out of order it can't tell; and nothing is lost.",
    caughtBy: "5.1 append: a full index does nothing, whatever it is given",
    replace: [
      ["if (this.isFull) return;\n", ""],
      ["const at = this.file.grow();", "if (this.isFull) return;\n    const at = this.file.grow();"],
    ],
  },
]);
