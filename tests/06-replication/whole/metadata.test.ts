import { describe, expect, test } from "vitest";
import { MetadataImage, metadataDelta } from "#replication";
import { image, partition, topic } from "../images.ts";

describe("MetadataImage", () => {
  test("given: a later controller's image is newer, whatever its version", () => {
    const first = image(9);
    const second = new MetadataImage({ ...first, controllerEpoch: 2, version: 0 });
    expect(second.isNewerThan(first)).toBe(true);
    expect(first.isNewerThan(second)).toBe(false);
  });

  test("given: of one controller's images the later one is newer, and none is newer than itself", () => {
    expect(image(2).isNewerThan(image(1))).toBe(true);
    expect(image(1).isNewerThan(image(2))).toBe(false);
    expect(image(1).isNewerThan(image(1))).toBe(false);
  });

  test("given: every controller's image is newer than the empty one", () => {
    expect(image(0).isNewerThan(MetadataImage.empty("c"))).toBe(true);
  });

  test("given: topics are found by name and by id", () => {
    const orders = topic("orders", 7);
    expect(image(0, orders, topic("clicks", 8)).topicById(new Uint8Array(16).fill(7))).toBe(orders);
    expect(image(0, orders).topicById(new Uint8Array(16).fill(9))).toBeUndefined();
    expect(image(0, orders).partition("orders", 1)).toBeUndefined();
  });

  test("given: the next image has the changes, the next version, and leaves the old one as it was", () => {
    const old = image(3, topic("orders", 1));
    const next = old.next({ topics: new Map() });
    expect(next).toMatchObject({ version: 4, controllerEpoch: 1, clusterId: "test-cluster" });
    expect(next.topics.size).toBe(0);
    expect(old.topics.size).toBe(1);
  });
});

describe("metadataDelta", () => {
  test("given: a new topic is all its partitions", () => {
    const orders = topic("orders", 1, [partition([1]), partition([2])]);
    const { changedPartitions, deletedTopics } = metadataDelta(image(0), image(1, orders));
    const told = changedPartitions.map(({ topic: { name }, index }) => [name, index]);
    expect(told).toEqual([["orders", 0], ["orders", 1]]);
    expect(deletedTopics).toEqual([]);
  });

  test("given: an untouched topic is nothing, also when it is another object", () => {
    const delta = metadataDelta(image(0, topic("orders", 1)), image(1, topic("orders", 1)));
    expect(delta).toEqual({ deletedTopics: [], changedPartitions: [], changedConfigs: [] });
  });

  test("given: only partitions whose epoch has grown are told", () => {
    const before = topic("orders", 1, [partition([1]), partition([1])]);
    const after = topic("orders", 1, [partition([1]), partition([1], { leaderEpoch: 1, partitionEpoch: 1 })]);
    const { changedPartitions } = metadataDelta(image(0, before), image(1, after));
    expect(changedPartitions.map(({ index }) => index)).toEqual([1]);
  });

  test("given: a topic that was deleted and made again is deleted and new", () => {
    const [before, after] = [image(0, topic("orders", 1)), image(5, topic("orders", 2))];
    const { deletedTopics, changedPartitions } = metadataDelta(before, after);
    expect(deletedTopics.map(({ topicId }) => topicId[0])).toEqual([1]);
    expect(changedPartitions.map(({ topic: { topicId } }) => topicId[0])).toEqual([2]);
  });

  test("given: other settings of a topic are told", () => {
    const before = topic("orders", 1);
    const after = { ...before, configs: { "retention.ms": "1000" } };
    expect(metadataDelta(image(0, before), image(1, after)).changedConfigs).toEqual([after]);
    expect(metadataDelta(image(0, after), image(1, before)).changedConfigs).toEqual([before]);
  });
});
