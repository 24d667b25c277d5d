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
      const bad = { topic: "orders", partition: -7, value: "b" };
      const sent = settled(world, producer.sendBatch([toFirst("a"), bad, toFirst("c")]));
      await expect(sent).rejects.toThrow("partition -7 of orders");
      expect(cluster.values("orders", 0)).toEqual(["a", "c"]);
      await ended(world, producer);
      expect(unheard).toEqual([]);
    });
  });
});

describe("sendBatch with more than there is memory for", () => {
  const SMALL = { "buffer.memory": 6_000, "batch.size": 500 };
  const numbered = (from: number, to: number): ReturnType<typeof toFirst>[] =>
    Array.from({ length: to - from }, (_, i) => toFirst(`${from + i}`));
  const valuesOf = (from: number, to: number): string[] => numbered(from, to).map(({ value }) => value);
  const toUnknown = (count: number): { topic: string; value: string }[] =>
    Array.from({ length: count }, (_, i) => ({ topic: "unknown", value: `${i}` }));

  test("4.6 sendBatch: waits for memory, and keeps the order of the calls", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster, unheard } = await started(world, SMALL);
      const both = [producer.sendBatch(numbered(0, 900)), producer.sendBatch(numbered(900, 910))];
      const [first, second] = await settled(world, Promise.all(both));
      expect([first!.length, second!.length]).toEqual([900, 10]);
      expect(cluster.values("orders", 0)).toEqual(valuesOf(0, 910));
      expect(unheard).toEqual([]);
      await ended(world, producer);
    });
  });

  test("4.6 sendBatch: what is sent after it doesn't overtake it, though some of it waits for memory", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster } = await started(world, SMALL);
      void producer.sendBatch(numbered(0, 800));
      expect(producer.isReady).toBe(false);
      producer.send(toFirst("last"));
      await ended(world, producer);
      expect(cluster.values("orders", 0)).toEqual([...valuesOf(0, 800), "last"]);
    });
  });

  test("4.6 sendBatch: batches keep the order of the calls, whatever they wait for", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster } = await started(world, SMALL);
      void producer.sendBatch([...numbered(0, 900), { topic: "orders", partition: 1, value: "a" }]);
      void producer.sendBatch([{ topic: "orders", partition: 1, value: "b" }, ...numbered(900, 1_200)]);
      await ended(world, producer);
      expect(cluster.values("orders", 0)).toEqual(valuesOf(0, 1_200));
      expect(cluster.values("orders", 1)).toEqual(["a", "b"]);
    });
  });

  test("4.6 sendBatch: what stands behind a long one waits as long as that gets on, and not in vain", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster, unheard } = await started(world, { ...SMALL, "max.block.ms": 300 });
      cluster.fate = () => ({ delayMs: 100 });
      void producer.sendBatch(numbered(0, 1_100));
      void producer.sendBatch(numbered(1_100, 1_400));
      producer.send(toFirst("1400"));
      await ended(world, producer);
      expect(world.nowMs).toBeGreaterThan(500);
      expect(cluster.values("orders", 0)).toEqual(valuesOf(0, 1_401));
      expect(unheard).toEqual([]);
    });
  });

  test("4.6 sendBatch: who stands behind for longer than delivery.timeout.ms is told so, once", async () => {
    await withSim(1, async (world) => {
      const times = { "max.block.ms": 200, "delivery.timeout.ms": 400, "request.timeout.ms": 400 };
      const { producer, cluster } = await started(world, { ...SMALL, ...times });
      cluster.fate = () => ({ delayMs: 100 });
      void producer.sendBatch(numbered(0, 1_400));
      const told: unknown[] = [];
      const late = { topic: "orders", partition: 1, value: "late" };
      producer.send(late, (metadata, error) => void told.push(metadata ?? error));
      await ended(world, producer);
      expect(told).toMatchObject([{ code: "REQUEST_TIMED_OUT" }]);
      expect(cluster.values("orders", 0)).toEqual(valuesOf(0, 1_400));
    });
  });

  test("4.6 sendBatch: a topic that nobody knows doesn't keep others waiting, nor out of their order", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster } = await started(world, { ...SMALL, "max.block.ms": 5_000 });
      const outcome = producer.sendBatch(toUnknown(900)).then(() => null, (error: unknown) => error);
      void producer.sendBatch([toFirst("a")]);
      producer.send(toFirst("b"));
      await world.run(100);
      expect(cluster.values("orders", 0)).toEqual(["a", "b"]);
      await world.run(5_500);
      expect(await outcome).toMatchObject({ code: "REQUEST_TIMED_OUT" });
      await ended(world, producer);
    });
  });

  test("4.6 sendBatch: waits in the array also when its records have waited for metadata", async () => {
    await withSim(1, async (world) => {
      const late = ["t1", "t2", "t3"];
      const topics = { orders: [1, 1], ...Object.fromEntries(late.map((topic) => [topic, [2]])) };
      const cluster = await FakeCluster.start(world, [1, 2], topics);
      const { producer, unheard } = producerIn(world, SMALL);
      await settled(world, producer.partitionsFor("orders"));
      cluster.fate = () => ({ delayMs: 3_000 });
      void producer.sendBatch(numbered(0, 900));
      void producer.sendBatch(late.map((topic) => ({ topic, partition: 0, value: "x".repeat(3_150) })));
      await world.run(2_000);
      cluster.fate = () => ({});
      await ended(world, producer);
      expect(late.map((topic) => cluster.values(topic, 0).length)).toEqual([1, 1, 1]);
      expect(unheard).toEqual([]);
    });
  });

  test("4.6 sendBatch: what an interceptor sends meanwhile waits behind it, and in its order", async () => {
    await withSim(1, async (world) => {
      let copy: (value: unknown) => void = () => {};
      class Copying implements ProducerInterceptor {
        onSend(record: ProducerRecord): ProducerRecord {
          if (record.partition === 0) copy(record.value);
          return record;
        }
      }
      const { producer, cluster, unheard } = await started(world, { ...SMALL, "interceptor.classes": [Copying] });
      copy = (value) => void producer.send({ topic: "orders", partition: 1, value: value as string });
      await settled(world, producer.sendBatch(numbered(0, 320)));
      await ended(world, producer);
      expect(cluster.values("orders", 1)).toEqual(valuesOf(0, 320));
      expect(unheard).toEqual([]);
    });
  });

  test("4.6 sendBatch: an array that has become shorter meanwhile ends where it ends", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster } = await started(world, SMALL);
      const records = numbered(0, 900);
      void producer.sendBatch(records);
      records.length = 0;
      await ended(world, producer);
      const sent = cluster.values("orders", 0);
      expect(sent).toEqual(valuesOf(0, sent.length));
    });
  });

  test("4.6 sendBatch: whatever a serializer throws is the outcome, also later", async () => {
    await withSim(1, async (world) => {
      const serialize = (_topic: string, _headers: unknown, value: string): Buffer => {
        // What throws here is a user's code: it may throw anything.
        if (value === "899") throw null; // oxlint-disable-line no-throw-literal
        return Buffer.from(value);
      };
      const { producer } = await started(world, { ...SMALL, "value.serializer": { serialize } });
      await expect(settled(world, producer.sendBatch(numbered(0, 900)))).rejects.toThrow("null");
      await ended(world, producer);
    });
  });

  test("4.6 sendBatch: keeps the order also around a record that is larger than a batch", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster } = await started(world, SMALL);
      const records = [...numbered(0, 450), toFirst("x".repeat(3_600)), ...numbered(451, 900)];
      await settled(world, producer.sendBatch(records));
      expect(cluster.values("orders", 0)).toEqual(records.map(({ value }) => value));
      await ended(world, producer);
    });
  });

  test("4.6 sendBatch: before anything is known of its topic, more may wait than memory has room for", async () => {
    await withSim(1, async (world) => {
      const { producer, unheard } = producerIn(world, SMALL);
      void producer.partitionsFor("orders").then(() => producer.sendBatch(numbered(910, 920)));
      void producer.sendBatch(numbered(0, 900));
      void producer.sendBatch(numbered(900, 910));
      const cluster = await FakeCluster.start(world, [1], { orders: [1, 1] });
      await settled(world, producer.partitionsFor("orders"));
      await ended(world, producer);
      expect(cluster.values("orders", 0)).toEqual(valuesOf(0, 920));
      expect(unheard).toEqual([]);
    });
  });

  test("4.6 sendBatch: when no memory comes within max.block.ms, all that wait for it fail", async () => {
    await withSim(1, async (world) => {
      const config = { ...SMALL, "max.block.ms": 1_000, "delivery.timeout.ms": 5_000, "request.timeout.ms": 5_000 };
      const { producer, cluster, unheard } = await started(world, config);
      cluster.fate = () => ({ answer: "never" });
      const outcome = producer.sendBatch(numbered(0, 900)).then(() => null, (error: unknown) => error);
      await world.run(1_100);
      // What waited has failed by then. What is in batches has not: it has more time.
      expect(producer.metrics()).toMatchObject({ "waiting-threads": 0 });
      expect(producer.metrics()["record-error-total"]).toBeGreaterThan(300);
      expect(await settled(world, outcome)).toBeInstanceOf(Error);
      cluster.fate = () => ({});
      expect(await settled(world, producer.sendBatch([toFirst("next")]))).toHaveLength(1);
      await ended(world, producer);
      expect(unheard).toEqual([]);
    });
  });

  test("4.6 sendBatch: when no memory comes, each call fails when its own max.block.ms is over", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster } = await started(world, { ...SMALL, "max.block.ms": 1_000 });
      await settled(world, producer.sendBatch([toFirst("in time")]));
      cluster.fate = () => ({ answer: "never" });
      const failed: string[] = [];
      const sendBatch = (name: string, count: number): void =>
        void producer.sendBatch(numbered(0, count)).catch(() => failed.push(name));
      sendBatch("first", 900);
      for (const name of ["second", "third"]) sendBatch(name, 1);
      await world.run(500);
      sendBatch("last", 1);
      await world.run(600);
      expect(failed.sort()).toEqual(["second", "third"]);
      await world.run(500);
      expect(failed.at(-1)).toBe("last");
      await settled(world, producer.close(0));
      await world.run(10);
      expectNothingLeaks(world.node("client"));
    });
  });

  test("4.6 sendBatch: calls that are over don't count among those that wait", async () => {
    await withSim(1, async (world) => {
      const { producer, unheard } = await started(world, { ...SMALL, "buffer.memory": 12_000 });
      for (let i = 0; i < 1_050; i++) void producer.sendBatch([toFirst(`${i}`)]);
      expect(await settled(world, producer.sendBatch(numbered(0, 1_500)))).toHaveLength(1_500);
      expect(unheard).toEqual([]);
      await ended(world, producer);
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
      const config = { ...SMALL, "max.block.ms": 1_000, "interceptor.classes": [Watching] };
      const { producer, cluster } = await started(world, config);
      await settled(world, producer.sendBatch(numbered(0, 900)));
      expect(seen).toEqual(valuesOf(0, 900));
      cluster.fate = () => ({ answer: "never" });
      const failed = producer.sendBatch(numbered(900, 1_800)).then(() => null, (error: unknown) => error);
      await settled(world, producer.close(5_000));
      expect(await failed).toBeInstanceOf(Error);
      expect(seen).toEqual(valuesOf(0, 1_800));
    });
  });

  test("4.6 sendBatch: flush and close wait for its records, also for those that wait for memory", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster, unheard } = await started(world, { ...SMALL, "linger.ms": 10_000 });
      void producer.sendBatch(numbered(0, 900));
      await settled(world, producer.flush());
      expect(cluster.values("orders", 0).length).toBe(900);
      void producer.sendBatch(numbered(900, 1_800));
      await ended(world, producer);
      expect(cluster.values("orders", 0)).toEqual(valuesOf(0, 1_800));
      expect(unheard).toEqual([]);
    });
  });

  test("4.6 sendBatch: when nobody listens, failures are counted and reported, never thrown [I2]", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster, unheard } = await started(world, SMALL);
      cluster.fate = () => ({ error: "INVALID_RECORD" });
      void producer.sendBatch(numbered(0, 900));
      await ended(world, producer);
      expect(unheard.reduce((sum, { records }) => sum + records, 0)).toBe(900);
    });
  });

  test("4.6 sendBatch: when somebody listens, the error is theirs alone", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster, unheard } = await started(world, SMALL);
      cluster.fate = () => ({ error: "INVALID_RECORD" });
      await expect(settled(world, producer.sendBatch(numbered(0, 900)))).rejects.toThrow("refuses the record");
      expect(unheard).toEqual([]);
      await ended(world, producer);
    });
  });

  test("4.6 sendBatch: a close that ends too early fails what waits, and nothing stays open", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster } = await started(world, SMALL);
      await settled(world, producer.sendBatch([toFirst("in time")]));
      cluster.fate = () => ({ answer: "never" });
      const sent = producer.sendBatch(numbered(0, 900));
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
      await expect(settled(world, producer.sendBatch(toUnknown(900)))).rejects.toThrow("unknown");
      expect(world.nowMs - begunMs).toBeLessThan(2_000);
      expect(await settled(world, producer.sendBatch([toFirst("known")]))).toMatchObject([{ offset: 0 }]);
      await ended(world, producer);
    });
  });

  test("4.6 sendBatch: so many calls that nobody awaits: beyond a limit they fail at once [I6]", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster, unheard } = await started(world, SMALL);
      for (let i = 0; i < 2_200; i++) void producer.sendBatch([toFirst(`${i}`)]);
      await ended(world, producer);
      const arrived = cluster.values("orders", 0).length;
      expect(arrived).toBeGreaterThan(1_000);
      expect(arrived).toBeLessThan(2_000);
      expect(unheard).toMatchObject([{ records: 2_200 - arrived }]);
      expect(unheard[0]!.error).toBeInstanceOf(BufferExhaustedError);
    });
  });
});
