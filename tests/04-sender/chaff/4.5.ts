import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "4.5 MetadataUpdater.maybeUpdate",
    name: "one request after the other",
    why: "While the answer is on its way it is still time: the broker is asked once a turn of the loop.",
    caughtBy: "4.5 maybeUpdate: while an answer is waited for nobody else is asked, whatever is wanted",
    replace: [["    if (this.#isAsking) return Infinity;\n", ""]],
  },
  {
    exercise: "4.5 MetadataUpdater.maybeUpdate",
    name: "asked before it is time",
    why: "Then the pause after an attempt in vain is none, and a cluster in trouble is asked all the time.",
    caughtBy: "4.5 maybeUpdate: before it is time nobody is asked, and nobody connected to",
    replace: [["    if (waitMs > 0) return waitMs;\n", "    if (waitMs === Infinity) return waitMs;\n"]],
  },
  {
    exercise: "4.5 MetadataUpdater.maybeUpdate",
    name: "a request without a connection",
    why: "`leastLoadedNode` may name one that is only being connected to: nothing can be sent to it yet.",
    caughtBy: "4.5 maybeUpdate: a node that is only being connected to is asked when it is there",
    replace: [
      [
        "if (this.#client.ready(node, now)) this.ask(node, now);",
        "this.#client.ready(node, now);\n    this.ask(node, now);",
      ],
    ],
  },
  {
    exercise: "4.5 MetadataUpdater.maybeUpdate",
    name: "the first addresses are never asked again",
    why: "When all brokers that are known have been replaced, nobody can be reached any more: until a restart.",
    caughtBy: "4.5 maybeUpdate: when all known brokers are out of reach, a first address is asked at once",
    replace: [[" ?? this.#rebootstrap(now)", ""]],
  },
  {
    exercise: "4.5 MetadataUpdater.maybeUpdate",
    name: "nobody comes back for brokers that are down",
    why: "Infinity, and nothing will happen by itself: the producer sleeps for ever.",
    caughtBy: "4.5 maybeUpdate: when no node can be asked, until one may connect to the first of them again",
    replace: [["if (node === null) return this.#untilReconnectMs(now);", "if (node === null) return Infinity;"]],
  },
  {
    exercise: "4.5 MetadataUpdater.maybeUpdate",
    name: "tried again at once",
    why: "0 ms until the next look: while all brokers are down the loop turns as fast as it can.",
    caughtBy: "4.5 maybeUpdate: when no node can be asked, until one may connect to the first of them again",
    replace: [
      [
        "if (node === null) return this.#untilReconnectMs(now);",
        "if (node === null) return 0 * this.#untilReconnectMs(now) || 0;",
      ],
    ],
  },
  {
    exercise: "4.5 MetadataUpdater.onAnswer",
    name: "nobody is asked again after an error",
    why: "The request is over, whatever its answer says: the next one may be sent.",
    caughtBy: "4.5 onAnswer: one that is an error was in vain: a pause, then somebody is asked again",
    replace: [
      ["    this.#isAsking = false;\n", ""],
      ["    this.#metadata.update(", "    this.#isAsking = false;\n    this.#metadata.update("],
    ],
  },
  {
    exercise: "4.5 MetadataUpdater.onAnswer",
    name: "an error is taken for an answer",
    why: "It names no topics: everything that was known is forgotten.",
    caughtBy: "4.5 onAnswer: one that is an error was in vain: a pause, then somebody is asked again",
    replace: [["error !== null || response.brokers.length === 0", "response.brokers.length === 0"]],
  },
  {
    exercise: "4.5 MetadataUpdater.onAnswer",
    name: "an answer without brokers is taken",
    why: "A broker that has just started knows of none yet, itself included: then nobody is left who could be asked.",
    caughtBy: "4.5 onAnswer: one that names no broker says nothing either: what was known stays",
    replace: [["error !== null || response.brokers.length === 0", "error !== null"]],
  },
  {
    exercise: "4.5 MetadataUpdater.onAnswer",
    name: "no pause after an error",
    why: "The broker is asked again as fast as it can answer.",
    caughtBy: "4.5 onAnswer: one that is an error was in vain: a pause, then somebody is asked again",
    replace: [["      this.#metadata.pause(now);\n", "      if (error === null) this.#metadata.pause(now);\n"]],
  },
  {
    exercise: "4.5 MetadataUpdater.onAnswer",
    name: "the broker's demand is not heard",
    why: "REBOOTSTRAP_REQUIRED is more than an error: who sends it wants to be left alone (KIP-1102).",
    caughtBy: "4.5 onAnswer: a broker that demands it has the first addresses asked, and only them; after a pause",
    replace: [["error?.code === \"REBOOTSTRAP_REQUIRED\" && this", "error === null && this"]],
  },
  {
    exercise: "4.5 MetadataUpdater.onAnswer",
    name: "every error is a demand",
    why: "A broker that has some trouble of its own sends all its clients back to the first addresses.",
    caughtBy: "4.5 onAnswer: but not when metadata.recovery.strategy is none; nor for another error",
    replace: [["error?.code === \"REBOOTSTRAP_REQUIRED\" && this", "error !== null && this"]],
  },
  {
    exercise: "4.5 MetadataUpdater.onAnswer",
    name: "those who wait are not told",
    why: "Their topic is known, and they wait until max.block.ms are over.",
    caughtBy: "4.5 onAnswer: what it says is known from now on, and whoever waits for it is told",
    replace: [["    this.#options.onUpdate(now);\n", ""]],
  },
  {
    exercise: "4.5 MetadataUpdater.onAnswer",
    name: "all wishes are fulfilled",
    why:
      "What is wished now isn't what was wished when the request left: a topic that came meanwhile wasn't" +
      " asked about.",
    caughtBy: "4.5 onAnswer: a topic that became known while it was on its way is asked about next",
    replace: [
      [
        "this.#metadata.update(response, wishes, now)",
        "this.#metadata.update(response, Math.max(wishes, this.#metadata.wishes), now)",
      ],
    ],
  },
  {
    exercise: "4.5 WaitingLine.leave",
    name: "told while they stand in line",
    why: "Whoever is told may look at the line, or have others leave: it is told twice, and its memory counts for two.",
    caughtBy: "4.5 leave: by the time that somebody is told, all of them are out of the line",
    body:
      "const leaving = this.#waiters.filter(leaves);\n" +
      "for (const waiter of leaving) {\n" +
      "  settle(waiter);\n" +
      "  this.#heldBytes -= waiter.heldBytes;\n" +
      "}\n" +
      "this.#waiters = this.#waiters.filter((waiter) => !leaving.includes(waiter));\n" +
      "if (leaving.length > 0) this.tellWatchers(new Set(leaving));",
  },
  {
    exercise: "4.5 WaitingLine.leave",
    name: "who gets in line again is lost",
    why: "The line of before is put back after everybody was told: whoever came meanwhile is in neither.",
    caughtBy: "4.5 leave: one who is told may get in line again, and stays there",
    body:
      "const before = this.#waiters;\n" +
      "const leaving = before.filter(leaves);\n" +
      "if (leaving.length === 0) return;\n" +
      "this.#waiters = [];\n" +
      "for (const { heldBytes } of leaving) this.#heldBytes -= heldBytes;\n" +
      "for (const waiter of leaving) settle(waiter);\n" +
      "this.#waiters = before.filter((waiter) => !leaving.includes(waiter));\n" +
      "this.tellWatchers(new Set(leaving));",
  },
  {
    exercise: "4.5 WaitingLine.leave",
    name: "the memory is never given back",
    why: "After some time the line seems to hold all of buffer.memory, and every send to a new topic fails.",
    caughtBy: "4.5 leave: those for whom it is said go, in the order in which they came; the others stay in theirs",
    replace: [["    for (const { heldBytes } of leaving) this.#heldBytes -= heldBytes;\n", ""]],
  },
  {
    exercise: "4.5 WaitingLine.leave",
    name: "the last one is told first",
    why: "Records that waited for their topic would go into their batches in the reverse order.",
    caughtBy: "4.5 leave: those for whom it is said go, in the order in which they came; the others stay in theirs",
    replace: [
      ["for (const waiter of leaving) settle(waiter);", "for (const waiter of leaving.toReversed()) settle(waiter);"],
    ],
  },
  {
    exercise: "4.5 WaitingLine.leave",
    name: "whoever flushes waits for ever",
    why: "Nobody tells it that those it waited for have left.",
    caughtBy: "4.5 leave: whoever waits for those in line is told when the last one is settled, not before",
    replace: [["    this.tellWatchers(gone);\n", ""]],
  },
  {
    exercise: "4.5 WaitingLine.onUpdate",
    name: "a partition too few is enough",
    why: "`>=` for `>`: partition 1 is the second one, and needs two.",
    caughtBy: "4.5 onUpdate: whoever waits for a certain partition waits until there are enough",
    replace: [["length > Math.max(0, partition)", "length >= Math.max(1, partition)"]],
  },
  {
    exercise: "4.5 WaitingLine.onUpdate",
    name: "nobody asks for a partition that is missing",
    why: "The answer was complete: it says all that there is. Only who waits knows that there should be more.",
    caughtBy: "4.5 onUpdate: while somebody waits for a partition an update is wanted: the answer seemed complete",
    replace: [
      [
        "if (this.#waiters.some(({ partition }) => partition >= 0)) this.#metadata.requestUpdate();",
        "if (this.#waiters.some(({ partition }) => partition < -1)) this.#metadata.requestUpdate();",
      ],
    ],
  },
  {
    exercise: "4.5 WaitingLine.onUpdate",
    name: "asked as long as anybody waits",
    why: "A topic that doesn't exist is asked about anyway; and one that can't be would be asked about without end.",
    caughtBy: "4.5 onUpdate: while somebody waits for a partition an update is wanted: the answer seemed complete",
    replace: [["this.#waiters.some(({ partition }) => partition >= 0)", "this.#waiters.length > 0"]],
  },
  {
    exercise: "4.5 WaitingLine.onUpdate",
    name: "every error is final",
    why: "A topic that is just being created has an error, too, for some milliseconds.",
    caughtBy: "4.5 onUpdate: a topic that can't be sent to is an error at once; one that may still come is waited for",
    replace: [
      [
        "NEVER.has(this.#metadata.errorOf(topic)?.code ?? \"\")",
        "NEVER.size > 0 && this.#metadata.errorOf(topic) !== null",
      ],
    ],
  },
  {
    exercise: "4.5 WaitingLine.onUpdate",
    name: "no error is final",
    why: "A misspelt name is waited for as long as max.block.ms, a minute, and nobody learns why.",
    caughtBy: "4.5 onUpdate: a topic that can't be sent to is an error at once; one that may still come is waited for",
    replace: [["NEVER.has(this.#metadata.errorOf(topic)?.code ?? \"\")", "NEVER.has(topic)"]],
  },
  {
    exercise: "4.5 WaitingLine.expire",
    name: "a millisecond too late",
    why: "`<` for `<=`: the loop wakes at the deadline, finds nothing to do, and wakes at once again.",
    caughtBy: "4.5 expire: whose deadline has come fails; it says when the next one is due",
    replace: [["deadlineMs <= now", "deadlineMs < now"]],
  },
  {
    exercise: "4.5 WaitingLine.expire",
    name: "a time instead of a duration",
    why: "The caller adds it to the time once more, and comes back much too late.",
    caughtBy: "4.5 expire: whose deadline has come fails; it says when the next one is due",
    replace: [["(this.#waiters[0]?.deadlineMs ?? Infinity) - now", "this.#waiters[0]?.deadlineMs ?? Infinity"]],
  },
  {
    exercise: "4.5 WaitingLine.expire",
    name: "one at a time",
    why: "Only the first in line is looked at: of a thousand whose time is over one fails a turn.",
    caughtBy:
      "4.5 expire: all whose deadlines have come, in order; with nobody in line it needn't be called again",
    replace: [
      ["({ deadlineMs }) => deadlineMs <= now", "(waiter) => waiter === this.#waiters[0] && waiter.deadlineMs <= now"],
    ],
  },
]);
