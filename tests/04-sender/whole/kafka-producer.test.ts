/** The producer as programs use it. */
import { describe, expect, test } from "vitest";
import { BufferExhaustedError, ProducerClosedError } from "#accumulator";
import { IntegerSerializer } from "#serialization";
import { KafkaProducer, type ProducerInterceptor } from "#sender";
import { FakeCluster } from "../../support/fake-cluster.ts";
import { expectNothingLeaks } from "../../support/sim.ts";
import { ended, producerIn, settled, started, toFirst, withSim } from "../fixtures.ts";

describe("two ways to send", () => {
  test("4.7 fire and forget: the records arrive, in order, many in a batch", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster, unheard } = await started(world);
      for (let i = 0; i < 100; i++) producer.send(toFirst(`${i}`));
      await ended(world, producer);
      expect(cluster.values("orders", 0)).toEqual(Array.from({ length: 100 }, (_, i) => `${i}`));
      expect([cluster.batchCount("orders", 0), unheard]).toEqual([1, []]);
    });
  });

  test("4.7 awaited: says where the record is", async () => {
    await withSim(1, async (world) => {
      const { producer } = await started(world);
      const sent = await settled(world, producer.send({ ...toFirst("a"), timestamp: 1234 }));
      expect(sent).toEqual({ topic: "orders", partition: 0, offset: 0, timestamp: 1234 });
      await ended(world, producer);
    });
  });

  test("4.7 awaited one by one: each record is a batch of its own, and lingers", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster } = await started(world, { "linger.ms": 10 });
      const begunMs = world.nowMs;
      for (const value of ["a", "b", "c"]) await settled(world, producer.send(toFirst(value)));
      expect(cluster.batchCount("orders", 0)).toBe(3);
      expect(world.nowMs - begunMs).toBeGreaterThan(30);
      await ended(world, producer);
    });
  });

  test("4.7 with a callback: called once for each, in the order of the sends", async () => {
    await withSim(1, async (world) => {
      const { producer } = await started(world, { "batch.size": 200 });
      const called: unknown[] = [];
      for (let i = 0; i < 20; i++) {
        producer.send(toFirst(`${i}`), (metadata, error) => void called.push([i, metadata?.offset, error]));
      }
      await ended(world, producer);
      expect(called).toEqual(Array.from({ length: 20 }, (_, i) => [i, i, null]));
    });
  });

  test("4.7 keys choose the partition, serializers the bytes, by configuration", async () => {
    await withSim(1, async (world) => {
      const cluster = await FakeCluster.start(world, [1], { orders: [1, 1] });
      const { runtime } = world.node("client");
      const config = {
        "bootstrap.servers": "broker-1:9092",
        "enable.idempotence": false,
        "key.serializer": "org.apache.kafka.common.serialization.StringSerializer",
        "value.serializer": IntegerSerializer,
      };
      const producer = new KafkaProducer<string, number>(config, { runtime });
      for (let i = 0; i < 3; i++) producer.send({ topic: "orders", key: "a", value: 65_536 });
      await settled(world, producer.flush());
      expect([0, 1].map((partition) => cluster.values("orders", partition).length).sort()).toEqual([0, 3]);
      expect([...cluster.values("orders", 0), ...cluster.values("orders", 1)][0]).toBe("\0\x01\0\0");
      await settled(world, producer.close());
    });
  });
});

describe("failures", () => {
  test("4.7 of sends that nobody listens to are counted and reported, never thrown [I2]", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster, unheard } = await started(world);
      cluster.fate = () => ({ error: "INVALID_RECORD" });
      for (const value of ["a", "b", "c"]) producer.send(toFirst(value));
      await settled(world, producer.flush());
      expect(unheard).toMatchObject([{ records: 3, topic: "orders", partition: 0, error: { code: "INVALID_RECORD" } }]);
      expect(producer.metrics()).toMatchObject({ "record-error-total": 3, "record-error-unheard-total": 3 });
      await ended(world, producer);
    });
  });

  test("4.7 of sends that somebody listens to are not reported", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster, unheard } = await started(world);
      cluster.fate = () => ({ error: "INVALID_RECORD" });
      const errors: unknown[] = [];
      producer.send(toFirst("a"), (_, error) => void errors.push(error));
      producer.send(toFirst("b")).catch((error: unknown) => void errors.push(error));
      producer.send(toFirst("c"));
      await settled(world, producer.flush());
      expect(errors).toMatchObject([{ code: "INVALID_RECORD" }, { code: "INVALID_RECORD" }]);
      expect(unheard).toMatchObject([{ records: 1 }]);
      await ended(world, producer);
    });
  });

  test("4.7 at once, such as an unknown partition: the send fails, it doesn't throw", async () => {
    await withSim(1, async (world) => {
      const { producer, unheard } = await started(world);
      await expect(producer.send({ topic: "orders", partition: -9, value: "a" })).rejects.toThrow("orders");
      await expect(producer.send({ topic: "orders", value: 5 as never })).rejects.toThrow("Without a serializer");
      await expect(producer.send({ topic: "", value: "a" })).rejects.toThrow("topic to be a name");
      await expect(producer.send({ ...toFirst("a"), timestamp: -5 })).rejects.toThrow("in whole milliseconds");
      await expect(producer.send(toFirst("x".repeat(2_000_000)))).rejects.toThrow("more than max.request.size");
      expect(unheard).toEqual([]);
      expect((await settled(world, producer.send(toFirst("good")))).offset).toBe(0);
      producer.send({ topic: "orders", partition: -9, value: "a" });
      await ended(world, producer);
      expect(unheard).toMatchObject([{ records: 1, error: { code: "UNKNOWN_TOPIC_OR_PARTITION" } }]);
    });
  });

  test("4.7 a callback that throws harms nobody else", async () => {
    await withSim(1, async (world) => {
      const { producer } = await started(world);
      producer.send(toFirst("a"), () => {
        throw new Error("from the callback");
      });
      expect((await settled(world, producer.send(toFirst("b")))).offset).toBe(1);
      expect(world.trace.some((line) => line.includes("from the callback"))).toBe(true);
      await ended(world, producer);
    });
  });
});

describe("memory", () => {
  const SMALL = { "buffer.memory": 20_000, "batch.size": 1_000 };

  test("4.7 five thousand sends in one turn: what doesn't fit fails at once, and takes no memory [I6]", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster, unheard } = await started(world, SMALL);
      for (let i = 0; i < 5_000; i++) producer.send(toFirst(`record ${i}`));
      await settled(world, producer.flush());
      const arrived = cluster.values("orders", 0);
      expect(arrived.length).toBeGreaterThan(500);
      expect(arrived.length).toBeLessThan(2_000);
      expect(arrived).toEqual(arrived.map((_, i) => `record ${i}`));
      expect(unheard).toMatchObject([{ records: 5_000 - arrived.length, error: { name: "BufferExhaustedError" } }]);
      expect(producer.metrics()).toMatchObject({ "buffer-available-bytes": 20_000, "waiting-threads": 0 });
      await ended(world, producer);
    });
  });

  test("4.7 who waits for ready() loses nothing", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster, unheard } = await started(world, SMALL);
      const sendAll = async (): Promise<void> => {
        for (let i = 0; i < 2_000; i++) {
          if (!producer.isReady) await producer.ready();
          producer.send(toFirst(`${i}`));
        }
      };
      await settled(world, sendAll());
      await ended(world, producer);
      expect(cluster.values("orders", 0)).toEqual(Array.from({ length: 2_000 }, (_, i) => `${i}`));
      expect(unheard).toEqual([]);
    });
  });

  test("4.7 those who wait for memory keep their order, also around a record that is larger than a batch", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster, unheard } = await started(world, { "buffer.memory": 8_000, "batch.size": 500 });
      const values = Array.from({ length: 110 }, (_, i) => (i === 90 ? "x".repeat(3_600) : `${i}`.padStart(40)));
      for (const value of values) producer.send(toFirst(value));
      expect(producer.metrics()["waiting-threads"]).toBeGreaterThan(0);
      await ended(world, producer);
      expect(cluster.values("orders", 0)).toEqual(values);
      expect(unheard).toEqual([]);
    });
  });

  test("4.7 records that find no memory within max.block.ms fail", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster } = await started(world, { ...SMALL, "max.block.ms": 1_000 });
      cluster.fate = () => ({ answer: "never" });
      const sends = Array.from({ length: 30 }, () => producer.send(toFirst("x".repeat(900))));
      const outcomes = settled(world, Promise.allSettled(sends));
      await world.run(0).catch(() => {});
      const failed = (await outcomes).filter(({ status }) => status === "rejected") as PromiseRejectedResult[];
      expect(failed.some(({ reason }) => reason instanceof BufferExhaustedError)).toBe(true);
      await ended(world, producer);
    });
  });

  test("4.7 while nothing is known of a topic, no more than buffer.memory waits for it", async () => {
    await withSim(1, async (world) => {
      const cluster = await FakeCluster.start(world, [1]);
      const { producer, unheard } = producerIn(world, SMALL);
      for (let i = 0; i < 10_000; i++) producer.send({ topic: "later", partition: 0, value: `${i}` });
      await world.run(500);
      cluster.createTopic("later", [1]);
      await ended(world, producer);
      const arrived = cluster.values("later", 0);
      expect(arrived.length).toBeGreaterThan(100);
      expect(arrived).toEqual(arrived.map((_, i) => `${i}`));
      expect(unheard).toMatchObject([{ records: 10_000 - arrived.length }]);
    });
  });
});

describe("interceptors", () => {
  test("4.7 a prefix on the way out, the ratio of successes on the way back", async () => {
    await withSim(1, async (world) => {
      class Counting implements ProducerInterceptor {
        succeeded = 0;
        failed = 0;
        onAcknowledgement(_: unknown, error: Error | null): void {
          if (error === null) this.succeeded++;
          else this.failed++;
        }
        get ratio(): number {
          return this.succeeded / (this.succeeded + this.failed);
        }
      }
      const counting = new Counting();
      const prefix: ProducerInterceptor = { onSend: (record) => ({ ...record, value: `eu-${String(record.value)}` }) };
      const { producer, cluster } = await started(world, { "interceptor.classes": [prefix, counting] });
      cluster.fate = (_, n) => (n === 1 ? { error: "INVALID_RECORD" } : {});
      for (const value of ["a", "b", "c", "d"]) await settled(world, producer.send(toFirst(value)).catch(() => null));
      expect(cluster.values("orders", 0)).toEqual(["eu-a", "eu-c", "eu-d"]);
      expect(counting.ratio).toBe(0.75);
      await ended(world, producer);
    });
  });

  test("4.7 an interceptor is told before the callback, and where a failed record was to go", async () => {
    await withSim(1, async (world) => {
      const told: string[] = [];
      const watching: ProducerInterceptor = {
        onAcknowledgement: ({ topic, partition }, error) => {
          told.push(`interceptor ${topic}-${partition} ${error === null ? "fine" : "failed"}`);
        },
      };
      const { producer } = await started(world, { "interceptor.classes": watching });
      producer.send(toFirst("a"), () => void told.push("callback"));
      producer.send({ ...toFirst("b"), partition: 1, timestamp: -5 }, () => void told.push("callback"));
      await ended(world, producer);
      expect(told).toEqual(["interceptor orders-1 failed", "callback", "interceptor orders-0 fine", "callback"]);
    });
  });

  test("4.7 a filtered record goes nowhere, and that is no failure", async () => {
    await withSim(1, async (world) => {
      const filter: ProducerInterceptor = { onSend: ({ value }) => (value === "b" ? null : undefined) };
      const { producer, cluster, unheard } = await started(world, { "interceptor.classes": [filter] });
      const sends = ["a", "b", "c"].map((value) => producer.send(toFirst(value)));
      const [, filtered] = await settled(world, Promise.all(sends));
      expect(filtered).toMatchObject({ topic: "orders", partition: -1, offset: -1 });
      expect([cluster.values("orders", 0), unheard]).toEqual([["a", "c"], []]);
      await ended(world, producer);
    });
  });
});

describe("flush and close", () => {
  test("4.7 flush: nothing lingers, and everything is settled afterwards", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster } = await started(world, { "linger.ms": 10_000 });
      for (const value of ["a", "b"]) producer.send(toFirst(value));
      await settled(world, producer.flush(), 100);
      expect(cluster.values("orders", 0)).toEqual(["a", "b"]);
      await ended(world, producer);
    });
  });

  test("4.7 close: sends what is there first, also what waits for metadata", async () => {
    await withSim(1, async (world) => {
      const cluster = await FakeCluster.start(world, [1], { orders: [1] });
      const { producer } = producerIn(world, { "linger.ms": 10_000 });
      producer.send(toFirst("a"));
      await ended(world, producer);
      expect(cluster.values("orders", 0)).toEqual(["a"]);
    });
  });

  test("4.7 close: what is not settled in time fails, and nothing stays open", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster } = await started(world);
      await settled(world, producer.send(toFirst("in time")));
      cluster.fate = () => ({ answer: "never" });
      const sent = producer.send(toFirst("a"));
      const waiting = producer.send({ topic: "unknown", value: "b" });
      for (const send of [sent, waiting]) send.catch(() => {});
      const begunMs = world.nowMs;
      await settled(world, producer.close(500));
      expect(world.nowMs - begunMs).toBeLessThan(600);
      await expect(sent).rejects.toBeInstanceOf(ProducerClosedError);
      await expect(waiting).rejects.toBeInstanceOf(ProducerClosedError);
      await world.run(10);
      expectNothingLeaks(world.node("client"));
    });
  });

  test("4.7 close: afterwards every send fails, and closing again is no harm", async () => {
    await withSim(1, async (world) => {
      const { producer, unheard } = await started(world);
      await settled(world, producer.send(toFirst("before")));
      await ended(world, producer);
      await producer.close();
      await expect(producer.send(toFirst("a"))).rejects.toThrow("The producer is closed");
      producer.send(toFirst("b"));
      await world.run(1);
      expect(unheard).toMatchObject([{ records: 1 }]);
    });
  });
});

describe("configuration", () => {
  test("given: what can't be is said before anything is connected to", () => {
    const create = (config: Record<string, unknown>) => () => new KafkaProducer(config);
    const bootstrap = { "bootstrap.servers": "localhost:9092" };
    expect(create({})).toThrow("bootstrap.servers");
    expect(create({ ...bootstrap, "key.serializer": "NoSuchSerializer" })).toThrow("key.serializer: expected one of");
    expect(create({ ...bootstrap, "interceptor.classes": "Some" })).toThrow("interceptor.classes: expected a list");
    expect(create({ ...bootstrap, "enable.idempotence": true, acks: 1 })).toThrow("expected acks to be all, got 1");
  });
});
