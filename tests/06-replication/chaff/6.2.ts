import { defineChaff } from "../../support/chaff.ts";

export default defineChaff([
  {
    exercise: "6.2 ReplicaFetcher.buildFetch",
    name: "asks from the high watermark",
    why: "Everything between the high watermark and the log's end is there already. The leader would send it again.",
    caughtBy: "6.2 buildFetch: asks for what comes after the log's end, and says what is the last epoch there",
    replace: [
      [
        "fetchOffset: logEndOffset",
        "fetchOffset: (partition as { highWatermark?: number }).highWatermark ?? logEndOffset",
      ],
    ],
  },
  {
    exercise: "6.2 ReplicaFetcher.buildFetch",
    name: "the current epoch taken for that of the last record",
    why: "The leader can't see then that the two logs have parted: every log seems to be of its own epoch.",
    caughtBy: "6.2 buildFetch: asks for what comes after the log's end, and says what is the last epoch there",
    replace: [
      ["lastFetchedEpoch: latestEpoch", "lastFetchedEpoch: leaderEpoch"],
      ["latestEpoch, leaderEpoch }", "leaderEpoch }"],
    ],
  },
  {
    exercise: "6.2 ReplicaFetcher.buildFetch",
    name: "ends at the first one that isn't due",
    why: "One bad partition holds up all that come after it.",
    caughtBy: "6.2 buildFetch: all partitions in one request, but for those that follow nobody",
    replace: [["continue;", "break;"]],
  },
  {
    exercise: "6.2 ReplicaFetcher.processFetched",
    name: "the high watermark before the records",
    why: "It is cut to the log's end, so it lags one fetch behind: the last records of a quiet topic stay invisible.",
    caughtBy: "6.2 processFetched: the leader's high watermark holds for the records that came with it, too",
    replace: [
      [
        "if (fetched.records.length > 0)",
        "partition.followHighWatermark(fetched.highWatermark);\n        if (fetched.records.length > 0)",
      ],
      [
        "partition.appendAsFollower(fetched.records);\n        partition.followHighWatermark(fetched.highWatermark);",
        "partition.appendAsFollower(fetched.records);",
      ],
    ],
  },
  {
    exercise: "6.2 ReplicaFetcher.processFetched",
    name: "the high watermark only with records",
    why: "The news that the last records are committed comes with an empty answer.",
    caughtBy: "6.2 processFetched: the high watermark comes also with an answer without records",
    replace: [
      [
        "if (fetched.records.length > 0) partition.appendAsFollower(fetched.records);\n" +
          "        partition.followHighWatermark",
        "if (fetched.records.length === 0) return;\n        partition.appendAsFollower(fetched.records);\n" +
          "        partition.followHighWatermark",
      ],
    ],
  },
  {
    exercise: "6.2 ReplicaFetcher.processFetched",
    name: "answers of another epoch are taken",
    why: "They come from a leader that was replaced. Its records may be just those that must not be here.",
    caughtBy: "6.2 processFetched: an answer comes too late when it follows in another epoch by now",
    replace: [
      ["!isSameEpoch || ", ""],
      ["const isSameEpoch = partition.leaderEpoch === asked.currentLeaderEpoch;", ""],
    ],
  },
  {
    exercise: "6.2 ReplicaFetcher.processFetched",
    name: "the log's end isn't compared",
    why: "Records for offset 5 would be written to a log that ends elsewhere by now.",
    caughtBy: "6.2 processFetched: an answer comes too late when its log was cut since",
    replace: [[" || partition.logEndOffset !== asked.fetchOffset", ""]],
  },
  {
    exercise: "6.2 ReplicaFetcher.processFetched",
    name: "after an error it asks again at once",
    why: "Until the next image comes, follower and leader do nothing else but ask and refuse.",
    caughtBy: "6.2 processFetched: after NOT_LEADER_OR_FOLLOWER the partition pauses",
    replace: [["throw fetched.error;", "return;"]],
  },
  {
    exercise: "6.2 ReplicaFetcher.handleOutOfRange",
    name: "always starts anew",
    why: "A whole log is thrown away and copied again, though only its last records were too much.",
    caughtBy: "6.2 handleOutOfRange: behind the leader's end: what the leader lacks is cut off",
    replace: [["partition.truncateTo(leaderEnd)", "partition.truncateFullyAndStartAt(leaderStart)"]],
  },
  {
    exercise: "6.2 ReplicaFetcher.handleOutOfRange",
    name: "what was decided meanwhile is passed over",
    why: "While it waited for the answer this broker may have become the leader: it would cut committed records.",
    caughtBy: "6.2 handleOutOfRange: what was decided while the leader thought about it, counts",
    replace: [["if (!partition.isFollower || partition.leaderEpoch !== leaderEpoch) return;", ""]],
  },
  {
    exercise: "6.2 ReplicaFetcher.handleOutOfRange",
    name: "doesn't look again after the second answer",
    why: "Each await is time in which another leader may be elected, the last one, too.",
    caughtBy: "6.2 handleOutOfRange: also what was decided between two of the leader's answers",
    replace: [
      ["if (!partition.isFollower || partition.leaderEpoch !== leaderEpoch) return;", ""],
      [
        "const leaderStart =",
        "if (!partition.isFollower || partition.leaderEpoch !== leaderEpoch) return;\n    const leaderStart =",
      ],
    ],
  },
  {
    exercise: "6.2 Partition.makeFollower",
    name: "cuts its log at the high watermark",
    why: "A follower hears of the high watermark one fetch late: what lies above it may be committed.",
    caughtBy: "6.2 makeFollower: its log stays as it is: what isn't known to be committed may well be",
    replace: [["this.log.latestEpoch === null && ", ""]],
  },
  {
    exercise: "6.2 Partition.makeFollower",
    name: "a log without epochs stays as it is",
    why: "The leader can't see where such a log has parted from its own. Both would have other records, for ever.",
    caughtBy: "6.2 makeFollower: of a log without epochs only what is committed stays, in each new leader epoch",
    replace: [
      [
        "leaderEpoch !== before?.leaderEpoch) this.truncateTo(this.highWatermark);",
        "leaderEpoch < (before?.leaderEpoch ?? 0)) this.truncateTo(this.highWatermark);",
      ],
    ],
  },
  {
    exercise: "6.2 Partition.makeFollower",
    name: "goes on as if it led",
    why: "It would move its high watermark by what it knew of followers that now follow somebody else.",
    caughtBy: "6.2 makeFollower: it decides nothing any more",
    replace: [["this.leading = null;", ""]],
  },
  {
    exercise: "6.2 Partition.appendAsFollower",
    name: "what was appended is committed",
    why: "Only the leader knows how far the others are. It says so with the next answer.",
    caughtBy: "6.2 appendAsFollower: it commits nothing by itself",
    replace: [
      ["this.host.progressed(this);", "this.#moveHighWatermark(this.logEndOffset);\n    this.host.progressed(this);"],
    ],
  },
  {
    exercise: "6.2 Partition.appendAsFollower",
    name: "no room is made for the first batch",
    why: "A log that begins inside of a batch can't take that batch, nor anything behind it: it is stuck for good.",
    caughtBy: "6.2 appendAsFollower: where a batch of the leader belongs, nothing else stays",
    replace: [["if (!cutToFirstBatch(this.log, records)) return;", "void cutToFirstBatch;"]],
  },
  {
    exercise: "6.2 Partition.appendAsFollower",
    name: "the log starts where its first batch does",
    why: "The records before were deleted, by DeleteRecords. They would be back after a failover.",
    caughtBy: "6.2 appendAsFollower: a log that starts inside a batch of the leader takes it whole, and starts there",
    replace: [
      ["const { logStartOffset } = this;", ""],
      ["this.log.incrementLogStartOffset(Math.min(logStartOffset, this.logEndOffset));", ""],
    ],
  },
  {
    exercise: "6.2 Partition.appendAsFollower",
    name: "nobody is told",
    why: "Consumers may wait at a follower, too: they would sleep on until their time is up.",
    caughtBy: "6.2 appendAsFollower: batches are kept as they are, counted, and told to those who wait",
    replace: [["this.host.progressed(this);", ""]],
  },
  {
    exercise: "6.2 Partition.followHighWatermark",
    name: "beyond the end of its own log",
    why: "It would call committed what it doesn't have. Elected, it would give others records for those.",
    caughtBy: "6.2 followHighWatermark: it is the leader's, as far as this log reaches",
    replace: [["Math.min(leaderHighWatermark, this.logEndOffset)", "leaderHighWatermark"]],
  },
  {
    exercise: "6.2 Partition.followHighWatermark",
    name: "only ever grows",
    why: "A new leader may know less than the one before. Its followers would show more than it does itself.",
    caughtBy: "6.2 followHighWatermark: a new leader may know less than the one before: then it goes back",
    replace: [["if (reached === this.highWatermark) return;", "if (reached <= this.highWatermark) return;"]],
  },
  {
    exercise: "6.2 Partition.followHighWatermark",
    name: "wakes those who wait with each answer",
    why: "The leader tells its high watermark with each answer. Where it is the same, there is nothing new to see.",
    caughtBy: "6.2 followHighWatermark: those who wait are told when it moves, and only then",
    replace: [["if (reached === this.highWatermark) return;", ""]],
  },
  {
    exercise: "6.2 Partition.followLogStart",
    name: "beyond the end of its own log",
    why: "A log can't start behind its end. It will get there: the leader answers OFFSET_OUT_OF_RANGE until then.",
    caughtBy: "6.2 followLogStart: a log that doesn't reach so far yet is empty until it does",
    replace: [["Math.min(leaderLogStartOffset, this.logEndOffset)", "leaderLogStartOffset"]],
  },
]);
