/** `sendBatch`: many records in one call. */
import { describe, expect, test } from "vitest";
import { BufferExhaustedError, ProducerClosedError } from "#accumulator";
import { type ProducerInterceptor, type ProducerRecord } from "#sender";
import { FakeCluster } from "../../support/fake-cluster.ts";
import { expectNothingLeaks, withSim } from "../../support/sim.ts";
import { ended, producerIn, settled, started, toFirst } from "../fixtures.ts";

describe("sendBatch", () => {
  test("4.6 sendBatch: says where each record is", async () => {
    await withSim(1, async (world) => {
      const { producer } = await started(world);
      const records = [0, 1, 0].map((partition) => ({ topic: "orders", partition, value: "x" }));
      const sent = await settled(world, producer.sendBatch(records));
      expect(sent.map(({ partition, offset }) => `${partition}@${offset}`)).toEqual(["0@0", "1@0", "0@1"]);
      await ended(world, producer);
    });
  });

  test("4.6 sendBatch: fails with the first error, when all are settled", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster, unheard } = await started(world);
      const bad = { topic: "orders", partition: 7, value: "b" };
      const sent = settled(world, producer.sendBatch([toFirst("a"), bad, toFirst("c")]));
      await expect(sent).rejects.toThrow("partition 7 of orders");
      expect(cluster.values("orders", 0)).toEqual(["a", "c"]);
      await ended(world, producer);
      expect(unheard).toEqual([]);
    });
  });
});

describe("sendBatch with more than there is memory for", () => {
  const SMALL = { "buffer.memory": 20_000, "batch.size": 1_000 };
  const numbered = (from: number, to: number): ReturnType<typeof toFirst>[] =>
    Array.from({ length: to - from }, (_, i) => toFirst(`${from + i}`));

  test("4.6 sendBatch: waits for memory, and keeps the order of the calls", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster, unheard } = await started(world, SMALL);
      const both = [producer.sendBatch(numbered(0, 3_000)), producer.sendBatch(numbered(3_000, 3_010))];
      const [first, second] = await settled(world, Promise.all(both));
      expect([first!.length, second!.length]).toEqual([3_000, 10]);
      expect(cluster.values("orders", 0)).toEqual(numbered(0, 3_010).map(({ value }) => value));
      expect(unheard).toEqual([]);
      await ended(world, producer);
    });
  });

  test("4.6 sendBatch: what is sent after it doesn't overtake it, though some of it waits for memory", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster } = await started(world, SMALL);
      void producer.sendBatch(numbered(0, 1_720));
      expect(producer.isReady).toBe(false);
      producer.send(toFirst("last"));
      await ended(world, producer);
      expect(cluster.values("orders", 0)).toEqual([...numbered(0, 1_720).map(({ value }) => value), "last"]);
    });
  });

  test("4.6 sendBatch: nothing overtakes it, neither sends nor other batches, while it waits for memory", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster } = await started(world, SMALL);
      void producer.sendBatch([...numbered(0, 2_000), { topic: "orders", partition: 1, value: "a" }]);
      producer.send({ topic: "orders", partition: 1, value: "b" });
      void producer.sendBatch([{ topic: "orders", partition: 1, value: "c" }, ...numbered(2_000, 4_000)]);
      producer.send(toFirst("4000"));
      await ended(world, producer);
      expect(cluster.values("orders", 0)).toEqual(numbered(0, 4_001).map(({ value }) => value));
      expect(cluster.values("orders", 1)).toEqual(["a", "b", "c"]);
    });
  });

  test("4.6 sendBatch: keeps the order also around a record that is larger than a batch", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster } = await started(world, SMALL);
      const records = [...numbered(0, 1_500), toFirst("x".repeat(12_000)), ...numbered(1_501, 3_000)];
      await settled(world, producer.sendBatch(records));
      expect(cluster.values("orders", 0)).toEqual(records.map(({ value }) => value));
      await ended(world, producer);
    });
  });

  test("4.6 sendBatch: before anything is known of its topic, more may wait than memory has room for", async () => {
    await withSim(1, async (world) => {
      const { producer, unheard } = producerIn(world, SMALL);
      void producer.partitionsFor("orders").then(() => producer.sendBatch(numbered(3_010, 3_020)));
      void producer.sendBatch(numbered(0, 3_000));
      void producer.sendBatch(numbered(3_000, 3_010));
      const cluster = await FakeCluster.start(world, [1], { orders: [1, 1] });
      await settled(world, producer.partitionsFor("orders"));
      await ended(world, producer);
      expect(cluster.values("orders", 0)).toEqual(numbered(0, 3_020).map(({ value }) => value));
      expect(unheard).toEqual([]);
    });
  });

  test("4.6 sendBatch: when no memory comes within max.block.ms, all that wait for it fail", async () => {
    await withSim(1, async (world) => {
      const config = { ...SMALL, "max.block.ms": 1_000, "delivery.timeout.ms": 5_000, "request.timeout.ms": 5_000 };
      const { producer, cluster, unheard } = await started(world, config);
      cluster.fate = () => ({ answer: "never" });
      const outcome = producer.sendBatch(numbered(0, 3_000)).then(() => null, (error: unknown) => error);
      await world.run(1_100);
      // What waited has failed by then. What is in batches has not: it has more time.
      expect(producer.metrics()).toMatchObject({ "waiting-threads": 0 });
      expect(producer.metrics()["record-error-total"]).toBeGreaterThan(1_000);
      expect(await settled(world, outcome)).toBeInstanceOf(Error);
      cluster.fate = () => ({});
      expect(await settled(world, producer.sendBatch([toFirst("next")]))).toHaveLength(1);
      await ended(world, producer);
      expect(unheard).toEqual([]);
    });
  });

  test("4.6 sendBatch: an interceptor sees each record once, whatever it waits for", async () => {
    await withSim(1, async (world) => {
      const seen: unknown[] = [];
      class Watching implements ProducerInterceptor {
        onSend(record: ProducerRecord): ProducerRecord {
          seen.push(record.value);
          return record;
        }
      }
      const { producer } = await started(world, { ...SMALL, "interceptor.classes": [Watching] });
      await settled(world, producer.sendBatch(numbered(0, 3_000)));
      expect(seen).toEqual(numbered(0, 3_000).map(({ value }) => value));
      await ended(world, producer);
    });
  });

  test("4.6 sendBatch: flush and close wait for its records, also for those that wait for memory", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster, unheard } = await started(world, { ...SMALL, "linger.ms": 10_000 });
      void producer.sendBatch(numbered(0, 3_000));
      await settled(world, producer.flush());
      expect(cluster.values("orders", 0).length).toBe(3_000);
      void producer.sendBatch(numbered(3_000, 6_000));
      await ended(world, producer);
      expect(cluster.values("orders", 0)).toEqual(numbered(0, 6_000).map(({ value }) => value));
      expect(unheard).toEqual([]);
    });
  });

  test("4.6 sendBatch: when nobody listens, failures are counted and reported, never thrown [I2]", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster, unheard } = await started(world, SMALL);
      cluster.fate = () => ({ error: "INVALID_RECORD" });
      void producer.sendBatch(numbered(0, 3_000));
      await ended(world, producer);
      expect(unheard.reduce((sum, { records }) => sum + records, 0)).toBe(3_000);
    });
  });

  test("4.6 sendBatch: when somebody listens, the error is theirs alone", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster, unheard } = await started(world, SMALL);
      cluster.fate = () => ({ error: "INVALID_RECORD" });
      await expect(settled(world, producer.sendBatch(numbered(0, 3_000)))).rejects.toThrow("refuses the record");
      expect(unheard).toEqual([]);
      await ended(world, producer);
    });
  });

  test("4.6 sendBatch: a close that ends too early fails what waits, and nothing stays open", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster } = await started(world, SMALL);
      await settled(world, producer.sendBatch([toFirst("in time")]));
      cluster.fate = () => ({ answer: "never" });
      const sent = producer.sendBatch(numbered(0, 3_000));
      const outcome = sent.then(() => null, (error: unknown) => error);
      await settled(world, producer.close(500));
      expect(await settled(world, outcome)).toBeInstanceOf(ProducerClosedError);
      await expect(producer.sendBatch([toFirst("late")])).rejects.toBeInstanceOf(ProducerClosedError);
      await world.run(10);
      expectNothingLeaks(world.node("client"));
    });
  });

  test("4.6 sendBatch: a topic that nobody knows fails it after max.block.ms, also with many records", async () => {
    await withSim(1, async (world) => {
      const { producer } = await started(world, { ...SMALL, "max.block.ms": 1_000 });
      const begunMs = world.nowMs;
      const records = Array.from({ length: 100 }, (_, i) => ({ topic: "unknown", value: `${i}` }));
      await expect(settled(world, producer.sendBatch(records))).rejects.toThrow("unknown");
      expect(world.nowMs - begunMs).toBeLessThan(2_000);
      expect(await settled(world, producer.sendBatch([toFirst("known")]))).toMatchObject([{ offset: 0 }]);
      await ended(world, producer);
    });
  });

  test("4.6 sendBatch: so many calls that nobody awaits: beyond a limit they fail at once [I6]", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster, unheard } = await started(world, SMALL);
      for (let i = 0; i < 10_000; i++) void producer.sendBatch([toFirst(`${i}`)]);
      await ended(world, producer);
      const arrived = cluster.values("orders", 0).length;
      expect(arrived).toBeGreaterThan(1_000);
      expect(arrived).toBeLessThan(5_000);
      expect(unheard).toMatchObject([{ records: 10_000 - arrived }]);
      expect(unheard[0]!.error).toBeInstanceOf(BufferExhaustedError);
    });
  });
});
