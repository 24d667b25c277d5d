import { describe, expect, test } from "vitest";
import { type Cluster } from "#ground/cluster";
import { partitionForKey } from "#partitioner/partition-for-key";
import { checkPartition, PartitionChooser, UNKNOWN_PARTITION } from "#partitioner/partition-chooser";
import { type Partitioner } from "#partitioner/given/partitioner";
import golden from "../golden/partitioner.json" with { type: "json" };
import { clusterOf } from "../support/clusters.ts";

/** A partitioner that always chooses the same, and remembers what it was asked. */
class Always implements Partitioner {
  readonly asked: unknown[][] = [];
  readonly #choice: number;

  constructor(choice: number) {
    this.#choice = choice;
  }

  configure(): void {}

  partition(...args: unknown[]): number {
    this.asked.push(args);
    return this.#choice;
  }

  close(): void {}
}

const KEY = Buffer.from("tango-5596");
const EMPTY = new Uint8Array(0);
const REFUSED = expect.objectContaining({ code: "UNKNOWN_TOPIC_OR_PARTITION" });
/** Six partitions, the last three without a leader. */
const CLUSTER = clusterOf({ orders: [0, 1, 2, null, null, null] });

/** What is chosen for a record of topic `orders` with this key. */
function chosen(
  keyBytes: Uint8Array | null,
  { partition, partitioner = null, ignoreKeys = false, cluster = CLUSTER }: {
    partition?: number | null;
    partitioner?: Partitioner | null;
    ignoreKeys?: boolean;
    cluster?: Cluster;
  } = {},
): number {
  const chooser = new PartitionChooser(partitioner, ignoreKeys);
  return chooser.choose({ topic: "orders", partition, key: "the key", value: "the value" }, keyBytes, EMPTY, cluster);
}

describe("by key", () => {
  test("2.3 partitionForKey: is Apache Kafka's for every key and number of partitions [I1]", () => {
    for (const { keyHex, partition } of golden.rows) {
      for (const [count, wanted] of Object.entries(partition)) {
        const got = partitionForKey(Buffer.from(keyHex, "hex"), Number(count));
        expect(got, `key ${keyHex} among ${count} partitions`).toBe(wanted);
      }
    }
  });

  test("2.3 partitionForKey: a key whose hash is negative gets a partition, too", () => {
    expect(partitionForKey(Buffer.from("124f62", "hex"), 50)).toBe(22); // its hash is −545776926
  });

  test("2.3 partitionForKey: an empty key is a key", () => {
    expect(partitionForKey(EMPTY, 50)).toBe(31);
  });

  test("2.3 choose: a key decides among all partitions, also those without a leader [I1]", () => {
    expect(partitionForKey(KEY, 6)).toBe(1);
    expect(partitionForKey(EMPTY, 6)).toBe(3); // has no leader here, and stays the key's partition
    expect([chosen(KEY), chosen(EMPTY)]).toEqual([1, 3]);
  });

  test("2.3 choose: the same key gets the same partition whichever brokers are down [I1]", () => {
    const leaders = [0, 1, 2, 0, 1, 2];
    const before = chosen(KEY, { cluster: clusterOf({ orders: leaders }) });
    for (const down of [0, 1, 2]) {
      const cluster = clusterOf({ orders: leaders.map((leader) => (leader === down ? null : leader)) });
      expect(chosen(KEY, { cluster }), `with broker ${down} down`).toBe(before);
    }
  });

  test("2.3 choose: an empty key is a key, no key is none [I2]", () => {
    const one = clusterOf({ orders: [0] });
    expect(chosen(EMPTY, { cluster: one })).toBe(0);
    expect(chosen(null, { cluster: one })).toBe(UNKNOWN_PARTITION);
  });

  test("2.3 choose: with partitioner.ignore.keys a key decides nothing", () => {
    expect(chosen(KEY, { ignoreKeys: true })).toBe(UNKNOWN_PARTITION);
  });
});

describe("by the user", () => {
  test("2.3 choose: the record's own partition wins over its key, also partition 0 [I3]", () => {
    expect(chosen(KEY, { partition: 5 })).toBe(5);
    expect(chosen(KEY, { partition: 0 })).toBe(0);
    expect(chosen(KEY, { partition: null })).toBe(1);
  });

  test("2.3 choose: the record's own partition wins over a partitioner, which is not even asked [I3]", () => {
    const partitioner = new Always(2);
    expect(chosen(KEY, { partition: 4, partitioner })).toBe(4);
    expect(partitioner.asked).toEqual([]);
  });

  test("2.3 choose: a partitioner wins over the key, and over partitioner.ignore.keys", () => {
    expect(chosen(KEY, { partitioner: new Always(4) })).toBe(4);
    expect(chosen(null, { partitioner: new Always(0), ignoreKeys: true })).toBe(0);
  });

  test("2.3 choose: a partitioner is told topic, key and value, as given and as bytes, and the cluster", () => {
    const partitioner = new Always(2);
    const told = {
      topic: "orders",
      key: "the key", keyBytes: "tango-5596", value: "the value", valueBytes: "",
      cluster: "the cluster",
    };
    const text = (bytes: unknown): unknown => (bytes instanceof Uint8Array ? Buffer.from(bytes).toString() : bytes);
    const heard = (): unknown => {
      const [topic, key, keyBytes, value, valueBytes, cluster] = partitioner.asked.pop()!;
      const which = cluster === CLUSTER ? "the cluster" : cluster;
      return { topic, key, keyBytes: text(keyBytes), value, valueBytes: text(valueBytes), cluster: which };
    };
    chosen(KEY, { partitioner });
    expect(heard()).toEqual(told);
    chosen(KEY, { partitioner, ignoreKeys: true });
    expect(heard(), "partitioner.ignore.keys hides nothing from it").toEqual(told);
  });

  test("2.3 choose: a partition that the topic doesn't have is refused [I3]", () => {
    for (const partition of [-1, 6, 1000, 0.5, Number.NaN]) {
      expect(() => chosen(KEY, { partition }), `partition ${partition}`).toThrow(REFUSED);
    }
  });

  test("2.3 choose: a partitioner that chooses what the topic doesn't have is refused [I3]", () => {
    for (const partition of [-1, 6]) {
      const partitioner = new Always(partition);
      expect(() => chosen(null, { partitioner }), `partition ${partition}`).toThrow(REFUSED);
    }
  });
});

describe("the check", () => {
  test("given: says who wants which partition of how many", () => {
    expect(checkPartition("orders", 5, 6, "The record asks for")).toBe(5);
    expect(() => checkPartition("orders", 6, 6, "The record asks for")).toThrow(
      "The record asks for partition 6 of orders, which has 6: expected 0 to 5.",
    );
  });
});
