import { defineChaff } from "../../support/chaff.ts";

/** With other settlements than the reference's. */
function settledBy(lines: string): string {
  return `
this.pending = this.pending.filter(({ partition, leaderEpoch, endOffset, result }) => {
${lines.trim().replace(/^/gm, "  ")}
});
if (this.pending.length > 0) return false;
this.done();
return true;
`;
}

const MOVED = `
if (!partition.isLeader || partition.leaderEpoch !== leaderEpoch) {
  result.error = new KafkaError("NOT_LEADER_OR_FOLLOWER");
  return false;
}
`;
const TOO_FEW = 'if (!partition.hasEnoughReplicas) result.error = new KafkaError("NOT_ENOUGH_REPLICAS_AFTER_APPEND");';

export default defineChaff([
  {
    exercise: "6.3 Purgatory.tryCompleteElseWatch",
    name: "the second at a key takes the place of the first",
    why: "Two producers wait at one partition: the first one hears nothing until its time is up.",
    caughtBy: "6.3 check: all who wait on a key are looked at",
    replace: [
      ["      const watchers = this.#watchers.get(key);\n", ""],
      ["if (watchers === undefined) this", "this"],
      ["      else watchers.add(waiting);\n", ""],
    ],
  },
  {
    exercise: "6.3 Purgatory.tryCompleteElseWatch",
    name: "looks once more when the time is up",
    why: "An operation may end but once: what completes then, is also expired.",
    caughtBy: "6.3 tryCompleteElseWatch: without a check it is not looked at until its time is up",
    replace: [
      [
        "() => this.#expire(waiting));",
        "() => {\n      operation.tryComplete();\n      this.#expire(waiting);\n    });",
      ],
    ],
  },
  {
    exercise: "6.3 Purgatory.tryCompleteElseWatch",
    name: "waits on the first key only",
    why: "A fetch of ten partitions sleeps on, while records come to the other nine.",
    caughtBy: "6.3 check: any of its keys will do",
    replace: [["for (const key of keys) {", "for (const key of keys.slice(0, 1)) {"]],
  },
  {
    exercise: "6.3 Purgatory.tryCompleteElseWatch",
    name: "waits in a closed purgatory",
    why: "The broker shuts down, and nobody will answer any more.",
    caughtBy: "6.3 tryCompleteElseWatch: close ends all waiting, and nobody waits afterwards",
    replace: [["this.#closed || ", ""]],
  },
  {
    exercise: "6.3 Purgatory.check",
    name: "looks at once, inside of the append",
    why: "An answer is then made deep in somebody else's turn, who hasn't finished what it was doing.",
    caughtBy: "6.3 check: completes what can be, in a later turn and without any time passing",
    replace: [["this.#runtime.scheduler.soon(() => this.#runChecks());", "this.#runChecks();"]],
  },
  {
    exercise: "6.3 Purgatory.check",
    name: "one look for each check",
    why: "A hundred appends in one turn are a hundred looks at every request that waits.",
    caughtBy: "6.3 check: many checks in one turn look at it once",
    body: `
this.#runtime.scheduler.soon(() => {
  for (const waiting of this.#watchers.get(key) ?? []) {
    if (waiting.operation.tryComplete()) this.#forget(waiting);
  }
});
`,
  },
  {
    exercise: "6.3 Purgatory.check",
    name: "only the first check is ever heard",
    why: "The note that a look is on its way has to go when it is taken.",
    caughtBy: "6.3 check: one that can't complete yet waits on, and is looked at the next time",
    replace: [["this.#runChecks());", "{\n      this.#runChecks();\n      this.#isCheckScheduled = true;\n    });"]],
  },
  {
    exercise: "6.3 DelayedProduce.tryComplete",
    name: "acknowledged one record too early",
    why: "The high watermark is the first offset that is *not* committed: it must reach the end, not the last record.",
    caughtBy: "6.3 tryComplete: it is answered when the high watermark has reached the end of what was appended",
    body: settledBy(`${MOVED}if (partition.highWatermark < endOffset - 1) return true;\n${TOO_FEW}\nreturn false;`),
  },
  {
    exercise: "6.3 DelayedProduce.tryComplete",
    name: "the epoch isn't compared",
    why: "This broker leads again: but in between another one did, and the records may have been cut off.",
    caughtBy: "6.3 tryComplete: nor can who leads in another epoch, however high its high watermark",
    body: settledBy(
      `${MOVED.replace(" || partition.leaderEpoch !== leaderEpoch", " || leaderEpoch < 0")}` +
        `if (partition.highWatermark < endOffset) return true;\n${TOO_FEW}\nreturn false;`,
    ),
  },
  {
    exercise: "6.3 DelayedProduce.tryComplete",
    name: "NOT_ENOUGH_REPLICAS_AFTER_APPEND while the high watermark stands still",
    why: "Nothing is decided yet: the follower may come back in time.",
    caughtBy: "6.3 tryComplete: while the ISR is too small and the high watermark stands still, it waits",
    body: settledBy(
      `${MOVED}if (partition.highWatermark < endOffset && partition.hasEnoughReplicas) return true;\n` +
        `${TOO_FEW}\nreturn false;`,
    ),
  },
  {
    exercise: "6.3 DelayedProduce.tryComplete",
    name: "an ISR that is too small in the end isn't told",
    why: "The producer has asked for min.insync.replicas, and believes that so many have its records.",
    caughtBy: "6.3 tryComplete: an ISR that became too small after the high watermark had passed is told",
    body: settledBy(`${MOVED}return partition.highWatermark < endOffset;`),
  },
  {
    exercise: "6.3 DelayedProduce.expire",
    name: "time runs out without an error",
    why: "Silence is taken for success: acknowledged, and perhaps lost.",
    caughtBy: "6.3 expire: what is not committed in time is REQUEST_TIMED_OUT, with its offset",
    body: "this.done();",
  },
  {
    exercise: "6.3 Partition.requireEpoch",
    name: "only older epochs are refused",
    why: "Who knows a newer epoch knows of another leader. We are the old one, and don't know it yet.",
    caughtBy: "6.3 requireEpoch: who believes in an older epoch is fenced, one in a newer is ahead of us",
    replace: [["currentLeaderEpoch !== this.leaderEpoch)", "currentLeaderEpoch < this.leaderEpoch)"]],
  },
  {
    exercise: "6.3 Partition.requireEpoch",
    name: "epoch 0 is taken for none",
    why: "0 is the first epoch of a partition, -1 says nothing. Who is still in the first would never be fenced.",
    caughtBy: "6.3 requireEpoch: who believes in an older epoch is fenced, one in a newer is ahead of us",
    replace: [["currentLeaderEpoch >= 0 &&", "currentLeaderEpoch > 0 &&"]],
  },
  {
    exercise: "6.3 Partition.requireLeader",
    name: "the leader first, then the epoch",
    why: "NOT_LEADER_OR_FOLLOWER sends a client to look for the leader; that its own news is old, it doesn't learn.",
    caughtBy: "6.3 requireLeader: whoever is in another epoch learns that first",
    body: `
if (!this.isLeader) throw refusal("NOT_LEADER_OR_FOLLOWER", "Not the leader");
this.requireEpoch(currentLeaderEpoch);
`,
  },
  {
    exercise: "6.3 Partition.appendAsLeader",
    name: "min.insync.replicas is looked at after the append",
    why: "The producer is told that nothing was written, and sends again: the records are there twice.",
    caughtBy: "6.3 appendAsLeader: too few in sync: acks=all is refused before anything is written",
    body: `
this.requireLeader(-1);
const info = this.log.appendAsLeader(records, this.leaderEpoch, options);
this.appended(records.length);
this.advanceHighWatermark();
this.host.progressed(this);
if (requiredAcks === -1 && !this.hasEnoughReplicas) {
  const needed = this.leading!.effectiveMinIsr(this.limits);
  throw refusal("NOT_ENOUGH_REPLICAS", \`acks=all needs \${needed} in-sync replicas, there are \${this.isr.length}\`);
}
return info;
`,
  },
  {
    exercise: "6.3 Partition.appendAsLeader",
    name: "acks=1 needs min.insync.replicas, too",
    why: "Who asks for acks=1 wants to go on with the leader alone. It is told that this is all it gets.",
    caughtBy: "6.3 appendAsLeader: acks=1 is taken all the same",
    replace: [["requiredAcks === -1 && ", "requiredAcks !== 0 && "]],
  },
  {
    exercise: "6.3 Partition.appendAsLeader",
    name: "tells those who wait before the high watermark moves",
    why: "They look, see nothing new, and sleep on. Nobody tells them again.",
    caughtBy: "6.3 appendAsLeader: whoever waits is told after the high watermark has moved",
    replace: [
      ["this.advanceHighWatermark();\n    this.host.progressed(this);", "this.host.progressed(this);"],
      ["return info;", "this.advanceHighWatermark();\n    return info;"],
    ],
  },
  {
    exercise: "6.3 Partition.appendAsLeader",
    name: "tells those who wait only when the high watermark has moved",
    why: "Followers wait for records, not for the high watermark: it moves only once they have these.",
    caughtBy: "6.3 appendAsLeader: they are told though it hasn't moved: a follower may wait for the records",
    replace: [
      ["this.advanceHighWatermark();", "const before = this.highWatermark;\n    this.advanceHighWatermark();"],
      ["this.host.progressed(this);", "if (this.highWatermark > before) this.host.progressed(this);"],
    ],
  },
]);
