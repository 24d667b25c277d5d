/** A producer and its connections: see metrics.test.ts for why here. */
import { describe, expect, test } from "vitest";
import { Cluster } from "#ground/cluster";
import { Produce } from "#ground/protocol/messages/00-produce";
import { type SimWorld } from "#ground/sim/sim-world";
import { withNamedLeaders } from "#sender/given/named-leaders";
import { ended, producerIn, settled, started, toFirst } from "../../04-sender/fixtures.ts";
import { FakeCluster } from "../../support/fake-cluster.ts";
import { withSim } from "../../support/sim.ts";

const numbers = (count: number): string[] => Array.from({ length: count }, (_, i) => `${i}`);

describe("acks=0", () => {
  test("request after request leaves, and none is waited for", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster } = await started(world, { acks: 0, "max.in.flight.requests.per.connection": 2 });
      for (const value of numbers(20)) {
        const begunMs = world.nowMs;
        expect(await settled(world, producer.send(toFirst(value)))).toMatchObject({ partition: 0, offset: -1 });
        // No answer is on its way: to be handed to the network is enough.
        expect(world.nowMs - begunMs).toBeLessThan(2);
      }
      await ended(world, producer);
      expect(producer.metrics()).toMatchObject({ "requests-in-flight": 0, "request-total": 20 });
      expect(cluster.values("orders", 0)).toEqual(numbers(20));
    });
  });

  test("what is sent after the broker has been away arrives", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster } = await started(world, { acks: 0 });
      for (const value of numbers(10)) await settled(world, producer.send(toFirst(value)));
      await world.run(50);
      cluster.crash(1);
      for (const value of numbers(10)) producer.send(toFirst(`lost ${value}`)).catch(() => {});
      await world.run(2_000);
      await cluster.startBroker(1);
      await settled(world, producer.flush());
      await settled(world, producer.send(toFirst("last")));
      await world.run(1_000);
      expect(producer.metrics()).toMatchObject({ "requests-in-flight": 0 });
      await ended(world, producer);
      expect(cluster.values("orders", 0).slice(0, 10)).toEqual(numbers(10));
      expect(cluster.values("orders", 0).at(-1)).toBe("last");
    });
  });
});

describe("reconnecting", () => {
  test("waits longer and longer, and not so long after a connection that succeeded", async () => {
    await withSim(1, async (world) => {
      const cluster = await FakeCluster.start(world, [1], { orders: [1] });
      const times = { "reconnect.backoff.ms": 50, "reconnect.backoff.max.ms": 20_000 };
      const { producer } = producerIn(world, { ...times, "retry.backoff.max.ms": 100 });
      await settled(world, producer.send(toFirst("a")));
      /** How long it takes to be there again, when the broker has been away so long. */
      const afterMs = async (awayMs: number): Promise<number> => {
        cluster.crash(1);
        const sent = producer.send(toFirst("b"));
        await world.run(awayMs);
        await cluster.startBroker(1);
        const begunMs = world.nowMs;
        await settled(world, sent);
        return world.nowMs - begunMs;
      };
      const afterLong = await afterMs(40_000);
      expect(afterLong).toBeGreaterThan(1_000);
      expect(afterLong).toBeLessThan(25_000);
      expect(await afterMs(100)).toBeLessThan(1_000);
      await ended(world, producer);
    });
  });

  test("after a connection that nobody needed was closed, the next send makes another", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster } = await started(world, { "metadata.max.age.ms": 3_600_000 });
      await settled(world, producer.send(toFirst("a")));
      cluster.crash(1);
      await world.run(60_000);
      await cluster.startBroker(1);
      expect(await settled(world, producer.send(toFirst("b")), 5_000)).toMatchObject({ offset: 1 });
      await ended(world, producer);
    });
  });
});

describe("an advertised address that can't be reached", () => {
  const warnings = (world: SimWorld): string[] => {
    return world.trace.filter((line) => line.includes("log warn") && line.includes("advertised.listeners"));
  };

  test("the send's error says so and why, and the log warns once", async () => {
    await withSim(1, async (world) => {
      const cluster = await FakeCluster.start(world, [1], { orders: [1] });
      cluster.advertisedHosts.set(1, "inside.example");
      const { producer } = producerIn(world, { "delivery.timeout.ms": 5_000, "request.timeout.ms": 2_000 });
      const sent = settled(world, producer.send(toFirst("a")));
      await expect(sent).rejects.toThrow(
        /not acknowledged within 5000 ms .* Last error: Can't connect to inside\.example:9092: .+\.$/m,
      );
      expect(warnings(world)).toEqual([expect.stringContaining("node 1's, as its cluster tells it")]);
      await settled(world, producer.close());
    });
  });

  test("the log warns again when it could be reached meanwhile", async () => {
    await withSim(1, async (world) => {
      const cluster = await FakeCluster.start(world, [1], { orders: [1] });
      const { producer } = producerIn(world, { "metadata.recovery.strategy": "none" });
      for (const value of ["a", "b"]) {
        await settled(world, producer.send(toFirst(value)));
        cluster.crash(1);
        producer.send(toFirst("lost")).catch(() => {});
        await world.run(5_000);
        await cluster.startBroker(1);
      }
      await settled(world, producer.send(toFirst("c")));
      expect(warnings(world)).toHaveLength(2);
      await settled(world, producer.close());
    });
  });
});

describe("a new leader", () => {
  test("that the old one names gets the batch at once, before anybody is asked", async () => {
    await withSim(1, async (world) => {
      const cluster = await FakeCluster.start(world, [1, 2], { orders: [1] });
      cluster.namesLeaders = true;
      const { producer } = producerIn(world, { "retry.backoff.ms": 1_000, "retry.backoff.max.ms": 1_000 });
      await settled(world, producer.send(toFirst("a")));
      cluster.elect("orders", 0, 2);
      // The others haven't heard of it yet.
      const old = new Map([["orders-0", { leader: 1, epoch: 0 }]]);
      cluster.staleLeaders.set(1, old).set(2, old);
      const begunMs = world.nowMs;
      expect(await settled(world, producer.send(toFirst("b")))).toMatchObject({ offset: 1 });
      expect(world.nowMs - begunMs).toBeLessThan(100);
      expect(cluster.seen.map(({ broker }) => broker)).toEqual([1, 1, 2]);
      await ended(world, producer);
    });
  });

  test("is news only in a later epoch than the known one, and when it is said where it is", () => {
    const info = { topic: "orders", partition: 0, leader: null, leaderEpoch: 7 };
    const known = new Cluster({
      nodes: [],
      partitions: [{ ...info, replicas: [], inSyncReplicas: [], offlineReplicas: [] }],
    });
    const after = (leaderEpoch: number, nodeId = 1): Cluster => {
      const partitionResponses = [{ index: 0, errorCode: 6, currentLeader: { leaderId: 1, leaderEpoch } }];
      const nodeEndpoints = [{ nodeId, host: `broker-${nodeId}`, port: 9092 }];
      const answer = { responses: [{ name: "orders", partitionResponses }], nodeEndpoints };
      const bytes = Produce.response.encodeToBytes(12, answer);
      return withNamedLeaders(known, Produce.response.decode(12, bytes));
    };
    expect(after(7)).toBe(known);
    expect(after(8, 2)).toBe(known);
    expect(after(8).partition("orders", 0)).toMatchObject({ leader: { id: 1, host: "broker-1" }, leaderEpoch: 8 });
  });
});
