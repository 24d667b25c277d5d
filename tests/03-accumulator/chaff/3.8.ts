import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "3.8 takeExpired",
    name: "a moment too long",
    why: "A sender that sleeps until just that moment finds nothing expired, and has nothing to sleep for.",
    caughtBy: "3.8 expiredBatches: those created delivery.timeout.ms ago, and not those a moment younger",
    replace: [["now - first.createdMs < deliveryTimeoutMs", "now - first.createdMs <= deliveryTimeoutMs"]],
  },
  {
    exercise: "3.8 takeExpired",
    name: "counted from the last attempt",
    why: "Every retry would buy two more minutes: with 2³¹ − 1 retries no record ever fails.",
    caughtBy: "3.8 expiredBatches: a failed attempt doesn't buy time",
    replace: [["now - first.createdMs <", "now - Math.max(first.createdMs, first.retryAtMs - 100) <"]],
  },
  {
    exercise: "3.8 takeExpired",
    name: "only the first",
    why: "All batches that have waited together expire together. One a round keeps the others past their time.",
    caughtBy: "3.8 expiredBatches: of all partitions, in the order in which they would have been sent",
    replace: [
      [
        "    expired.push(queue.batches.pollFirst()!);\n",
        "    expired.push(queue.batches.pollFirst()!);\n    break;\n",
      ],
    ],
  },
  {
    exercise: "3.8 takeExpired",
    name: "a muted partition has time",
    why: "It is muted because an earlier batch is under way. The users of this one have been waiting all the same.",
    caughtBy: "3.8 expiredBatches: also those of a muted partition, and those that wait after a failure",
    replace: [["now - first.createdMs <", "queue.isMuted || now - first.createdMs <"]],
  },
  {
    exercise: "3.8 takeExpired",
    name: "the batch stays open",
    why: "A record could still get in, after everybody has been told, and nobody would ever tell its sender.",
    caughtBy: "3.8 expiredBatches: no record gets into a batch that has expired",
    replace: [["    first.closeForAppends();\n", ""]],
  },
  {
    exercise: "3.8 takeExpired",
    name: "from anywhere in the queue",
    why: "A batch from the middle is told before the one in front of it, which is younger and is sent after that.",
    caughtBy: "3.8 takeExpired: what stands behind a batch that is young enough has its turn after it",
    body: `const expired = queue.batches.removeIf(({ createdMs }) => now - createdMs >= deliveryTimeoutMs);
    for (const batch of expired) batch.closeForAppends();
    return expired;`,
  },
  {
    exercise: "3.8 RecordAccumulator.expiredBatches",
    name: "the time to look again only ever comes nearer",
    why: "Without starting over at Infinity it stays in the past, and the sender's loop never sleeps.",
    caughtBy: "3.8 expiredBatches: those created delivery.timeout.ms ago, and not those a moment younger",
    replace: [["    this.#nextExpiryMs = Infinity;\n", ""]],
  },
  {
    exercise: "3.8 RecordAccumulator.expiredBatches",
    name: "the last queue's time is the next one",
    why: "The others' batches expire before, and nobody looks.",
    caughtBy: "3.8 expiredBatches: the next time to look is the first of all queues'",
    replace: [
      [
        "this.#nextExpiryMs = Math.min(this.#nextExpiryMs, first.createdMs + deliveryTimeoutMs)",
        "this.#nextExpiryMs = first.createdMs + deliveryTimeoutMs",
      ],
    ],
  },
  {
    exercise: "3.8 RecordAccumulator.expiredBatches",
    name: "a duration is taken for a time",
    why: "The next look is due at a time, not after one: the loop would run in circles, or sleep too long.",
    caughtBy: "3.8 expiredBatches: those created delivery.timeout.ms ago, and not those a moment younger",
    replace: [["first.createdMs + deliveryTimeoutMs)", "first.createdMs + deliveryTimeoutMs - now)"]],
  },
  {
    exercise: "3.8 RecordAccumulator.expiredBatches",
    name: "they fail here and now",
    why: "The sender has more to do with them: sequence numbers, metrics, the report to whoever hears of nothing.",
    caughtBy: "3.8 expiredBatches: no record gets into a batch that has expired",
    replace: [
      [
        "    return expired;\n",
        "    for (const { result } of expired) result.fail(new Error(\"expired\"));\n    return expired;\n",
      ],
    ],
  },
  {
    exercise: "3.8 RecordAccumulator.beginFlush",
    name: "a flush is a flush",
    why: "Two may overlap. Counted as one, the first that is over ends the other's hurry.",
    caughtBy: "3.8 beginFlush, awaitFlush: while one of two is under way, nothing lingers",
    replace: [["this.#flushesInProgress++", "this.#flushesInProgress = 1"]],
  },
  {
    exercise: "3.8 RecordAccumulator.beginFlush",
    name: "nothing is hurried",
    why: "A flush with linger.ms at an hour takes an hour.",
    caughtBy: "3.8 beginFlush, awaitFlush: nothing lingers meanwhile",
    replace: [["this.#flushesInProgress++", "this.#flushesInProgress += 0"]],
  },
  {
    exercise: "3.8 RecordAccumulator.awaitFlush",
    name: "the flush is never over",
    why: "From the first flush on nothing lingers again: every record is a batch.",
    caughtBy: "3.8 beginFlush, awaitFlush: when it is over, batches linger again",
    replace: [["      this.#flushesInProgress--;\n", "      this.#flushesInProgress -= 0;\n"]],
  },
  {
    exercise: "3.8 RecordAccumulator.awaitFlush",
    name: "until nothing is left",
    why: "With a program that keeps sending there is always something left: its flush never ends.",
    caughtBy: "3.8 beginFlush, awaitFlush: resolves when all that was there is settled, not what comes later",
    replace: [
      [
        "for (const { result } of this.#incomplete.list()) await result.done;",
        "while (this.#incomplete.size > 0) for (const { result } of this.#incomplete.list()) await result.done;",
      ],
    ],
  },
  {
    exercise: "3.8 RecordAccumulator.awaitFlush",
    name: "what waits for memory is forgotten",
    why: "A record that was sent before the flush is not sent after it.",
    caughtBy: "3.8 beginFlush, awaitFlush: what waits for memory is waited for, too",
    replace: [["      if (this.#pool.queued > 0) await this.#turnInLine();\n", ""]],
  },
  {
    exercise: "3.8 RecordAccumulator.awaitFlush",
    name: "one batch is as good as all",
    why: "The first outcome is that of the fastest broker.",
    caughtBy: "3.8 beginFlush, awaitFlush: resolves when all that was there is settled, not what comes later",
    replace: [
      [
        "for (const { result } of this.#incomplete.list()) await result.done;",
        "await Promise.race([null, ...this.#incomplete.list().map(({ result }) => result.done)].slice(1));",
      ],
    ],
  },
  {
    exercise: "3.8 RecordAccumulator.close",
    name: "the line waits on",
    why: "There will be no memory any more, and nobody who says so before max.block.ms is over.",
    caughtBy: "3.8 close: is the end of waiting for memory",
    replace: [["    this.#pool.close();\n", ""]],
  },
  {
    exercise: "3.8 RecordAccumulator.close",
    name: "open batches stay open",
    why: "A record that finds room needs no memory, so the closed pool doesn't refuse it.",
    caughtBy: "3.8 close: nothing goes in any more",
    replace: [["    this.#closed = true;\n", ""]],
  },
  {
    exercise: "3.8 RecordAccumulator.close",
    name: "what is here is given up",
    why: "Closing sends what is there, as long as its time-out allows. Giving up is another step.",
    caughtBy: "3.8 close: what is there may still be sent, and nothing lingers",
    replace: [
      [
        "    this.#pool.close();\n",
        "    this.#pool.close();\n    this.abortIncompleteBatches(new ProducerClosedError(\"closed\"));\n",
      ],
    ],
  },
  {
    exercise: "3.8 RecordAccumulator.abortIncompleteBatches",
    name: "only what is in a queue",
    why: "What is under way may be so for minutes. Who closes without time to wait is told nothing of it.",
    caughtBy: "3.8 abortIncompleteBatches: all fails, in a queue or under way, and all memory is back",
    replace: [
      [
        "this.#incomplete.list().filter((batch) => {",
        "this.#incomplete.list().filter((batch) => {\n      if (batch.lends > 0) return false;",
      ],
    ],
  },
  {
    exercise: "3.8 RecordAccumulator.abortIncompleteBatches",
    name: "the queues are left as they are",
    why: "The next round of the sender sends what everybody has heard to have failed.",
    caughtBy: "3.8 abortIncompleteBatches: all fails, in a queue or under way, and all memory is back",
    replace: [
      ["    for (const queue of this.#queues.waiting()) while (queue.batches.pollFirst() !== undefined);\n", ""],
    ],
  },
  {
    exercise: "3.8 RecordAccumulator.abortIncompleteBatches",
    name: "their memory stays out",
    why: "The pool is short of it for good, and the list of incomplete batches never gets empty.",
    caughtBy: "3.8 abortIncompleteBatches: all fails, in a queue or under way, and all memory is back",
    replace: [["      this.deallocate(batch);\n", ""]],
  },
  {
    exercise: "3.8 RecordAccumulator.abortIncompleteBatches",
    name: "also those that were settled are named",
    why: "Whoever is told of the failure of a batch that was sent reports a loss that there wasn't.",
    caughtBy: "3.8 abortIncompleteBatches: what is settled already keeps its outcome, and isn't named",
    replace: [["return hasFailed;", "return hasFailed || batch.result.isDone;"]],
  },
]);
