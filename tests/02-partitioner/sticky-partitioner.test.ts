import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Cluster } from "#ground/cluster";
import { SeededRandom } from "#ground/sim/seeded-random";
import { StickyPartitioner } from "#partitioner/sticky-partitioner";
import { clusterOf } from "../support/clusters.ts";
import { property } from "../support/property.ts";

const FIVE = clusterOf({ orders: [0, 1, 2, 0, 1] });

const sticky = (seed = 1): StickyPartitioner => new StickyPartitioner(new SeededRandom(seed));

/** The partition for a record of `topic` without a key. */
function without(partitioner: StickyPartitioner, cluster: Cluster, topic = "orders"): number {
  return partitioner.partition(topic, null, null, null, null, cluster);
}

/** Lets the sticky partition's batch be full; returns the partition that comes next. */
function afterFullBatch(partitioner: StickyPartitioner, cluster: Cluster): number {
  partitioner.onNewBatch("orders", cluster, without(partitioner, cluster));
  return without(partitioner, cluster);
}

describe("sticky", () => {
  test("2.5 partition: records without a key stay with one partition", () => {
    const partitioner = sticky();
    const first = without(partitioner, FIVE);
    const more = Array.from({ length: 50 }, () => without(partitioner, FIVE));
    expect(more.filter((partition) => partition !== first), `not ${first}`).toEqual([]);
  });

  test("2.5 partition: partition 0 is one to stay with, like any other", () => {
    const draws = [0, 1, 2, 3];
    const partitioner = new StickyPartitioner(Object.assign(new SeededRandom(1), { int: () => draws.shift()! }));
    expect([1, 2, 3].map(() => without(partitioner, FIVE))).toEqual([0, 0, 0]);
  });

  test("2.5 partition: which one it is, chance decides", () => {
    const chosen = new Set(Array.from({ length: 100 }, (_, seed) => without(sticky(seed), FIVE)));
    expect([...chosen].sort()).toEqual([0, 1, 2, 3, 4]);
  });

  test("2.5 partition: a record with a key goes where its key belongs, and an empty key is a key [I1]", () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const partitioner = sticky(seed);
      const at = (key: Uint8Array): number => partitioner.partition("orders", null, key, null, null, FIVE);
      expect([at(Buffer.from("tango-5596")), at(Buffer.from("alpha-4736")), at(new Uint8Array(0))]).toEqual([3, 1, 1]);
    }
  });

  test("2.5 partition: a key decides among all partitions, also those without a leader [I1]", () => {
    const cluster = clusterOf({ orders: [0, 1, null, null, 1] });
    const at = (key: string): number => sticky().partition("orders", null, Buffer.from(key), null, null, cluster);
    expect(["tango-5596", "alpha-4736", ""].map(at)).toEqual([3, 1, 1]);
  });

  test("2.5 partition: each topic sticks to a partition of its own", () => {
    const cluster = clusterOf({ orders: [0, 1, 2, 3, 4], clicks: [null, null, null, null, null, 5] });
    const partitioner = sticky();
    const orders = without(partitioner, cluster);
    expect(orders).toBeLessThan(5);
    expect(without(partitioner, cluster, "clicks")).toBe(5);
    partitioner.onNewBatch("clicks", cluster, 5);
    expect(without(partitioner, cluster)).toBe(orders);
  });

  test("2.5 partition: when the topic is made anew with fewer partitions, it moves to one that there is", () => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const partitioner = sticky(seed);
      without(partitioner, FIVE);
      const [first, second] = [1, 2].map(() => without(partitioner, clusterOf({ orders: [0, 1] })));
      expect(first, `of two partitions, after five, with seed ${seed}`).toBeLessThan(2);
      expect(second).toBe(first);
    }
  });

  test("2.5 onNewBatch: the next batch goes to another partition, never the same again", () => {
    property([fc.integer()], (seed) => {
      const partitioner = sticky(seed);
      for (let i = 0; i < 20; i++) {
        const before = without(partitioner, FIVE);
        const after = afterFullBatch(partitioner, FIVE);
        expect(after !== before, `partition ${after} after ${before} is another one`).toBe(true);
      }
    });
  });

  test("2.5 onNewBatch: all other partitions are likely to be next", () => {
    const next = new Map<number, Set<number>>();
    const partitioner = sticky();
    for (let i = 0; i < 300; i++) {
      const before = without(partitioner, FIVE);
      const seen = next.get(before) ?? new Set();
      next.set(before, seen.add(afterFullBatch(partitioner, FIVE)));
    }
    expect([...next.values()].map(({ size }) => size), "different partitions after each of the five").toEqual(
      [4, 4, 4, 4, 4],
    );
  });

  test("2.5 onNewBatch: a batch that a record with a key has opened changes nothing", () => {
    const partitioner = sticky();
    const before = without(partitioner, FIVE);
    for (const other of [0, 1, 2, 3, 4].filter((partition) => partition !== before)) {
      partitioner.onNewBatch("orders", FIVE, other);
      expect(without(partitioner, FIVE), `after a new batch for ${other}`).toBe(before);
    }
  });

  test("2.5 onNewBatch: partitions without a leader are not chosen", () => {
    const cluster = clusterOf({ orders: [null, 1, null, 3, null] });
    const partitioner = sticky();
    const chosen = new Set(Array.from({ length: 30 }, () => afterFullBatch(partitioner, cluster)));
    expect([...chosen].sort()).toEqual([1, 3]);
  });

  test("2.5 onNewBatch: without any leader it still moves on", () => {
    const cluster = clusterOf({ orders: [null, null, null] });
    const partitioner = sticky();
    const before = without(partitioner, cluster);
    const after = afterFullBatch(partitioner, cluster);
    expect(after !== before, `partition ${after} after ${before} is another one`).toBe(true);
  });

  test("2.5 onNewBatch: with a single partition it stays, and comes to an end", () => {
    const cluster = clusterOf({ orders: [0] });
    expect(afterFullBatch(sticky(), cluster)).toBe(0);
  });

  test("2.5 onNewBatch: where no other partition has a leader it stays", () => {
    expect(afterFullBatch(sticky(), clusterOf({ orders: [null, 1, null] }))).toBe(1);
  });

  test("2.5 onNewBatch: when the sticky partition has lost its leader, the one that has one is next", () => {
    const partitioner = sticky();
    const before = without(partitioner, clusterOf({ orders: [0, 1] }));
    const other = 1 - before;
    const left = clusterOf({ orders: before === 0 ? [null, 1] : [0, null] });
    expect(afterFullBatch(partitioner, left)).toBe(other);
  });
});
