import { describe, expect, test } from "vitest";
import { runToEnd } from "#ground/gradually";
import { parseBrokerConfig } from "#ground/config/broker-config";
import { KafkaError } from "#ground/errors";
import { effectiveTopicConfig } from "#ground/config/topic-config";
import { DEFAULT_LOG_CONFIG, UnifiedLog } from "#log";
import {
  earliestOffset,
  latestOffset,
  offsetForTimestamp,
  offsetOfMaxTimestamp,
  Partition,
  type PartitionHost,
  type PartitionRegistration,
} from "#replication";
import { testRuntime } from "../../support/sim.ts";
import { batchOf, valuesOf } from "../batches.ts";
import { partition as registration } from "../images.ts";

const BROKER = parseBrokerConfig({ listeners: "PLAINTEXT://:0" }).config;
const READ = {
  currentLeaderEpoch: -1,
  lastFetchedEpoch: -1,
  maxBytes: 1_000_000,
  minOneMessage: true,
  replicaId: -1,
  mayReadFollower: false,
} as const;

const TOPIC_ID = new Uint8Array(16).fill(1);

/** A host on which nothing happens. */
function hostWith(changes: Partial<PartitionHost> = {}): PartitionHost {
  return {
    brokerId: 1,
    maxLagMs: 30_000,
    nowMs: () => 0,
    isEligible: () => true,
    alterIsr: () => new Promise(() => {}),
    finishTruncation: (_, rest) => void runToEnd(rest),
    highWatermarkMoved: () => {},
    progressed: () => {},
    ...changes,
  };
}

/** Follower `brokerId` fetches from `fetchOffset`. */
function fetched(partition: Partition, brokerId: number, fetchOffset: number): void {
  partition.followerFetched(brokerId, { fetchOffset, logStartOffset: 0, brokerEpoch: -1 });
}

function open(state: PartitionRegistration = registration([1]), changes: Partial<PartitionHost> = {}) {
  const runtime = testRuntime();
  const log = UnifiedLog.open({
    runtime,
    folder: "/d/orders-0",
    topicPartition: { topic: "orders", partition: 0 },
    config: DEFAULT_LOG_CONFIG,
  });
  const progressed: number[] = [];
  const host = hostWith({ progressed: (p) => void progressed.push(p.highWatermark), ...changes });
  const partition = new Partition(host, TOPIC_ID, log, state, 0);
  return { runtime, log, partition, progressed };
}

function withCode(code: string): unknown {
  return expect.objectContaining({ code });
}

function read(partition: Partition, fetchOffset: number, changes: object = {}): string[] {
  return valuesOf(partition.read({ ...READ, fetchOffset, isolation: "high_watermark", ...changes }).records);
}

describe("Partition: append and read", () => {
  test("6.1 alone in its ISR, the high watermark follows every append", () => {
    const { partition } = open();
    expect(partition.appendAsLeader(batchOf(["a", "b"]), -1)).toMatchObject({ firstOffset: 0, lastOffset: 1 });
    expect(partition.highWatermark).toBe(2);
    expect(read(partition, 0)).toEqual(["a", "b"]);
  });

  test("6.1 whoever waits is told after each append", () => {
    const { partition, progressed } = open();
    progressed.length = 0;
    partition.appendAsLeader(batchOf(["a"]), 1);
    partition.appendAsLeader(batchOf(["b"]), 1);
    expect(progressed).toEqual([1, 2]);
  });

  test("given: only the leader takes records and gives them", () => {
    const { partition } = open(registration([2, 1]));
    expect(() => partition.appendAsLeader(batchOf(["a"]), 1)).toThrow(withCode("NOT_LEADER_OR_FOLLOWER"));
    expect(() => read(partition, 0)).toThrow(withCode("NOT_LEADER_OR_FOLLOWER"));
  });

  test("6.1 a partition that was given up refuses, and tells whoever waits", () => {
    const { partition, progressed } = open();
    progressed.length = 0;
    partition.stop();
    expect(progressed).toHaveLength(1);
    expect(() => read(partition, 0)).toThrow(withCode("NOT_LEADER_OR_FOLLOWER"));
  });

  test("6.1 acks=all is refused by an ISR that is smaller than min.insync.replicas; acks=1 is not", () => {
    const { partition } = open(registration([1, 2], { isr: [1] }));
    partition.configure(effectiveTopicConfig(BROKER, { "min.insync.replicas": "2" }));
    expect(() => partition.appendAsLeader(batchOf(["a"]), -1)).toThrow(withCode("NOT_ENOUGH_REPLICAS"));
    expect(partition.log.logEndOffset).toBe(0);
    partition.appendAsLeader(batchOf(["a"]), 1);
    expect(partition.log.logEndOffset).toBe(1);
  });

  test("6.1 min.insync.replicas above the number of replicas counts as that number", () => {
    const alone = open();
    const one = open(registration([1, 2], { isr: [1] }));
    const both = open(registration([1, 2]));
    for (const { partition } of [alone, one, both]) {
      partition.configure(effectiveTopicConfig(BROKER, { "min.insync.replicas": "3" }));
    }
    const states = [alone, one, both].map(({ partition }) => partition.hasEnoughReplicas);
    expect(states).toEqual([true, false, true]);
    expect(alone.partition.appendAsLeader(batchOf(["a"]), -1)).toMatchObject({ firstOffset: 0 });
    const append = () => one.partition.appendAsLeader(batchOf(["a"]), -1);
    expect(append).toThrow("acks=all needs 2 in-sync replicas, there are 1");
  });

  test("6.1 a reader of another epoch is refused: an older one is fenced, a newer one is ahead of us", () => {
    const { partition } = open(registration([1], { leaderEpoch: 5 }));
    const readIn = (currentLeaderEpoch: number) => () => read(partition, 0, { currentLeaderEpoch });
    expect(readIn(4)).toThrow(withCode("FENCED_LEADER_EPOCH"));
    expect(readIn(6)).toThrow(withCode("UNKNOWN_LEADER_EPOCH"));
    expect(readIn(5)()).toEqual([]);
  });

  test("6.5 a reader whose log has parted from ours is told where", () => {
    const { partition } = open(registration([1], { leaderEpoch: 1 }));
    partition.appendAsLeader(batchOf(["a", "b"]), 1);
    partition.become(registration([1], { leaderEpoch: 3, partitionEpoch: 1 }));
    partition.appendAsLeader(batchOf(["c"]), 1);
    const parted = partition.read({ ...READ, fetchOffset: 3, lastFetchedEpoch: 2, isolation: "high_watermark" });
    expect(parted.divergingEpoch).toEqual({ epoch: 1, endOffset: 2 });
    expect(parted.records).toHaveLength(0);
    expect(read(partition, 2, { lastFetchedEpoch: 1 })).toEqual(["c"]);
  });
});

describe("Partition: the high watermark", () => {
  const three = registration([1, 2, 3]);

  test("6.4 is the smallest end over the in-sync replicas", () => {
    const { partition } = open(three);
    partition.appendAsLeader(batchOf(["a", "b", "c"]), 1);
    expect(partition.highWatermark).toBe(0);
    fetched(partition, 2, 3);
    expect(partition.highWatermark).toBe(0);
    fetched(partition, 3, 2);
    expect(partition.highWatermark).toBe(2);
  });

  test("6.4 hides what is not committed from consumers, not from followers", () => {
    const { partition } = open(three);
    partition.appendAsLeader(batchOf(["a"]), 1);
    partition.appendAsLeader(batchOf(["b"]), 1);
    fetched(partition, 2, 1);
    fetched(partition, 3, 1);
    expect(read(partition, 0)).toEqual(["a"]);
    expect(read(partition, 0, { isolation: "log_end" })).toEqual(["a", "b"]);
  });

  test("6.4 never goes back", () => {
    const { partition } = open(three);
    partition.appendAsLeader(batchOf(["a", "b"]), 1);
    fetched(partition, 2, 2);
    fetched(partition, 3, 2);
    fetched(partition, 3, 1);
    expect(partition.highWatermark).toBe(2);
  });

  test("6.4 counts on a replica that is about to join the ISR, before the controller has said yes", async () => {
    const asked: (readonly number[])[] = [];
    const { partition } = open(registration([1, 2], { isr: [1] }), {
      alterIsr: (_, { isr }) => new Promise(() => asked.push(isr)),
    });
    partition.appendAsLeader(batchOf(["a"]), 1);
    expect(partition.highWatermark).toBe(1);
    fetched(partition, 2, 1);
    expect(asked).toEqual([[1, 2]]);
    partition.appendAsLeader(batchOf(["b"]), 1);
    expect(partition.highWatermark).toBe(1);
    fetched(partition, 2, 2);
    expect(partition.highWatermark).toBe(2);
    expect(asked).toHaveLength(1);
  });

  test("6.4 goes on without a replica that the controller refused", async () => {
    const { partition } = open(registration([1, 2], { isr: [1] }), {
      alterIsr: () => Promise.reject(new KafkaError("INELIGIBLE_REPLICA")),
    });
    fetched(partition, 2, 0);
    await Promise.resolve();
    await Promise.resolve();
    partition.appendAsLeader(batchOf(["a"]), 1);
    expect(partition.highWatermark).toBe(1);
  });

  test("6.4 of a new leader may lie before its epoch: then the end is not told", () => {
    const { partition } = open(registration([2, 1], { leader: 2 }));
    partition.log.appendAsFollower(batchOf(["a", "b"], { partitionLeaderEpoch: 0 }));
    partition.become(registration([2, 1], { leader: 1, leaderEpoch: 1, partitionEpoch: 1 }));
    expect(() => latestOffset(partition, "high_watermark")).toThrow(withCode("OFFSET_NOT_AVAILABLE"));
    fetched(partition, 2, 2);
    expect(latestOffset(partition, "high_watermark")).toMatchObject({ offset: 2, leaderEpoch: 1 });
  });

  test("6.1 is known to the log from the start, so that retention goes on though nobody writes", () => {
    const { log } = open();
    log.appendAsFollower(batchOf(["a", "b"], { partitionLeaderEpoch: 0 }));
    const partition = new Partition(hostWith(), TOPIC_ID, log, three, 2);
    expect([partition.highWatermark, log.highWatermark]).toEqual([2, 2]);
  });

  test("6.1 an older decision of the controller is ignored", () => {
    const { partition } = open(registration([1, 2], { partitionEpoch: 7, leaderEpoch: 3 }));
    partition.become(registration([2, 1], { leader: 2, partitionEpoch: 6, leaderEpoch: 2 }));
    expect(partition).toMatchObject({ isLeader: true, leaderEpoch: 3, partitionEpoch: 7 });
  });
});

describe("Partition: a follower", () => {
  test("6.1 a log that starts anew inside a batch of the leader takes that batch whole, and still starts there", () => {
    const leader = open();
    leader.partition.appendAsLeader(batchOf(["a", "b", "c"]), -1);
    leader.partition.deleteRecordsBefore(2);
    const { partition, log } = open({ ...registration([2]), replicas: [1, 2] });
    partition.truncateFullyAndStartAt(2);
    const isolation = "log_end";
    partition.appendAsFollower(leader.partition.read({ ...READ, fetchOffset: 2, isolation }).records);
    expect([log.segments.first.baseOffset, partition.logStartOffset, partition.logEndOffset]).toEqual([0, 2, 3]);
  });

  test("6.5 a follower cuts off what stands where a batch of the leader belongs, though epochs don't tell", () => {
    const leader = open();
    leader.partition.appendAsLeader(batchOf(["a"]), -1);
    leader.partition.become({ ...registration([1]), leaderEpoch: 1, partitionEpoch: 1 });
    leader.partition.appendAsLeader(batchOf(["b", "c", "d"]), -1);
    leader.partition.deleteRecordsBefore(2);
    const { partition } = open({ ...registration([2]), replicas: [1, 2] });
    for (const value of ["a", "x"]) partition.log.appendAsLeader(batchOf([value]), 0);
    const isolation = "log_end";
    const found = leader.partition.read({ ...READ, fetchOffset: 2, lastFetchedEpoch: 0, isolation });
    expect(found.divergingEpoch).toBeNull();
    partition.appendAsFollower(found.records);
    const { records } = partition.read({ ...READ, fetchOffset: 0, isolation, mayReadFollower: true });
    expect(valuesOf(records)).toEqual(["a", "b", "c", "d"]);
  });

  test("6.1 a follower refuses a batch that begins in the midst of what it has", () => {
    const leader = open();
    leader.partition.appendAsLeader(batchOf(["a", "b", "c"]), -1);
    const { records } = leader.partition.read({ ...READ, fetchOffset: 0, isolation: "log_end" });
    const { partition } = open({ ...registration([2]), replicas: [1, 2] });
    partition.appendAsFollower(records);
    expect(() => partition.appendAsFollower(records)).toThrow(withCode("UNKNOWN_SERVER_ERROR"));
  });
});

describe("Partition: offsets", () => {
  test("6.4 by time: the first record at or after it, if it is committed", () => {
    const { partition } = open(registration([1, 2]));
    partition.appendAsLeader(batchOf(["a"], {}, 10), 1);
    partition.appendAsLeader(batchOf(["b"], {}, 20), 1);
    fetched(partition, 2, 1);
    expect(offsetForTimestamp(partition, 5, "high_watermark")).toEqual({ offset: 0, timestamp: 10, leaderEpoch: 0 });
    expect(offsetForTimestamp(partition, 15, "high_watermark")).toMatchObject({ offset: -1 });
    expect(offsetForTimestamp(partition, 15, "log_end")).toMatchObject({ offset: 1, timestamp: 20 });
    expect(offsetOfMaxTimestamp(partition, "log_end")).toMatchObject({ offset: 1, timestamp: 20 });
  });

  test("6.5 the end of an epoch, also of one in which nothing was written", () => {
    const { partition } = open();
    partition.appendAsLeader(batchOf(["a"]), 1);
    partition.become(registration([1], { leaderEpoch: 1, partitionEpoch: 1 }));
    expect(partition.lastOffsetForLeaderEpoch(-1, 0)).toEqual({ epoch: 0, endOffset: 1 });
    expect(partition.lastOffsetForLeaderEpoch(-1, 1)).toEqual({ epoch: 1, endOffset: 1 });
    expect(partition.lastOffsetForLeaderEpoch(-1, 9)).toEqual({ epoch: -1, endOffset: -1 });
    partition.become(registration([1], { leaderEpoch: 5, partitionEpoch: 2 }));
    // Epochs 1 to 5 have no record: whoever has one of epoch 3 must go back to the end of epoch 0.
    expect(partition.lastOffsetForLeaderEpoch(-1, 3)).toEqual({ epoch: 0, endOffset: 1 });
    expect(partition.lastOffsetForLeaderEpoch(-1, -1)).toEqual({ epoch: -1, endOffset: -1 });
  });

  test("6.5 without any record an epoch before ours ends where ours begins", () => {
    const { partition } = open();
    partition.log.truncateFullyAndStartAt(3);
    partition.become(registration([1], { leaderEpoch: 2, partitionEpoch: 1 }));
    expect(partition.lastOffsetForLeaderEpoch(-1, 0)).toEqual({ epoch: 0, endOffset: 3 });
    expect(partition.lastOffsetForLeaderEpoch(-1, -1)).toEqual({ epoch: -1, endOffset: -1 });
    expect(partition.lastOffsetForLeaderEpoch(-1, 3)).toEqual({ epoch: -1, endOffset: -1 });
    partition.appendAsLeader(batchOf(["a"]), 1);
    expect(partition.lastOffsetForLeaderEpoch(-1, 0)).toEqual({ epoch: 0, endOffset: 3 });
  });

  test("6.1 the start has the epoch of the first record, or of the one that will come", () => {
    const { partition } = open();
    expect(earliestOffset(partition)).toEqual({ timestamp: -1, offset: 0, leaderEpoch: 0 });
    partition.appendAsLeader(batchOf(["a"]), 1);
    partition.become(registration([1], { leaderEpoch: 4, partitionEpoch: 1 }));
    expect(earliestOffset(partition)).toMatchObject({ offset: 0, leaderEpoch: 0 });
    partition.deleteRecordsBefore(1);
    expect(earliestOffset(partition)).toMatchObject({ offset: 1, leaderEpoch: 4 });
  });
});
