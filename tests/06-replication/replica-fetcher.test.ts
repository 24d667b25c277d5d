import { describe, expect, test } from "vitest";
import { KafkaError } from "#ground/errors";
import { type FollowerFetched, type FollowerFetchPartition, ReplicaFetcher } from "#replication";
import { expectNothingLeaks, testRuntime } from "../support/sim.ts";
import { batchOf } from "./batches.ts";
import { bytesOf, FakeFollowed, fetched, refused, ScriptedLeader } from "./leaders.ts";

const BACKOFF_MS = 100;

function setUp(...followed: FakeFollowed[]) {
  const runtime = testRuntime();
  const leader = new ScriptedLeader();
  const fetcher = new ReplicaFetcher(runtime, leader, { backoffMs: BACKOFF_MS });
  for (const each of followed) fetcher.add(each);
  return { runtime, leader, fetcher };
}

/** A batch as the leader keeps it: from `baseOffset` on, of epoch `epoch`. */
function kept(values: readonly string[], baseOffset = 0, epoch = 0): Uint8Array {
  return batchOf(values, { baseOffset, partitionLeaderEpoch: epoch });
}

/** A follower with records 0 to 4: three of epoch 0, two of epoch 2. */
function withFive(index = 0): FakeFollowed {
  const followed = new FakeFollowed(index);
  followed.log.appendAsFollower(kept(["a", "b", "c"]));
  followed.log.appendAsFollower(kept(["d", "e"], 3, 2));
  return followed;
}

/** What `followed` would have asked for. */
function askedBy({ topic, topicId, index, leaderEpoch, logEndOffset, latestEpoch }: FakeFollowed) {
  const asked: FollowerFetchPartition = {
    topic,
    topicId,
    index,
    fetchOffset: logEndOffset,
    lastFetchedEpoch: latestEpoch,
    currentLeaderEpoch: leaderEpoch,
    logStartOffset: 0,
  };
  return asked;
}

/** Lets a fetcher process one answer to what the follower would have asked for. */
async function process(followed: FakeFollowed, answer: FollowerFetched, asked = askedBy(followed)) {
  const made = setUp(followed);
  await made.fetcher.processFetched(followed, asked, answer);
  return made;
}

describe("ReplicaFetcher.buildFetch", () => {
  test("6.2 buildFetch: asks for what comes after the log's end, and says what is the last epoch there", () => {
    const followed = withFive();
    followed.log.onHighWatermarkUpdated(3);
    followed.log.incrementLogStartOffset(1);
    const { fetcher } = setUp(followed);
    expect(fetcher.buildFetch()).toEqual([
      {
        topic: "orders",
        topicId: followed.topicId,
        index: 0,
        fetchOffset: 5,
        lastFetchedEpoch: 2,
        currentLeaderEpoch: 7,
        logStartOffset: 1,
      },
    ]);
  });

  test("6.2 buildFetch: an empty log asks from its start, and has no last epoch", () => {
    const { fetcher } = setUp(new FakeFollowed());
    expect(fetcher.buildFetch()).toMatchObject([{ fetchOffset: 0, lastFetchedEpoch: -1 }]);
  });

  test("6.2 buildFetch: all partitions in one request, but for those that follow nobody", () => {
    const all = [0, 1, 2].map((index) => new FakeFollowed(index));
    all[1]!.isFollower = false;
    const { fetcher } = setUp(...all);
    expect(fetcher.buildFetch().map(({ index }) => index), "partitions asked for").toEqual([0, 2]);
  });

  test("6.2 buildFetch: a partition that pauses is left out until its pause is over", () => {
    const [one, two] = [new FakeFollowed(0), new FakeFollowed(1)];
    const { runtime, fetcher } = setUp(one, two);
    fetcher.pause(one, new KafkaError("NOT_LEADER_OR_FOLLOWER"));
    expect(fetcher.buildFetch().map(({ index }) => index), "partitions asked for").toEqual([1]);
    runtime.elapse(BACKOFF_MS);
    expect(fetcher.buildFetch().map(({ index }) => index), "partitions asked for").toEqual([0, 1]);
  });
});

describe("ReplicaFetcher.processFetched", () => {
  test("6.2 processFetched: records are appended as they are, byte for byte [I4]", async () => {
    const followed = new FakeFollowed();
    const records = Buffer.concat([kept(["a", "b"], 0, 3), kept(["c"], 2, 4)]);
    await process(followed, fetched({ records }));
    expect(bytesOf(followed.log), "bytes of the log").toBe(records.toString("hex"));
    expect(followed.latestEpoch, "the epoch of the last record").toBe(4);
  });

  test("6.2 processFetched: the leader's high watermark holds for the records that came with it, too", async () => {
    const followed = new FakeFollowed();
    await process(followed, fetched({ records: kept(["a", "b", "c"]), highWatermark: 2 }));
    expect(followed.highWatermark, "high watermark").toBe(2);
  });

  test("6.2 processFetched: the high watermark comes also with an answer without records", async () => {
    const followed = withFive();
    await process(followed, fetched({ highWatermark: 4 }));
    expect(followed.done, "what was done to the log").toEqual([]);
    expect(followed.highWatermark, "high watermark").toBe(4);
  });

  test("6.2 processFetched: what the leader has deleted at its start goes here, too", async () => {
    const followed = new FakeFollowed();
    await process(followed, fetched({ records: kept(["a", "b", "c"]), highWatermark: 3, logStartOffset: 2 }));
    expect(followed.logStartOffset, "log start offset").toBe(2);
  });

  const MORE = { records: kept(["f"], 5, 7), highWatermark: 6 };

  test.each<[string, (followed: FakeFollowed) => void]>([
    ["it follows in another epoch by now", (followed) => (followed.leaderEpoch = 8)],
    ["it follows nobody any more", (followed) => (followed.isFollower = false)],
    ["its log has grown since", (followed) => void followed.log.appendAsFollower(kept(["x"], 5, 2))],
    ["its log was cut since", (followed) => void followed.log.truncateTo(3)],
  ])("6.2 processFetched: an answer comes too late when %s [I6]", async (_, change) => {
    const followed = withFive();
    const asked = askedBy(followed);
    change(followed);
    const before = bytesOf(followed.log);
    const { fetcher } = await process(followed, fetched(MORE), asked);
    expect(followed.done, "what was done to the log").toEqual([]);
    expect(bytesOf(followed.log), "bytes of the log").toBe(before);
    expect(followed.highWatermark, "high watermark").toBe(0);
    expect(fetcher.isDue(followed), "fetches on at once").toBe(followed.isFollower);
  });

  test("6.2 processFetched: a late error is dropped like any late answer", async () => {
    const followed = withFive();
    const asked = askedBy(followed);
    followed.leaderEpoch = 8;
    const { fetcher, leader } = await process(followed, refused("FENCED_LEADER_EPOCH"), asked);
    expect(fetcher.isDue(followed), "is fetched again at once").toBe(true);
    await fetcher.processFetched(followed, asked, refused("OFFSET_OUT_OF_RANGE"));
    expect(leader.epochsAsked, "epochs in which the leader was asked for offsets").toEqual([]);
  });

  test.each(["NOT_LEADER_OR_FOLLOWER", "UNKNOWN_LEADER_EPOCH", "KAFKA_STORAGE_ERROR"] as const)(
    "6.2 processFetched: after %s the partition pauses",
    async (code) => {
      const followed = withFive();
      const { runtime, fetcher } = await process(followed, { ...refused(code), highWatermark: 3 });
      expect(fetcher.isDue(followed), "is fetched again at once").toBe(false);
      expect([followed.done, followed.highWatermark], "done to the log, high watermark").toEqual([[], 0]);
      runtime.elapse(BACKOFF_MS);
      expect(fetcher.isDue(followed), "is fetched again at once").toBe(true);
    },
  );

  test("6.2 processFetched: what may pass is logged once, however often the leader says it", async () => {
    const lines: string[] = [];
    const log = { debug() {}, info: (line: string) => void lines.push(line), warn() {}, error() {} };
    const followed = withFive();
    const fetcher = new ReplicaFetcher({ ...testRuntime(), log }, new ScriptedLeader(), { backoffMs: BACKOFF_MS });
    fetcher.add(followed);
    for (const code of ["NOT_LEADER_OR_FOLLOWER", "NOT_LEADER_OR_FOLLOWER", "UNKNOWN_LEADER_EPOCH"] as const) {
      await fetcher.processFetched(followed, askedBy(followed), refused(code));
    }
    expect(lines).toHaveLength(2);
    fetcher.add(followed);
    await fetcher.processFetched(followed, askedBy(followed), refused("UNKNOWN_LEADER_EPOCH"));
    expect(lines).toHaveLength(3);
  });

  test("6.2 processFetched: records that the log refuses pause the partition", async () => {
    const followed = withFive();
    const records = kept(["f"], 5, 7);
    records[records.length - 1]! ^= 1;
    const { fetcher } = await process(followed, fetched({ records, highWatermark: 5 }));
    expect(fetcher.isDue(followed), "is fetched again at once").toBe(false);
    expect([followed.logEndOffset, followed.highWatermark], "end of the log, high watermark").toEqual([5, 0]);
  });

  test("6.2 processFetched: OFFSET_OUT_OF_RANGE is put right, and the next fetch needs no pause", async () => {
    const followed = withFive();
    const { fetcher, leader } = setUp(followed);
    leader.latest = 4;
    await fetcher.processFetched(followed, askedBy(followed), refused("OFFSET_OUT_OF_RANGE"));
    expect(followed.logEndOffset, "end of the log").toBeLessThan(5);
    expect(fetcher.isDue(followed), "is fetched again at once").toBe(true);
  });

  test("6.2 processFetched: when the leader doesn't say where its log ends, the partition pauses", async () => {
    const followed = withFive();
    const { fetcher, leader } = setUp(followed);
    leader.latestOffset = leader.earliestOffset = () => Promise.reject(new KafkaError("NOT_LEADER_OR_FOLLOWER"));
    await fetcher.processFetched(followed, askedBy(followed), refused("OFFSET_OUT_OF_RANGE"));
    expect(fetcher.isDue(followed), "is fetched again at once").toBe(false);
    expect(followed.done, "what was done to the log").toEqual([]);
  });
});

describe("ReplicaFetcher.handleOutOfRange", () => {
  async function outOfRange(earliest: number, latest: number, meanwhile?: (followed: FakeFollowed) => void) {
    const followed = withFive();
    const { fetcher, leader } = setUp(followed);
    Object.assign(leader, { earliest, latest, meanwhile: () => meanwhile?.(followed) });
    await fetcher.handleOutOfRange(followed);
    return { followed, leader };
  }

  test("6.2 handleOutOfRange: behind the leader's end: what the leader lacks is cut off", async () => {
    const { followed } = await outOfRange(0, 3);
    expect(followed.done, "what was done to the log").toEqual(["cut to 3"]);
    expect(followed.logEndOffset, "end of the log").toBe(3);
  });

  test("6.2 handleOutOfRange: before the leader's start: the log starts anew there", async () => {
    const { followed } = await outOfRange(40, 90);
    expect(followed.done, "what was done to the log").toEqual(["start anew at 40"]);
    expect([followed.logStartOffset, followed.logEndOffset], "start and end of the log").toEqual([40, 40]);
  });

  test("6.2 handleOutOfRange: within by now: nothing is lost", async () => {
    for (const [earliest, latest] of [[0, 5], [5, 9], [2, 90]] as const) {
      const { followed } = await outOfRange(earliest, latest);
      expect(followed.done, `of a leader with ${earliest} to ${latest}`).toEqual([]);
    }
  });

  test("6.2 handleOutOfRange: the leader is asked in the epoch in which this broker follows", async () => {
    const { leader } = await outOfRange(0, 3);
    expect(new Set(leader.epochsAsked)).toEqual(new Set([7]));
  });

  test("6.2 handleOutOfRange: what was decided while the leader thought about it, counts [I6]", async () => {
    const newEpoch = await outOfRange(0, 3, (followed) => (followed.leaderEpoch = 8));
    expect(newEpoch.followed.done, "done to the log, in a new epoch by now").toEqual([]);
    const leads = await outOfRange(40, 90, (followed) => (followed.isFollower = false));
    expect(leads.followed.done, "done to the log, by a leader by now").toEqual([]);
  });

  test("6.2 handleOutOfRange: also what was decided between two of the leader's answers [I6]", async () => {
    let answers = 0;
    const { followed } = await outOfRange(40, 90, (one) => {
      answers += 1;
      if (answers === 2) one.leaderEpoch = 8;
    });
    // Who needs one answer alone has decided by then.
    if (answers > 1) expect(followed.done, "done to the log, in a new epoch by now").toEqual([]);
  });
});

describe("ReplicaFetcher", () => {
  test("6.2 buildFetch, processFetched: together they copy until there is nothing more, and then wait", async () => {
    const [one, two] = [new FakeFollowed(0), new FakeFollowed(1)];
    const { runtime, leader, fetcher } = setUp(one, two);
    leader.answers.push(
      () => [fetched({ records: kept(["a", "b"]) }), fetched({ records: kept(["x"]) }, 1)],
      () => [fetched({ records: kept(["c"], 2), highWatermark: 3 }), fetched({ highWatermark: 1 }, 1)],
    );
    await runtime.advance(1);
    const offsets = leader.asked.map((asked) => asked.map(({ fetchOffset }) => fetchOffset));
    expect(offsets).toEqual([[0, 0], [2, 1], [3, 1]]);
    expect([one.highWatermark, two.highWatermark], "high watermarks").toEqual([3, 1]);
    fetcher.close();
  });

  test("6.2 buildFetch, processFetched: a partition that is refused pauses, the others go on", async () => {
    const [one, two] = [new FakeFollowed(0), new FakeFollowed(1)];
    const { runtime, leader, fetcher } = setUp(one, two);
    leader.answers.push(
      () => [refused("NOT_LEADER_OR_FOLLOWER"), fetched({ records: kept(["x"]) }, 1)],
      () => [fetched({}, 1)],
    );
    await runtime.advance(1);
    expect(leader.asked.map((asked) => asked.map(({ index }) => index))).toEqual([[0, 1], [1], [1]]);
    fetcher.close();
  });

  test("6.2 buildFetch, processFetched: a request names only what may have changed", async () => {
    const all = [0, 1, 2].map((index) => new FakeFollowed(index));
    const { runtime, leader, fetcher } = setUp(...all);
    leader.answers.push(
      () => [fetched({ records: kept(["a"]) }, 1)],
      () => [],
      () => {
        fetcher.moved(all[2]!);
        fetcher.remove(all[0]!);
        return [];
      },
    );
    await runtime.advance(1);
    expect(leader.asked.map((asked) => asked.map(({ index }) => index))).toEqual([[0, 1, 2], [1], [], [2]]);
    expect(leader.forgotten.map((asked) => asked.map(({ index }) => index))).toEqual([[], [], [], [0]]);
    fetcher.close();
  });

  test("6.2 buildFetch, processFetched: a partition that pauses is forgotten, and asked for anew", async () => {
    const [one, two] = [new FakeFollowed(0), new FakeFollowed(1)];
    const { runtime, leader, fetcher } = setUp(one, two);
    const later = (): Promise<readonly FollowerFetched[]> => {
      return new Promise((resolve) => runtime.scheduler.at(runtime.clock.nowMs() + BACKOFF_MS, () => resolve([])));
    };
    leader.answers.push(() => [refused("NOT_LEADER_OR_FOLLOWER")], later);
    await runtime.advance(BACKOFF_MS + 1);
    expect(leader.asked.map((asked) => asked.map(({ index }) => index))).toEqual([[0, 1], [], [0]]);
    expect(leader.forgotten.map((asked) => asked.map(({ index }) => index))).toEqual([[], [0], []]);
    fetcher.close();
  });

  test("6.2 buildFetch: when a whole fetch fails all pause, then it goes on where it was", async () => {
    const followed = withFive();
    const { runtime, leader, fetcher } = setUp(followed);
    leader.answers.push(() => {
      throw new KafkaError("NETWORK_EXCEPTION");
    });
    await runtime.advance(BACKOFF_MS - 1);
    expect(leader.asked).toHaveLength(1);
    await runtime.advance(2);
    expect(leader.asked.map(([asked]) => asked!.fetchOffset)).toEqual([5, 5]);
    fetcher.remove(followed);
    expectNothingLeaks(runtime);
  });
});
