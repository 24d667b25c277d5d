import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "4.6 Sender.completeBatch",
    name: "every error is final",
    why: "An election of half a second would lose all that was sent in it.",
    caughtBy: "4.6 completeBatch: after an error that may pass, a batch goes back into its queue, with the same bytes",
    replace: [
      [
        "    else if (this.canRetry(batch, error, now)) this.retry(batch, error, now);\n",
        "    else if (this.canRetry(batch, error, now) && batch.recordCount < 0) this.retry(batch, error, now);\n",
      ],
    ],
  },
  {
    exercise: "4.6 Sender.completeBatch",
    name: "a batch that was given up is tried again",
    why: "Its user has been told that it failed. Now it is written after all.",
    caughtBy: "4.6 completeBatch: a batch that was given up is not tried again, whatever is answered later",
    replace: [
      ["    else if (batch.result.isDone) return;\n", ""],
      ["error.code === \"MESSAGE_TOO_LARGE\" &&", "error.code === \"MESSAGE_TOO_LARGE\" && batch.createdMs >= 0 &&"],
    ],
  },
  {
    exercise: "4.6 Sender.completeBatch",
    name: "a batch that is too large is sent again as it is",
    why: "The broker finds it too large again, for ever, or until the retries are used up.",
    caughtBy: "4.6 completeBatch: a batch that is too large for the broker is split, and that is no attempt",
    replace: [["this.split(batch)", "this.retry(batch, error, now)"]],
  },
  {
    exercise: "4.6 Sender.completeBatch",
    name: "a single record is split",
    why: "It comes out as it went in, and goes round and round.",
    caughtBy: "4.6 completeBatch: one record that is too large can't be split",
    replace: [[" && batch.recordCount > 1) this.split(batch)", " && batch.attempts++ < 3) this.split(batch)"]],
  },
  {
    exercise: "4.6 Sender.completeBatch",
    name: "a duplicate is a failure",
    why: "The broker has the records: who is told that they failed sends them once more.",
    caughtBy: "4.6 completeBatch: what the broker has already is written",
    replace: [
      ["    else if (error.code === \"DUPLICATE_SEQUENCE_NUMBER\") this.succeed(batch, WRITTEN_SOMEWHERE);\n", ""],
    ],
  },
  {
    exercise: "4.6 Sender.completeBatch",
    name: "all records get the batch's error",
    why: "The broker has said which record is wrong and why (KIP-467); the user is told that the batch is invalid.",
    caughtBy: "4.6 completeBatch: records that the broker found fault with have its words, not the others",
    replace: [[", errorOfRecord(answer))", ")"]],
  },
  {
    exercise: "4.6 Sender.completeBatch",
    name: "success without its offset",
    why: "The answer says where the first record is; the others follow it.",
    caughtBy: "4.6 completeBatch: a batch that was written has succeeded, at the offset of the answer",
    replace: [
      [
        "if (error === null) this.succeed(batch, answer);",
        "if (error === null) this.succeed(batch, WRITTEN_SOMEWHERE);",
      ],
    ],
  },
  {
    exercise: "4.6 Sender.completeBatch",
    name: "refused is refused, also after other attempts",
    why:
      "An earlier attempt may have been written, with its answer lost: then the batch is there," +
      " whatever is said now.",
    caughtBy: "4.6 completeBatch: what was refused is certain only at the first attempt",
    replace: [["error.retriable || batch.attempts > 0", "error.retriable"]],
  },
  {
    exercise: "4.6 Sender.completeBatch",
    name: "refused after an error that may pass",
    why: "NOT_ENOUGH_REPLICAS_AFTER_APPEND is such an error, and the leader *has* the batch.",
    caughtBy: "4.6 completeBatch: after an error that may pass nothing is certain",
    replace: [["error.retriable || batch.attempts > 0", "batch.attempts > 0"]],
  },
  {
    exercise: "4.6 Sender.canRetry",
    name: "one attempt too few",
    why: "`retries` counts the attempts after the first one: with 2 a batch may be sent three times.",
    caughtBy: "4.6 canRetry: at most `retries` times",
    replace: [["batch.attempts >= retries", "batch.attempts + 1 >= retries"]],
  },
  {
    exercise: "4.6 Sender.canRetry",
    name: "one attempt too many",
    why: "`attempts` are those in vain so far: at `retries` there is none left.",
    caughtBy: "4.6 canRetry: at most `retries` times",
    replace: [["batch.attempts >= retries", "batch.attempts > retries"]],
  },
  {
    exercise: "4.6 Sender.canRetry",
    name: "the delivery time-out is not looked at",
    why: "The batch goes back into the queue only to be found too old there: the user hears of it later.",
    caughtBy: "4.6 canRetry: not after delivery.timeout.ms, counted from the first record on",
    replace: [[" || now - batch.createdMs >= deliveryTimeoutMs", ""], ["retries, deliveryTimeoutMs }", "retries }"]],
  },
  {
    exercise: "4.6 Sender.canRetry",
    name: "every error may pass",
    why: "An invalid record stays invalid: it blocks its partition until its time is over.",
    caughtBy: "4.6 canRetry: after errors that may pass, and no others",
    replace: [["idempotence === null ? error.retriable :", "idempotence === null ? true :"]],
  },
  {
    exercise: "4.6 Sender.canRetry",
    name: "settled batches may be tried again",
    why: "What was given up would be written after its user was told that it failed.",
    caughtBy: "4.6 canRetry: not when it is settled",
    replace: [["batch.result.isDone || ", ""]],
  },
  {
    exercise: "4.6 Sender.completeBatch",
    name: "a late success is nobody's",
    why: "Nobody is told, but its sequence numbers have arrived: without them a gap is seen where there is none.",
    caughtBy: "4.6 completeBatch: but a late success is one: its sequence numbers have arrived",
    replace: [
      [
        "if (error === null) this.succeed(batch, answer);",
        "if (error === null) batch.result.isDone || this.succeed(batch, answer);",
      ],
    ],
  },
  {
    exercise: "4.6 Sender.completeBatch",
    name: "a split needs an attempt that is left",
    why: "The parts were never tried. With `retries=0` a batch that is too large would fail, though its records fit.",
    caughtBy: "4.6 completeBatch: it is split also when its attempts are used up",
    replace: [
      [" && batch.recordCount > 1)", " && batch.recordCount > 1 && batch.attempts < this.#options.retries)"],
    ],
  },
]);
