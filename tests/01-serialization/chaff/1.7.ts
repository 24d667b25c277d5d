import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "1.7 RecordCursor.next",
    name: "what follows the last record is not looked at",
    why: "A count that is too small then hides records, and nobody hears of it.",
    caughtBy: "1.7 next: bytes after the last record are an error",
    replace: [["if (this.left === 0 && this.at < this.bytes.length)", "if (this.left < 0)"]],
  },
  {
    exercise: "1.7 RecordCursor.next",
    name: "too few records are no error",
    why: "The bytes are at an end, so one stops. But the header promised more.",
    caughtBy: "1.7 next: bytes that end before the count is reached are an error",
    replace: [[
      "throw invalidRecord(this.at, `${this.left} more should follow, the bytes end`)",
      "return false",
    ]],
  },
  {
    exercise: "1.7 RecordCursor.next",
    name: "goes on for as long as there are bytes",
    why: "In a sound batch the count says the same; in a damaged one it is how one notices.",
    caughtBy: "1.7 next: with a count of 0 there are none, whatever follows",
    body: "if (this.at >= this.bytes.length) return false;\n    readRecord(this);\n    return true;",
  },
  {
    exercise: "1.7 RecordBatch.isValid",
    name: "the checksum is taken over the whole batch",
    why: "It begins at the attributes. What comes before is written by the broker, after the sum was taken.",
    caughtBy: "1.7 isValid: Apache Kafka's batches are",
    replace: [["this.position + layout.ATTRIBUTES_AT", "this.position"]],
  },
  {
    exercise: "1.7 RecordBatch.isValid",
    name: "the checksum is taken to the end of the buffer",
    why: "In a log other batches follow.",
    caughtBy: "1.7 isValid: a batch inside of a larger buffer",
    replace: [[", this.position + this.sizeInBytes)", ")"]],
  },
  {
    exercise: "1.7 RecordBatch.isValid",
    name: "the batch's position is forgotten",
    why: "It is 0 in small tests.",
    caughtBy: "1.7 isValid: a batch inside of a larger buffer",
    replace: [[
      "this.position + layout.ATTRIBUTES_AT, this.position + this.sizeInBytes",
      "layout.ATTRIBUTES_AT, this.sizeInBytes",
    ]],
  },
  {
    exercise: "1.7 RecordBatch.isValid",
    name: "the magic is not looked at",
    why: "It lies before the checksum, so that alone doesn't notice when a bit of the magic flips.",
    caughtBy: "1.7 isValid: not when a bit of the magic, the checksum, or what it covers, has flipped",
    replace: [["this.magic !== layout.MAGIC_V2 || ", ""]],
  },
  {
    exercise: "1.7 RecordBatch.cursor",
    name: "records are never decompressed",
    why: "Without a codec all is well.",
    caughtBy: "1.7 cursor: the records' bytes, without the header, decompressed",
    replace: [["count === 0 ? stored : decompress(this.compression, stored, maxBytes)", "stored"]],
  },
  {
    exercise: "1.7 RecordBatch.cursor",
    name: "a batch without records is decompressed",
    why: "Compaction can take all records of a batch and leave its header. No codec makes nothing of no bytes.",
    caughtBy: "1.7 cursor: a compressed batch without records has nothing to inflate: compaction leaves such batches",
    replace: [["count === 0 ? stored : ", ""]],
  },
  {
    exercise: "1.7 RecordBatch.cursor",
    name: "the limit isn't handed on",
    why: "A kilobyte that inflates to a gigabyte then does.",
    caughtBy: "1.7 cursor: no more is inflated than allowed",
    replace: [["stored, maxBytes)", "stored, MAX_INFLATED_BYTES)"]],
  },
  {
    exercise: "1.7 RecordBatch.cursor",
    name: "a negative count means none",
    why: "No writer has ever written one: these bytes are damaged, and that has to be said.",
    caughtBy: "1.7 cursor: records that don't decompress, a codec that doesn't exist, a negative count",
    replace: [["if (count < 0) throw", "if (count < -2147483648) throw"]],
  },
  {
    exercise: "1.7 RecordBatch.cursor",
    name: "one array for what is inflated",
    why: "A scratch array saves garbage, until somebody reads two batches at once, or keeps a record's value.",
    caughtBy: "1.7 cursor: two at once are over memory of their own, with every codec",
    replace: [[
      "return new RecordCursor(records, count)",
      "const kept = ((RecordBatch as { kept?: Uint8Array }).kept ??= new Uint8Array(8_388_608));\n" +
        '    const isInflated = this.compression !== "none";\n' +
        "    if (!isInflated || records.length > kept.length) return new RecordCursor(records, count);\n" +
        "    kept.set(records);\n" +
        "    return new RecordCursor(kept.subarray(0, records.length), count)",
    ]],
  },
  {
    exercise: "1.7 RecordBatch.records",
    name: "offsets are counted instead of read",
    why: "A producer's batch has no gaps. After compaction it has, and all offsets behind one are wrong.",
    caughtBy: "1.7 records: offsets have gaps after compaction, and need not begin at the base offset",
    replace: [["addInt64(baseOffset, cursor.offsetDelta)", "addInt64(baseOffset, this.count - cursor.left - 1)"]],
  },
  {
    exercise: "1.7 RecordBatch.records",
    name: "the producer's times despite LogAppendTime",
    why: "The broker changes one bit and one field of the header, and leaves the records as they came.",
    caughtBy: "1.7 records: with LogAppendTime all have the batch's timestamp",
    replace: [["logAppendTime ?? addInt64", "addInt64"]],
  },
  {
    exercise: "1.7 RecordBatch.records",
    name: "sequences don't start again",
    why: "A sequence number is an int32 that goes on at 0 after its largest value.",
    caughtBy: "1.7 records: sequences go on from 2³¹ − 1 to 0",
    replace: [[
      "addSequence(baseSequence, cursor.offsetDelta)",
      "baseSequence < 0 ? baseSequence : baseSequence + cursor.offsetDelta",
    ]],
  },
  {
    exercise: "1.7 RecordBatch.records",
    name: "times are added as numbers",
    why: "Above 2⁵³ a number has no place for the last digits.",
    caughtBy: "1.7 records: are what Apache Kafka's reader gives",
    replace: [[
      "addInt64(baseTimestamp, cursor.timestampDelta)",
      "Number(baseTimestamp) + Number(cursor.timestampDelta)",
    ]],
  },
  {
    exercise: "1.7 batches",
    name: "the smallest length is taken for too small",
    why: "Old logs have messages of magic 0; one without key and value takes just that.",
    caughtBy: "1.7 batches: the smallest length that can be one is an empty message of magic 0",
    replace: [["batch.batchLength < layout.MIN_BATCH_LENGTH", "batch.batchLength <= layout.MIN_BATCH_LENGTH"]],
  },
  {
    exercise: "1.7 batches",
    name: "half a batch at the end is given out",
    why: "The header is there, so it looks like one; its records are not.",
    caughtBy: "1.7 batches: a batch that is cut off at the end is left out, wherever the cut is",
    replace: [["    if (to - position < batch.sizeInBytes) return;\n", ""]],
  },
  {
    exercise: "1.7 batches",
    name: "half a batch at the end is an error",
    why: "A fetch ends where its bytes end, in the middle of a batch as often as not.",
    caughtBy: "1.7 batches: a batch that is cut off at the end is left out, wherever the cut is",
    replace: [[
      "if (to - position < batch.sizeInBytes) return;",
      'if (to - position < batch.sizeInBytes) throw new KafkaError("CORRUPT_MESSAGE", "The last batch is cut off.");',
    ]],
  },
  {
    exercise: "1.7 batches",
    name: "the next batch is looked for twelve bytes too early",
    why: "`batchLength` doesn't count the base offset and itself.",
    caughtBy: "1.7 batches: one after the other, as Apache Kafka's reader finds them",
    replace: [["position += batch.sizeInBytes", "position += batch.batchLength"]],
  },
  {
    exercise: "1.7 batches",
    name: "`to` is ignored",
    why: "A buffer is often larger than what was read into it.",
    caughtBy: "1.7 batches: only between `from` and `to`",
    replace: [["let position = from;", "let position = from;\n  to = bytes.length;"]],
  },
  {
    exercise: "1.7 batches",
    name: "a length that can't be one ends the walk quietly",
    why: "Zeros after the last batch are what a crash leaves behind. Whoever reads has to know of it.",
    caughtBy: "1.7 batches: those before the damage are found, then it is an error",
    replace: [[
      'throw new KafkaError("CORRUPT_MESSAGE", `${message}, for the batch at byte ${position}.`);',
      "return;",
    ]],
  },
  {
    exercise: "1.7 RecordBatch.records",
    name: "sequences are counted instead of read",
    why: "Sequences go with the offsets, so that after compaction both have the same gaps.",
    caughtBy: "1.7 records: sequences have the gaps of the offsets",
    replace: [[
      "addSequence(baseSequence, cursor.offsetDelta)",
      "addSequence(baseSequence, this.count - cursor.left - 1)",
    ]],
  },
  {
    exercise: "1.7 batches",
    name: "a length is looked at only if the magic is there, too",
    why: "Twelve bytes are enough to see that a length can't be one. Silence makes damage an unfinished batch.",
    caughtBy: "1.7 batches: a length that can't be one is an error, also if the magic is missing",
    replace: [["to - position >= LOG_OVERHEAD", "to - position >= layout.HEADER_SIZE_UP_TO_MAGIC"]],
  },
  {
    exercise: "1.7 batches",
    name: "the magic is looked for behind `to`",
    why: "The bytes are in the buffer, so nothing goes wrong, until something old lies there.",
    caughtBy: "1.7 batches: what lies behind `to` is not looked at, also if it would be the magic",
    replace: [["    if (to - position < layout.HEADER_SIZE_UP_TO_MAGIC) return;\n", ""]],
  },
  {
    exercise: "1.7 RecordCursor.next",
    name: "counted before it is read",
    why: "When the record turns out to be damaged the count has already gone down, and the two don't fit together.",
    caughtBy: "1.7 next: after a record that can't be read the cursor is where it was",
    replace: [["readRecord(this);\n    this.left--;", "this.left--;\n    readRecord(this);"]],
  },
]);
