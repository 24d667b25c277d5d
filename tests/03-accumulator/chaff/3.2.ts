import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "3.2 BufferPool.wait",
    name: "the line has no limit",
    why:
      "A loop of sends that nobody awaits then fills the heap with waiting records: the pool was bounded for nothing.",
    caughtBy: "3.2 wait: what those who wait hold is bounded, too",
    replace: [
      ["this.#waitingBytes + waiter.heldBytes > this.#maxWaitingBytes", "waiter.heldBytes > this.#maxWaitingBytes"],
    ],
  },
  {
    exercise: "3.2 BufferPool.wait",
    name: "the last one counts as too much",
    why: "Only what is *over* the limit is refused.",
    caughtBy: "3.2 wait: by default as much may be held in line as there is memory",
    replace: [["waiter.heldBytes > this.#maxWaitingBytes", "waiter.heldBytes >= this.#maxWaitingBytes"]],
  },
  {
    exercise: "3.2 BufferPool.wait",
    name: "the first may hold what it likes",
    why: "An empty line is no reason: one record of a gigabyte waits, and the line was to be bounded by megabytes.",
    caughtBy: "3.2 wait: one that holds too much all alone doesn't get in line either",
    replace: [["if (this.#waitingBytes +", "if (this.#waiters.length > 0 && this.#waitingBytes +"]],
  },
  {
    exercise: "3.2 BufferPool.wait",
    name: "newcomers stand in front",
    why: "A stack serves the last one first, and records of one partition are out of order.",
    caughtBy: "3.2 serveWaiters: in the order in which they came",
    replace: [["this.#waiters.addLast(waiter)", "this.#waiters.addFirst(waiter)"]],
  },
  {
    exercise: "3.2 BufferPool.wait",
    name: "only the first deadline is remembered",
    why: "One behind may have less time left than the first: it has waited for metadata before.",
    caughtBy: "3.2 expireWaiters: finds those who stand behind others",
    replace: [
      [
        "Math.min(this.#earliestDeadlineMs, waiter.deadlineMs)",
        "this.#waiters.length === 1 ? waiter.deadlineMs : this.#earliestDeadlineMs",
      ],
    ],
  },
  {
    exercise: "3.2 BufferPool.wait",
    name: "the last one's deadline counts",
    why: "Deadlines mostly come in order, so the newest is taken for all; who is in more of a hurry waits too long.",
    caughtBy: "3.2 wait: the earliest deadline is the next one, whoever came last",
    replace: [["Math.min(this.#earliestDeadlineMs, waiter.deadlineMs)", "waiter.deadlineMs"]],
  },
  {
    exercise: "3.2 BufferPool.serveWaiters",
    name: "one at a time",
    why: "A large buffer that comes back could serve many; the others wait for the next one, which may not come.",
    caughtBy: "3.2 serveWaiters: one large buffer that comes back serves many",
    replace: [
      [
        "for (let first = this.#waiters.first; first !== undefined; first = this.#waiters.first) {",
        "const first = this.#waiters.first;\n      if (first !== undefined) {",
      ],
    ],
  },
  {
    exercise: "3.2 BufferPool.serveWaiters",
    name: "whoever can, goes",
    why: "Passing over the first who needs much, those behind take every byte that comes back.",
    caughtBy: "3.2 serveWaiters: one who needs much is not passed by those who need little",
    body: `if (this.#serving) return;
    this.#serving = true;
    const left = this.#waiters.removeIf((waiter) => waiter.proceed());
    this.#serving = false;
    for (const waiter of left) this.#waitingBytes -= waiter.heldBytes;`,
  },
  {
    exercise: "3.2 BufferPool.serveWaiters",
    name: "a second round inside the first",
    why: "A waiter that gives memory back while it proceeds would be asked again, before it has even left the line.",
    caughtBy: "3.2 serveWaiters: memory that comes back meanwhile starts no second round inside the first",
    replace: [["    if (this.#serving) return;\n", ""]],
  },
  {
    exercise: "3.2 BufferPool.serveWaiters",
    name: "one failure ends the round",
    why: "The error goes up to whoever gave memory back, and the line is blocked by one who can never go on.",
    caughtBy: "3.2 serveWaiters: one whose buffer can't be made fails, and the next is served",
    replace: [["          first.fail(error as Error);\n", "          throw error;\n"]],
  },
  {
    exercise: "3.2 BufferPool.serveWaiters",
    name: "what the served ones held still counts",
    why: "The line seems to get longer and longer, and in the end refuses everybody.",
    caughtBy: "3.2 serveWaiters: who has been served holds nothing any more",
    replace: [["        this.#waitingBytes -= first.heldBytes;\n", ""]],
  },
  {
    exercise: "3.2 BufferPool.serveWaiters",
    name: "what the failed one held still counts",
    why: "It has left the line, in another way than the others. Each failure makes the line a little shorter for good.",
    caughtBy: "3.2 serveWaiters: one whose buffer can't be made fails, and the next is served",
    replace: [
      [
        "          first.fail(error as Error);\n",
        "          first.fail(error as Error);\n          this.#waitingBytes += first.heldBytes;\n",
      ],
    ],
  },
  {
    exercise: "3.2 BufferPool.expireWaiters",
    name: "only the first in line expires",
    why: "Deadlines need not be in the line's order. Those behind would wait longer than max.block.ms.",
    caughtBy: "3.2 expireWaiters: finds those who stand behind others",
    replace: [
      [
        "this.#waiters.removeIf(({ deadlineMs }) => deadlineMs <= now)",
        "this.#waiters.first!.deadlineMs <= now ? [this.#waiters.pollFirst()!] : []",
      ],
    ],
  },
  {
    exercise: "3.2 BufferPool.expireWaiters",
    name: "the last deadline is taken for the next one",
    why: "Whoever stands before them, and has less time, then waits for longer than it was promised.",
    caughtBy: "3.2 expireWaiters: finds those who stand behind others",
    replace: [["Math.min(this.#earliestDeadlineMs, deadlineMs)", "deadlineMs"]],
  },
  {
    exercise: "3.2 BufferPool.expireWaiters",
    name: "a moment too late",
    why:
      "At the deadline waiting is over. A sender that sleeps until just then would find nothing, and not sleep again.",
    caughtBy: "3.2 expireWaiters: at its deadline waiting is over, not before",
    replace: [["deadlineMs <= now)", "deadlineMs < now)"]],
  },
  {
    exercise: "3.2 BufferPool.expireWaiters",
    name: "the next one isn't asked",
    why: "Who needs less than the one that gave up could go on, but nobody asks until memory comes back.",
    caughtBy: "3.2 expireWaiters: when one gives up who needed much, the next who needs less goes on",
    replace: [["    this.serveWaiters();\n", ""]],
  },
  {
    exercise: "3.2 BufferPool.expireWaiters",
    name: "what the expired ones held still counts",
    why: "After an hour with a slow broker the line refuses everybody, although it is empty.",
    caughtBy: "3.2 expireWaiters: who has given up holds nothing any more",
    replace: [["    for (const { heldBytes } of expired) this.#waitingBytes -= heldBytes;\n", ""]],
  },
  {
    exercise: "3.2 BufferPool.expireWaiters",
    name: "back early when nobody has expired",
    why:
      "The one whose deadline it was has been served. The deadline stays, and the sender wakes for it again and again.",
    caughtBy: "3.2 expireWaiters: a deadline whose waiter has been served is none any more",
    replace: [
      [
        "    this.#earliestDeadlineMs = Infinity;\n",
        "    if (expired.length === 0) return;\n    this.#earliestDeadlineMs = Infinity;\n",
      ],
    ],
  },
  {
    exercise: "3.2 BufferPool.expireWaiters",
    name: "told while the line is out",
    why:
      "What is told may ask for memory: it meets an empty line, and passes everybody who has only been " +
        "taken out for a moment.",
    caughtBy: "3.2 expireWaiters: who is told is out of the line, the others stand in it",
    body: `if (now < this.#earliestDeadlineMs) return;
    const all = this.#waiters.removeIf(() => true);
    this.#waitingBytes = 0;
    this.#earliestDeadlineMs = Infinity;
    for (const waiter of all) {
      if (waiter.deadlineMs <= now) waiter.fail(this.#tooLate());
      else this.wait(waiter);
    }
    this.serveWaiters();`,
  },
  {
    exercise: "3.2 BufferPool.expireWaiters",
    name: "told while still in line",
    why: "What is told may give memory back, and would be asked to proceed: after it has heard that it was in vain.",
    caughtBy: "3.2 expireWaiters: who is told is out of the line, the others stand in it",
    replace: [
      [
        "    const expired = this.#waiters.removeIf(({ deadlineMs }) => deadlineMs <= now);\n",
        "    const expired = [...this.#waiters].filter(({ deadlineMs }) => deadlineMs <= now);\n",
      ],
      [
        "    for (const { deadlineMs } of this.#waiters) {\n",
        "    for (const { deadlineMs } of this.#waiters) {\n      if (deadlineMs <= now) continue;\n",
      ],
      [
        "    for (const waiter of expired) waiter.fail(this.#tooLate());\n",
        "    for (const waiter of expired) waiter.fail(this.#tooLate());\n" +
          "    this.#waiters.removeIf((waiter) => expired.includes(waiter));\n",
      ],
    ],
  },
  {
    exercise: "3.2 BufferPool.close",
    name: "the pool takes nothing back any more",
    why: "Batches are still under way when a producer is closed, and their memory is counted to the end.",
    caughtBy: "3.2 close: nothing is given out any more, but taken back it is",
    replace: [["    this.#closed = true;\n", "    this.#closed = true;\n    this.deallocate = () => {};\n"]],
  },
  {
    exercise: "3.2 BufferPool.close",
    name: "one may still get in line",
    why: "Nobody will ever serve it, nor tell it that it waits in vain.",
    caughtBy: "3.2 close: all who wait fail, and nobody can wait any more",
    replace: [["    this.#closed = true;\n", "    this.#serving = true;\n"]],
  },
  {
    exercise: "3.2 BufferPool.close",
    name: "closed when all have been told",
    why: "What is told may send once more: its record gets in line again, and the loop never ends.",
    caughtBy: "3.2 close: who is told finds the pool closed",
    replace: [
      ["    this.#closed = true;\n", "    const { queued } = this;\n    let told = 0;\n"],
      [
        "      waiter.fail(this.#closedMeanwhile());\n    }\n",
        "      waiter.fail(this.#closedMeanwhile());\n" +
          "      if (++told === queued) break;\n" +
          "    }\n" +
          "    this.#closed = true;\n",
      ],
    ],
  },
  {
    exercise: "3.2 BufferPool.close",
    name: "only the first is told",
    why: "The promises of all others stay open for ever, and a program that awaits them never ends.",
    caughtBy: "3.2 close: all who wait fail, and nobody can wait any more",
    replace: [
      ["      waiter.fail(this.#closedMeanwhile());\n", "      waiter.fail(this.#closedMeanwhile());\n      break;\n"],
    ],
  },
  {
    exercise: "3.2 BufferPool.close",
    name: "the last one is told first",
    why: "Records fail in the reverse of the order in which they were sent.",
    caughtBy: "3.2 close: all who wait fail, and nobody can wait any more",
    replace: [
      ["let waiter = this.#waiters.pollFirst();", "let waiter = this.#waiters.pollLast();"],
      [
        "waiter !== undefined; waiter = this.#waiters.pollFirst()",
        "waiter !== undefined; waiter = this.#waiters.pollLast()",
      ],
    ],
  },
]);
