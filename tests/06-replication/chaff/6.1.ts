import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "6.1 LeaderState.nextHighWatermark",
    name: "the largest end instead of the smallest",
    why: "What one replica has is not safe: if that one dies, records that consumers have seen are gone.",
    caughtBy: "6.1 nextHighWatermark: it is the smallest of the ends of all in-sync replicas",
    replace: [["committed = Math.min(committed,", "committed = Math.max(committed,"]],
  },
  {
    exercise: "6.1 LeaderState.nextHighWatermark",
    name: "only the committed ISR counts",
    why: "A follower whose addition is under way may be in the ISR already, and be elected without these records.",
    caughtBy: "6.1 nextHighWatermark: one whose addition is under way counts: it may be elected any moment",
    replace: [["this.maximalIsr", "this.isr"]],
  },
  {
    exercise: "6.1 LeaderState.nextHighWatermark",
    name: "what is proposed counts as done",
    why: "A removal that was asked for may be refused: the follower is in the ISR until the controller has said yes.",
    caughtBy: "6.1 nextHighWatermark: one whose removal is under way counts until it is certain",
    replace: [["this.maximalIsr", "this.proposal?.isr ?? this.isr"]],
  },
  {
    exercise: "6.1 LeaderState.nextHighWatermark",
    name: "moves below min.insync.replicas",
    why: "Records with acks=1 are still taken then. If consumers see them and the last replica dies, they saw ghosts.",
    caughtBy: "6.1 nextHighWatermark: below min.insync.replicas it stands still",
    replace: [["if (!this.hasEnoughReplicas(limits)) return current;", "void limits;"]],
  },
  {
    exercise: "6.1 LeaderState.nextHighWatermark",
    name: "goes back",
    why: "A follower that has cut its log fetches from an earlier offset. What was committed stays committed.",
    caughtBy: "6.1 nextHighWatermark: it never goes back",
    replace: [["Math.max(current, committed)", "committed"]],
  },
  {
    exercise: "6.1 LeaderState.nextHighWatermark",
    name: "all replicas count",
    why: "Then one dead follower stops the partition for ever. That is what leaving the ISR is for.",
    caughtBy: "6.1 nextHighWatermark: who isn't in sync holds nobody up",
    replace: [["this.maximalIsr", "this.followers.keys()"]],
  },
  {
    exercise: "6.1 LeaderState.nextHighWatermark",
    name: "who hasn't fetched yet is left out",
    why: "A new leader knows nothing of its followers. It would commit alone what nobody else may have.",
    caughtBy: "6.1 nextHighWatermark: a follower in sync that hasn't fetched yet has shown nothing",
    replace: [
      [
        "committed = Math.min(committed, this.followers.get(id)?.logEndOffset ?? UNKNOWN_OFFSET);",
        "const end = this.followers.get(id)?.logEndOffset ?? UNKNOWN_OFFSET;\n" +
          "      if (end !== UNKNOWN_OFFSET) committed = Math.min(committed, end);",
      ],
    ],
  },
  {
    exercise: "6.1 LeaderState.nextHighWatermark",
    name: "what a majority has",
    why: "So Raft decides, and it elects by majority, too. Kafka may elect any member of the ISR: all must have it.",
    caughtBy: "6.1 nextHighWatermark: it is the smallest of the ends of all in-sync replicas",
    body: `
if (!this.hasEnoughReplicas(limits)) return current;
const endOf = (id: number): number => this.followers.get(id)?.logEndOffset ?? UNKNOWN_OFFSET;
const ends = [...this.maximalIsr].map((id) => (id === this.brokerId ? logEndOffset : endOf(id)));
ends.sort((a, b) => b - a);
return Math.max(current, ends[Math.floor(ends.length / 2)] ?? UNKNOWN_OFFSET);
`,
  },
  {
    exercise: "6.1 Partition.makeLeader",
    name: "a new epoch knows what followers have shown before",
    why: "They may have cut that meanwhile. It would commit what nobody else has any more.",
    caughtBy: "6.1 makeLeader: in a new epoch its followers have shown nothing yet",
    replace: [["before?.leaderEpoch === this.leaderEpoch", "before !== null"]],
  },
  {
    exercise: "6.1 Partition.makeLeader",
    name: "each registration begins anew",
    why: "An ISR that shrinks is another registration, not another epoch. What followers have shown still holds.",
    caughtBy: "6.1 makeLeader: with another ISR in the same epoch it knows its followers as before",
    replace: [["before?.leaderEpoch === this.leaderEpoch", "before?.partitionEpoch === this.partitionEpoch"]],
  },
  {
    exercise: "6.1 Partition.makeLeader",
    name: "an epoch starts at the high watermark",
    why: "A new leader's high watermark lags: its predecessor may have committed more, all below the end of this log.",
    caughtBy: "6.1 makeLeader: an epoch starts where the log ends when it begins, and stays there",
    replace: [["this.logEndOffset, nowMs", "this.highWatermark, nowMs"]],
  },
  {
    exercise: "6.1 Partition.makeLeader",
    name: "waits for the next fetch before it looks",
    why: "A leader alone in its ISR gets no fetch that counts. What it has would never be committed.",
    caughtBy: "6.1 makeLeader: a leader alone in its ISR has committed what it has, at once",
    replace: [["this.advanceHighWatermark();", ""]],
  },
  {
    exercise: "6.1 Partition.advanceHighWatermark",
    name: "tells the host each time",
    why: "It is called with every fetch of every follower. Most of them move nothing.",
    caughtBy: "6.1 advanceHighWatermark: where nothing moves, nobody is told",
    replace: [["if (next > this.highWatermark) this", "this"]],
  },
  {
    exercise: "6.1 Partition.endFor",
    name: "consumers see the whole log",
    why: "What isn't committed may be gone after the next election. Who has read it has seen a ghost.",
    caughtBy: "6.1 endFor: a follower may see the whole log, a consumer what is committed",
    body: 'return isolation === "txn_committed" ? this.lastStableOffset : this.log.logEndOffset;',
  },
  {
    exercise: "6.1 Partition.endFor",
    name: "read_committed is taken for committed by all replicas",
    why: "A record of an open transaction may be on all replicas, and be aborted all the same.",
    caughtBy: "6.1 endFor: who reads committed transactions sees nothing of an open one",
    replace: [['isolation === "high_watermark" ? this.highWatermark : this.lastStableOffset', "this.highWatermark"]],
  },
]);
