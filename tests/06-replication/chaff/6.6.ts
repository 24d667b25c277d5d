import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "6.6 electLeader",
    name: "empties the ISR",
    why: "When the last one dies the ISR still says who has every committed record. Empty, it lets nobody lead again.",
    caughtBy: "6.6 electLeader: nobody leads when none of the ISR lives, and the ISR remembers who may",
    replace: [["remaining.length > 0 ? remaining : partition.isr", "remaining"]],
  },
  {
    exercise: "6.6 electLeader",
    name: "elects outside of the ISR",
    why: "Who isn't in sync lacks committed records: with it as the leader they are lost.",
    caughtBy: "6.6 electLeader: nobody leads when none of the ISR lives, and the ISR remembers who may",
    replace: [["alive.find((id) => isr.includes(id))", "alive[0]"]],
  },
  {
    exercise: "6.6 electLeader",
    name: "unclean without being allowed",
    why: "`unclean.leader.election.enable` is false unless somebody prefers answers to records.",
    caughtBy: "6.6 electLeader: nobody leads when none of the ISR lives, and the ISR remembers who may",
    replace: [["if (allowUnclean && alive[0] !== undefined)", "if (alive[0] !== undefined)"]],
  },
  {
    exercise: "6.6 electLeader",
    name: "the first of the ISR leads",
    why: "The replicas stand in the order of preference, spread over the brokers; the ISR in the order of coming back.",
    caughtBy: "6.6 electLeader: the order of the replicas decides, not that of the ISR",
    replace: [["alive.find((id) => isr.includes(id))", "isr.find((id) => alive.includes(id))"]],
  },
  {
    exercise: "6.6 electLeader",
    name: "dead followers stay until they are slow",
    why: "acks=all waits for them for `replica.lag.time.max.ms`, 30 seconds, though all know that they are dead.",
    caughtBy: "6.6 electLeader: a follower that dies leaves the ISR at once, and the leader's epoch stays",
    replace: [
      [
        "return isr.length === partition.isr.length ? null : withIsr(partition, isr);",
        "return null;\n    void withIsr;",
      ],
    ],
  },
  {
    exercise: "6.6 electLeader",
    name: "a restarted leader goes on as if nothing had been",
    why: "It may have lost what its disk had not, and its epoch would say of new records what it said of the old ones.",
    caughtBy: "6.6 electLeader: alone in the ISR a restarted leader leads again, in a new epoch",
    replace: [
      [
        "electorate.brokerEpoch(partition.leader) === partition.leaderBrokerEpoch",
        "electorate.brokerEpoch(partition.leader) !== undefined",
      ],
    ],
  },
  {
    exercise: "6.6 electLeader",
    name: "every change raises the leader epoch",
    why: "When a follower dies the leader is still the same. All others are fenced for nothing.",
    caughtBy: "6.6 electLeader: a follower that dies leaves the ISR at once, and the leader's epoch stays",
    replace: [["withIsr(partition, isr)", "ledBy(partition, partition.leader, isr, electorate)"]],
  },
  {
    exercise: "6.6 electLeader",
    name: "the dead are left in a revived ISR",
    why: "All had died; the first to come back would wait for the others at every acks=all.",
    caughtBy: "6.6 electLeader: when all of the ISR die at once, all of them may come back as leader",
    replace: [["leader, isr.filter((id) => alive.includes(id)), electorate", "leader, isr, electorate"]],
  },
  {
    exercise: "6.6 electPreferred",
    name: "also while it is out of sync",
    why: "It lacks committed records. Balance is not worth one of them.",
    caughtBy: "6.6 electPreferred: not while it is out of sync",
    replace: [[" && partition.isr.includes(preferred)", ""]],
  },
  {
    exercise: "6.6 electPreferred",
    name: "also when it leads already",
    why: "A new epoch for nothing: producers and followers are fenced, and ask for metadata.",
    caughtBy: "6.6 electPreferred: not when it leads already: that would be an election for nothing",
    replace: [["preferred === partition.leader || ", ""]],
  },
  {
    exercise: "6.6 electorateOf",
    name: "who shuts down leads to the end",
    why: "Then a stop in order costs as much as a crash: nobody leads until its session is over.",
    caughtBy: "6.6 electorateOf: who is about to shut down leads nothing, and is not in sync",
    replace: [["broker?.inControlledShutdown === false && !", "broker !== undefined && !"]],
  },
  {
    exercise: "6.6 electorateOf",
    name: "a broken disk doesn't matter",
    why: "The broker lives, and answers KAFKA_STORAGE_ERROR, as the leader of what it can't read.",
    caughtBy: "6.6 electorateOf: who can't use its replica leads all but that",
    replace: [[" && !image.isOffline(id, topicId, index)", ""]],
  },
  {
    exercise: "6.6 electorateOf",
    name: "who was restarted stays in sync",
    why: "Its disk may have lost what only its memory had. It has to show again what it has.",
    caughtBy: "6.6 electorateOf: who was restarted may lead, but is not in sync any more",
    replace: [["epochOf(id) === undefined || restarted.has(id)", "epochOf(id) === undefined"]],
  },
]);
