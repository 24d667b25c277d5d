/** From the configuration to the end of a producer: see metrics.test.ts for why here. */
import { describe, expect, test } from "vitest";
import { ProducerClosedError } from "#accumulator";
import { type KafkaError } from "#ground/errors";
import { type Logger } from "#ground/runtime";
import { ended, producerIn, settled, started, toFirst } from "../../04-sender/fixtures.ts";
import { FakeCluster } from "../../support/fake-cluster.ts";
import { expectNothingLeaks, withSim } from "../../support/sim.ts";

/** What a user may plug in; says what is called, and fails to close if it is to. */
class Plugged {
  readonly #name: string;
  readonly #calls: string[];
  readonly #failsToClose: boolean;

  constructor(name: string, calls: string[], failsToClose = false) {
    this.#name = name;
    this.#calls = calls;
    this.#failsToClose = failsToClose;
  }

  configure(configs: Readonly<Record<string, unknown>>, isKey?: boolean): void {
    const kind = isKey === undefined ? "" : `, ${isKey ? "key" : "value"}`;
    this.#calls.push(`${this.#name} configured: ${String(configs["client.id"])}${kind}`);
  }

  serialize(_topic: string, _headers: unknown, data: string | null): Uint8Array | null {
    return data === null ? null : Buffer.from(data);
  }

  partition(): number {
    return 1;
  }

  close(): void {
    this.#calls.push(`${this.#name} closed`);
    if (this.#failsToClose) throw new Error(`${this.#name} can't be closed`);
  }
}

function plugged(calls: string[], failsToClose: readonly string[] = []): Record<string, unknown> {
  const make = (name: string): Plugged => new Plugged(name, calls, failsToClose.includes(name));
  return {
    "client.id": "me",
    "partitioner.class": make("partitioner"),
    "key.serializer": make("key.serializer"),
    "value.serializer": make("value.serializer"),
    "interceptor.classes": [make("interceptor")],
  };
}

describe("what is plugged in", () => {
  test("is configured once, used, and closed once", async () => {
    await withSim(1, async (world) => {
      const calls: string[] = [];
      const { producer, cluster } = await started(world, plugged(calls));
      expect(calls.sort()).toEqual([
        "interceptor configured: me",
        "key.serializer configured: me, key",
        "partitioner configured: me",
        "value.serializer configured: me, value",
      ]);
      producer.send({ topic: "orders", value: "a" });
      calls.length = 0;
      await ended(world, producer);
      await producer.close();
      expect(cluster.values("orders", 1)).toEqual(["a"]);
      expect(calls.sort()).toEqual([
        "interceptor closed", "key.serializer closed", "partitioner closed", "value.serializer closed",
      ]);
    });
  });

  test.each(["partitioner", "key.serializer", "value.serializer"])(
    "the %s can't be closed: all else is, and who closes is told",
    async (name) => {
      await withSim(1, async (world) => {
        const calls: string[] = [];
        const { producer } = await started(world, plugged(calls, [name]));
        await expect(settled(world, producer.close())).rejects.toThrow(`${name} can't be closed`);
        expect(calls.filter((call) => call.endsWith("closed"))).toHaveLength(4);
        await world.run(10);
        expectNothingLeaks(world.node("client"));
      });
    },
  );
});

describe("a producer", () => {
  test("warns of a key that means nothing", async () => {
    await withSim(1, async (world) => {
      const warnings: string[] = [];
      const silent = (): void => {};
      const log: Logger = { debug: silent, info: silent, warn: (text) => void warnings.push(text), error: silent };
      const runtime = { ...world.node("client").runtime, log };
      const { producer } = producerIn(world, { "linger.mss": 5 }, { runtime });
      expect(warnings).toEqual([expect.stringContaining("linger.mss")]);
      await settled(world, producer.close());
    });
  });

  test("that knows a topic says its partitions without asking again", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster } = await started(world);
      const asked = cluster.metadataRequests.length;
      expect((await producer.partitionsFor("orders")).map(({ partition }) => partition)).toEqual([0, 1]);
      await world.run(1_000);
      expect(cluster.metadataRequests.length).toBe(asked);
      await ended(world, producer);
    });
  });

  test("that is closed refuses everything", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster } = await started(world);
      await settled(world, producer.close());
      for (const call of [
        (): PromiseLike<unknown> => producer.send(toFirst("a")),
        (): PromiseLike<unknown> => producer.sendBatch([toFirst("a")]),
        (): PromiseLike<unknown> => producer.ready(),
        (): PromiseLike<unknown> => producer.partitionsFor("orders"),
      ]) {
        await expect(settled(world, call())).rejects.toBeInstanceOf(ProducerClosedError);
      }
      expect(cluster.seen).toEqual([]);
    });
  });

  test("that is being closed takes nothing more, and sends what it has", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster } = await started(world);
      cluster.fate = () => ({ delayMs: 500 });
      const before = producer.send(toFirst("before"));
      const closing = producer.close();
      const late = [
        (): PromiseLike<unknown> => producer.send(toFirst("late")),
        (): PromiseLike<unknown> => producer.sendBatch([toFirst("late")]),
        (): PromiseLike<unknown> => producer.ready(),
      ];
      for (const call of late) await expect(settled(world, call())).rejects.toBeInstanceOf(ProducerClosedError);
      expect(world.nowMs).toBeLessThan(500);
      expect(await settled(world, before)).toMatchObject({ offset: 0 });
      await settled(world, closing);
      expect(cluster.values("orders", 0)).toEqual(["before"]);
    });
  });

  test("refuses what can't be, and says what", async () => {
    await withSim(1, async (world) => {
      const asText = { serialize: (_topic: string, _headers: unknown, data: unknown) => data as Uint8Array };
      const { producer, cluster } = await started(world, { "key.serializer": asText });
      const refused = async (outcome: PromiseLike<unknown>): Promise<unknown> =>
        settled(world, outcome).then(() => "taken", ({ code, message }: KafkaError) => `${code}: ${message}`);
      expect(await refused(producer.partitionsFor("no name"))).toMatch("INVALID_TOPIC_EXCEPTION");
      for (const timestamp of [-1, 1.5, NaN]) {
        expect(await refused(producer.send({ ...toFirst("x"), timestamp }))).toMatch("INVALID_TIMESTAMP");
      }
      const keyed = await refused(producer.send({ ...toFirst("x"), key: "text" }));
      expect(keyed).toMatch("INVALID_RECORD: Expected the serialized key");
      expect(await refused(producer.send({ ...toFirst("the first of 1970"), timestamp: 0 }))).toBe("taken");
      expect(cluster.values("orders", 0)).toEqual(["the first of 1970"]);
      await ended(world, producer);
    });
  });

  test("that is closed with a time-out waits so long, and not longer than it must", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster } = await started(world);
      cluster.fate = () => ({ answer: "never" });
      const sent = producer.send(toFirst("a")).then(() => null, (error: unknown) => error);
      await world.run(50);
      const begunMs = world.nowMs;
      await settled(world, producer.close(700));
      expect(world.nowMs - begunMs).toBeCloseTo(700, -1);
      expect(await sent).toBeInstanceOf(ProducerClosedError);
    });
    await withSim(1, async (world) => {
      const { producer } = await started(world);
      producer.send(toFirst("a"));
      const begunMs = world.nowMs;
      await settled(world, producer.close(60_000));
      expect(world.nowMs - begunMs).toBeLessThan(100);
      await world.run(10);
      expectNothingLeaks(world.node("client"));
    });
  });
});

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
