import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "6.4 ReplicaState.updateFetchState",
    name: "lag counted from the last fetch",
    why: "A follower that asks all the time and gets ever further behind would stay in sync for ever.",
    caughtBy: "6.4 updateFetchState: a fetch alone is no sign of being caught up",
    replace: [["if (fetch.fetchOffset >= leaderEndOffset) {", "if (nowMs >= 0) {"]],
  },
  {
    exercise: "6.4 ReplicaState.updateFetchState",
    name: "caught up only at the very end of the log",
    why: "The log of a busy leader has always grown by the time that a fetch comes: nobody would be in sync for long.",
    caughtBy: "6.4 updateFetchState: who has what the leader had at the last fetch, was caught up then",
    replace: [["fetch.fetchOffset >= this.lastFetchLeaderEnd && ", "fetch.fetchOffset > leaderEndOffset && "]],
  },
  {
    exercise: "6.4 ReplicaState.updateFetchState",
    name: "caught up now with what was there at the last fetch",
    why: "What it shows now is what it had caught up with *then*. Counted as now, it may lag twice as long.",
    caughtBy: "6.4 updateFetchState: who has what the leader had at the last fetch, was caught up then",
    replace: [["Math.max(this.lastCaughtUpMs, this.lastFetchMs)", "nowMs"]],
  },
  {
    exercise: "6.4 ReplicaState.isCaughtUp",
    name: "who has everything goes, if it is silent for long",
    why: "A leader to which nobody writes gives its followers nothing to show. They lack nothing.",
    caughtBy: "6.4 isCaughtUp: who has everything is caught up, however long it says nothing",
    replace: [["this.logEndOffset === leaderEndOffset || ", ""]],
  },
  {
    exercise: "6.4 ReplicaState.isCaughtUp",
    name: "time of the last fetch instead of the last moment of being caught up",
    why: "That it asks says nothing of how far it is.",
    caughtBy: "6.4 isCaughtUp: fetching all the time doesn't help who stays behind",
    replace: [["nowMs - this.lastCaughtUpMs", "nowMs - this.lastFetchMs"]],
  },
  {
    exercise: "6.4 LeaderState.isrWithFollower",
    name: "the high watermark alone, without the start of the epoch",
    why: "A new leader's high watermark lags. Who has only reached that may lack committed records, and be elected.",
    caughtBy: "6.4 isrWithFollower: the start of the leader's epoch must be reached, too",
    replace: [["Math.max(highWatermark, this.epochStartOffset)", "highWatermark"]],
  },
  {
    exercise: "6.4 LeaderState.isrWithoutSlow",
    name: "the leader goes, too",
    why: "It doesn't fetch from itself, so nobody has ever heard of it. An ISR without its leader is none.",
    caughtBy: "6.4 isrWithoutSlow: the leader itself stays, and the order is kept",
    replace: [["id === this.brokerId || ", ""]],
  },
  {
    exercise: "6.4 LeaderState.isrWithoutSlow",
    name: "never below two",
    why: "A slow follower that may not go holds up every acks=all. min.insync.replicas is who refuses then.",
    caughtBy: "6.4 isrWithoutSlow: who has lagged for longer than replica.lag.time.max.ms goes",
    replace: [["return isr.length < this.isr.length", "return isr.length > 1 && isr.length < this.isr.length"]],
  },
  {
    exercise: "6.4 LeaderState.proposalFailed",
    name: "a lost answer forgets the proposal",
    why: "The controller may have made the change. The leader would commit records that a member of the ISR lacks.",
    caughtBy: "6.4 proposalFailed: after REQUEST_TIMED_OUT it may be in force: it counts on, and is asked for again",
    replace: [
      [
        "if (!REFUSED.has(error.code)) return true;\n    this.#proposal = null;\n    return false;",
        "this.#proposal = null;\n    return !REFUSED.has(error.code);",
      ],
    ],
  },
  {
    exercise: "6.4 LeaderState.proposalFailed",
    name: "an overtaken one is forgotten",
    why: "INVALID_UPDATE_VERSION may be the second answer to a change that was made at the first try.",
    caughtBy: "6.4 proposalFailed: INVALID_UPDATE_VERSION means that there is news: it counts on until that comes",
    replace: [
      ["if (OVERTAKEN.has(error.code)) return false;\n    if (!REFUSED", "if (!OVERTAKEN.has(error.code) && !REFUSED"],
    ],
  },
  {
    exercise: "6.4 planIsr",
    name: "partition epoch not compared",
    why: "Two changes that didn't know of each other: the second one undoes the first.",
    caughtBy: "6.4 planIsr: refuses a leader that has missed a change",
    replace: [["if (partitionEpoch !== old.partitionEpoch) refuse", "if (partitionEpoch < 0) refuse"]],
  },
  {
    exercise: "6.4 planIsr",
    name: "leader epoch not compared",
    why: "A leader that was replaced a moment ago decides who is in sync with the new one.",
    caughtBy: "6.4 planIsr: refuses a leader of an earlier epoch",
    replace: [["if (leaderEpoch < old.leaderEpoch) refuse", "if (leaderEpoch < 0) refuse"]],
  },
  {
    exercise: "6.4 planIsr",
    name: "the dead may join",
    why: "A fetch of a broker that has died since is still on its way. acks=all would wait for it.",
    caughtBy: "6.4 planIsr: whoever is dead, or about to go, can't be in sync",
    replace: [["if (!isr.every(mayBeInSync)) refuse", "if (!isr.some(mayBeInSync)) refuse"]],
  },
]);
