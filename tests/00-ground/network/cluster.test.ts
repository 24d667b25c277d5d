import { describe, expect, test } from "vitest";
import { Cluster, type Node, type PartitionInfo } from "#ground/cluster";

const NODES: Node[] = [1, 2, 3].map((id) => ({ id, host: `broker-${id}`, port: 9092, rack: null }));
const ORDERS_ID = new Uint8Array(16).fill(7);

function partition(topic: string, number: number, leader: Node | null): PartitionInfo {
  return {
    topic, partition: number, leader, leaderEpoch: 5, replicas: NODES, inSyncReplicas: NODES, offlineReplicas: [],
  };
}

const cluster = new Cluster({
  clusterId: "c",
  nodes: NODES,
  controller: NODES[2]!,
  partitions: [
    partition("orders", 2, NODES[0]!),
    partition("orders", 0, NODES[1]!),
    partition("orders", 1, null),
    partition("clicks", 3, NODES[0]!),
  ],
  topicIds: new Map([["orders", ORDERS_ID]]),
  internalTopics: ["__consumer_offsets"],
});

describe("Cluster", () => {
  test("partitions come by number, in whatever order they were given", () => {
    expect(cluster.partitionsForTopic("orders").map((info) => info.partition)).toEqual([0, 1, 2]);
    expect(cluster.partitionCountForTopic("orders")).toBe(3);
  });

  test("a partition without a leader is a partition, but not available", () => {
    expect(cluster.availablePartitionsForTopic("orders").map((info) => info.partition)).toEqual([0, 2]);
    expect(cluster.leaderFor("orders", 1)).toBeNull();
    expect(cluster.leaderFor("orders", 2)).toBe(NODES[0]);
    expect(cluster.leaderFor("orders", 3)).toBeUndefined();
  });

  test("a partition is found by its number, also when those before it are not known", () => {
    expect(cluster.partition("clicks", 3)?.leader).toBe(NODES[0]);
    expect(cluster.partition("clicks", 0)).toBeUndefined();
  });

  test("nodes are found by id, with what they lead", () => {
    expect(cluster.nodeById(3)?.host).toBe("broker-3");
    expect(cluster.nodeById(4)).toBeUndefined();
    const led = cluster.partitionsForNode(1).map((info) => `${info.topic}-${info.partition}`);
    expect(led).toEqual(["orders-2", "clicks-3"]);
    expect(cluster.partitionsForNode(3)).toEqual([]);
  });

  test("topics are found by name and by id", () => {
    expect(cluster.topics).toEqual(["orders", "clicks"]);
    expect(cluster.topicId("orders")).toBe(ORDERS_ID);
    expect(cluster.topicName(Uint8Array.from(ORDERS_ID))).toBe("orders");
    expect(cluster.topicName(new Uint8Array(16))).toBeUndefined();
    expect(cluster.internalTopics.has("__consumer_offsets")).toBe(true);
  });

  test("what is not known is not there", () => {
    const empty = Cluster.empty();
    expect(empty.partitionsForTopic("orders")).toEqual([]);
    expect(empty.partitionCountForTopic("orders")).toBeUndefined();
    expect([empty.controller, empty.clusterId]).toEqual([null, null]);
  });

  test("bootstrap addresses are nodes with negative ids", () => {
    const addresses = [{ host: "a", port: 1 }, { host: "b", port: 2 }];
    expect(Cluster.bootstrap(addresses).nodes.map(({ id, host }) => [id, host])).toEqual([[-1, "a"], [-2, "b"]]);
  });
});
