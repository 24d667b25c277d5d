import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "6.8 Partition.read",
    name: "everybody reads to the end of the log",
    why: "What isn't committed may be gone after the next election. Who has read it has seen a ghost.",
    caughtBy: "6.8 read: a consumer gets what is committed, a follower all there is",
    replace: [["const maxOffset = this.endFor(read.isolation);", "const maxOffset = this.logEndOffset;"]],
  },
  {
    exercise: "6.8 Partition.read",
    name: "only the leader answers",
    why: "A consumer may read at a near follower (KIP-392): what is committed is the same there.",
    caughtBy: "6.8 read: a follower answers consumers that know how, up to what it knows to be committed",
    replace: [["read.mayReadFollower && this.isFollower", "read.mayReadFollower && this.isStopped"]],
  },
  {
    exercise: "6.8 Partition.read",
    name: "a follower answers everybody",
    why: "An old client takes what it reads for all there is, and commits offsets by it.",
    caughtBy: "6.8 read: a follower refuses all others",
    replace: [["read.mayReadFollower && this.isFollower", "this.isFollower"]],
  },
  {
    exercise: "6.8 Partition.read",
    name: "at a follower any epoch will do",
    why: "A consumer that has heard of a newer leader would read on at a replica that knows nothing of it.",
    caughtBy: "6.8 read: at a follower, too, the epoch must be right",
    replace: [
      [
        "if (read.mayReadFollower && this.isFollower) this.requireEpoch(read.currentLeaderEpoch);\n    else this",
        "if (!read.mayReadFollower || !this.isFollower) this",
      ],
    ],
  },
  {
    exercise: "6.8 Partition.read",
    name: "whoever isn't the leader is taken for a follower",
    why: "While nobody leads, or once it is given up, a replica doesn't know what holds.",
    caughtBy: "6.8 read: who neither leads nor follows answers nobody",
    replace: [["read.mayReadFollower && this.isFollower", "read.mayReadFollower && !this.isLeader"]],
  },
  {
    exercise: "6.8 Partition.read",
    name: "any broker may fetch as a replica",
    why: "Replicas see what isn't committed, and their fetches count. A replica that was moved away is none any more.",
    caughtBy: "6.8 read: a broker that fetches as a replica must have one",
    replace: [["read.replicaId >= 0 && ", "read.replicaId < -2 && "]],
  },
  {
    exercise: "6.8 Partition.read",
    name: "the end of the log for the end of what may be seen",
    why: "A consumer that has all it may see is told that there is more, and asks again at once, and again.",
    caughtBy: "6.8 read: it says where the leader stands, and whether there is more for this reader",
    replace: [["nextOffset < maxOffset", "nextOffset < this.logEndOffset"]],
  },
  {
    exercise: "6.8 Partition.read",
    name: "records with the news that the logs have parted",
    why: "The follower must cut first. What it gets comes after records that it doesn't have.",
    caughtBy: "6.8 read: a reader whose log has parted from ours is told where, and gets no records",
    replace: [["if (divergingEpoch !== null) {", "if (divergingEpoch !== null && read.fetchOffset < 0) {"]],
  },
  {
    exercise: "6.8 DelayedFetch.tryComplete",
    name: "reads with every append",
    why: "A thousand fetches wait, and each append reads the logs a thousand times, for nothing.",
    caughtBy: "6.8 tryComplete: it doesn't read the log as long as too little has been appended",
    replace: [["if (!this.#isWorthReading()) return false;", ""]],
  },
  {
    exercise: "6.8 DelayedFetch.tryComplete",
    name: "counts what isn't committed",
    why: "A consumer waits for what it may see. What was only appended, it can't read.",
    caughtBy: "6.8 tryComplete: it doesn't read it as long as nothing has been committed",
    body: `
const { awaited, lacksRoom, missingBytes } = this.reading;
let moreBytes = 0;
let mustLook = lacksRoom;
for (const { partition, role, leaderEpoch, isWhole, end, bytesAppended } of awaited) {
  if (partition.role !== role || partition.leaderEpoch !== leaderEpoch) mustLook = true;
  else if (!isWhole && partition.endFor(this.reading.isolation) !== end) mustLook = true;
  else moreBytes += partition.bytesAppended - bytesAppended;
}
if (!mustLook && moreBytes < missingBytes) return false;
this.reading = this.read();
if (!this.reading.isFinal) return false;
this.answer(this.reading);
return true;
`,
  },
  {
    exercise: "6.8 DelayedFetch.tryComplete",
    name: "counts only what was appended since",
    why: "What was there, but hidden, at the last look is in no count: when it is committed, the fetch sleeps on.",
    caughtBy: "6.8 tryComplete: it reads when something is committed that was there at the last look",
    body: `
const { awaited, lacksRoom, missingBytes, isolation } = this.reading;
let moreBytes = 0;
let mustLook = lacksRoom;
for (const { partition, role, leaderEpoch, end, bytesAppended } of awaited) {
  if (partition.role !== role || partition.leaderEpoch !== leaderEpoch) mustLook = true;
  else if (partition.endFor(isolation) !== end) moreBytes += partition.bytesAppended - bytesAppended;
}
if (!mustLook && moreBytes < missingBytes) return false;
this.reading = this.read();
if (!this.reading.isFinal) return false;
this.answer(this.reading);
return true;
`,
  },
  {
    exercise: "6.8 DelayedFetch.tryComplete",
    name: "a new leader epoch isn't noticed",
    why: "The reader must hear of it: its own epoch is an old one now, and what it was promised may be gone.",
    caughtBy: "6.8 tryComplete: it reads at once when the broker leads in another epoch: the answer may be an error",
    body: `
const { awaited, lacksRoom, missingBytes, isolation } = this.reading;
let moreBytes = 0;
let mustLook = lacksRoom;
for (const { partition, role, end, isWhole, bytesAppended } of awaited) {
  if (partition.role !== role) mustLook = true;
  else if (partition.endFor(isolation) !== end) {
    if (!isWhole) mustLook = true;
    moreBytes += partition.bytesAppended - bytesAppended;
  }
}
if (!mustLook && moreBytes < missingBytes) return false;
this.reading = this.read();
if (!this.reading.isFinal) return false;
this.answer(this.reading);
return true;
`,
  },
  {
    exercise: "6.8 DelayedFetch.expire",
    name: "answers with what there was at the last look",
    why: "Less than minBytes may have come since, and it may have been minutes ago.",
    caughtBy: "6.8 expire: it reads once more when the time is up",
    replace: [["this.answer(this.read());", "this.answer(this.reading);"]],
  },
]);
