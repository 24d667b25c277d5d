import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "7.7 MemberRebalance.beforeJoin",
    name: "a cooperative member gives up everything",
    why: "That is what cooperative rebalancing is there to avoid: all stand still.",
    caughtBy: "7.7 beforeJoin: cooperative, it keeps everything",
    replace: [
      [
        "else if (!this.#isCooperative) await this.giveUp(assigned);\n" +
          "    else await this.giveUp(assigned.filter(({ topic }) => !topics.has(topic)));",
        "else await this.giveUp(assigned);\n    void topics;",
      ],
    ],
  },
  {
    exercise: "7.7 MemberRebalance.afterSync",
    name: "nobody joins again",
    why: "What was given up waits for its new owner, and nobody gives it to him.",
    caughtBy: "7.7 afterSync: cooperative, what goes is revoked, what is new is assigned, and it joins again",
    replace: [["return gone.length > 0;", "return false;"]],
  },
  {
    exercise: "7.7 MemberRebalance.afterSync",
    name: "a cooperative listener is told everything",
    why: "It would load what it has loaded already, and seek where it has read on.",
    caughtBy: "7.7 afterSync: cooperative, when nothing goes, nobody joins again, and nothing new is told, too",
    replace: [
      [
        "assignment.filter((one) => !this.#isCooperative || this.#subscriptions.find(one) === undefined)",
        "[...assignment]",
      ],
    ],
  },
  {
    exercise: "7.7 MemberRebalance.giveUp",
    name: "it has gone before the listener hears",
    why: "The listener can't commit any more: what was done since the last commit is done again by the next owner.",
    caughtBy: "7.7 beforeJoin, giveUp: eager, everything is committed, revoked, and given up, in this order",
    replace: [
      [
        "await this.#commit();",
        "this.#subscriptions.assign(this.#subscriptions.assigned.filter((state) => " +
          "!partitions.includes(state)));\n" +
          "    await this.#commit();",
      ],
    ],
  },
  {
    exercise: "7.7 MemberRebalance.giveUp",
    name: "nothing is marked",
    why: "While the listener commits, records of the partition could still be returned: they come twice.",
    caughtBy: "7.7 giveUp: what is about to go is marked already during the commit, and what stays isn't",
    replace: [["for (const state of partitions) state.isGoing = true;", ""]],
  },
  {
    exercise: "7.7 MemberRebalance.lose",
    name: "what is lost is committed",
    why: "Others have the partitions by now. The coordinator refuses it; if it didn't, it would set them back.",
    caughtBy: "7.7 lose: nothing is committed, and it has gone when the listener hears, cooperative or not",
    replace: [["this.#subscriptions.assign([]);", "await this.#commit();\n    this.#subscriptions.assign([]);"]],
  },
  {
    exercise: "7.7 Heartbeats.polled",
    name: "polling prolongs the session",
    why:
      "A consumer that is cut off from its coordinator goes on polling, and never notices that others read " +
      "its partitions.",
    caughtBy: "7.7 polled: it doesn't prolong the session",
    body:
      "this.#pollEndMs = now + this.#options.maxPollIntervalMs;\n" +
      "    this.#sessionEndMs = now + this.#options.sessionTimeoutMs;",
  },
  {
    exercise: "7.7 Heartbeats.answered",
    name: "heartbeats count as polls",
    why: "A program that is stuck on a record keeps its partitions for ever.",
    caughtBy: "7.7 answered: it doesn't prolong the poll interval",
    replace: [
      [
        "this.#isUnderWay = false;",
        "this.#isUnderWay = false;\n    this.#pollEndMs = now + this.#options.maxPollIntervalMs;",
      ],
    ],
  },
  {
    exercise: "7.7 Heartbeats.sent",
    name: "sending prolongs the session",
    why: "A coordinator that is dead answers nothing; who only listens to himself believes that all is well.",
    caughtBy: "7.7 answered, sent, failed: an answer prolongs the session; neither sending does nor failing",
    replace: [
      [
        "this.#isUnderWay = true;",
        "this.#isUnderWay = true;\n    this.#sessionEndMs = now + this.#options.sessionTimeoutMs;",
      ],
    ],
  },
  {
    exercise: "7.7 Heartbeats.restart",
    name: "one that is under way is waited for",
    why: "Its answer may never come, as the coordinator was lost; then no heartbeat follows, and the session ends.",
    caughtBy: "7.7 restart: a heartbeat that is under way is taken back",
    replace: [["this.#isUnderWay = false;", ""]],
  },
  {
    exercise: "7.7 Heartbeats.failed",
    name: "the next one comes at its time",
    why: "After three that fail the session is over, although a second try would have passed at once.",
    caughtBy: "7.7 failed: the next heartbeat comes soon",
    replace: [["this.#nextMs = now + this.#options.retryBackoffMs;", "void now;"]],
  },
  {
    exercise: "7.7 Heartbeats.timeToNextMs",
    name: "several at a time",
    why: "To a coordinator that is slow they pile up, and make it slower.",
    caughtBy: "7.7 sent, timeToNextMs: one heartbeat at a time, and the interval is counted from when it left",
    body: "void this.#isUnderWay;\n    return Math.max(0, this.#nextMs - now);",
  },
  {
    exercise: "7.7 Heartbeats.isSessionOver",
    name: "over only behind its end",
    why: "At its end the coordinator gives the partitions to others: from then on both would read them.",
    caughtBy: "7.7 restart, isSessionOver: the session is over when no answer has come for its time-out",
    replace: [["now >= this.#sessionEndMs", "now > this.#sessionEndMs"]],
  },
  {
    exercise: "7.7 Heartbeats.isPollOverdue",
    name: "the session is asked",
    why: "A program that works for longer than a session is put out, although its heartbeats go on.",
    caughtBy: "7.7 polled, isPollOverdue: it is when the program hasn't polled for so long",
    replace: [["this.#pollEndMs", "this.#sessionEndMs"]],
  },
  {
    exercise: "7.7 MemberRebalance.giveUp",
    name: "the commit isn't waited for",
    why: "The member joins, others get its partitions, and begin where the group was before the commit arrived.",
    caughtBy: "7.7 giveUp: nobody is told before the commit is decided",
    replace: [["await this.#commit();", "void this.#commit();"]],
  },
]);
