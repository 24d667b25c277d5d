import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "3.7 putBack",
    name: "at the end of the queue",
    why: "It is the oldest batch of the partition. Behind the others its records come last.",
    caughtBy: "3.7 putBack: what comes back goes first: the others came later",
    body: "queue.addLast(batch);",
  },
  {
    exercise: "3.7 putBack",
    name: "always in front",
    why: "Two batches that were under way come back, the first one first: now the second stands in front of it.",
    caughtBy: "3.7 putBack: several that were under way stand in the order of their numbers",
    body: "queue.addFirst(batch);",
  },
  {
    exercise: "3.7 putBack",
    name: "the larger number comes later",
    why: "True until the numbers start over at 0. Then the batch behind 2147483647 goes in front of it.",
    caughtBy: "3.7 putBack: numbers go from 2³¹ − 1 on to 0",
    replace: [["!precedes(first.baseSequence, batch.baseSequence)", "first.baseSequence > batch.baseSequence"]],
  },
  {
    exercise: "3.7 putBack",
    name: "those in front come back in reverse",
    why: "They were taken off one by one; putting them back in the same order turns them round.",
    caughtBy: "3.7 putBack: several that were under way stand in the order of their numbers",
    replace: [["ahead.reverse()", "ahead"]],
  },
  {
    exercise: "3.7 putBack",
    name: "behind those that have never left",
    why: "A batch without a number has not been sent. It comes after everything that has.",
    caughtBy: "3.7 putBack: in front of what has never left",
    replace: [["first?.hasSequence && batch.hasSequence", "first !== undefined && batch.hasSequence"]],
  },
  {
    exercise: "3.7 ProducerBatch.split",
    name: "split loses the callbacks",
    why: "The records are sent, but whoever waits to hear of them waits for ever.",
    caughtBy: "3.7 split: every record keeps its callback, and is told what became of its part",
    replace: [["if (callback !== undefined) part", "if (callback !== undefined && index < 0) part"]],
  },
  {
    exercise: "3.7 ProducerBatch.split",
    name: "the callback keeps its old place",
    why: "Record 3 of the batch is record 0 of its part. With the old index another record's outcome is told, or none.",
    caughtBy: "3.7 split: every record keeps its callback, and is told what became of its part",
    replace: [
      ["part.result.onCompletion(part.recordCount - 1, callback)", "part.result.onCompletion(index - 1, callback)"],
    ],
  },
  {
    exercise: "3.7 ProducerBatch.split",
    name: "the record that didn't fit is lost",
    why: "It was refused by the full part and must go into the next one. Easily forgotten, and only seen by counting.",
    caughtBy: "3.7 split: the records in their order, each part as full as it may be",
    replace: [
      [
        "        parts.push(part);\n        part.tryAppend(Number(timestamp), key, value, headers);\n",
        "        parts.push(part);\n        if (parts.length === 1) part.tryAppend(Number(timestamp), key, value, " +
          "headers);\n",
      ],
    ],
  },
  {
    exercise: "3.7 ProducerBatch.split",
    name: "the parts have failed, too",
    why: "They wait for a time that was meant for the batch, and have fewer attempts left. They were never tried.",
    caughtBy: "3.7 split: the parts are as old as the batch, closed, not of the pool, and have not been tried",
    replace: [
      [
        "        parts.push(part);\n",
        "        parts.push(part);\n        part.attempts = this.attempts;\n        part.retryAtMs = this.retryAtMs;\n",
      ],
    ],
  },
  {
    exercise: "3.7 ProducerBatch.split",
    name: "all parts as large as the largest record",
    why: "One record is too large for a part, and now every part is: the broker refuses them all once more.",
    caughtBy: "3.7 split: a record that is larger than a part goes alone",
    replace: [
      [
        "Math.max(maxBytes, sizeOfBatchWith(key, value, headers))",
        "Math.max(maxBytes, sizeOfBatchWith(key, value, headers), 900)",
      ],
    ],
  },
  {
    exercise: "3.7 ProducerBatch.split",
    name: "every part has the batch's number",
    why: "The broker takes the second part for a repetition of the first one and drops it.",
    caughtBy: "3.7 split: the parts go on with the batch's sequence numbers",
    replace: [
      [
        "    this.#handSequencesOn(parts);\n",
        "    for (const part of parts) {\n      if (this.hasSequence) part.setProducerState(this.producerId, " +
          "this.producerEpoch, this.baseSequence, this.#isTransactional);\n    }\n",
      ],
    ],
  },
  {
    exercise: "3.7 ProducerBatch.split",
    name: "the parts have no number",
    why: "The batch may have been written before the answer was lost. New numbers would write its records again.",
    caughtBy: "3.7 split: the parts go on with the batch's sequence numbers",
    replace: [["    this.#handSequencesOn(parts);\n", ""]],
  },
  {
    exercise: "3.7 ProducerBatch.split",
    name: "the batch's own result is forgotten",
    why: "Who holds a place in the batch waits for its promise, and nobody will ever settle it.",
    caughtBy: "3.7 split: who holds a place in the batch finds its outcome",
    replace: [["    this.result.splitInto(parts.map(({ result }) => result));\n", ""]],
  },
  {
    exercise: "3.7 ProducerBatch.split",
    name: "a part a record",
    why: "It works, and turns one batch that was a little too large into a hundred small ones.",
    caughtBy: "3.7 split: the records in their order, each part as full as it may be",
    replace: [
      [
        "part === undefined || !part.tryAppend(Number(timestamp), key, value, headers)",
        "part === undefined || part.recordCount > 0",
      ],
    ],
  },
  {
    exercise: "3.7 RecordAccumulator.reenqueue",
    name: "the failure is counted before the wait is asked for",
    why: "The first wait is the one for 0 failures before. Counted first, every wait is a step too long.",
    caughtBy: "3.7 reenqueue: the batch is tried again after a wait, which counts its failures",
    body: `batch.attempts++;
    batch.retryAtMs = now + this.#options.retryBackoffMs(batch.attempts);
    putBack(this.topic(batch.topic).queue(batch.partition).batches, batch);`,
  },
  {
    exercise: "3.7 RecordAccumulator.reenqueue",
    name: "nobody counts the failures",
    why: "Every wait is as short as the first one, however long the broker has been down.",
    caughtBy: "3.7 reenqueue: the batch is tried again after a wait, which counts its failures",
    replace: [["    batch.attempts++;\n", ""]],
  },
  {
    exercise: "3.7 RecordAccumulator.reenqueue",
    name: "again at once",
    why: "The broker is in trouble, and gets the same batch back in the same millisecond.",
    caughtBy: "3.7 reenqueue: the batch is tried again after a wait, which counts its failures",
    replace: [
      ["now + this.#options.retryBackoffMs(batch.attempts)", "now + 0 * this.#options.retryBackoffMs(batch.attempts)"],
    ],
  },
  {
    exercise: "3.7 RecordAccumulator.reenqueue",
    name: "behind those that wait",
    why: "Its records came first. Now the partition is out of order, although the queue itself is in order.",
    caughtBy: "3.7 reenqueue: the batch is tried again after a wait, which counts its failures",
    replace: [
      [
        "putBack(this.topic(batch.topic).queue(batch.partition).batches, batch);",
        "this.topic(batch.topic).queue(batch.partition).batches.addLast(batch);",
      ],
    ],
  },
  {
    exercise: "3.7 BatchResult.splitInto",
    name: "who holds a promise is forgotten",
    why: "The promise was made before the split. Nobody but this batch can resolve it.",
    caughtBy: "3.7 splitInto: the parts' results are those of the records that went into them",
    replace: [["    if (this.#done !== null) this.#resolveDone(this.#whenDone());\n", ""]],
  },
  {
    exercise: "3.7 BatchResult.splitInto",
    name: "split is done",
    why: "A split is no outcome: the parts have yet to be sent. A flush would be over before they are.",
    caughtBy: "3.7 splitInto: the parts' results are those of the records that went into them",
    replace: [["this.#resolveDone(this.#whenDone())", "this.#resolveDone()"]],
  },
  {
    exercise: "3.7 BatchResult.splitInto",
    name: "the callbacks are told of the split",
    why: "They have been handed on. Called here, they hear of an offset that nobody has given.",
    caughtBy: "3.7 splitInto: no callback is called, and who listens listens to the parts",
    replace: [["    this.#callbacks = [];\n", "    this.#tellEverybody();\n"]],
  },
  {
    exercise: "3.7 BatchResult.splitInto",
    name: "a settled batch is split all the same",
    why: "Its users have heard that it failed. Its records are sent once more, and the answer changes.",
    caughtBy: "3.7 splitInto: not when the batch is settled: it may have expired meanwhile",
    replace: [["    if (this.isDone) return false;\n", ""]],
  },
  {
    exercise: "3.7 BatchResult.splitInto",
    name: "nobody listens to the parts",
    why: "If a part fails, its failure counts as one that nobody hears of, and is reported once more.",
    caughtBy: "3.7 splitInto: no callback is called, and who listens listens to the parts",
    replace: [["    this.#shareListeners(parts);\n", ""]],
  },
  {
    exercise: "3.7 RecordAccumulator.splitAndReenqueue",
    name: "the parts in reverse",
    why: "Each is put in front of the one before: what was first in the batch comes last.",
    caughtBy: "3.7 splitAndReenqueue: the parts take the batch's place, in order",
    replace: [["parts.toReversed()", "parts"]],
  },
  {
    exercise: "3.7 RecordAccumulator.splitAndReenqueue",
    name: "always by batch.size",
    why: "A batch of batch.size comes out whole, is refused again, and split again, until it expires (KAFKA-8350).",
    caughtBy: "3.7 splitAndReenqueue: the parts take the batch's place, in order",
    replace: [["size > batchSize ? batchSize : half", "size > 0 ? batchSize : half"]],
  },
  {
    exercise: "3.7 RecordAccumulator.splitAndReenqueue",
    name: "always into halves",
    why: "A batch of ten times batch.size takes four rounds to the broker and back, where one would have done.",
    caughtBy: "3.7 splitAndReenqueue: a compressed batch is split by batch.size, and the estimate goes up",
    replace: [["size > batchSize ? batchSize : half", "size > 0 ? half : batchSize"]],
  },
  {
    exercise: "3.7 RecordAccumulator.splitAndReenqueue",
    name: "the estimate stays",
    why: "It was too good. The parts are filled by it, and come out too large again.",
    caughtBy: "3.7 splitAndReenqueue: the estimate starts over at 1, also when the records did shrink",
    replace: [["    topic.compressionRatio.reset(batch.compressionRatio);\n", ""]],
  },
  {
    exercise: "3.7 RecordAccumulator.splitAndReenqueue",
    name: "the header is halved, too",
    why: "Half of all bytes leaves the halves too little room: three parts, where two were meant.",
    caughtBy: "3.7 splitAndReenqueue: the parts take the batch's place, in order",
    replace: [["RECORD_BATCH_OVERHEAD + Math.ceil((size - RECORD_BATCH_OVERHEAD) / 2)", "Math.ceil(size / 2)"]],
  },
  {
    exercise: "3.7 RecordAccumulator.splitAndReenqueue",
    name: "nobody waits for the parts",
    why: "They are sent. But a flush doesn't wait for them, and a close that gives up doesn't tell them.",
    caughtBy: "3.7 splitAndReenqueue: memory comes back with the batch, and none with its parts",
    replace: [["      this.#incomplete.add(part);\n", ""]],
  },
  {
    exercise: "3.7 RecordAccumulator.splitAndReenqueue",
    name: "the sequencer counts none of the parts",
    why: "They have numbers and are under way for it to remember. Unknown to it, a later batch may leave before them.",
    caughtBy: "3.7 splitAndReenqueue: with sequence numbers the parts stand among the others, and are tracked",
    replace: [["      if (part.hasSequence) sequencer?.track(part);\n", ""]],
  },
]);
