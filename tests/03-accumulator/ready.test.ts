import { describe, expect, test } from "vitest";
import { NodeLatency } from "#accumulator/load-stats";
import { type PartitionQueue } from "#accumulator/partition-queue";
import { type BuiltInPartitioner } from "#partitioner";
import { clusterOf } from "../support/clusters.ts";
import { soon, TestAccumulator, type TestAccumulatorOptions, valueOf } from "./fixtures.ts";

/** Some hundred milliseconds in, so that a time that is taken for a duration shows. */
function accumulator(options: TestAccumulatorOptions = {}): TestAccumulator {
  const test = new TestAccumulator({ lingerMs: 10, ...options });
  test.now = 700;
  return test;
}

describe("linger", () => {
  test("3.5 waitMs: a batch that isn't full waits for linger.ms, and not longer", () => {
    const test = accumulator();
    test.append(valueOf(20), 0);
    expect(test.ready()).toEqual({ nodes: [], inMs: 10, unknown: [] });
    test.now = 709.5;
    expect(test.ready()).toEqual({ nodes: [], inMs: 0.5, unknown: [] });
    test.now = 710;
    expect(test.ready()).toEqual({ nodes: [0], inMs: Infinity, unknown: [] });
    test.now = 9999;
    expect(test.ready().nodes).toEqual([0]);
  });

  test("3.5 waitMs: linger counts from the first record, however many come after it", () => {
    const test = accumulator();
    for (let i = 0; i < 5; i++) {
      test.append(valueOf(20), 0);
      test.now += 2;
    }
    expect(test.now).toBe(710);
    expect(test.ready().nodes).toEqual([0]);
  });

  test("3.5 waitMs: linger of 0 sends at once what there is", () => {
    const test = accumulator({ lingerMs: 0 });
    test.append(valueOf(20), 2);
    expect(test.ready()).toEqual({ nodes: [2], inMs: Infinity, unknown: [] });
  });

  test("3.5 waitMs: a full batch doesn't linger", () => {
    const test = accumulator();
    test.append(valueOf(50), 0);
    expect(test.ready().nodes).toEqual([]);
    test.append(valueOf(89), 0);
    expect(test.ready()).toEqual({ nodes: [0], inMs: Infinity, unknown: [] });
  });

  test("3.5 waitMs: a batch behind which another has been opened doesn't linger", () => {
    const test = accumulator();
    test.append(valueOf(50), 0);
    test.append(valueOf(100), 0);
    expect([test.queue(0).length, test.ready().nodes]).toEqual([2, [0]]);
  });

  test("3.5 waitMs: a record larger than batch.size doesn't linger", () => {
    const test = accumulator();
    test.append(valueOf(900), 1);
    expect(test.ready().nodes).toEqual([1]);
  });

  test("3.8 beginFlush, awaitFlush: nothing lingers meanwhile", () => {
    const test = accumulator();
    test.append(valueOf(20), 0);
    test.accumulator.beginFlush();
    expect(test.ready()).toEqual({ nodes: [0], inMs: Infinity, unknown: [] });
  });

  test("3.8 beginFlush, awaitFlush: with nothing to send it is over at once", async () => {
    const test = accumulator();
    test.accumulator.beginFlush();
    expect(await soon(test.accumulator.awaitFlush())).toBeUndefined();
    test.append(valueOf(20), 0);
    expect(test.ready().nodes).toEqual([]);
  });

  test("3.8 close: nothing lingers any more, so that everything gets out", () => {
    const test = accumulator();
    test.append(valueOf(20), 0);
    test.accumulator.close();
    expect(test.ready().nodes).toEqual([0]);
  });

  test("3.5 waitMs: nothing lingers while somebody waits for memory", async () => {
    const test = accumulator({ memory: 400 });
    for (const partition of [0, 1]) test.append(valueOf(20), partition);
    expect(test.ready().nodes, "the memory is used up, but nobody waits").toEqual([]);
    const waiting = test.appendWaiting(valueOf(20, "a"), 2);
    expect(test.ready().nodes).toEqual([0, 1]);
    test.vanish(0);
    expect([await soon(waiting), test.ready().nodes]).toEqual(["a is record 0 for 2", []]);
  });
});

/** The queue of partition 0 with one batch, made at 700, with so many bytes of records in it. */
function queueWith(recordBytes: number): PartitionQueue {
  const test = accumulator();
  test.append(valueOf(recordBytes), 0);
  return test.accumulator.topic("orders").queue(0);
}

describe("one partition", () => {
  test("3.5 waitMs: a reason not to linger ends the linger", () => {
    const queue = queueWith(20);
    expect([false, true].map((atOnce) => queue.waitMs(703, 10, atOnce))).toEqual([7, 0]);
  });

  test("3.5 waitMs: it doesn't end the wait after a failure", () => {
    const queue = queueWith(139);
    queue.batches.first!.retryAtMs = 800;
    expect([703, 800].flatMap((now) => [false, true].map((atOnce) => queue.waitMs(now, 10, atOnce)))).toEqual(
      [97, 97, 0, 0],
    );
  });

  test("3.5 waitMs: after a failure a batch that isn't full has waited for its linger, too", () => {
    const queue = queueWith(20);
    queue.batches.first!.retryAtMs = 705;
    expect([704, 705, 710].map((now) => queue.waitMs(now, 10, false))).toEqual([1, 5, 0]);
  });

  test("3.5 sawLeader: a later epoch ends the wait, none that was seen before", () => {
    const batch = queueWith(139).batches.first!;
    const afterSeeing = (epoch: number): number => {
      batch.retryAtMs = 800;
      batch.sawLeader(epoch);
      return batch.retryAtMs;
    };
    expect([0, 0, 3, 3, 2, 4].map(afterSeeing)).toEqual([0, 800, 0, 800, 800, 0]);
  });
});

describe("which brokers are ready", () => {
  test("3.5 ready: those that lead a partition with something to send, each once", () => {
    const test = accumulator({ cluster: clusterOf({ orders: [4, 7, 4, 9] }) });
    for (const partition of [0, 1, 2]) test.append(valueOf(139), partition);
    expect(test.ready()).toEqual({ nodes: [4, 7], inMs: Infinity, unknown: [] });
  });

  test("3.5 ready: the shortest wait of all partitions is the one to sleep for", () => {
    const test = accumulator({ lingerMs: 100 });
    test.append(valueOf(20), 0);
    test.now += 30;
    test.append(valueOf(20), 1);
    test.append(valueOf(139), 2);
    expect(test.ready()).toEqual({ nodes: [2], inMs: 70, unknown: [] });
  });

  test("3.5 ready: with nothing to send there is nothing to wait for", () => {
    const test = accumulator();
    expect(test.ready()).toEqual({ nodes: [], inMs: Infinity, unknown: [] });
    test.append(valueOf(20), 0);
    test.vanish(0);
    expect(test.ready(), "an empty queue").toEqual({ nodes: [], inMs: Infinity, unknown: [] });
  });

  test("3.5 ready: a muted partition makes nobody ready, and is not waited for [I5]", () => {
    const test = accumulator();
    test.append(valueOf(139), 0);
    test.append(valueOf(20), 1);
    test.accumulator.mutePartition({ topic: "orders", partition: 0 });
    test.accumulator.mutePartition({ topic: "orders", partition: 1 });
    expect(test.ready()).toEqual({ nodes: [], inMs: Infinity, unknown: [] });
    test.accumulator.unmutePartition({ topic: "orders", partition: 0 });
    expect(test.ready()).toEqual({ nodes: [0], inMs: Infinity, unknown: [] });
  });

  test("3.5 ready: a topic whose partition has no leader is named, the others go on", () => {
    const test = accumulator({ cluster: clusterOf({ orders: [null, 1, 2] }) });
    for (const partition of [0, 1]) test.append(valueOf(139), partition);
    expect(test.ready()).toEqual({ nodes: [1], inMs: Infinity, unknown: ["orders"] });
    test.cluster = clusterOf({ orders: [5, 1, 2] });
    expect(test.ready()).toEqual({ nodes: [1, 5], inMs: Infinity, unknown: [] });
  });

  test("3.5 ready: a partition that the metadata don't know is one without a leader", () => {
    const test = accumulator();
    test.append(valueOf(139), 7);
    expect(test.ready()).toEqual({ nodes: [], inMs: Infinity, unknown: ["orders"] });
  });

  test("3.5 ready: a leader is looked for also while the batch lingers, or the partition is muted", () => {
    for (const isMuted of [false, true]) {
      const test = accumulator({ cluster: clusterOf({ orders: [null, 1, 2] }) });
      test.append(valueOf(20), 0);
      if (isMuted) test.accumulator.mutePartition({ topic: "orders", partition: 0 });
      expect(test.ready(), `muted: ${isMuted}`).toEqual({ nodes: [], inMs: Infinity, unknown: ["orders"] });
    }
  });

  test("3.5 ready: a partition without a leader is of no concern while it has nothing to send", () => {
    const test = accumulator({ cluster: clusterOf({ orders: [0, null, 2] }) });
    test.append(valueOf(20), 1);
    test.vanish(1);
    expect(test.ready().unknown).toEqual([]);
  });
});

describe("after a failure", () => {
  test("3.5 waitMs, checkReady: a batch that has failed waits, though it is full and another is behind it", () => {
    const test = accumulator();
    test.append(valueOf(139), 0);
    test.append(valueOf(20), 0);
    test.hasFailed(0, 800);
    expect(test.ready()).toEqual({ nodes: [], inMs: 100, unknown: [] });
    test.now = 799;
    expect(test.ready()).toEqual({ nodes: [], inMs: 1, unknown: [] });
    test.now = 800;
    expect(test.ready()).toEqual({ nodes: [0], inMs: Infinity, unknown: [] });
  });

  test("3.8 beginFlush, awaitFlush: is no reason to hammer on a broker that fails", () => {
    const test = accumulator();
    test.append(valueOf(139), 0);
    test.hasFailed(0, 800);
    test.accumulator.beginFlush();
    test.accumulator.close();
    expect(test.ready()).toEqual({ nodes: [], inMs: 100, unknown: [] });
  });

  test("3.5 waitMs, checkReady: nor is a linger.ms of 0, and part of a millisecond is a wait, too", () => {
    const test = accumulator({ lingerMs: 0 });
    test.append(valueOf(139), 0);
    test.hasFailed(0, 700.5);
    expect(test.ready()).toEqual({ nodes: [], inMs: 0.5, unknown: [] });
  });

  test("3.5 waitMs, checkReady: others that the broker leads need not wait for it", () => {
    for (const failed of [0, 1]) {
      const test = accumulator({ cluster: clusterOf({ orders: [0, 0] }) });
      for (const partition of [0, 1]) test.append(valueOf(139), partition);
      test.hasFailed(failed, 800);
      expect(test.ready(), `partition ${failed} has failed`).toEqual({ nodes: [0], inMs: 100, unknown: [] });
    }
  });

  test("3.5 waitMs, checkReady: a new leader is a reason to try again at once", () => {
    const led = (leader: number, epoch: number): typeof test.cluster => clusterOf({ orders: [{ leader, epoch }] });
    const test = accumulator({ cluster: clusterOf({ orders: [{ leader: 1, epoch: 5 }] }) });
    test.append(valueOf(139), 0);
    expect(test.ready().nodes).toEqual([1]);
    test.hasFailed(0, 800);
    expect(test.ready().nodes, "the leader of epoch 5 is known already").toEqual([]);
    test.cluster = led(2, 6);
    expect(test.ready()).toEqual({ nodes: [2], inMs: Infinity, unknown: [] });
    test.hasFailed(0, 900);
    expect(test.ready().nodes, "that one has failed, too").toEqual([]);
    test.cluster = led(1, 5);
    expect(test.ready().nodes, "an older epoch is old news").toEqual([]);
  });
});

describe("after a new leader", () => {
  test("3.5 waitMs, checkReady: the batch is ready for as long as it takes to send it", () => {
    const test = accumulator({ cluster: clusterOf({ orders: [{ leader: 1, epoch: 5 }] }) });
    test.append(valueOf(139), 0);
    test.hasFailed(0, 800);
    test.cluster = clusterOf({ orders: [{ leader: 2, epoch: 6 }] });
    test.ready(); // the leader is busy
    expect(test.ready().nodes).toEqual([2]);
  });
});

describe("muted after a failure", () => {
  test("3.5 checkReady: also the batch of a muted partition hears of a new leader", () => {
    const test = accumulator({ cluster: clusterOf({ orders: [{ leader: 1, epoch: 5 }] }) });
    test.append(valueOf(139), 0);
    test.hasFailed(0, 800);
    test.accumulator.mutePartition({ topic: "orders", partition: 0 });
    test.cluster = clusterOf({ orders: [{ leader: 2, epoch: 6 }] });
    expect(test.ready(), "it is muted").toEqual({ nodes: [], inMs: Infinity, unknown: [] });
    expect(test.queue(0)[0]!.retryAtMs, "it may go as soon as it is unmuted").toBe(0);
  });
});

describe("load", () => {
  const load = (test: TestAccumulator): BuiltInPartitioner["loadStats"] =>
    test.accumulator.topic("orders").partitioner.loadStats;

  /** Puts so many full batches into the queues of the partitions. */
  function queues(test: TestAccumulator, sizes: readonly number[]): void {
    sizes.forEach((size, partition) => {
      for (let i = 0; i < size; i++) test.append(valueOf(139), partition);
    });
  }

  test("3.5 ready: tells the partitioner how long the queues are", () => {
    const test = accumulator({ adaptivePartitioning: true });
    queues(test, [1, 7, 2]);
    test.ready();
    expect(load(test)).toEqual({ cumulativeWeights: [7, 8, 14], partitionIds: [0, 1, 2] });
  });

  test("3.5 ready: not unless it is to be adaptive", () => {
    const test = accumulator({ adaptivePartitioning: false });
    queues(test, [1, 7, 2]);
    test.ready();
    expect(load(test)).toBeNull();
  });

  test("3.5 ready: tells every topic's", () => {
    const test = accumulator({ adaptivePartitioning: true, cluster: clusterOf({ clicks: [0], orders: [0, 1, 2] }) });
    queues(test, [1, 7, 2]);
    const clicks = test.accumulator.topic("clicks").partitioner;
    clicks.updatePartitionLoadStats([0, 3], [0, 1], 2);
    test.ready();
    expect([load(test)?.partitionIds, clicks.loadStats], "no record for clicks yet").toEqual([[0, 1, 2], null]);
  });

  test("3.5 updateLoadStats: a queue keeps its partition, in whatever order they had their first record", () => {
    const test = accumulator({ adaptivePartitioning: true });
    for (const partition of [2, 0, 0, 1, 0]) test.append(valueOf(139), partition);
    test.ready();
    expect(load(test)).toEqual({ cumulativeWeights: [3, 4, 7], partitionIds: [2, 0, 1] });
  });

  test("3.5 updateLoadStats: what was known is forgotten when a partition is added", () => {
    const test = accumulator({ adaptivePartitioning: true });
    queues(test, [1, 7, 2]);
    test.ready();
    test.cluster = clusterOf({ orders: [0, 1, 2, 0] });
    test.ready();
    expect(load(test)).toBeNull();
  });

  test("3.5 ready: not before every partition has had a record", () => {
    const test = accumulator({ adaptivePartitioning: true });
    queues(test, [1, 7]);
    test.ready();
    expect(load(test)).toBeNull();
  });

  test("3.5 ready: partitions without a leader are left out", () => {
    const test = accumulator({ adaptivePartitioning: true });
    queues(test, [1, 7, 2]);
    test.cluster = clusterOf({ orders: [0, null, 2] });
    test.ready();
    expect(load(test)).toEqual({ cumulativeWeights: [2, 3], partitionIds: [0, 2] });
  });

  test("3.5 ready: so are those of a broker that has taken nothing for too long, while something waits for it", () => {
    const test = accumulator({ adaptivePartitioning: true, partitionAvailabilityTimeoutMs: 100 });
    queues(test, [3, 3, 3]);
    test.accumulator.updateNodeLatencyStats(1, 700, true);
    test.accumulator.updateNodeLatencyStats(1, 800, false);
    test.ready();
    expect(load(test), "100 ms are not too long").toBeNull();
    test.accumulator.updateNodeLatencyStats(1, 801, false);
    test.ready();
    expect(load(test)).toEqual({ cumulativeWeights: [1, 2], partitionIds: [0, 2] });
    test.accumulator.updateNodeLatencyStats(1, 802, true);
    test.ready();
    expect(load(test), "it has taken something").toBeNull();
  });

  test("3.5 NodeLatency: slow is who took nothing for longer than the time-out while something was ready", () => {
    const latency = new NodeLatency(100);
    const slowAfter = (node: number, now: number, canDrain: boolean): boolean => {
      latency.update(node, now, canDrain);
      return latency.isSlow(node);
    };
    expect(latency.isSlow(1), "nobody has heard of it").toBe(false);
    expect([slowAfter(1, 5000, false), slowAfter(1, 5100, false)], "its time begins when it is heard of").toEqual(
      [false, false],
    );
    expect([slowAfter(1, 5101, false), slowAfter(2, 5101, true), latency.isSlow(1)]).toEqual([true, false, true]);
    expect([slowAfter(1, 5300, true), slowAfter(1, 5400, false), slowAfter(1, 5401, false)]).toEqual(
      [false, false, true],
    );
  });

  test("3.5 NodeLatency: with a time-out of 0 nobody is ever slow", () => {
    const latency = new NodeLatency(0);
    for (const now of [700, 90_000]) latency.update(1, now, false);
    expect(latency.isSlow(1)).toBe(false);
  });

  test("3.5 ready: a slow broker with nothing to do is tried again", () => {
    const test = accumulator({ adaptivePartitioning: true, partitionAvailabilityTimeoutMs: 100 });
    queues(test, [3, 1, 3]);
    test.accumulator.updateNodeLatencyStats(1, 700, true);
    test.accumulator.updateNodeLatencyStats(1, 900, false);
    test.vanish(1);
    test.ready();
    expect(load(test)).toEqual({ cumulativeWeights: [1, 5, 6], partitionIds: [0, 1, 2] });
  });
});
