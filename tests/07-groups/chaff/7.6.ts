import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "7.6 SubscriptionState.assign",
    name: "everything begins anew",
    why: "Then each rebalance loses positions that are not committed yet, and reads again what has been read.",
    caughtBy: "7.6 assign: what stays keeps its position and its pause, what is new has none",
    replace: [
      ["before.get(name) ?? new PartitionState(partition)", "new PartitionState(partition)"],
      ["const before = new Map(this.#states);\n", ""],
    ],
  },
  {
    exercise: "7.6 SubscriptionState.seek",
    name: "a reset goes on",
    why: "Its answer comes later, and moves the program away from where it wanted to be.",
    caughtBy: "7.6 seek: sets the position, ends a reset, and ends the pause after a failure, but not the program's",
    replace: [["state.resetTo = null;", ""]],
  },
  {
    exercise: "7.6 SubscriptionState.completeReset",
    name: "whatever comes is taken",
    why: "Between question and answer somebody has sought a position: the answer would throw that away.",
    caughtBy: "7.6 completeReset, seek: an answer that comes after a seek is nobody's",
    replace: [
      ["if (!this.has(state) || state.phase !== \"resetting\" || state.resetTo !== to) return false;", "void to;"],
    ],
  },
  {
    exercise: "7.6 SubscriptionState.completeReset",
    name: "the answer to the other question is taken",
    why: "seekToBeginning and then seekToEnd: the first answer would put the position to the start.",
    caughtBy: "7.6 completeReset: an answer to the other question is nobody's",
    replace: [[" || state.resetTo !== to", ""]],
  },
  {
    exercise: "7.6 SubscriptionState.handleOutOfRange",
    name: "an old answer counts",
    why: "The fetch was from before a seek: its refusal says nothing of the new position.",
    caughtBy: "7.6 handleOutOfRange: an answer from before a seek changes nothing",
    replace: [[" || state.position?.offset !== fetchOffset", ""]],
  },
  {
    exercise: "7.6 SubscriptionState.fetchable",
    name: "what is paused is fetched",
    why: "Records pile up that nobody wants yet, and those that are wanted wait for the memory.",
    caughtBy: "7.6 fetchable: neither what is paused, nor what is about to go, nor what isn't sure of its position",
    replace: [[" && !isPaused", ""], ["{ phase, isPaused, isGoing, retryAtMs }", "{ phase, isGoing, retryAtMs }"]],
  },
  {
    exercise: "7.6 FetchBuffer.nextOffset",
    name: "always at the position",
    why: "What lies in the buffer is fetched once more, and comes twice.",
    caughtBy: "7.6 nextOffset: behind what is there, also if it is several fetches",
    body: "return state.position!.offset;",
  },
  {
    exercise: "7.6 FetchBuffer.collect",
    name: "what is old is returned",
    why: "After a seek the program gets records from where it was before.",
    caughtBy: "7.6 collect: after a seek what was fetched before is thrown away",
    replace: [["if (!this.#isCurrent(fetch)) continue;", "if (!this.#subscriptions.has(partition)) continue;"]],
  },
  {
    exercise: "7.6 FetchBuffer.collect",
    name: "what is paused is thrown away",
    why: "It was fetched for nothing; with every pause all of it goes over the network again.",
    caughtBy: "7.6 collect: what is paused waits, the others don't, and it comes when it is resumed",
    replace: [
      ["(partition.isPaused || partition.isGoing)", "partition.isGoing"],
      ["if (!this.#isCurrent(fetch)) continue;", "if (!this.#isCurrent(fetch) || partition.isPaused) continue;"],
    ],
  },
  {
    exercise: "7.6 FetchBuffer.collect",
    name: "a poison pill is thrown once",
    why:
      "The program that tries again, without having done anything, loses the record and all behind it in the " +
      "fetch.",
    caughtBy: "7.6 collect: a record that can't be returned: first those before it, then the error, again and again",
    replace: [
      [
        "if (failure !== null || !fetch.isDrained) kept.push(fetch);",
        "if (failure === null && !fetch.isDrained) kept.push(fetch);",
      ],
    ],
  },
  {
    exercise: "7.6 SubscriptionState.requestReset",
    name: "the position stays until the other one is found",
    why: "What lies in the buffer still fits it, and is returned although the program wants to be elsewhere.",
    caughtBy: "7.6 requestReset: until the end is found there is no position",
    replace: [["state.position = null;", ""]],
  },
]);
