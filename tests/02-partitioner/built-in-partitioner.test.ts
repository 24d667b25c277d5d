import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Random } from "#ground/runtime";
import { SeededRandom } from "#ground/sim/seeded-random";
import { BuiltInPartitioner, partitionOfDraw } from "#partitioner/built-in-partitioner";
import { clusterOf } from "../support/clusters.ts";
import { property } from "../support/property.ts";

/** No chance at all: draws 0, 1, 2, … round and round. */
function inTurn(): Random {
  let drawn = 0;
  return { next: () => 0, int: (bound) => drawn++ % bound, bytes: (length) => new Uint8Array(length) };
}

const THREE = clusterOf({ orders: [0, 1, 2] });

/** With batches of 100 bytes. */
const partitioner = (random: Random = inTurn()): BuiltInPartitioner => new BuiltInPartitioner("orders", 100, random);

describe("sticky by bytes", () => {
  test("2.6 currentPartition: stays the same however often it is asked", () => {
    const built = partitioner();
    expect([1, 2, 3, 4].map(() => built.currentPartition(THREE))).toEqual([0, 0, 0, 0]);
  });

  test("2.6 currentPartition: partition 0 is a partition like any other", () => {
    const built = partitioner();
    built.currentPartition(THREE);
    built.updatePartitionInfo(99, THREE);
    expect(built.currentPartition(THREE)).toBe(0);
  });

  test("2.6 currentPartition: when the topic is made anew with fewer partitions, it is one that there is", () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const built = partitioner(new SeededRandom(seed));
      built.currentPartition(clusterOf({ orders: [0, 1, 2, 0, 1] }));
      const [first, second] = [1, 2].map(() => built.currentPartition(clusterOf({ orders: [0, 1] })));
      expect(first, `of two partitions, after five, with seed ${seed}`).toBeLessThan(2);
      expect(second).toBe(first);
    }
  });

  test("2.6 currentPartition: chosen because the last one is gone, it starts from 0 bytes", () => {
    const built = partitioner();
    built.currentPartition(THREE);
    built.updatePartitionInfo(100, THREE);
    built.updatePartitionInfo(100, THREE);
    expect(built.currentPartition(THREE)).toBe(2);
    built.updatePartitionInfo(60, THREE);
    const two = clusterOf({ orders: [0, 1] });
    const chosen = built.currentPartition(two);
    built.updatePartitionInfo(60, two);
    expect(built.currentPartition(two), `after 60 of 100 bytes for partition ${chosen}`).toBe(chosen);
  });

  test("2.6 currentPartition: stays the same also when its leader is gone", () => {
    const built = partitioner();
    expect(built.currentPartition(THREE)).toBe(0);
    expect(built.currentPartition(clusterOf({ orders: [null, 1, 2] }))).toBe(0);
  });

  test("2.6 updatePartitionInfo: after batch.size bytes it is another partition's turn [I4]", () => {
    const built = partitioner();
    const got = [40, 40, 19, 1, 50, 50, 100].map((bytes) => {
      const partition = built.currentPartition(THREE);
      built.updatePartitionInfo(bytes, THREE);
      return partition;
    });
    expect(got).toEqual([0, 0, 0, 0, 1, 1, 2]);
  });

  test("2.6 updatePartitionInfo: bytes count, not records [I4]", () => {
    const built = partitioner();
    const records = [1000, 1000, 10, 10];
    const got = records.map((bytes) => {
      const partition = built.currentPartition(THREE);
      built.updatePartitionInfo(bytes, THREE);
      return partition;
    });
    expect(got).toEqual([0, 1, 2, 2]);
  });

  test("2.6 updatePartitionInfo: chance may choose the same partition again", () => {
    const draws = [0, 0, 1];
    const built = partitioner({ ...inTurn(), int: () => draws.shift()! });
    built.currentPartition(THREE);
    built.updatePartitionInfo(100, THREE);
    expect(built.currentPartition(THREE)).toBe(0);
    built.updatePartitionInfo(100, THREE);
    expect(built.currentPartition(THREE)).toBe(1);
  });

  test("2.6 updatePartitionInfo: chosen again, it starts from 0 like any other", () => {
    const draws = [0, 0, 1];
    const built = partitioner({ ...inTurn(), int: () => draws.shift()! });
    built.currentPartition(THREE);
    built.updatePartitionInfo(100, THREE);
    built.updatePartitionInfo(99, THREE);
    expect([built.currentPartition(THREE), draws], "its second share isn't used up").toEqual([0, [1]]);
    built.updatePartitionInfo(1, THREE);
    expect([built.currentPartition(THREE), draws]).toEqual([1, []]);
  });

  test("2.6 updatePartitionInfo: what one partition got too much, the next one doesn't pay for", () => {
    const built = partitioner();
    built.currentPartition(THREE);
    built.updatePartitionInfo(190, THREE);
    built.updatePartitionInfo(99, THREE);
    expect(built.currentPartition(THREE)).toBe(1);
    built.updatePartitionInfo(1, THREE);
    expect(built.currentPartition(THREE)).toBe(2);
  });

  test("2.6 updatePartitionInfo: while switching is off it stays beyond batch.size", () => {
    const built = partitioner();
    built.currentPartition(THREE);
    built.updatePartitionInfo(150, THREE, false);
    expect(built.currentPartition(THREE)).toBe(0);
    built.updatePartitionInfo(0, THREE, true);
    expect(built.currentPartition(THREE), "150 bytes of 100, then 0 more with enableSwitch").toBe(1);
  });

  test("2.6 updatePartitionInfo: from twice batch.size on it moves even while switching is off", () => {
    const built = partitioner();
    built.currentPartition(THREE);
    const places = [199, 1, 1].map((bytes) => {
      built.updatePartitionInfo(bytes, THREE, false);
      return built.currentPartition(THREE);
    });
    expect(places, "after 199, 200 and 201 bytes").toEqual([0, 1, 1]);
  });

  test("2.6 updatePartitionInfo: partitions without a leader are not chosen", () => {
    const cluster = clusterOf({ orders: [0, null, 2] });
    const built = partitioner(new SeededRandom(1));
    const chosen = new Set<number>();
    for (let i = 0; i < 50; i++) {
      chosen.add(built.currentPartition(cluster));
      built.updatePartitionInfo(100, cluster);
    }
    expect([...chosen].sort()).toEqual([0, 2]);
  });

  test("2.6 currentPartition: a topic whose partitions all lack a leader still gets one", () => {
    expect(partitioner().currentPartition(clusterOf({ orders: [null] }))).toBe(0);
  });

  test("2.6 updatePartitionInfo: each stay is as short as batch.size allows, whatever the records' sizes [I4]", () => {
    property([fc.array(fc.integer({ min: 1, max: 150 }), { minLength: 1, maxLength: 60 })], (sizes) => {
      const built = partitioner();
      let stay = { partition: 0, bytes: 0 };
      for (const size of sizes) {
        const partition = built.currentPartition(THREE);
        const moved = partition !== stay.partition;
        expect(moved, `after ${stay.bytes} bytes for partition ${stay.partition}`).toBe(stay.bytes >= 100);
        stay = { partition, bytes: (moved ? 0 : stay.bytes) + size };
        built.updatePartitionInfo(size, THREE);
      }
    });
  });

  test("given: a sticky batch size below 1 is refused", () => {
    for (const size of [0, -1, Number.NaN]) {
      expect(() => new BuiltInPartitioner("orders", size, inTurn())).toThrow(
        `Expected a sticky batch size of at least 1, got ${size}.`,
      );
    }
    expect(new BuiltInPartitioner("orders", 1, inTurn()).topic).toBe("orders");
  });
});

/** How often each of `count` partitions is chosen in `draws` draws. */
function frequencies(built: BuiltInPartitioner, count: number, draws: number): number[] {
  const cluster = clusterOf({ orders: Array.from({ length: count }, () => 0) });
  const chosen = new Array<number>(count).fill(0);
  for (let i = 0; i < draws; i++) chosen[built.nextPartition(cluster)]! += 1;
  return chosen;
}

describe("adaptive", () => {
  test("2.7 partitionOfDraw: the first entry that is larger than the draw", () => {
    const stats = { cumulativeWeights: [4, 5, 8], partitionIds: [0, 1, 2] };
    expect([0, 1, 2, 3, 4, 5, 6, 7].map((draw) => partitionOfDraw(stats, draw))).toEqual([0, 0, 0, 0, 1, 2, 2, 2]);
  });

  test("2.7 partitionOfDraw: the answer is the partition's number, not the entry's", () => {
    const stats = { cumulativeWeights: [1, 3], partitionIds: [5, 9] };
    expect([0, 1, 2].map((draw) => partitionOfDraw(stats, draw))).toEqual([5, 9, 9]);
  });

  test("2.7 partitionOfDraw: each partition stands for as many draws as its weight", () => {
    property([fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 12 })], (weights) => {
      let sum = 0;
      const cumulativeWeights = weights.map((weight) => (sum += weight));
      const stats = { cumulativeWeights, partitionIds: weights.map((_, i) => i) };
      const counts = weights.map(() => 0);
      for (let draw = 0; draw < sum; draw++) counts[partitionOfDraw(stats, draw)]! += 1;
      expect(counts).toEqual(weights);
    });
  });

  test("2.7 updatePartitionLoadStats: the longest queue weighs 1, an empty one the most [I5]", () => {
    const built = partitioner();
    built.updatePartitionLoadStats([0, 3, 1], [0, 1, 2], 3);
    expect(built.loadStats).toEqual({ cumulativeWeights: [4, 5, 8], partitionIds: [0, 1, 2] });
  });

  test("2.7 updatePartitionLoadStats: partitions are chosen the more often the shorter their queues are [I5]", () => {
    const built = partitioner();
    built.updatePartitionLoadStats([5, 0, 3, 0, 1], [0, 1, 2, 3, 4], 5);
    expect(frequencies(built, 5, 2 * 21)).toEqual([2, 12, 6, 12, 10]);
  });

  test("2.7 updatePartitionLoadStats: queues that are equally long have no effect", () => {
    const built = partitioner();
    built.updatePartitionLoadStats([7, 7, 7], [0, 1, 2], 3);
    expect(built.loadStats).toBeNull();
    built.updatePartitionLoadStats([0, 3, 1], [0, 1, 2], 3);
    built.updatePartitionLoadStats([3, 3, 3], [0, 1, 2], 3);
    expect(built.loadStats, "equal again").toBeNull();
  });

  test("2.7 updatePartitionLoadStats: partitions that are left out are not chosen [I5]", () => {
    const built = partitioner();
    built.updatePartitionLoadStats([2, 4, 9], [0, 2, 1], 2);
    expect(built.loadStats).toEqual({ cumulativeWeights: [3, 4], partitionIds: [0, 2] });
    expect(frequencies(built, 3, 40)).toEqual([30, 0, 10]);
  });

  test("2.7 updatePartitionLoadStats: also when those that are left have queues of one length [I5]", () => {
    const built = partitioner();
    built.updatePartitionLoadStats([1, 1, 0], [0, 2, 0], 2);
    expect(frequencies(built, 3, 40)).toEqual([20, 0, 20]);
  });

  test("2.7 updatePartitionLoadStats: a single partition that is left gets everything", () => {
    const built = partitioner();
    built.updatePartitionLoadStats([3, 0], [1, 0], 1);
    expect(frequencies(built, 2, 10)).toEqual([0, 10]);
  });

  test("2.7 updatePartitionLoadStats: when none is left, all are equally likely again", () => {
    const built = partitioner();
    built.updatePartitionLoadStats([0, 3, 1], [0, 1, 2], 3);
    built.updatePartitionLoadStats([0, 0, 0], [0, 0, 0], 0);
    expect(frequencies(built, 3, 30)).toEqual([10, 10, 10]);
  });

  test("2.7 updatePartitionLoadStats: a topic with one partition needs no weights", () => {
    const built = partitioner();
    built.updatePartitionLoadStats([3], [0], 1);
    expect(built.loadStats).toBeNull();
  });

  test("2.7 updatePartitionLoadStats: nothing known, all are equally likely again", () => {
    const built = partitioner();
    built.updatePartitionLoadStats([0, 3, 1], [0, 1, 2], 3);
    built.updatePartitionLoadStats(null, [], 0);
    expect(frequencies(built, 3, 30)).toEqual([10, 10, 10]);
  });

  test("2.7 updatePartitionLoadStats: the arrays stay the caller's", () => {
    const built = partitioner();
    const [sizes, ids] = [[0, 3, 1], [0, 1, 2]];
    built.updatePartitionLoadStats(sizes, ids, 3);
    sizes.fill(9);
    ids.fill(9);
    expect(built.loadStats).toEqual({ cumulativeWeights: [4, 5, 8], partitionIds: [0, 1, 2] });
  });

  test("2.7 updatePartitionLoadStats: the sticky partition stays sticky", () => {
    const built = partitioner();
    const before = built.currentPartition(THREE);
    built.updatePartitionLoadStats([9, 0, 0], [0, 1, 2], 3);
    expect(built.currentPartition(THREE)).toBe(before);
    built.updatePartitionInfo(100, THREE);
    const after = built.currentPartition(THREE);
    expect(after !== before, `partition ${after} after ${before} is another one`).toBe(true);
  });
});
