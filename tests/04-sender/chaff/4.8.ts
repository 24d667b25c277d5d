import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "4.8 ProducerSequences.assignSequence",
    name: "one number a batch",
    why: "Each *record* has a number: the broker counts on from the last one of a batch.",
    caughtBy: "4.8 assignSequence: each record has a number, one more than the one before it",
    replace: [["batch.recordCount)", "1)"]],
  },
  {
    exercise: "4.8 ProducerSequences.assignSequence",
    name: "numbers above 2³¹ − 1",
    why: "A sequence number is an int32: `+` goes beyond it, and the header is written with something else.",
    caughtBy: "4.8 assignSequence: after 2³¹ − 1 comes 0",
    replace: [
      [
        "partition.nextSequence = addSequence(partition.nextSequence, batch.recordCount);",
        "partition.nextSequence += batch.recordCount;",
      ],
    ],
  },
  {
    exercise: "4.8 ProducerSequences.assignSequence",
    name: "a new epoch goes on with the old numbers",
    why: "The first batch of a new epoch has to begin at 0, or the broker refuses it.",
    caughtBy: "4.8 assignSequence: in a new epoch the numbers begin at 0 again",
    replace: [
      [
        "if (!this.#isCurrent(partition)) partition.restart(this.#producerId, this.#producerEpoch);",
        "partition.producerEpoch = this.#producerEpoch;",
      ],
    ],
  },
  {
    exercise: "4.8 ProducerSequences.assignSequence",
    name: "the batch is not counted as in flight",
    why: "Then nobody knows which of the batches that come back has to be sent first.",
    caughtBy: "4.8 maySend: of those that are sent again, the one with the lowest numbers comes first",
    replace: [["    partition.add(batch);\n", ""]],
  },
  {
    exercise: "4.8 ProducerSequences.maySend",
    name: "batches leave before there is a producer id",
    why: "They would be written without one, and a second time after a lost answer.",
    caughtBy: "4.8 maySend: nothing may leave without a producer id",
    replace: [["    if (!this.hasId) return false;\n", ""]],
  },
  {
    exercise: "4.8 ProducerSequences.maySend",
    name: "a batch that is sent again needn't wait for those before it",
    why: "The broker refuses it: out of order. With bad luck it is refused as often as `retries` allow.",
    caughtBy: "4.8 maySend: of those that are sent again, the one with the lowest numbers comes first",
    replace: [["partition.inFlight[0] === batch && ", ""]],
  },
  {
    exercise: "4.8 ProducerSequences.maySend",
    name: "nothing new while anything is in flight",
    why: "Correct, but one batch a round trip: five may be in flight.",
    caughtBy: "4.8 maySend: new batches may follow those that are in flight",
    replace: [["return this.#isCurrent(partition) && partition.lastAckedSequence !== NO_SEQUENCE;", "return false;"]],
  },
  {
    exercise: "4.8 ProducerSequences.maySend",
    name: "new batches follow one whose fate is unknown",
    why: "If it wasn't written, they are out of order; and in a new epoch they could be written twice.",
    caughtBy: "4.8 maySend: nothing new follows a batch that may have been written or not",
    replace: [[" || partition.isUnresolved", ""]],
  },
  {
    exercise: "4.8 ProducerSequences.maySend",
    name: "batches of two epochs are in flight together",
    why: "When the one of the new epoch is written first, the broker fences those of the old one.",
    caughtBy: "4.8 maySend: in a new epoch nothing new leaves before the batches of the old one are through",
    replace: [["return this.#isCurrent(partition) && ", "return "]],
  },
  {
    exercise: "4.8 ProducerSequences.maySend",
    name: "the second batch follows the first at once",
    why:
      "A broker that doesn't know the producer takes any number. If the first batch has to be sent again," +
      " the second is there before it.",
    caughtBy: "4.8 maySend: nothing follows a partition's first batch before the broker has acknowledged it",
    replace: [[" && partition.lastAckedSequence !== NO_SEQUENCE;", ";"]],
  },
  {
    exercise: "4.8 ProducerSequences.maySend",
    name: "what comes behind a gap goes on in the old epoch",
    why: "Everything that it sends is refused, until the new epoch begins.",
    caughtBy: "4.8 maySend: nothing behind a gap leaves before there is a new epoch, and nothing new",
    replace: [[" && partition.isBeforeGap(batch)", ""]],
  },
  {
    exercise: "4.8 ProducerSequences.maySend",
    name: "new batches follow a gap in the old epoch",
    why: "They get numbers that the broker can only refuse.",
    caughtBy: "4.8 maySend: nothing behind a gap leaves before there is a new epoch, and nothing new",
    replace: [["partition.needsNewEpoch || ", ""]],
  },
  {
    exercise: "4.8 ProducerSequences.maySend",
    name: "what comes before a gap waits for the new epoch, too",
    why:
      "The new epoch waits for it: nothing ever moves again. Kafka gives it new numbers, and it may be" +
      " written twice.",
    caughtBy: "4.8 maySend: what comes before a gap is sent again in the old epoch: it may have been written",
    replace: [["partition.isBeforeGap(batch)", "!partition.needsNewEpoch"]],
  },
  {
    exercise: "4.8 ProducerSequences.canRetry",
    name: "out of order is final",
    why: "It is what the broker says to each batch behind one that was lost: all of them would fail with it.",
    caughtBy: "4.8 canRetry: out of order behind one that is in flight: both are sent again, and all is well",
    replace: [
      [
        "partition.leaveGap(batch.baseSequence);\n      return true;\n    }\n    if (error",
        "partition.leaveGap(batch.baseSequence);\n      return partition.needsNewEpoch;\n    }\n    if (error",
      ],
    ],
  },
  {
    exercise: "4.8 ProducerSequences.canRetry",
    name: "out of order always needs a new epoch",
    why:
      "While a batch with lower numbers is in flight the gap is filled by it. In a new epoch it could" +
      " be written twice.",
    caughtBy: "4.8 canRetry: out of order behind one that is in flight: both are sent again, and all is well",
    replace: [["partition.inFlight[0] === batch && ", ""]],
  },
  {
    exercise: "4.8 ProducerSequences.canRetry",
    name: "a gap that nobody fills is waited for",
    why: "The same numbers are refused for ever: only a new epoch gets the partition going again.",
    caughtBy: "4.8 canRetry: out of order, and the first in flight: the gap will never be filled",
    replace: [["      if (isNext) partition.leaveGap(batch.baseSequence);\n", ""]],
  },
  {
    exercise: "4.8 ProducerSequences.canRetry",
    name: "a batch that was overtaken gets a new number",
    why:
      "Its answer was lost, and the broker remembers only five batches. Later ones were taken, so it is there:" +
      " under a new number it is written twice.",
    caughtBy: "4.8 canRetry: out of order after later ones were acknowledged: it is there, and keeps its number",
    replace: [[" && !partition.isOvertaken(batch)", ""]],
  },
  {
    exercise: "4.8 ProducerSequences.canRetry",
    name: "an unknown producer gives up",
    why:
      "Who sends seldom is forgotten by the broker (transactional.id.expiration.ms, retention): that is" +
      " no reason to fail.",
    caughtBy: "4.8 canRetry: a broker that doesn't know the producer any more gets to know it again, in a new epoch",
    replace: [["return true;\n    }\n    return error", "return error.retriable;\n    }\n    return error"]],
  },
  {
    exercise: "4.8 ProducerSequences.onFailed",
    name: "a batch that never left is a gap",
    why: "It has no sequence numbers: nobody misses them.",
    caughtBy: "4.8 onFailed: a batch that never left is no gap",
    replace: [["    if (!batch.hasSequence) return;\n", ""]],
  },
  {
    exercise: "4.8 ProducerSequences.onFailed",
    name: "a refused batch leaves no gap",
    why: "The batches behind it have their numbers already: the broker waits for those that will never come.",
    caughtBy: "4.8 onFailed: one that was refused is a gap: in a new epoch the others close up, in their order",
    replace: [
      [
        "if (outcome === \"refused\") partition.leaveGap(batch.baseSequence);\n    else" +
          " partition.isUnresolved = true;",
        "if (outcome === \"unknown\") partition.isUnresolved = true;",
      ],
    ],
  },
  {
    exercise: "4.8 ProducerSequences.onFailed",
    name: "an unknown fate is taken for a refusal",
    why:
      "If it was written after all, the batches behind it, that may be written, too, get other numbers" +
      " and are written twice.",
    caughtBy: "4.8 onFailed: one whose fate is unknown needs no new epoch, not yet",
    replace: [
      [
        "if (outcome === \"refused\") partition.leaveGap(batch.baseSequence);\n    else" +
          " partition.isUnresolved = true;",
        "if (outcome.length > 0) partition.leaveGap(batch.baseSequence);",
      ],
    ],
  },
  {
    exercise: "4.8 ProducerSequences.onFailed",
    name: "the failed batch stays in flight",
    why: "All others wait for it to come first, and it never comes.",
    caughtBy: "4.8 onFailed: one whose fate is unknown needs no new epoch, not yet",
    replace: [["    partition.remove(batch);\n", ""]],
  },
  {
    exercise: "4.8 ProducerSequences.resolve",
    name: "decided while batches are in flight",
    why: "Their answers are what tells whether the one that was given up had arrived.",
    caughtBy: "4.8 resolve: while batches are in flight nothing is clear",
    replace: [[" || partition.inFlight.length > 0", ""]],
  },
  {
    exercise: "4.8 ProducerSequences.resolve",
    name: "always a new epoch",
    why:
      "Where all is acknowledged there is no gap. A new epoch holds up all partitions until their old" +
      " batches are through.",
    caughtBy: "4.8 resolve: if the broker took what came after it, it had arrived, and all goes on",
    replace: [["if (!partition.isAllAcked) partition", "partition"]],
  },
  {
    exercise: "4.8 ProducerSequences.resolve",
    name: "never a new epoch",
    why: "If the batch was not written, everything that comes after it is out of order.",
    caughtBy: "4.8 resolve: if nothing came after it, nobody will ever know: a new epoch",
    replace: [["      if (!partition.isAllAcked) partition.leaveGap(partition.nextSequence);\n", ""]],
  },
  {
    exercise: "4.8 ProducerSequences.resolve",
    name: "a partition stays unresolved",
    why: "Nothing new may follow for ever, although all is clear.",
    caughtBy: "4.8 resolve: if the broker took what came after it, it had arrived, and all goes on",
    replace: [["      partition.isUnresolved = false;\n", ""]],
  },
  {
    exercise: "4.8 ProducerSequences.assignSequence",
    name: "a new producer id is not noticed",
    why: "A new id begins at epoch 0, and a partition may still be at the old one's epoch 0: its numbers don't fit.",
    caughtBy: "4.8 assignSequence: and so they do under a new producer id, whatever its epoch",
    replace: [["!this.#isCurrent(partition)", "partition.producerEpoch !== this.#producerEpoch"]],
  },
  {
    exercise: "4.8 ProducerSequences.canRetry",
    name: "only what follows the last acknowledged one sees a gap",
    why:
      "What was given up in between will never be sent again: the broker refuses what comes after it" +
      " until its time is up.",
    caughtBy: "4.8 canRetry: out of order behind one that was given up: that one never arrived",
    replace: [
      ["partition.inFlight[0] === batch &&", "addSequence(partition.lastAckedSequence, 1) === batch.baseSequence &&"],
    ],
  },
  {
    exercise: "4.8 ProducerSequences.resolve",
    name: "a busy partition keeps the others waiting",
    why: "`return` instead of `continue`: while something is in flight to one partition, another one sends nothing.",
    caughtBy: "4.8 resolve: each partition for itself: one with batches in flight doesn't keep the next one waiting",
    replace: [["partition.inFlight.length > 0) continue;", "partition.inFlight.length > 0) return;"]],
  },
  {
    exercise: "4.8 ProducerSequences.maySend",
    name: "nothing in flight means that all is well",
    why: "The last batch may have been refused or given up: what follows in its epoch is out of order at the broker.",
    caughtBy: "4.8 maySend: nor does anything new when nothing is in flight any more",
    replace: [
      [
        "    if (partition.needsNewEpoch || partition.isUnresolved) return false;\n" +
          "    if (partition.inFlight.length === 0) return true;\n",
        "    if (partition.inFlight.length === 0) return true;\n" +
          "    if (partition.needsNewEpoch || partition.isUnresolved) return false;\n",
      ],
    ],
  },
  {
    exercise: "4.8 ProducerSequences.maySend",
    name: "numbers are compared as they are",
    why: "After 2³¹ − 1 comes 0: the batch with the lower number left later. Both would leave, or neither.",
    caughtBy: "4.8 maySend: of batches on both sides of it the first is the one that left first",
    replace: [
      [
        "partition.inFlight[0] === batch &&",
        "!partition.inFlight.some(({ baseSequence }) => baseSequence < batch.baseSequence) &&",
      ],
    ],
  },
  {
    exercise: "4.8 ProducerSequences.canRetry",
    name: "the lowest number is taken for the first",
    why: "Across 2³¹ − 1 it belongs to the last batch: a gap is seen where there is none, and a new epoch begun.",
    caughtBy: "4.8 canRetry: out of order behind a batch with a larger number, which came before it: no gap",
    replace: [
      [
        "partition.inFlight[0] === batch &&",
        "partition.inFlight.every(({ baseSequence }) => baseSequence >= batch.baseSequence) &&",
      ],
    ],
  },
]);
