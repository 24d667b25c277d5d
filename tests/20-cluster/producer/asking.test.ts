/** What a producer asks of its brokers before it can send: see metrics.test.ts for why here. */
import { describe, expect, test } from "vitest";
import { ended, producerIn, settled, toFirst } from "../../04-sender/fixtures.ts";
import { FakeCluster } from "../../support/fake-cluster.ts";
import { withSim } from "../../support/sim.ts";

describe("asking for metadata", () => {
  test("one request at a time, for all topics that are wanted by then", async () => {
    await withSim(1, async (world) => {
      const topics = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`t${i}`, [1]]));
      const cluster = await FakeCluster.start(world, [1], topics);
      const { producer } = producerIn(world);
      const all = Object.keys(topics).map((topic) => producer.partitionsFor(topic));
      await settled(world, Promise.all(all));
      expect(cluster.metadataRequests.length).toBeLessThanOrEqual(2);
      await ended(world, producer);
    });
  });

  test("waits longer and longer when nothing comes of it", async () => {
    await withSim(1, async (world) => {
      const cluster = await FakeCluster.start(world, [1], { orders: [1] });
      cluster.metadataError = "UNKNOWN_SERVER_ERROR";
      const config = { "retry.backoff.ms": 100, "retry.backoff.max.ms": 1_000 };
      const { producer } = producerIn(world, config);
      const known = producer.partitionsFor("orders");
      await world.run(10_000);
      // 100, 200, 400, 800, 1,000, … ms, a fifth more or less.
      expect(cluster.metadataRequests.length).toBeGreaterThan(8);
      expect(cluster.metadataRequests.length).toBeLessThan(20);
      cluster.metadataError = null;
      expect(await settled(world, known)).toHaveLength(1);
      await ended(world, producer);
    });
  });

  test("of the first addresses again, when all that is known has died", async () => {
    for (const strategy of ["rebootstrap", "none"]) {
      await withSim(1, async (world) => {
        const cluster = await FakeCluster.start(world, [1, 2], { orders: [1] });
        const config = { "bootstrap.servers": "broker-1:9092,broker-3:9092", "metadata.recovery.strategy": strategy };
        const { producer, unheard } = producerIn(world, { ...config, "delivery.timeout.ms": 60_000 });
        await settled(world, producer.partitionsFor("orders"));
        for (const broker of [1, 2]) cluster.crash(broker);
        await cluster.startBroker(3);
        cluster.elect("orders", 0, 3);
        producer.send(toFirst("found"));
        await world.run(70_000);
        expect(cluster.values("orders", 0)).toEqual(strategy === "none" ? [] : ["found"]);
        expect(unheard).toHaveLength(strategy === "none" ? 1 : 0);
        await settled(world, producer.close(0));
      });
    }
  });

  test("of the first addresses again, when a broker says so", async () => {
    await withSim(1, async (world) => {
      const cluster = await FakeCluster.start(world, [1, 2], { orders: [2] });
      const { producer } = producerIn(world, { "metadata.max.age.ms": 1_000 });
      await settled(world, producer.send(toFirst("a")));
      cluster.crash(1);
      await world.run(3_000);
      await cluster.startBroker(1);
      cluster.metadataRequests.length = 0;
      await world.run(3_000);
      // Connected to broker 2, it needs no other.
      expect(new Set(cluster.metadataRequests)).toEqual(new Set([2]));
      cluster.metadataError = "REBOOTSTRAP_REQUIRED";
      await world.run(3_000);
      expect(cluster.metadataRequests.at(-1)).toBe(1);
      cluster.metadataError = null;
      await settled(world, producer.send(toFirst("b")));
      await ended(world, producer);
    });
  });

  test("of another broker, when the one that was asked dies", async () => {
    await withSim(1, async (world) => {
      const cluster = await FakeCluster.start(world, [1, 2], { orders: [1, 2] });
      const { producer } = producerIn(world, { "bootstrap.servers": "broker-1:9092,broker-2:9092" });
      const known = producer.partitionsFor("orders");
      await world.runUntil(() => cluster.metadataRequests.length === 1, 5_000);
      cluster.crash(cluster.metadataRequests[0]!);
      expect(await settled(world, known, 5_000)).toHaveLength(2);
      expect(new Set(cluster.metadataRequests)).toEqual(new Set([1, 2]));
      await ended(world, producer);
    });
  });
});

describe("asking for a producer id", () => {
  test("again and again while it may come, one request at a time", async () => {
    await withSim(1, async (world) => {
      const cluster = await FakeCluster.start(world, [1], { orders: [1] });
      cluster.producerIdError = "COORDINATOR_LOAD_IN_PROGRESS";
      const { producer } = producerIn(world, { "enable.idempotence": true, "retry.backoff.max.ms": 1_000 });
      const sent = producer.send(toFirst("a"));
      await world.run(5_000);
      expect(cluster.producerIdRequests).toBeGreaterThan(4);
      expect(cluster.producerIdRequests).toBeLessThan(14);
      cluster.producerIdError = null;
      await settled(world, sent);
      expect(cluster.seen[0]!.batches[0]).toMatchObject({ producerId: 1000, baseSequence: 0 });
      const asked = cluster.producerIdRequests;
      await settled(world, producer.send(toFirst("b")));
      expect(cluster.producerIdRequests).toBe(asked);
      await ended(world, producer);
    });
  });

  test("once, when it will never come", async () => {
    await withSim(1, async (world) => {
      const cluster = await FakeCluster.start(world, [1], { orders: [1] });
      cluster.producerIdError = "CLUSTER_AUTHORIZATION_FAILED";
      const { producer } = producerIn(world, { "enable.idempotence": true });
      await expect(settled(world, producer.send(toFirst("a")))).rejects.toMatchObject({
        code: "CLUSTER_AUTHORIZATION_FAILED",
      });
      await world.run(5_000);
      expect(cluster.producerIdRequests).toBe(1);
      await ended(world, producer);
    });
  });
});
