import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "7.8 OffsetCommits.onPoll",
    name: "every poll commits",
    why: "A thousand polls a second are a thousand writes to __consumer_offsets a second.",
    caughtBy: "7.8 onPoll: commits an interval after the first poll, then once each interval",
    replace: [["if (now < this.#nextAutoCommitMs) return;", ""]],
  },
  {
    exercise: "7.8 OffsetCommits.onPoll",
    name: "commits although it is switched off",
    why: "Who commits by hand, after the work, would have work marked as done that isn't.",
    caughtBy: "7.8 onPoll: nothing is committed when that is switched off",
    replace: [["if (!this.#parts.isAutomatic) return;", ""]],
  },
  {
    exercise: "7.8 OffsetCommits.onPoll",
    name: "the first poll commits at once",
    why: "Nothing has been done by then, and after a rebalance all members would commit at one instant.",
    caughtBy: "7.8 onPoll: commits an interval after the first poll, then once each interval",
    replace: [["this.#nextAutoCommitMs ??= now + this.#parts.intervalMs;", "this.#nextAutoCommitMs ??= now;"]],
  },
  {
    exercise: "7.8 OffsetCommits.upToDate",
    name: "no guard",
    why: "A commit that failed is tried again after a newer one was written: the group is set back, and reads twice.",
    caughtBy: "7.8 commitAsync: an older one that failed doesn't overwrite a newer one",
    body: "void number;\n    return [...offsets];",
  },
  {
    exercise: "7.8 OffsetCommits.upToDate",
    name: "all or nothing",
    why: "A newer commit of one partition would throw away what the older one said of others.",
    caughtBy: "7.8 commitAsync: partitions that the newer one didn't name are tried again",
    body:
      "const isNewest = offsets.every((offset) => this.#newest.get(nameOf(offset)) === number);\n" +
      "    return isNewest ? [...offsets] : [];",
  },
  {
    exercise: "7.8 OffsetCommits.commitSync",
    name: "doesn't wait",
    why: "The program goes on, and says that it has committed, before anything is written.",
    caughtBy: "7.8 commitSync: resolves when it is written, and not before",
    replace: [
      [
        "return new Promise((resolve, reject) => {\n" +
          "      this.commitAsync(offsets, deadlineMs, (error) => (error === null ? resolve() : reject(error)));\n" +
          "    });",
        "this.commitAsync(offsets, deadlineMs, () => {});\n    return Promise.resolve();",
      ],
    ],
  },
  {
    exercise: "7.8 OffsetCommits.retry",
    name: "without a pause",
    why: "A coordinator that is just loading is asked again at once, by all consumers, all the time.",
    caughtBy: "7.8 commitAsync: what passes is tried again after the pause",
    replace: [
      [
        "if (commit.retryAtMs > now) delayMs = Math.min(delayMs, commit.retryAtMs - now);\n" +
          "      else this.#sendAgain(commit);",
        "this.#sendAgain(commit);",
      ],
      ["let delayMs = Infinity;", "const delayMs = Infinity;\n    void now;"],
    ],
  },
  {
    exercise: "7.8 OffsetCommits.commitAsync",
    name: "tried again for ever",
    why: "A coordinator may be away for an hour. Who waits for the callback waits as long, and so does close.",
    caughtBy: "7.8 commitAsync: at the deadline the last error is told",
    replace: [
      ["const commit = { number, offsets, deadlineMs, onDone, retryAtMs: null };",
        "void deadlineMs;\n    const commit = { number, offsets, deadlineMs: Infinity, onDone, retryAtMs: null };"],
    ],
  },
  {
    exercise: "7.8 OffsetCommits.commitAsync",
    name: "tried again at the deadline, too",
    why: "The time that the caller has given is up, and it waits for one more pause, and one more answer.",
    caughtBy: "7.8 commitAsync: at the deadline the last error is told",
    replace: [
      ["const commit = { number, offsets, deadlineMs, onDone, retryAtMs: null };",
        "const commit = { number, offsets, deadlineMs: deadlineMs + 1, onDone, retryAtMs: null };"],
    ],
  },
]);
