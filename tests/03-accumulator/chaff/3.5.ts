import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "3.5 PartitionQueue.waitMs",
    name: "linger counted from the last record",
    why: "As long as records keep coming the batch never leaves. Linger is a promise to the *first* record.",
    caughtBy: "3.5 linger: counts from the first record, however many come after it",
    replace: [["first.createdMs + lingerMs - now", "first.createdMs + 2 * (first.recordCount - 1) + lingerMs - now"]],
  },
  {
    exercise: "3.5 PartitionQueue.waitMs",
    name: "a full batch lingers",
    why: "Nothing can come into it any more. It would wait for nobody.",
    caughtBy: "3.5 linger: a full batch doesn't linger",
    replace: [["first.isFull || ", ""]],
  },
  {
    exercise: "3.5 PartitionQueue.waitMs",
    name: "only the last batch is looked at",
    why: "The last one is open, so the queue seems to linger, while finished batches stand in front of it.",
    caughtBy: "3.5 linger: a batch behind which another has been opened doesn't linger",
    replace: [["first.isFull || this.batches.length > 1", "this.batches.last!.isFull"]],
  },
  {
    exercise: "3.5 PartitionQueue.waitMs",
    name: "a batch that failed goes again at once",
    why: "It is full, and a full batch doesn't linger. So it is sent in a tight loop to a broker that is in trouble.",
    caughtBy: "3.5 backoff: a batch that has failed waits, although it is full and another stands behind it",
    replace: [["    if (now < first.retryAtMs) return first.retryAtMs - now;\n", ""]],
  },
  {
    exercise: "3.5 PartitionQueue.waitMs",
    name: "a flush ends the wait after a failure",
    why: "Flushing is no reason why the broker should be well by now.",
    caughtBy: "3.5 backoff: a flush is no reason to hammer on a broker that fails",
    replace: [["now < first.retryAtMs", "!atOnce && now < first.retryAtMs"]],
  },
  {
    exercise: "3.5 PartitionQueue.waitMs",
    name: "no linger, no wait",
    why: "With linger.ms 0 a broker that fails would be asked again at once, thousands of times a second.",
    caughtBy: "3.5 backoff: nor is a linger.ms of 0, and part of a millisecond is a wait, too",
    replace: [["if (now < first.retryAtMs)", "if (lingerMs > 0 && now < first.retryAtMs)"]],
  },
  {
    exercise: "3.5 PartitionQueue.waitMs",
    name: "nothing hurries a batch",
    why: "With linger.ms at an hour, a flush takes an hour, and a full pool waits for a batch that waits for records.",
    caughtBy: "3.5 linger: nothing lingers during a flush",
    replace: [["atOnce || ", ""]],
  },
  {
    exercise: "3.5 PartitionQueue.waitMs",
    name: "a time is taken for a duration",
    why: "`retryAtMs` is a point in time: the sender would sleep for as long as the process has run.",
    caughtBy: "3.5 backoff: a batch that has failed waits, although it is full and another stands behind it",
    replace: [["return first.retryAtMs - now;", "return first.retryAtMs;"]],
  },
  {
    exercise: "3.5 checkReady",
    name: "the longest wait",
    why: "The sender sleeps past all the others that were due before.",
    caughtBy: "3.5 ready: the shortest wait of all partitions is the one to sleep for",
    replace: [
      ["let nextReadyCheckDelayMs = Infinity;", "let nextReadyCheckDelayMs = -Infinity;"],
      ["Math.min(nextReadyCheckDelayMs, waitMs)", "Math.max(nextReadyCheckDelayMs, waitMs)"],
    ],
  },
  {
    exercise: "3.5 checkReady",
    name: "muted partitions are ready",
    why: "Their broker is ready for nothing: the drain finds nothing to send, and the loop spins.",
    caughtBy: "3.5 ready: a muted partition makes nobody ready, and is not waited for",
    replace: [["    if (queue.isMuted) continue;\n", ""]],
  },
  {
    exercise: "3.5 checkReady",
    name: "a partition without a leader is passed over in silence",
    why: "Nobody asks for newer metadata, and the batch waits until it expires, although there has long been a leader.",
    caughtBy: "3.5 ready: a topic whose partition has no leader is named, the others go on",
    replace: [["      unknownLeaderTopics.add(queue.topic);\n", ""]],
  },
  {
    exercise: "3.5 checkReady",
    name: "muted partitions need no leader",
    why: "Nobody asks for metadata meanwhile. When the partition is unmuted, the search for its leader only begins.",
    caughtBy: "3.5 ready: a leader is looked for also while the batch lingers, or the partition is muted",
    replace: [
      ["    if (queue.isMuted) continue;\n", ""],
      ["    const info = ", "    if (queue.isMuted) continue;\n    const info = "],
    ],
  },
  {
    exercise: "3.5 checkReady",
    name: "one partition without a leader ends the round",
    why: "One broker is down and nothing is sent to the others.",
    caughtBy: "3.5 ready: a topic whose partition has no leader is named, the others go on",
    replace: [
      ["unknownLeaderTopics.add(queue.topic);\n      continue;", "unknownLeaderTopics.add(queue.topic);\n      break;"],
    ],
  },
  {
    exercise: "3.5 checkReady",
    name: "nobody tells the batch of its leader",
    why: "The partition has moved to a healthy broker, and the batch still waits because the old one failed.",
    caughtBy: "3.5 backoff: a new leader is a reason to try again at once",
    replace: [["    queue.batches.first!.sawLeader(info.leaderEpoch);\n", ""]],
  },
  {
    exercise: "3.5 checkReady",
    name: "told of its leader too late",
    why: "Asked first, the batch says that it waits; only the next round, some time later, finds it ready.",
    caughtBy: "3.5 backoff: a new leader is a reason to try again at once",
    replace: [
      ["    queue.batches.first!.sawLeader(info.leaderEpoch);\n", ""],
      [
        "const waitMs = queue.waitMs(now, lingerMs, atOnce);\n",
        "const waitMs = queue.waitMs(now, lingerMs, atOnce);\n    queue.batches.first!.sawLeader(info.leaderEpoch);\n",
      ],
    ],
  },
]);
