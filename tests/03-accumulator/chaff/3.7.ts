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
    exercise: "3.7 takeExpired",
    name: "a moment too long",
    why: "A sender that sleeps until just that moment finds nothing expired, and has nothing to sleep for.",
    caughtBy: "3.7 expiredBatches: those created delivery.timeout.ms ago, and not those a moment younger",
    replace: [["now - first.createdMs < deliveryTimeoutMs", "now - first.createdMs <= deliveryTimeoutMs"]],
  },
  {
    exercise: "3.7 takeExpired",
    name: "counted from the last attempt",
    why: "Every retry would buy two more minutes: with 2³¹ − 1 retries no record ever fails.",
    caughtBy: "3.7 expiredBatches: a failed attempt doesn't buy time",
    replace: [["now - first.createdMs <", "now - Math.max(first.createdMs, first.retryAtMs - 100) <"]],
  },
  {
    exercise: "3.7 takeExpired",
    name: "only the first",
    why: "All batches that have waited together expire together. One a round keeps the others past their time.",
    caughtBy: "3.7 expiredBatches: of all partitions, in the order in which they would have been sent",
    replace: [
      [
        "    expired.push(queue.batches.pollFirst()!);\n",
        "    expired.push(queue.batches.pollFirst()!);\n    break;\n",
      ],
    ],
  },
  {
    exercise: "3.7 takeExpired",
    name: "a muted partition has time",
    why: "It is muted because an earlier batch is under way. The users of this one have been waiting all the same.",
    caughtBy: "3.7 expiredBatches: also those of a muted partition, and those that wait after a failure",
    replace: [["now - first.createdMs <", "queue.isMuted || now - first.createdMs <"]],
  },
  {
    exercise: "3.7 takeExpired",
    name: "the batch stays open",
    why: "A record could still get in, after everybody has been told, and nobody would ever tell its sender.",
    caughtBy: "3.7 expiredBatches: no record gets into a batch that has expired",
    replace: [["    first.closeForAppends();\n", ""]],
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
        "Math.max(maxBytes, RECORD_BATCH_OVERHEAD + this.maxRecordSize)",
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
]);
