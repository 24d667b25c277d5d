import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "3.3 ProducerBatch.hasRoomFor",
    name: "a large first record is refused",
    why: "A record larger than batch.size would fit nowhere, ever. Its buffer was made for it.",
    caughtBy: "3.3 tryAppend: the first record always fits, however large",
    replace: [
      ["if (this.recordCount === 0) return true;", "if (this.recordCount === 0) return (value?.length ?? 0) < 200;"],
    ],
  },
  {
    exercise: "3.3 ProducerBatch.hasRoomFor",
    name: "one byte less than there is",
    why: "`<` leaves the last byte of every batch empty: a record that just fits opens a new batch.",
    caughtBy: "3.3 tryAppend: up to the last byte",
    replace: [["<= this.buffer.length", "< this.buffer.length"]],
  },
  {
    exercise: "3.3 ProducerBatch.hasRoomFor",
    name: "only the value is counted",
    why: "Key, headers and the record's own varints take room, too.",
    caughtBy: "3.3 tryAppend: key, headers and a later timestamp take room, too",
    replace: [
      [
        "sizeOfRecordBody(timestampMs - this.#baseTimestamp, this.recordCount, key, value, headers)",
        "sizeOfRecordBody(0, this.recordCount, null, value, [])",
      ],
    ],
  },
  {
    exercise: "3.3 ProducerBatch.hasRoomFor",
    name: "the record's own length is forgotten",
    why: "In front of a record stands a varint with its size: one byte, from 64 on two.",
    caughtBy: "3.3 tryAppend: one byte too much is too much",
    replace: [["sizeOfVarint(bodySize) + bodySize", "bodySize"]],
  },
  {
    exercise: "3.3 ProducerBatch.hasRoomFor",
    name: "every record counts as the first",
    why: "A record's number in its batch is a varint: one byte up to 63, two from 64 on.",
    caughtBy: "3.3 tryAppend: from the 65th record on a record's number takes a byte more",
    replace: [["this.recordCount, key, value, headers)", "0, key, value, headers)"]],
  },
  {
    exercise: "3.3 ProducerBatch.hasRoomFor",
    name: "a closed batch takes records",
    why: "It was closed because a record didn't fit. A smaller one that slips in has overtaken it.",
    caughtBy: "3.3 tryAppend: a batch that is closed for appends takes nothing, and is full",
    replace: [
      [
        "    if (!this.#isWritable) return false;\n",
        "    if (!this.#isWritable && this.recordCount > 1) return false;\n",
      ],
    ],
  },
  {
    exercise: "3.3 ProducerBatch.hasRoomFor",
    name: "the new record counts as compressed already",
    why: "Nobody knows yet how well this one shrinks. An estimate that is too low costs a round trip and a split.",
    caughtBy: "3.3 tryAppend: with compression the estimate counts, and the new record as it is",
    replace: [
      ["sizeOfVarint(bodySize) + bodySize <=", "(sizeOfVarint(bodySize) + bodySize) * this.#estimatedRatio <="],
    ],
  },
  {
    exercise: "3.3 BatchResult.complete",
    name: "all records at the base offset",
    why: "The broker says one offset for the whole batch; each further record is one higher.",
    caughtBy: "3.3 complete: the first record is at the base offset, the others follow",
    replace: [["this.#baseOffset = baseOffset;", "this.#baseOffset = baseOffset === 500 ? 501 : baseOffset;"]],
  },
  {
    exercise: "3.3 BatchResult.complete",
    name: "an answer after the failure wins",
    why: "The user has been told that the record failed. Telling the opposite afterwards helps nobody.",
    caughtBy: "3.3 complete, fail: an answer after the batch has expired changes nothing",
    replace: [["if (this.isDone) return false;", 'if (this.isDone && this.#outcome !== "failed") return false;']],
  },
  {
    exercise: "3.3 BatchResult.complete",
    name: "settled after the callbacks",
    why:
      "A callback that closes the producer, or sends again, meets a batch that is not settled, and settles it twice.",
    caughtBy: "3.3 complete, fail: also when a callback settles the batch itself",
    replace: [
      ['    this.#outcome = "succeeded";\n', ""],
      ["    this.#tellEverybody();\n", '    this.#tellEverybody();\n    this.#outcome = "succeeded";\n'],
    ],
  },
  {
    exercise: "3.3 BatchResult.complete",
    name: "the broker's time is ignored",
    why: "With LogAppendTime the record has another timestamp than the one that was sent.",
    caughtBy: "3.3 complete: the broker's time, if it says one, is that of all records",
    replace: [["    this.#logAppendTime = logAppendTime;\n", ""]],
  },
  {
    exercise: "3.3 BatchResult.fail",
    name: "a record's own error is lost",
    why: "One record of a hundred is bad; all are refused. Whoever sent it wants to know which.",
    caughtBy: "3.3 fail: a record that is the cause has an error of its own",
    replace: [["errorOf(index) ?? error", "error"]],
  },
  {
    exercise: "3.3 BatchResult.fail",
    name: "records without an error of their own have none",
    why: "The others of the batch were not written either. With null they look as if they were.",
    caughtBy: "3.3 fail: every record has the error, and no callback an offset",
    replace: [["errorOf(index) ?? error", "errorOf(index)"]],
  },
  {
    exercise: "3.3 BatchResult.fail",
    name: "a failure after the answer wins",
    why: "The batch is acknowledged. Its time-out, a moment later, changes nothing about that.",
    caughtBy: "3.3 complete, fail: nor does a failure after the answer",
    replace: [["if (this.isDone) return false;", 'if (this.isDone && this.#outcome !== "succeeded") return false;']],
  },
  {
    exercise: "3.3 BatchResult.fail",
    name: "failed after the callbacks",
    why: "A callback may do anything, also in a failure: close the producer, and so settle the batch once more.",
    caughtBy: "3.3 complete, fail: also when that happens while it fails",
    replace: [
      ['    this.#outcome = "failed";\n', ""],
      ["    this.#tellEverybody();\n", '    this.#tellEverybody();\n    this.#outcome = "failed";\n'],
    ],
  },
  {
    exercise: "3.3 BatchResult.fail",
    name: "nobody is told of a failure",
    why: "Callbacks are for both outcomes. Without this one an await on the record never ends.",
    caughtBy: "3.3 fail: every record has the error, and no callback an offset",
    replace: [["    this.#tellEverybody();\n", ""]],
  },
  {
    exercise: "3.3 ProducerBatch.tryAppend",
    name: "counted before it is encoded",
    why:
      "If encoding fails, the result has a record that the batch has not: all later ones are told their " +
        "neighbour's offset.",
    caughtBy: "3.3 tryAppend: a record that can't be encoded is in nobody's count",
    replace: [
      [
        "    this.#builder.append(timestampMs, key, value, headers);\n    this.result.addRecord(timestampMs);\n",
        "    this.result.addRecord(timestampMs);\n    this.#builder.append(timestampMs, key, value, headers);\n",
      ],
    ],
  },
  {
    exercise: "3.3 ProducerBatch.tryAppend",
    name: "the result counts what was refused, too",
    why: "Its index is then one ahead of the batch's, and the record that comes next is told the offset of another.",
    caughtBy: "3.3 tryAppend: the result has a record more with each that fits, with its own timestamp",
    replace: [
      [
        "    if (!this.hasRoomFor(timestampMs, key, value, headers)) return false;\n",
        "    if (!this.hasRoomFor(timestampMs, key, value, headers)) {\n" +
          "      this.result.addRecord(timestampMs);\n" +
          "      return false;\n" +
          "    }\n",
      ],
    ],
  },
  {
    exercise: "3.3 ProducerBatch.tryAppend",
    name: "all records have the first one's time",
    why: "With CreateTime a record's metadata tell the time that it was sent with, not that of its batch.",
    caughtBy: "3.3 tryAppend: the result has a record more with each that fits, with its own timestamp",
    replace: [["this.result.addRecord(timestampMs);", "this.result.addRecord(this.#baseTimestamp);"]],
  },
  {
    exercise: "3.3 ProducerBatch.tryAppend",
    name: "the time is counted from the record before",
    why:
      "In the batch each timestamp is a difference to the *first* one's: the sum comes out too small, and " +
        "the batch too large.",
    caughtBy: "3.3 hasRoomFor: every timestamp counts as a difference to the first one's",
    replace: [["if (this.recordCount === 0) this.#baseTimestamp", "this.#baseTimestamp"]],
  },
  {
    exercise: "3.3 ProducerBatch.tryAppend",
    name: "the first timestamp isn't kept",
    why: "The builder keeps one for itself; hasRoomFor then counts from 1970, and every record looks too long.",
    caughtBy: "3.3 tryAppend: up to the last byte",
    replace: [["    if (this.recordCount === 0) this.#baseTimestamp = timestampMs;\n", ""]],
  },
  {
    exercise: "3.3 ProducerBatch.hasRoomFor",
    name: "one byte early, with compression only",
    why: "A batch that the estimate just fills is full, not too full.",
    caughtBy: "3.3 tryAppend: with compression, too, up to the last byte that the estimate leaves",
    replace: [
      [
        "return this.estimatedSizeInBytes +",
        "return Math.floor(this.estimatedSizeInBytes + (this.#estimatedRatio === 1 ? 0 : 1)) +",
      ],
    ],
  },
]);
