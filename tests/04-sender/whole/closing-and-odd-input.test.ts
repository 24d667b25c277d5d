/** The producer where one seldom looks: closed, given nonsense, waited for by many, in a cluster that lags behind. */
import { describe, expect, test } from "vitest";
import { ProducerClosedError } from "#accumulator";
import { rethrowStub } from "#ground/errors";
import { type ProducerInterceptor } from "#sender";
import { FakeCluster } from "../../support/fake-cluster.ts";
import { expectNothingLeaks } from "../../support/sim.ts";
import { producerIn, settled, started, toFirst, withSim } from "../fixtures.ts";

const IDEMPOTENT = { "enable.idempotence": true, acks: "all" };

/** What becomes of a promise: its value, or the name or code of its error. */
function outcomeOf(promise: PromiseLike<unknown>): Promise<unknown> {
  return Promise.resolve(promise).catch((error: { name: string; code?: string }) => error.code ?? error.name);
}

describe("closing", () => {
  // Sixty worlds: a busy machine may take its time for them. What bounds each of them is its steps.
  test("4.7 close: whenever it is, while it connects or later, nothing stays open", async () => {
    // Fewer events than that happen: then all has been seen.
    let happened = Infinity;
    for (let events = 0; events <= Math.min(happened, 60); events++) {
      await withSim(1, async (world) => {
        await FakeCluster.start(world, [1, 2], { orders: [1] });
        const { producer } = producerIn(world, { "bootstrap.servers": "broker-1:9092,broker-2:9092" });
        producer.send({ topic: "orders", value: "a" }).catch(() => {});
        let seen = 0;
        await world.runUntil(() => seen++ >= events, 3_000).catch((error: unknown) => {
          rethrowStub(error);
          happened = seen;
        });
        await settled(world, producer.close(0));
        await world.run(60_000);
        expectNothingLeaks(world.node("client"));
      });
    }
  }, 60_000);

  test("4.7 close: what is given up is reported and counted, as every failure [I2]", async () => {
    await withSim(1, async (world) => {
      await FakeCluster.start(world, [1], { orders: [1] });
      const { producer, unheard } = producerIn(world, { "linger.ms": 10_000 });
      await settled(world, producer.send({ topic: "orders", value: "in time" }));
      for (let i = 0; i < 5; i++) producer.send({ topic: "orders", value: `${i}` });
      await settled(world, producer.close(0));
      expect(unheard).toMatchObject([{ records: 5, error: { name: "ProducerClosedError" } }]);
      expect(producer.metrics()["record-error-total"]).toBe(5);
    });
  });

  test("4.7 close: afterwards nobody waits for partitions or for room", async () => {
    await withSim(1, async (world) => {
      await FakeCluster.start(world, [1], { orders: [1] });
      const { producer } = producerIn(world);
      await settled(world, producer.send({ topic: "orders", value: "a" }));
      await settled(world, producer.close());
      await expect(producer.partitionsFor("orders")).rejects.toBeInstanceOf(ProducerClosedError);
      await expect(producer.ready()).rejects.toBeInstanceOf(ProducerClosedError);
    });
  });
});

describe("who waits for whom", () => {
  test("4.7 flush: doesn't wait for those who come later, and nothing lingers meanwhile", async () => {
    await withSim(1, async (world) => {
      const cluster = await FakeCluster.start(world, [1], { orders: [1] });
      const { producer } = producerIn(world, { "max.block.ms": 1_000, "linger.ms": 100_000 });
      producer.send({ topic: "orders", value: "good" });
      producer.send({ topic: "missing", value: "bad" }).catch(() => {});
      let isFlushed = false;
      void producer.flush().then(() => (isFlushed = true));
      await world.run(500);
      expect(cluster.values("orders", 0)).toEqual(["good"]);
      for (let i = 0; i < 10; i++) {
        producer.send({ topic: "missing", value: "bad" }).catch(() => {});
        await world.run(500);
      }
      expect(isFlushed).toBe(true);
      await settled(world, producer.close());
    });
  });

  test("4.7 ready: whose topic is there doesn't wait for one whose topic is missing", async () => {
    await withSim(1, async (world) => {
      await FakeCluster.start(world, [1], { orders: [1] });
      const { producer } = producerIn(world);
      producer.send({ topic: "missing", value: "bad" }).catch(() => {});
      await world.run(100);
      expect(producer.isReady).toBe(true);
      expect((await settled(world, producer.send({ topic: "orders", value: "good" }))).offset).toBe(0);
      await settled(world, producer.close());
    });
  });

  test("4.7 memory for less than a batch: sends fail, and nobody waits for ever", async () => {
    await withSim(1, async (world) => {
      await FakeCluster.start(world, [1], { orders: [1] });
      const { producer } = producerIn(world, { "buffer.memory": 10_000 });
      const record = { topic: "orders", value: "a" };
      const calls = [producer.send(record), producer.ready(), producer.flush()];
      const outcomes = await settled(world, Promise.all(calls.map(outcomeOf)));
      expect(outcomes).toEqual(["MESSAGE_TOO_LARGE", undefined, undefined]);
      const { producer: other } = producerIn(world, { "buffer.memory": 20_000 });
      expect((await settled(world, other.send(record))).offset, "with memory for one batch").toBe(0);
      for (const each of [producer, other]) await settled(world, each.close());
    });
  });
});

describe("what can't be sent", () => {
  test("4.7 a topic that has no proper name is refused at once, and harms no other", async () => {
    await withSim(1, async (world) => {
      await FakeCluster.start(world, [1], { orders: [1] });
      const { producer } = producerIn(world);
      for (const topic of ["x".repeat(40_000), "a/b", "..", ""]) {
        expect(await outcomeOf(producer.send({ topic, value: "a" }))).toBe("INVALID_TOPIC_EXCEPTION");
        expect(await outcomeOf(producer.partitionsFor(topic))).toBe("INVALID_TOPIC_EXCEPTION");
      }
      expect((await settled(world, producer.send({ topic: "orders", value: "a" }))).offset).toBe(0);
      await settled(world, producer.close());
    });
  });

  test("4.7 what a serializer or a header gives must be bytes: a text would be stored as zeros", async () => {
    await withSim(1, async (world) => {
      const cluster = await FakeCluster.start(world, [1], { orders: [1] });
      const asText = { serialize: (_: string, __: unknown, value: unknown) => JSON.stringify(value) };
      const { producer } = producerIn(world, { "value.serializer": asText });
      const send = producer.send({ topic: "orders", value: "a" });
      await expect(send).rejects.toThrow("Expected the serialized value to be bytes (Uint8Array) or null, got string");
      const { producer: other } = producerIn(world);
      const headers = { trace: 7 as never };
      await expect(other.send({ topic: "orders", value: "a", headers })).rejects.toThrow("Expected header trace to be");
      await settled(world, other.send({ topic: "orders", value: "good" }));
      for (const each of [producer, other]) await settled(world, each.close());
      expect(cluster.values("orders", 0)).toEqual(["good"]);
    });
  });

  test("4.7 what is no record is a failed send, also with interceptors", async () => {
    await withSim(1, async (world) => {
      await FakeCluster.start(world, [1], { orders: [1] });
      const interceptor: ProducerInterceptor = { onSend: (record) => record };
      const { producer } = producerIn(world, { "interceptor.classes": [interceptor] });
      await expect(producer.send(undefined as never)).rejects.toThrow("Expected a record, got undefined.");
      await expect(producer.send(null as never)).rejects.toThrow("Expected a record, got null.");
      expect((await settled(world, producer.send({ topic: "orders", value: "a" }))).offset).toBe(0);
      await settled(world, producer.close());
    });
  });
});

describe("who listens", () => {
  test("4.7 a send that is awaited late, but before it fails, is not reported", async () => {
    await withSim(1, async (world) => {
      const cluster = await FakeCluster.start(world, [1], { orders: [1] });
      cluster.fate = () => ({ error: "INVALID_RECORD", delayMs: 500 });
      const { producer, unheard } = producerIn(world);
      const send = producer.send({ topic: "orders", value: "waits for metadata first" });
      await world.run(200);
      expect(await settled(world, outcomeOf(send))).toBe("INVALID_RECORD");
      expect(unheard).toEqual([]);
      await settled(world, producer.close());
    });
  });

  test("4.7 those who await the records of a batch that is split are listening to its parts", async () => {
    await withSim(1, async (world) => {
      const cluster = await FakeCluster.start(world, [1], { orders: [1] });
      const { producer, unheard } = producerIn(world, { "linger.ms": 5 });
      await settled(world, producer.partitionsFor("orders"));
      cluster.fate = () => ({ error: "MESSAGE_TOO_LARGE" });
      const sends = ["a", "b", "c", "d"].map((value) => outcomeOf(producer.send({ topic: "orders", value })));
      expect(new Set(await settled(world, Promise.all(sends)))).toEqual(new Set(["MESSAGE_TOO_LARGE"]));
      expect(unheard).toEqual([]);
      await settled(world, producer.close());
    });
  });
});

describe("a cluster that lags behind", () => {
  test("4.7 a partition that was just added: the send to it waits until the producer has learned of it", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster } = await started(world);
      const toThird = (value: string) => producer.send({ topic: "orders", partition: 2, value });
      const early = [toThird("a"), toThird("b")];
      await world.run(3_000);
      cluster.addPartition("orders", 1);
      expect(await settled(world, Promise.all(early))).toMatchObject([{ offset: 0 }, { offset: 1 }]);
      expect(await settled(world, toThird("c"))).toMatchObject({ partition: 2, offset: 2 });
      await settled(world, producer.close());
    });
  });

  test("4.7 a partition that never comes is an error after max.block.ms, and costs few requests", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster } = await started(world, { "max.block.ms": 10_000 });
      const never = producer.send({ topic: "orders", partition: 2, value: "a" });
      never.catch(() => {});
      cluster.metadataRequests.length = 0;
      await settled(world, producer.send(toFirst("b")), 1_000);
      const text = "Partition 2 of topic orders, which has 2, is not there after 10000 ms (max.block.ms)";
      await expect(settled(world, never)).rejects.toThrow(text);
      expect(cluster.metadataRequests.length).toBeLessThan(20);
      await settled(world, producer.close());
    });
  });

  test("4.7 answers that don't know the leader's broker yet: the producer goes on, and learns", async () => {
    await withSim(1, async (world) => {
      const cluster = await FakeCluster.start(world, [1, 2, 3], { orders: [1] });
      cluster.elect("orders", 0, 2);
      const { producer } = producerIn(world, { "bootstrap.servers": "broker-1:9092,broker-3:9092" });
      await settled(world, producer.send({ topic: "orders", value: "a" }));
      for (const broker of [1, 3]) cluster.staleLeaders.set(broker, new Map([["orders-0", { leader: 1, epoch: 0 }]]));
      cluster.crash(2);
      const sent = producer.send({ topic: "orders", value: "b" });
      await world.run(5_000);
      cluster.staleLeaders.clear();
      cluster.elect("orders", 0, 3);
      expect(await settled(world, outcomeOf(sent))).toMatchObject({ offset: 1 });
      await settled(world, producer.close());
    });
  });

  test("4.8 written by a leader that hangs, and overtaken at the next one: it is there once [I7]", async () => {
    await withSim(1, async (world) => {
      const cluster = await FakeCluster.start(world, [1, 2], { orders: [1, 2] });
      const config = { ...IDEMPOTENT, "request.timeout.ms": 2_000, "metadata.max.age.ms": 300 };
      const { producer } = producerIn(world, { ...config, "delivery.timeout.ms": 20_000 });
      const toFirst = (value: string): PromiseLike<unknown> => producer.send({ topic: "orders", partition: 0, value });
      await settled(world, toFirst("first"));
      await settled(world, producer.send({ topic: "orders", partition: 1, value: "other" }));
      cluster.fate = (_, n) => (n === 2 ? { answer: "never" } : {});
      const hangs = outcomeOf(toFirst("A"));
      await world.run(50);
      cluster.elect("orders", 0, 2);
      await world.run(600);
      const later = ["B", "C", "D", "E", "F", "G", "H"];
      for (const value of later) await settled(world, toFirst(value));
      expect(await settled(world, hangs), "nobody can say what became of it").toBe("REQUEST_TIMED_OUT");
      expect(cluster.values("orders", 0)).toEqual(["first", "A", ...later]);
      expect(await settled(world, outcomeOf(toFirst("I")))).toMatchObject({ offset: 9 });
      await settled(world, producer.close());
    });
  });

  test("4.8 the very first batch meets an error that passes: nothing overtakes it [I7]", async () => {
    await withSim(1, async (world) => {
      const cluster = await FakeCluster.start(world, [1], { orders: [1] });
      const { producer } = producerIn(world, IDEMPOTENT);
      await settled(world, producer.partitionsFor("orders"));
      await world.run(50);
      cluster.fate = (_, n) => (n === 0 ? { error: "NOT_ENOUGH_REPLICAS", delayMs: 20 } : {});
      const first = producer.send({ topic: "orders", value: "a" });
      await world.run(5);
      await settled(world, Promise.all([first, producer.send({ topic: "orders", value: "b" })]));
      expect(cluster.values("orders", 0)).toEqual(["a", "b"]);
      await settled(world, producer.close());
    });
  });

  test("4.8 no producer id is to be had: every send is told, and counted [I2]", async () => {
    await withSim(1, async (world) => {
      const cluster = await FakeCluster.start(world, [1], { orders: [1] });
      cluster.producerIdError = "CLUSTER_AUTHORIZATION_FAILED";
      const { producer, unheard } = producerIn(world, IDEMPOTENT);
      for (let i = 0; i < 5; i++) producer.send({ topic: "orders", value: "x" });
      await world.run(10_000);
      expect(unheard.reduce((sum, { records }) => sum + records, 0)).toBe(5);
      expect(producer.metrics()["record-error-total"]).toBe(5);
      await settled(world, producer.close());
    });
  });
});
