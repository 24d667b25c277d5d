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
  {
    exercise: "4.3 readMetadataAnswer",
    name: "an error ends the reading",
    why: "One topic that is wrong, and of all that come after it nothing is known: `continue` was meant.",
    caughtBy: "4.3 readMetadataAnswer: a topic that is wrong doesn't hide those that come after it",
    replace: [["if (error !== null) continue;", "if (error !== null) break;"]],
  },
  {
    exercise: "4.3 readMetadataAnswer",
    name: "every error is incomplete",
    why: "A name that can never be is asked about again and again, as long as the program runs.",
    caughtBy: "4.3 readMetadataAnswer: an error that is final is one, and the answer is complete",
    replace: [["error?.retriable === true", "error !== null"]],
  },
  {
    exercise: "4.3 readMetadataAnswer",
    name: "no error is incomplete",
    why: "A topic that is just being created is asked about again only when the metadata are old: after five minutes.",
    caughtBy: "4.3 readMetadataAnswer: a topic that may still come is an error, and the answer is incomplete",
    replace: [["    isIncomplete ||= error?.retriable === true;\n", ""]],
  },
  {
    exercise: "4.3 readMetadataAnswer",
    name: "the last topic decides whether it is complete",
    why: "`=` for `||=`: a complete topic behind an incomplete one, and nobody asks again.",
    caughtBy: "4.3 readMetadataAnswer: a partition without a leader is in the cluster, and the answer is incomplete",
    replace: [
      [
        "isIncomplete ||= leader === null || answered.leader === null",
        "isIncomplete = leader === null || answered.leader === null",
      ],
    ],
  },
  {
    exercise: "4.3 readMetadataAnswer",
    name: "the leader keeps the address that was known",
    why: "A broker that moved is connected to where it was, although this very answer says where it is.",
    caughtBy: "4.3 readMetadataAnswer: a leader is where this answer says, also one that was known before",
    replace: [
      ["partitions.push({ ...chosen, leader });", "partitions.push(leader === null ? { ...chosen, leader } : chosen);"],
    ],
  },
  {
    exercise: "4.3 readMetadataAnswer",
    name: "a leader that nobody names",
    why: "What was known wins, with its leader; but that broker has gone, and nobody can connect to it.",
    caughtBy: "4.3 readMetadataAnswer: a leader that this answer doesn't name is none, and the answer is incomplete",
    replace: [
      ["nodeById.get(chosen.leader?.id ?? -1) ?? null", "nodeById.get(chosen.leader?.id ?? -1) ?? chosen.leader"],
    ],
  },
  {
    exercise: "4.3 readMetadataAnswer",
    name: "a known leader makes it complete",
    why: "The broker that was asked sees no leader: an election goes on, and what was known is about to be wrong.",
    caughtBy: "4.3 readMetadataAnswer: incomplete also when what was known has a leader, and the answer has none",
    replace: [["isIncomplete ||= leader === null || answered.leader === null", "isIncomplete ||= leader === null"]],
  },
  {
    exercise: "4.3 readMetadataAnswer",
    name: "what was known is not asked",
    why: "Without the known partition `newest` can only take the answer, be it as old as it may.",
    caughtBy: "4.3 readMetadataAnswer: `newest` chooses, from what was known of that partition and what is said of it",
    replace: [
      ["newest(previous.partition(name, answered.partition), answered, isSame)", "newest(undefined, answered, isSame)"],
    ],
  },
  {
    exercise: "4.3 readMetadataAnswer",
    name: "every topic of a name is the same one",
    why: "A topic that was deleted and created anew has another id; its epochs can't be compared with the old ones.",
    caughtBy: "4.3 readMetadataAnswer: a topic with another id is another one",
    replace: [
      [
        "newest(previous.partition(name, answered.partition), answered, isSame)",
        "newest(previous.partition(name, answered.partition), answered, isSame || true)",
      ],
    ],
  },
]);
