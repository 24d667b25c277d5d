import { describe, expect, test, vi } from "vitest";
import { type Cluster } from "#ground/cluster";
import { RoundRobinPartitioner } from "#partitioner/round-robin-partitioner";
import { clusterOf } from "../support/clusters.ts";

/** The partitions of the next `count` records of a topic. */
function next(
  partitioner: RoundRobinPartitioner,
  topic: string,
  cluster: Cluster,
  count: number,
  key: Uint8Array | null = null,
): number[] {
  return Array.from({ length: count }, () => partitioner.partition(topic, null, key, null, null, cluster));
}

/**
 * Moves the number on that a partitioner keeps for `orders`, as if it had been asked so often; does nothing when what
 * it keeps is no count of records.
 */
function haveSeen(partitioner: RoundRobinPartitioner, cluster: Cluster, records: number): void {
  const spy = vi.spyOn(Map.prototype, "set");
  next(partitioner, "orders", cluster, 5);
  const { calls, contexts } = spy.mock;
  spy.mockRestore();
  const own = calls.findIndex(([key]) => key === "orders");
  const isCount = calls.filter(([key]) => key === "orders").map(([, value]) => value).join() === "1,2,3,4,5";
  if (isCount) (contexts[own] as Map<unknown, unknown>).set("orders", records);
}

describe("round robin", () => {
  test("2.4 round robin: one partition after the other, from the first on, round and round", () => {
    const cluster = clusterOf({ orders: [0, 1, 2] });
    expect(next(new RoundRobinPartitioner(), "orders", cluster, 7)).toEqual([0, 1, 2, 0, 1, 2, 0]);
  });

  test("2.4 round robin: the key makes no difference", () => {
    const cluster = clusterOf({ orders: [0, 1, 2] });
    const partitioner = new RoundRobinPartitioner();
    expect(next(partitioner, "orders", cluster, 4, Buffer.from("the same"))).toEqual([0, 1, 2, 0]);
  });

  test("2.4 round robin: partitions without a leader are passed over", () => {
    const cluster = clusterOf({ orders: [null, 1, 2, null, 4] });
    expect(next(new RoundRobinPartitioner(), "orders", cluster, 6)).toEqual([1, 2, 4, 1, 2, 4]);
  });

  test("2.4 round robin: when one partition has a leader, it has every turn", () => {
    const cluster = clusterOf({ orders: [null, 1, null] });
    expect(next(new RoundRobinPartitioner(), "orders", cluster, 4)).toEqual([1, 1, 1, 1]);
  });

  test("2.4 round robin: when no partition has a leader, all of them have their turn", () => {
    const cluster = clusterOf({ orders: [null, null] });
    expect(next(new RoundRobinPartitioner(), "orders", cluster, 4)).toEqual([0, 1, 0, 1]);
  });

  test("2.4 round robin: goes on after two billion records", () => {
    const cluster = clusterOf({ orders: [0, 1, 2] });
    for (const records of [2 ** 31 - 2, 2 ** 32 - 2]) {
      const partitioner = new RoundRobinPartitioner();
      haveSeen(partitioner, cluster, records);
      const got = next(partitioner, "orders", cluster, 6);
      expect([...got].sort(), `after ${records} records`).toEqual([0, 0, 1, 1, 2, 2]);
    }
  });

  test("2.4 round robin: each topic has a turn of its own", () => {
    const cluster = clusterOf({ orders: [0, 1, 2], clicks: [0, 1] });
    const partitioner = new RoundRobinPartitioner();
    const one = (topic: string): number => next(partitioner, topic, cluster, 1)[0]!;
    expect(["orders", "clicks", "orders", "clicks", "clicks", "orders"].map(one)).toEqual([0, 0, 1, 1, 0, 2]);
  });

  test("2.4 round robin: all partitions get as many records", () => {
    const cluster = clusterOf({ orders: [0, 1, 2, 0, 1] });
    const got = next(new RoundRobinPartitioner(), "orders", cluster, 500);
    expect([0, 1, 2, 3, 4].map((id) => got.filter((partition) => partition === id).length)).toEqual(
      [100, 100, 100, 100, 100],
    );
  });

  test("2.4 round robin: when partitions are added, all have their turn, the new ones, too", () => {
    const partitioner = new RoundRobinPartitioner();
    expect(next(partitioner, "orders", clusterOf({ orders: [0, 1] }), 3)).toEqual([0, 1, 0]);
    const got = next(partitioner, "orders", clusterOf({ orders: [0, 1, 2, 3] }), 8);
    expect(got.slice(4), "the second round is like the first").toEqual(got.slice(0, 4));
    expect(got.slice(0, 4).sort()).toEqual([0, 1, 2, 3]);
  });

  test("2.4 round robin: also when partitions lose their leaders, those that are left have theirs", () => {
    const partitioner = new RoundRobinPartitioner();
    next(partitioner, "orders", clusterOf({ orders: [0, 1, 2, 0] }), 4 + 3);
    const got = next(partitioner, "orders", clusterOf({ orders: [0, null, 2, null] }), 4);
    expect([got[0] === got[1], got.slice(0, 2).sort(), got.slice(2)]).toEqual([false, [0, 2], got.slice(0, 2)]);
  });
});
