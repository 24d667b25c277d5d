import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "5.3 LogSegment.append",
    name: "checked after the write",
    why: "Once the bytes are in the file the error comes too late: the next append writes behind them.",
    caughtBy: "5.3 append: an offset too far from the base offset is refused, and nothing is written",
    replace: [
      ["this.checkOffset(lastOffsetOf(last));", ""],
      ["this.records.append(records);", "this.records.append(records);\n    this.checkOffset(lastOffsetOf(last));"],
    ],
  },
  {
    exercise: "5.3 LogSegment.append",
    name: "the first offset is checked instead of the last",
    why: "The batch may begin below the limit and end above it.",
    caughtBy: "5.3 append: it is the last offset that must fit",
    replace: [["this.checkOffset(lastOffsetOf(last))", "this.checkOffset(Number(last.baseOffset))"]],
  },
  {
    exercise: "5.3 LogSegment.append",
    name: "the position where the batch ends",
    why: "A reader that starts there has passed the batch that the entry is about.",
    caughtBy: "5.3 append: an entry has the batch's last offset and the position where the batch begins",
    replace: [
      ["this.index(batch, position);", ""],
      ["position += batch.sizeInBytes;", "position += batch.sizeInBytes;\n      this.index(batch, position);"],
    ],
  },
  {
    exercise: "5.3 LogSegment.append",
    name: "one entry an append at most",
    why: "A follower appends many batches at once. Its index would be sparser than the one that recovery builds.",
    caughtBy: "5.3 append: of several batches at once each is looked at",
    replace: [
      ["this.index(batch, position);", "if (batch === last) this.index(batch, this.records.size - records.length);"],
    ],
  },
  {
    exercise: "5.3 LogSegment.append",
    name: "a write a batch",
    why: "Each write is a call of the operating system; and when the third one fails, two batches are in the file.",
    caughtBy: "5.3 append: several batches at once are one write",
    replace: [
      ["this.records.append(records);", ""],
      ["this.index(batch, position);", "this.records.append(batch.slice());\n      this.index(batch, position);"],
    ],
  },
  {
    exercise: "5.3 LogSegment.index",
    name: "index interval off by one",
    why: "An entry comes when *more* than index.interval.bytes lie behind. One byte less, and the index isn't Kafka's.",
    caughtBy: "5.3 append: an index entry comes only when more than index.interval.bytes lie behind",
    replace: [["<= this.indexIntervalBytes", "< this.indexIntervalBytes"]],
  },
  {
    exercise: "5.3 LogSegment.index",
    name: "the batch's first offset in the index",
    why: "It would work. But Kafka's entries have the last one: older formats told only that without unpacking.",
    caughtBy: "5.3 append: an entry has the batch's last offset and the position where the batch begins",
    replace: [
      [
        "this.offsetIndex.append(lastOffsetOf(batch), position)",
        "this.offsetIndex.append(Number(batch.baseOffset), position)",
      ],
    ],
  },
  {
    exercise: "5.3 LogSegment.index",
    name: "the batch's own timestamp in the time index",
    why: "Producers' clocks differ: timestamps jump back, and the time index must not.",
    caughtBy: "5.3 append: the time index gets the largest timestamp so far, with the offset of its batch",
    replace: [
      [
        "this.timeIndex.maybeAppend(timestamp, offset)",
        "void [timestamp, offset];\n    this.timeIndex.maybeAppend(batch.maxTimestamp, lastOffsetOf(batch))",
      ],
    ],
  },
  {
    exercise: "5.3 LogSegment.index",
    name: "the timestamp is noted too late",
    why: "The entry speaks for the batch that it points to, so that batch's timestamp has to be in it.",
    caughtBy: "5.3 append: the time index gets the largest timestamp so far, with the offset of its batch",
    replace: [
      ["this.timestamps.note(batch);", ""],
      ["<= this.indexIntervalBytes) return;", "<= this.indexIntervalBytes) return this.timestamps.note(batch);"],
      [
        "this.timeIndex.maybeAppend(timestamp, offset);",
        "this.timeIndex.maybeAppend(timestamp, offset);\n    this.timestamps.note(batch);",
      ],
    ],
  },
  {
    exercise: "5.3 LogSegment.translateOffset",
    name: "a batch that ends with the offset is passed",
    why: "Last offsets are inclusive.",
    caughtBy: "5.3 translateOffset: every offset leads to the batch that holds it",
    replace: [["batch.lastOffset >= offset", "batch.lastOffset > offset"]],
  },
  {
    exercise: "5.3 LogSegment.translateOffset",
    name: "only where a batch begins",
    why: "An offset in the middle of a batch is found in the batch that *holds* it, not in the next one that begins.",
    caughtBy: "5.3 translateOffset: every offset leads to the batch that holds it",
    replace: [["batch.lastOffset >= offset", "batch.baseOffset >= offset"]],
  },
  {
    exercise: "5.3 LogSegment.translateOffset",
    name: "the index is not used",
    why: "Right, but each read goes through the whole segment from its start: up to a gigabyte.",
    caughtBy: "5.3 translateOffset: begins where the index says, not at the start of the file",
    replace: [["this.offsetIndex.lookup(offset).position", "0"]],
  },
  {
    exercise: "5.3 LogSegment.translateOffset",
    name: "the index is taken at its word",
    why: "The index is sparse: it says from where on to look, not where the offset is.",
    caughtBy: "5.3 translateOffset: every offset leads to the batch that holds it",
    replace: [["if (batch.lastOffset >= offset) return", "return"]],
  },
  {
    exercise: "5.3 LogSegment.read",
    name: "a large first batch is never given",
    why: "Its reader asks again and again, and never gets past it.",
    caughtBy: "5.3 read: the first batch comes also when it is larger than maxBytes",
    replace: [["minOneMessage ? Math.max(maxBytes, first.size) : maxBytes", "maxBytes"]],
  },
  {
    exercise: "5.3 LogSegment.read",
    name: "the first batch is always given",
    why: "A fetch of many partitions has one limit for all. Only the first partition with data may go beyond it.",
    caughtBy: "5.3 read: but not unless minOneMessage says so",
    replace: [["minOneMessage ? Math.max(maxBytes, first.size) : maxBytes", "Math.max(maxBytes, first.size)"]],
  },
  {
    exercise: "5.3 LogSegment.read",
    name: "records above maxOffset are given",
    why: "What is above the high watermark may still be lost: whoever has read it has read what never was.",
    caughtBy: "5.3 read: only batches that lie entirely below maxOffset",
    replace: [["batchesBelow(bytes, maxOffset)", "batchesBelow(bytes, Infinity)"]],
  },
  {
    exercise: "5.3 LogSegment.read",
    name: "half a batch at the end",
    why: "The bytes were read up to a limit; what it cut in two nobody can use.",
    caughtBy: "5.3 read: as many whole batches as maxBytes has room for",
    replace: [["bytes.subarray(0, size)", "bytes"]],
  },
  {
    exercise: "5.3 LogSegment.read",
    name: "nothing here, although there is more in the next segment",
    why: "No bytes means: nothing may be read now. Null means: not in this segment, look in the next one.",
    caughtBy: "5.3 read: null from an empty segment, and after the last record",
    replace: [["return null", "return { records: new Uint8Array(0), nextOffset: null }"]],
  },
  {
    exercise: "5.3 LogSegment.append",
    name: "only the first batch is checked",
    why: "It is the last one that lies farthest from the base offset.",
    caughtBy: "5.3 append: of several batches it is the last one's that must fit",
    replace: [["lastOffsetOf(last)", "lastOffsetOf(appended[0]!)"]],
  },
  {
    exercise: "5.3 LogSegment.translateOffset",
    name: "records are read to get past them",
    why: "A header says where the next one is. With batches of a megabyte, reading them is all the work there is.",
    caughtBy: "5.3 translateOffset: only headers are read, not the records between them",
    replace: [["this.records.headers(", "this.records.batches("]],
  },
]);
