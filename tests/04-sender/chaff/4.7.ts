import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "4.7 Sender.completeBatch",
    name: "every error is final",
    why: "An election of half a second would lose all that was sent in it.",
    caughtBy: "4.7 completeBatch: after an error that may pass, a batch goes back into its queue, with the same bytes",
    replace: [
      [
        "    else if (this.canRetry(batch, error, now)) this.retry(batch, error, now);\n",
        "    else if (this.canRetry(batch, error, now) && batch.recordCount < 0) this.retry(batch, error, now);\n",
      ],
    ],
  },
  {
    exercise: "4.7 Sender.completeBatch",
    name: "a batch that was given up is tried again",
    why: "Its user has been told that it failed. Now it is written after all.",
    caughtBy: "4.7 completeBatch: a batch that was given up is not tried again, whatever is answered later",
    replace: [
      ["    else if (batch.result.isDone) return;\n", ""],
      ["error.code === \"MESSAGE_TOO_LARGE\" &&", "error.code === \"MESSAGE_TOO_LARGE\" && batch.createdMs >= 0 &&"],
    ],
  },
  {
    exercise: "4.7 Sender.completeBatch",
    name: "a batch that is too large is sent again as it is",
    why: "The broker finds it too large again, for ever, or until the retries are used up.",
    caughtBy: "4.7 completeBatch: a batch that is too large for the broker is split, and that is no attempt",
    replace: [["this.split(batch)", "this.retry(batch, error, now)"]],
  },
  {
    exercise: "4.7 Sender.completeBatch",
    name: "a single record is split",
    why: "It comes out as it went in, and goes round and round.",
    caughtBy: "4.7 completeBatch: one record that is too large can't be split",
    replace: [[" && batch.recordCount > 1) this.split(batch)", " && batch.attempts++ < 3) this.split(batch)"]],
  },
  {
    exercise: "4.7 Sender.completeBatch",
    name: "a duplicate is a failure",
    why: "The broker has the records: who is told that they failed sends them once more.",
    caughtBy: "4.7 completeBatch: what the broker has already is written",
    replace: [
      ["    else if (error.code === \"DUPLICATE_SEQUENCE_NUMBER\") this.succeed(batch, WRITTEN_SOMEWHERE);\n", ""],
    ],
  },
  {
    exercise: "4.7 Sender.completeBatch",
    name: "all records get the batch's error",
    why: "The broker has said which record is wrong and why (KIP-467); the user is told that the batch is invalid.",
    caughtBy: "4.7 completeBatch: records that the broker found fault with have its words, not the others",
    replace: [[", errorOfRecord(answer))", ")"]],
  },
  {
    exercise: "4.7 Sender.completeBatch",
    name: "success without its offset",
    why: "The answer says where the first record is; the others follow it.",
    caughtBy: "4.7 completeBatch: a batch that was written has succeeded, at the offset of the answer",
    replace: [
      [
        "if (error === null) this.succeed(batch, answer);",
        "if (error === null) this.succeed(batch, WRITTEN_SOMEWHERE);",
      ],
    ],
  },
  {
    exercise: "4.7 Sender.completeBatch",
    name: "refused is refused, also after other attempts",
    why:
      "An earlier attempt may have been written, with its answer lost: then the batch is there," +
      " whatever is said now.",
    caughtBy: "4.7 completeBatch: what was refused is certain only at the first attempt",
    replace: [["error.retriable || batch.attempts > 0", "error.retriable"]],
  },
  {
    exercise: "4.7 Sender.completeBatch",
    name: "refused after an error that may pass",
    why: "NOT_ENOUGH_REPLICAS_AFTER_APPEND is such an error, and the leader *has* the batch.",
    caughtBy: "4.7 completeBatch: after an error that may pass nothing is certain",
    replace: [["error.retriable || batch.attempts > 0", "batch.attempts > 0"]],
  },
  {
    exercise: "4.7 Sender.canRetry",
    name: "one attempt too few",
    why: "`retries` counts the attempts after the first one: with 2 a batch may be sent three times.",
    caughtBy: "4.7 canRetry: at most `retries` times",
    replace: [["batch.attempts >= retries", "batch.attempts + 1 >= retries"]],
  },
  {
    exercise: "4.7 Sender.canRetry",
    name: "one attempt too many",
    why: "`attempts` are those in vain so far: at `retries` there is none left.",
    caughtBy: "4.7 canRetry: at most `retries` times",
    replace: [["batch.attempts >= retries", "batch.attempts > retries"]],
  },
  {
    exercise: "4.7 Sender.canRetry",
    name: "the delivery time-out is not looked at",
    why: "The batch goes back into the queue only to be found too old there: the user hears of it later.",
    caughtBy: "4.7 canRetry: not after delivery.timeout.ms, counted from the first record on",
    replace: [[" || now - batch.createdMs >= deliveryTimeoutMs", ""], ["retries, deliveryTimeoutMs }", "retries }"]],
  },
  {
    exercise: "4.7 Sender.canRetry",
    name: "every error may pass",
    why: "An invalid record stays invalid: it blocks its partition until its time is over.",
    caughtBy: "4.7 canRetry: after errors that may pass, and no others",
    replace: [["idempotence === null ? error.retriable :", "idempotence === null ? true :"]],
  },
  {
    exercise: "4.7 Sender.canRetry",
    name: "settled batches may be tried again",
    why: "What was given up would be written after its user was told that it failed.",
    caughtBy: "4.7 canRetry: not when it is settled",
    replace: [["batch.result.isDone || ", ""]],
  },
  {
    exercise: "4.7 Sender.completeBatch",
    name: "a late success is nobody's",
    why: "Nobody is told, but its sequence numbers have arrived: without them a gap is seen where there is none.",
    caughtBy: "4.7 completeBatch: but a late success is one: its sequence numbers have arrived",
    replace: [
      [
        "if (error === null) this.succeed(batch, answer);",
        "if (error === null) batch.result.isDone || this.succeed(batch, answer);",
      ],
    ],
  },
  {
    exercise: "4.7 Sender.completeBatch",
    name: "a split needs an attempt that is left",
    why: "The parts were never tried. With `retries=0` a batch that is too large would fail, though its records fit.",
    caughtBy: "4.7 completeBatch: it is split also when its attempts are used up",
    replace: [
      [" && batch.recordCount > 1)", " && batch.recordCount > 1 && batch.attempts < this.#options.retries)"],
    ],
  },
  {
    exercise: "4.7 Sender.completeBatch",
    name: "a retry takes new sequence numbers",
    why: "If only the answer was lost, the broker takes it for another batch: the records are there twice.",
    caughtBy: "4.7 completeBatch: what is tried again keeps its numbers: by them the broker knows it again",
    replace: [
      [
        "else if (this.canRetry(batch, error, now)) this.retry(batch, error, now);",
        "else if (this.canRetry(batch, error, now)) {\n" +
        "      this.#parts.idempotence?.sequences.assignSequence(batch);\n" +
        "      this.retry(batch, error, now);\n" +
        "    }",
      ],
    ],
  },
  {
    exercise: "4.7 Sender.failExpired",
    name: "only what is in the queues expires",
    why: "A batch whose request is never answered is waited for without end.",
    caughtBy: "4.7 failExpired: a batch on the wire is given up when delivery.timeout.ms are over, and no sooner",
    replace: [["if (isOver && !batch.result.isDone)", "if (isOver && batch.lends < 0)"]],
  },
  {
    exercise: "4.7 Sender.failExpired",
    name: "only what is on the wire expires",
    why: "While there is no leader batches wait in their queues, and there they stay.",
    caughtBy: "4.7 failExpired: so is one that still waits in its queue; the others go on",
    replace: [["of accumulator.expiredBatches(now)) {", "of accumulator.expiredBatches(-Infinity)) {"]],
  },
  {
    exercise: "4.7 Sender.failExpired",
    name: "a settled batch fails once more",
    why: "It is still on the wire, as its answer may come; but its fate has been told, and counted.",
    caughtBy: "4.7 failExpired: one that is settled, and waits only for its answer, is left alone",
    replace: [["if (isOver && !batch.result.isDone)", "if (isOver)"]],
  },
  {
    exercise: "4.7 Sender.failExpired",
    name: "given up is taken for refused",
    why:
      "Nobody knows whether the broker has it. As a gap it would be closed, and what comes after it" +
      " written as if it weren't there.",
    caughtBy: "4.7 failExpired: what became of it is unknown: it may have been written",
    replace: [
      [
        "isDone) this.fail(batch, expiredError(batch, this.#parts, this.#options), \"unknown\");",
        "isDone) this.fail(batch, expiredError(batch, this.#parts, this.#options), \"refused\");",
      ],
    ],
  },
  {
    exercise: "4.7 Sender.failExpired",
    name: "a millisecond too late",
    why: "`>` for `>=`: at the very time nothing happens, and the loop comes back at once.",
    caughtBy: "4.7 failExpired: a batch on the wire is given up when delivery.timeout.ms are over, and no sooner",
    replace: [["now - batch.createdMs >= this", "now - batch.createdMs > this"]],
  },
  {
    exercise: "4.7 Sender.failExpired",
    name: "one old batch takes all others with it",
    why: "Each batch counts from its own creation: those behind it still have time.",
    caughtBy: "4.7 failExpired: each batch on the wire has its own time, counted from its creation",
    replace: [
      [
        "const isOver = now - batch.createdMs >= this.#options.deliveryTimeoutMs;",
        "const isOver = [...this.#onWire].some(({ createdMs }) => now - createdMs >= this.#options.deliveryTimeoutMs);",
      ],
    ],
  },
  {
    exercise: "4.7 Sender.failExpired",
    name: "who waits for memory is forgotten",
    why: "Their max.block.ms are over, and nobody tells them.",
    caughtBy: "4.7 failExpired: who waits for memory is told when that takes too long",
    replace: [["    accumulator.expireWaiting(now);\n", ""]],
  },
  {
    exercise: "4.7 Sender.nextExpiryMs",
    name: "only the queues count",
    why: "A request that hangs: the loop sleeps, and its batches fail when something else happens.",
    caughtBy: "4.7 nextExpiryMs: the earliest time of all, on the wire and in the queues",
    replace: [["if (!result.isDone) next", "if (!result.isDone && createdMs < 0) next"]],
  },
  {
    exercise: "4.7 Sender.nextExpiryMs",
    name: "settled batches count",
    why: "Their time is over: the loop turns without a pause until the answer comes.",
    caughtBy: "4.7 nextExpiryMs: a settled batch has no time any more: the loop would never sleep again",
    replace: [["const { createdMs, result } of", "const { createdMs } of"], ["if (!result.isDone) next", "next"]],
  },
  {
    exercise: "4.7 Sender.nextExpiryMs",
    name: "the last one on the wire counts",
    why: "The last one that was sent need not be the oldest one.",
    caughtBy: "4.7 nextExpiryMs: the earliest time of all, on the wire and in the queues",
    replace: [
      [
        "next = Math.min(next, createdMs + this.#options.deliveryTimeoutMs)",
        "next = createdMs + this.#options.deliveryTimeoutMs",
      ],
    ],
  },
  {
    exercise: "4.7 Sender.nextExpiryMs",
    name: "nobody comes back for those who wait for memory",
    why: "While nothing else happens they wait longer than max.block.ms.",
    caughtBy: "4.7 nextExpiryMs: who waits for memory counts, too",
    replace: [["Math.min(accumulator.nextExpiryMs, accumulator.nextWaitingExpiryMs)", "accumulator.nextExpiryMs"]],
  },
  {
    exercise: "4.7 Sender.onAnswers",
    name: "silence is success",
    why: "A batch of which the answer says nothing may be anywhere: its sends must not be told that all is well.",
    caughtBy: "4.7 completeBatch: an answer that leaves a partition out is an error, not silence",
    replace: [["(answers.get(key) ?? nothingSaidOf(key))", "(answers.get(key) ?? WRITTEN_SOMEWHERE)"]],
  },
  {
    exercise: "4.7 Sender.onAnswers",
    name: "silence says nothing",
    why: "The batch is on its way for ever: nobody hears of it before its delivery time-out is over.",
    caughtBy: "4.7 completeBatch: an answer that leaves a partition out is an error, not silence",
    replace: [
      [
        "const answer = answers === null ? WRITTEN_SOMEWHERE : (answers.get(key) ?? nothingSaidOf(key));\n" +
          "      this.complete(batch, answer, now);",
        "const answer = answers === null ? WRITTEN_SOMEWHERE : answers.get(key);\n" +
          "      if (answer !== undefined) this.complete(batch, answer, now);",
      ],
    ],
  },
  {
    exercise: "4.7 Sender.onAnswers",
    name: "the first answer is that of the first batch",
    why:
      "A broker need not answer in the order of the request; what belongs together has the same topic" +
      " and partition.",
    caughtBy: "4.7 onAnswers: each batch has its own answer, in whatever order the broker gives them",
    replace: [
      [
        "(answers.get(key) ?? nothingSaidOf(key))",
        "([...answers.values()][batches.indexOf(batch)] ?? nothingSaidOf(key))",
      ],
    ],
  },
  {
    exercise: "4.7 Sender.onAnswers",
    name: "the request is over when its batches are",
    why: "Who counts requests sees one in flight whose batches have long been settled.",
    caughtBy: "4.7 onAnswers: the request is over for the listener before any of its batches is",
    replace: [
      ["    this.#listener.onRequestDone(batches, now);\n    for", "    for"],
      [
        "      this.complete(batch, answer, now);\n    }",
        "      this.complete(batch, answer, now);\n    }\n    this.#listener.onRequestDone(batches, now);",
      ],
    ],
  },
  {
    exercise: "4.7 Sender.succeed",
    name: "the memory of a written batch is kept",
    why: "After 32 MiB no record finds memory any more, though all of them were written.",
    caughtBy: "4.7 succeed: the memory goes back, and the numbers have arrived",
    replace: [["    this.#parts.accumulator.deallocate(batch);\n", ""]],
  },
  {
    exercise: "4.7 Sender.succeed",
    name: "a late success is told",
    why: "The user was told of a failure, and now the listener counts a success, too.",
    caughtBy: "4.7 fail: one that is settled is told of no more, well or not",
    replace: [
      [
        "if (batch.result.complete(baseOffset, logAppendTimeMs)) this",
        "batch.result.complete(baseOffset, logAppendTimeMs);\n    this",
      ],
    ],
  },
  {
    exercise: "4.7 Sender.retry",
    name: "the memory of a batch is given back too early",
    why: "It is sent again from this very memory: other records would be in it by then.",
    caughtBy: "4.7 retry: the batch keeps its memory, and the listener hears why",
    replace: [
      [
        "this.#parts.accumulator.reenqueue(batch, now);",
        "this.#parts.accumulator.reenqueue(batch, now);\n    this.#parts.accumulator.deallocate(batch);",
      ],
    ],
  },
  {
    exercise: "4.7 Sender.split",
    name: "a batch that was split keeps its memory",
    why: "The parts have memory of their own; that of the batch is nobody's, and never comes back.",
    caughtBy: "4.7 split: the parts take the batch's place; its memory goes back, its numbers are theirs",
    replace: [["    accumulator.deallocate(batch);\n", ""]],
  },
  {
    exercise: "4.7 Sender.split",
    name: "the batch is still in flight after its split",
    why: "Its parts have its numbers. While it counts as the first in flight none of them may leave.",
    caughtBy: "4.7 split: the parts take the batch's place; its memory goes back, its numbers are theirs",
    replace: [["    idempotence?.sequences.onSplit(batch);\n", ""], ["accumulator, idempotence }", "accumulator }"]],
  },
  {
    exercise: "4.7 Sender.split",
    name: "its memory goes back before the parts are made",
    why: "Whoever waits for memory gets it in that very turn, and writes over the bytes that the parts are made from.",
    caughtBy: "4.7 split: memory that is given back is written at once by who waits for it: first the parts",
    replace: [
      [
        "accumulator.splitAndReenqueue(batch);\n    accumulator.deallocate(batch)",
        "accumulator.deallocate(batch);\n    accumulator.splitAndReenqueue(batch)",
      ],
    ],
  },
  {
    exercise: "4.7 Sender.fail",
    name: "every failure is a refusal",
    why: "The batch may be there: what comes after it would be written as if it weren't.",
    caughtBy: "4.7 fail: the memory goes back, and how it failed counts for the numbers",
    replace: [["onFailed(batch, outcome)", "onFailed(batch, outcome === \"unknown\" ? \"refused\" : outcome)"]],
  },
  {
    exercise: "4.7 Sender.fail",
    name: "the numbers hear nothing of it",
    why: "Its numbers stay in flight, and the broker waits for them: nothing of this partition gets through any more.",
    caughtBy: "4.7 fail: the memory goes back, and how it failed counts for the numbers",
    replace: [
      [
        "    this.#parts.idempotence?.sequences.onFailed(batch, outcome);\n",
        "    if (outcome === undefined) return;\n",
      ],
    ],
  },
  {
    exercise: "4.7 Sender.fail",
    name: "a second failure is counted",
    why: "One that was given up may be refused later: it is one failure all the same.",
    caughtBy: "4.7 fail: one that is settled is told of no more, well or not",
    replace: [["if (batch.result.fail(error, errorOf)) this", "batch.result.fail(error, errorOf);\n    this"]],
  },
]);
