/** From the configuration to the end of a producer: see metrics.test.ts for why here. */
import { describe, expect, test } from "vitest";
import { ProducerClosedError } from "#accumulator";
import { type KafkaError } from "#ground/errors";
import { type Logger } from "#ground/runtime";
import { ended, producerIn, settled, started, toFirst } from "../../04-sender/fixtures.ts";
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

describe("closing too early", () => {
  test("what waits for memory fails", async () => {
    await withSim(1, async (world) => {
      const { producer, cluster } = await started(world, { "buffer.memory": 20_000, "batch.size": 1_000 });
      cluster.fate = () => ({ answer: "never" });
      const sends = Array.from({ length: 30 }, () => producer.send(toFirst("x".repeat(900))));
      const outcomes = Promise.allSettled(sends);
      expect(producer.metrics()["waiting-threads"]).toBeGreaterThan(0);
      await settled(world, producer.close(500));
      const reasons = (await outcomes).map((outcome) => (outcome as PromiseRejectedResult).reason as Error);
      expect(reasons.every((reason) => reason instanceof ProducerClosedError)).toBe(true);
      await world.run(10);
      expectNothingLeaks(world.node("client"));
    });
  });
});
