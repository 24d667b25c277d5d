import { describe, expect, test } from "vitest";
import { parseBrokerConfig } from "#ground/config/broker-config";
import { type NewTopic, planMorePartitions, planTopic } from "#replication";
import { image, partition, topic } from "../images.ts";

const ID = new Uint8Array(16).fill(9);
const { config } = parseBrokerConfig({
  "num.partitions": 4,
  "default.replication.factor": 2,
  listeners: "PLAINTEXT://:0",
});

function plan(changes: Partial<NewTopic>, existing = image(0)) {
  const wanted = { name: "orders", numPartitions: 2, replicationFactor: 1, assignments: [], configs: {}, ...changes };
  return planTopic(wanted, ID, existing, config);
}

describe("planTopic", () => {
  test("given: leaders are spread over the brokers, followers beside them", () => {
    const { partitions } = plan({ numPartitions: 4, replicationFactor: 2 });
    expect(partitions.map(({ replicas }) => replicas)).toEqual([[1, 2], [2, 3], [3, 1], [1, 2]]);
    expect(partitions[1]).toMatchObject({ leader: 2, isr: [2, 3], leaderEpoch: 0, leaderBrokerEpoch: 102 });
  });

  test("given: -1 means the broker's default", () => {
    const { partitions } = plan({ numPartitions: -1, replicationFactor: -1 });
    expect(partitions).toHaveLength(4);
    expect(partitions[0]!.replicas).toHaveLength(2);
  });

  test("given: a manual assignment is taken as it is, in the order of the partitions", () => {
    const assignments = [{ partitionIndex: 1, brokerIds: [3, 1] }, { partitionIndex: 0, brokerIds: [2, 3] }];
    const { partitions } = plan({ numPartitions: -1, replicationFactor: -1, assignments });
    expect(partitions.map(({ replicas }) => replicas)).toEqual([[2, 3], [3, 1]]);
  });

  const assigned = (...lists: number[][]) => ({
    numPartitions: -1,
    replicationFactor: -1,
    assignments: lists.map((brokerIds, partitionIndex) => ({ partitionIndex, brokerIds })),
  });

  test.each<[string, Partial<NewTopic>, string, string]>([
    ["a name with a slash", { name: "a/b" }, "INVALID_TOPIC_EXCEPTION", "other than ASCII alphanumerics"],
    ["a name that leads out", { name: ".." }, "INVALID_TOPIC_EXCEPTION", "'..' is not allowed"],
    ["no name", { name: "" }, "INVALID_TOPIC_EXCEPTION", "empty string"],
    ["a long name", { name: "x".repeat(250) }, "INVALID_TOPIC_EXCEPTION", "longer than the max allowed length 249"],
    ["the log of the cluster's metadata", { name: "__cluster_metadata" }, "TOPIC_AUTHORIZATION_FAILED", ""],
    ["no partitions", { numPartitions: 0 }, "INVALID_PARTITIONS", "non-positive"],
    ["far too many", { numPartitions: 1_000_000 }, "INVALID_PARTITIONS", "at most"],
    ["too many replicas", { replicationFactor: 4 }, "INVALID_REPLICATION_FACTOR", "only 3 broker(s) are registered"],
    ["no replicas", { replicationFactor: 0 }, "INVALID_REPLICATION_FACTOR", "larger than 0"],
    ["an unknown setting", { configs: { "no.such": "1" } }, "INVALID_CONFIG", "Unknown topic config name: no.such"],
    ["a bad value", { configs: { "retention.ms": "abc" } }, "INVALID_CONFIG", "retention.ms"],
    ["an unknown broker", assigned([77]), "INVALID_REPLICA_ASSIGNMENT", "includes broker 77"],
    ["a broker twice", assigned([1, 1]), "INVALID_REPLICA_ASSIGNMENT", "more than once"],
    ["unequal assignments", assigned([1], [1, 2]), "INVALID_REPLICA_ASSIGNMENT", "different lengths"],
    ["an empty assignment", assigned([]), "INVALID_REPLICA_ASSIGNMENT", "empty replica list"],
    ["count and assignment", { ...assigned([1]), numPartitions: 1 }, "INVALID_REQUEST", "not set to -1"],
  ])("given: refuses %s", (_, changes, code, text) => {
    expect(() => plan(changes)).toThrow(expect.objectContaining({ code, message: expect.stringContaining(text) }));
  });

  test("given: refuses a topic that exists, and one whose name differs only in dots", () => {
    const existing = image(0, topic("a.b", 1));
    expect(() => plan({ name: "a.b" }, existing)).toThrow(expect.objectContaining({ code: "TOPIC_ALREADY_EXISTS" }));
    expect(() => plan({ name: "a_b" }, existing)).toThrow(
      expect.objectContaining({ code: "INVALID_TOPIC_EXCEPTION", message: expect.stringContaining("collides") }),
    );
  });
});

describe("planMorePartitions", () => {
  const orders = topic("orders", 1, [partition([1, 2]), partition([2, 3])]);
  const grow = (count: number, assignments: number[][] | null = null) =>
    planMorePartitions(orders, { name: "orders", count, assignments }, image(0, orders));

  test("given: the old ones stay, the new ones have as many replicas", () => {
    const { partitions } = grow(4);
    expect(partitions.slice(0, 2)).toEqual(orders.partitions);
    expect(partitions).toHaveLength(4);
    expect(partitions.every(({ replicas }) => replicas.length === 2)).toBe(true);
  });

  test("given: replicas may be chosen", () => {
    expect(grow(3, [[3, 1]]).partitions[2]).toMatchObject({ replicas: [3, 1], leader: 3 });
  });

  test.each<[string, number, number[][] | null, string]>([
    ["the same number", 2, null, "INVALID_PARTITIONS"],
    ["fewer", 1, null, "INVALID_PARTITIONS"],
    ["too few assignments", 4, [[1, 2]], "INVALID_REPLICA_ASSIGNMENT"],
    ["another number of replicas", 3, [[1]], "INVALID_REPLICA_ASSIGNMENT"],
  ])("given: refuses %s", (_, count, assignments, code) => {
    expect(() => grow(count, assignments)).toThrow(expect.objectContaining({ code }));
  });
});
