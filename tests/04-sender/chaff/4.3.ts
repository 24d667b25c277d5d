import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "4.3 Metadata.timeToNextUpdateMs",
    name: "a request cuts the pause short",
    why: "Then a client whose brokers are all down asks them thousands of times a second.",
    caughtBy: "4.3 timeToNextUpdateMs: a request doesn't cut a pause short",
    replace: [
      [
        "Math.max(wantedMs, this.#pauseUntilMs, now) - now",
        "(this.updateRequested ? now : Math.max(wantedMs, this.#pauseUntilMs, now)) - now",
      ],
    ],
  },
  {
    exercise: "4.3 Metadata.timeToNextUpdateMs",
    name: "the pause is added to the age",
    why: "The two run at the same time: what counts is the later one of their ends.",
    caughtBy: "4.3 timeToNextUpdateMs: nor does old age: what comes later, the age or the end of the pause, decides",
    replace: [
      [
        "Math.max(wantedMs, this.#pauseUntilMs, now) - now",
        "Math.max(0, wantedMs - now) + Math.max(0, this.#pauseUntilMs - now)",
      ],
    ],
  },
  {
    exercise: "4.3 Metadata.timeToNextUpdateMs",
    name: "negative when it is overdue",
    why: "A timer that is due in −5 ms: some schedulers take that for a very long time.",
    caughtBy: "4.3 timeToNextUpdateMs: after a success it is time when it is metadata.max.age.ms old",
    replace: [["Math.max(wantedMs, this.#pauseUntilMs, now) - now", "Math.max(wantedMs, this.#pauseUntilMs) - now"]],
  },
  {
    exercise: "4.3 Metadata.timeToNextUpdateMs",
    name: "a point in time instead of a duration",
    why: "The caller adds it to the time once more.",
    caughtBy: "4.3 timeToNextUpdateMs: at the beginning it is time at once",
    replace: [["Math.max(wantedMs, this.#pauseUntilMs, now) - now", "Math.max(wantedMs, this.#pauseUntilMs, now)"]],
  },
  {
    exercise: "4.3 Metadata.update",
    name: "all wishes are fulfilled",
    why:
      "A topic that became known while the request was on its way wasn't asked about: its records would" +
      " wait for minutes.",
    caughtBy: "4.3 update: a topic that became known while the request was on its way is asked about next",
    replace: [["this.#fulfilled = wishes;", "this.#fulfilled = this.#wishes;"]],
  },
  {
    exercise: "4.3 Metadata.update",
    name: "an incomplete answer is enough",
    why:
      "A partition that has no leader at the moment gets one soon; who doesn't ask again learns of it" +
      " five minutes later.",
    caughtBy: "4.3 update: a partition without a leader is asked about again",
    replace: [["    if (isIncomplete) this.requestUpdate();\n", ""], [", isIncomplete }", " }"]],
  },
  {
    exercise: "4.3 Metadata.update",
    name: "no pause after an answer without news",
    why: "As long as an election takes, the brokers are asked as fast as they can answer.",
    caughtBy: "4.3 update: an answer that was requested and says nothing new was in vain: a pause, each one longer",
    replace: [
      ["    else if (wasRequested) this.pause(now);\n", ""],
      ["    const wasRequested = this.updateRequested;\n", ""],
    ],
  },
  {
    exercise: "4.3 Metadata.update",
    name: "the pauses stay long after news",
    why: "One long outage, and every later election is noticed late.",
    caughtBy: "4.3 update: an answer with news makes the next pause a short one again",
    replace: [
      [
        "if (!saysTheSame(cluster, previous)) this.#inVain = 0;\n    else if (wasRequested)",
        "if (saysTheSame(cluster, previous) && wasRequested)",
      ],
    ],
  },
  {
    exercise: "4.3 Metadata.update",
    name: "a refresh because of age is followed by a pause",
    why:
      "Nothing was wrong, and nothing has changed: the next one who finds a wrong leader should not" +
      " have to wait for it.",
    caughtBy: "4.3 update: an answer that was asked for because of age alone brings no pause, however little it says",
    replace: [
      ["else if (wasRequested) this.pause(now);", "else this.pause(now);"],
      ["    const wasRequested = this.updateRequested;\n", ""],
    ],
  },
  {
    exercise: "4.3 Metadata.update",
    name: "the age is not noted",
    why: "Then it is always time for the next update: one request after the other.",
    caughtBy: "4.3 timeToNextUpdateMs: after a success it is time when it is metadata.max.age.ms old",
    replace: [["    this.#lastSuccessMs = now;\n", ""]],
  },
  {
    exercise: "4.3 Metadata.update",
    name: "idle topics are asked about for ever",
    why: "A producer that sends to a topic a day has thousands of them in each request after some years.",
    caughtBy: "4.3 update: a topic that nobody uses any more is forgotten",
    replace: [["    this.#forgetIdleTopics(now);\n", ""]],
  },
  {
    exercise: "4.3 Metadata.update",
    name: "the first addresses are asked for ever",
    why: "They were a way out while nobody else answered; they may be dead, or belong to somebody else by now.",
    caughtBy: "4.3 update: after all brokers were out of reach, an answer ends the asking of the first addresses",
    replace: [["    this.#isRebootstrapping = false;\n", ""]],
  },
  {
    exercise: "4.3 Metadata.update",
    name: "what is wrong with topics is forgotten",
    why: "Records for a topic that can never be would wait for max.block.ms, and the error would not say why.",
    caughtBy: "4.3 update: a topic that doesn't exist yet is asked about again, one whose name is none is not",
    replace: [
      ["    this.#topicErrors = topicErrors;\n", ""],
      ["cluster, topicErrors, isIncomplete", "cluster, isIncomplete"],
    ],
  },
  {
    exercise: "4.3 newestPartition",
    name: "the answer always wins",
    why: "An outdated broker leads the client back to the old leader, which refuses, and so on, round and round.",
    caughtBy: "4.3 newestPartition: a lower leader epoch is older news",
    replace: [["answered.leaderEpoch < known.leaderEpoch ? known : answered", "answered"]],
  },
  {
    exercise: "4.3 newestPartition",
    name: "the same epoch is not taken",
    why: "The leader is the same in one epoch, but not the replicas that are in sync.",
    caughtBy: "4.3 newestPartition: a higher epoch is taken, and the same one: the rest may have changed",
    replace: [["answered.leaderEpoch < known.leaderEpoch", "answered.leaderEpoch <= known.leaderEpoch"]],
  },
  {
    exercise: "4.3 newestPartition",
    name: "epochs of different topics are compared",
    why:
      "A topic that is deleted and created again begins at epoch 0: the client would go on with brokers" +
      " of the old one.",
    caughtBy: "4.3 newestPartition: the epochs of another topic of that name say nothing",
    replace: [[" || !isSameTopic", ""]],
  },
  {
    exercise: "4.3 newestPartition",
    name: "no epoch is taken for a low one",
    why: "A broker that is too old to say its epochs would never be believed again.",
    caughtBy: "4.3 newestPartition: an answer without an epoch is taken, and so is the first one with an epoch",
    replace: [[" || answered.leaderEpoch === -1", ""]],
  },
  {
    exercise: "4.3 Metadata.timeToNextUpdateMs",
    name: "only what was requested waits for the end of the pause",
    why: "When they are old and no broker answers, the brokers are asked again after every failure, at once.",
    caughtBy: "4.3 timeToNextUpdateMs: nor does old age: what comes later, the age or the end of the pause, decides",
    replace: [
      [
        "Math.max(wantedMs, this.#pauseUntilMs, now) - now",
        "Math.max(wantedMs, this.updateRequested ? this.#pauseUntilMs : now, now) - now",
      ],
    ],
  },
  {
    exercise: "4.3 Metadata.update",
    name: "an answer without news is no success",
    why: "Where nothing changes the metadata stay old: they are asked for again and again, without a pause.",
    caughtBy: "4.3 update: also an answer that says nothing new is a success: its age counts from there",
    replace: [
      ["    this.#lastSuccessMs = now;\n", "    if (!saysTheSame(cluster, previous)) this.#lastSuccessMs = now;\n"],
    ],
  },
]);
