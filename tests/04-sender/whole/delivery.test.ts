/**
 * The producer as a whole, with scripted brokers on the simulated network: what a crash, a lost answer, an election do.
 */
import { describe, expect, test } from "vitest";
import { type KafkaError } from "#ground/errors";
import { type SimWorld } from "#ground/sim/sim-world";
import { type Fate, FakeCluster, type SeenRequest } from "../../support/fake-cluster.ts";
import { expectNothingLeaks } from "../../support/sim.ts";
import { producerIn, settled, withSim } from "../fixtures.ts";

/** Sends one record a batch: the next one when the one before has left, without waiting for its answer. */
async function sendOneByOne(
  world: SimWorld,
  config: Record<string, unknown>,
  values: readonly string[],
  fate: (request: SeenRequest, n: number) => Fate,
): Promise<{ cluster: FakeCluster; outcomes: string[] }> {
  const cluster = await FakeCluster.start(world, [1], { orders: [1] });
  cluster.fate = fate;
  const { producer } = producerIn(world, { "batch.size": 1, ...config });
  const outcomes: string[] = [];
  const sends = values.map((value, i) => {
    return producer.send({ topic: "orders", partition: 0, value }, (metadata, error) => {
      outcomes[i] = error === null ? `offset ${metadata!.offset}` : (error as KafkaError).code;
    });
  });
  await settled(world, Promise.allSettled(sends));
  await settled(world, producer.close());
  await world.run(10);
  expectNothingLeaks(world.node("client"));
  return { cluster, outcomes };
}

const firstIs = (fate: Fate) => (_: SeenRequest, n: number): Fate => (n === 0 ? fate : {});
/** The values of each request that came. */
const arrivals = ({ seen }: FakeCluster): string[] => {
  return seen.map(({ batches }) => batches.flatMap(({ values }) => values).join(""));
};
const IDEMPOTENT = { "enable.idempotence": true };

describe("two batches in flight, and the first one fails", () => {
  const FIRST_FAILS = firstIs({ error: "NOT_ENOUGH_REPLICAS" });
  const LOST = firstIs({ lost: true, answer: "close" });

  test("4.7 without idempotence the second one overtakes it", async () => {
    await withSim(1, async (world) => {
      const { cluster } = await sendOneByOne(world, {}, ["a", "b"], FIRST_FAILS);
      expect(cluster.values("orders", 0)).toEqual(["b", "a"]);
    });
  });

  test("4.7 with max.in.flight=1 the second one waits for it", async () => {
    await withSim(1, async (world) => {
      const config = { "max.in.flight.requests.per.connection": 1 };
      const { cluster } = await sendOneByOne(world, config, ["a", "b"], FIRST_FAILS);
      expect(cluster.values("orders", 0)).toEqual(["a", "b"]);
      expect(arrivals(cluster)).toEqual(["a", "a", "b"]);
    });
  });

  test("4.7 without retries nothing is tried again, so nothing is overtaken", async () => {
    await withSim(1, async (world) => {
      const { cluster, outcomes } = await sendOneByOne(world, { retries: 0 }, ["a", "b"], FIRST_FAILS);
      expect(cluster.values("orders", 0)).toEqual(["b"]);
      expect(outcomes).toEqual(["NOT_ENOUGH_REPLICAS", "offset 0"]);
    });
  });

  test("4.8 with idempotence both are sent again, in order [I7]", async () => {
    await withSim(1, async (world) => {
      const { cluster, outcomes } = await sendOneByOne(world, IDEMPOTENT, ["a", "b"], LOST);
      expect(cluster.values("orders", 0)).toEqual(["a", "b"]);
      expect(outcomes).toEqual(["offset 0", "offset 1"]);
    });
  });
});

describe("an answer is lost", () => {
  test("4.7 without idempotence the batch is written twice", async () => {
    await withSim(1, async (world) => {
      const { cluster, outcomes } = await sendOneByOne(world, {}, ["a"], firstIs({ answer: "close" }));
      expect(cluster.values("orders", 0)).toEqual(["a", "a"]);
      expect(outcomes).toEqual(["offset 1"]);
    });
  });

  test("4.8 with idempotence it is written once, and the offset is the first one's [I7]", async () => {
    await withSim(1, async (world) => {
      const { cluster, outcomes } = await sendOneByOne(world, IDEMPOTENT, ["a"], firstIs({ answer: "close" }));
      expect(cluster.values("orders", 0)).toEqual(["a"]);
      expect(arrivals(cluster)).toEqual(["a", "a"]);
      expect(outcomes).toEqual(["offset 0"]);
    });
  });

  test("4.7 with acks=0 nobody notices", async () => {
    await withSim(1, async (world) => {
      const lost = firstIs({ lost: true, answer: "close" });
      const { cluster, outcomes } = await sendOneByOne(world, { acks: 0 }, ["a"], lost);
      expect(cluster.values("orders", 0)).toEqual([]);
      expect(outcomes).toEqual(["offset -1"]);
    });
  });

  test("4.7 a broker that doesn't answer is given up after request.timeout.ms, and asked again", async () => {
    await withSim(1, async (world) => {
      const config = { "request.timeout.ms": 2_000 };
      const { cluster, outcomes } = await sendOneByOne(world, config, ["a"], firstIs({ lost: true, answer: "never" }));
      expect(outcomes).toEqual(["offset 0"]);
      const [first, second] = cluster.seen;
      expect(second!.atMs - first!.atMs).toBeGreaterThan(2_000);
      expect(second!.atMs - first!.atMs).toBeLessThan(2_300);
    });
  });
});

describe("delivery.timeout.ms", () => {
  test("4.7 when it is over each batch fails, also in the middle of an attempt [I1]", async () => {
    await withSim(1, async (world) => {
      const cluster = await FakeCluster.start(world, [1], { orders: [1, 1] });
      cluster.fate = () => ({ answer: "never" });
      const { producer } = producerIn(world, { "request.timeout.ms": 1_400, "delivery.timeout.ms": 1_500 });
      await settled(world, producer.partitionsFor("orders"));
      cluster.crash(1);
      const startMs = world.nowMs;
      const failedAfterMs: number[] = [];
      for (const partition of [0, 1]) {
        producer.send({ topic: "orders", partition, value: "a" }, () => void failedAfterMs.push(world.nowMs - startMs));
      }
      await world.run(200);
      await cluster.startBroker(1);
      await world.run(3_000);
      expect(cluster.seen.map(({ batches }) => batches.length)).toEqual([2]);
      expect(failedAfterMs.map(Math.floor)).toEqual([1_500, 1_500]);
      await settled(world, producer.close());
    });
  });
});

describe("what is sent again", () => {
  test("4.7 whole batches, as they were: records that came meanwhile go into the next one", async () => {
    await withSim(1, async (world) => {
      const cluster = await FakeCluster.start(world, [1], { orders: [1] });
      cluster.fate = firstIs({ error: "NOT_ENOUGH_REPLICAS" });
      const { producer } = producerIn(world, { "max.in.flight.requests.per.connection": 1 });
      await settled(world, producer.partitionsFor("orders"));
      for (const value of ["a", "b"]) producer.send({ topic: "orders", partition: 0, value });
      await world.run(20);
      for (const value of ["c", "d"]) producer.send({ topic: "orders", partition: 0, value });
      await settled(world, producer.flush());
      expect(arrivals(cluster)).toEqual(["ab", "ab", "cd"]);
      await settled(world, producer.close());
    });
  });

  test("4.7 only the partitions that failed, not the whole request", async () => {
    await withSim(1, async (world) => {
      const cluster = await FakeCluster.start(world, [1, 2], { orders: [1, 1] });
      const { producer } = producerIn(world);
      await settled(world, producer.partitionsFor("orders"));
      cluster.elect("orders", 1, 2);
      const sends = [0, 1].map((partition) => producer.send({ topic: "orders", partition, value: `p${partition}` }));
      await settled(world, Promise.all(sends));
      const requests = cluster.seen.map(({ broker, batches }) => {
        return `${broker}: ${batches.map(({ partition }) => partition).join(" ")}`;
      });
      expect(requests).toEqual(["1: orders-0 orders-1", "2: orders-1"]);
      await settled(world, producer.close());
    });
  });

  test("4.8 five batches in flight, each answer lost once: written once, in order [I7]", async () => {
    for (const lost of [0, 1, 2, 3, 4]) {
      await withSim(lost, async (world) => {
        const values = ["a", "b", "c", "d", "e", "f", "g"];
        const fate = (_: SeenRequest, n: number): Fate => (n === lost ? { answer: "close" } : {});
        const { cluster, outcomes } = await sendOneByOne(world, { "enable.idempotence": true }, values, fate);
        expect(cluster.values("orders", 0)).toEqual(values);
        expect(outcomes).toEqual(values.map((_, i) => `offset ${i}`));
      });
    }
  });

  test("4.8 one that is refused fails alone; those behind it go on in a new epoch, in order", async () => {
    await withSim(1, async (world) => {
      const values = ["a", "b", "c", "d"];
      const fate = (_: SeenRequest, n: number): Fate => (n === 1 ? { error: "INVALID_RECORD" } : {});
      const { cluster, outcomes } = await sendOneByOne(world, { "enable.idempotence": true }, values, fate);
      expect(cluster.values("orders", 0)).toEqual(["a", "c", "d"]);
      expect(outcomes).toEqual(["offset 0", "INVALID_RECORD", "offset 1", "offset 2"]);
      expect(cluster.seen.at(-1)!.batches[0]).toMatchObject({ producerId: 1000, producerEpoch: 1 });
    });
  });

  test("4.8 one that expires while nobody knows its fate: what comes after it goes on", async () => {
    await withSim(1, async (world) => {
      const cluster = await FakeCluster.start(world, [1], { orders: [1] });
      cluster.fate = ({ atMs }) => (atMs < 3_000 ? { answer: "never" } : {});
      const config = { "enable.idempotence": true, "request.timeout.ms": 500, "delivery.timeout.ms": 1_000 };
      const { producer } = producerIn(world, config);
      const first = producer.send({ topic: "orders", partition: 0, value: "a" });
      await expect(settled(world, first)).rejects.toMatchObject({ code: "REQUEST_TIMED_OUT" });
      await world.run(3_000);
      const second = await settled(world, producer.send({ topic: "orders", partition: 0, value: "b" }));
      expect(second.offset).toBe(1);
      expect(cluster.values("orders", 0)).toEqual(["a", "b"]);
      await settled(world, producer.close());
    });
  });
});

describe("an election", () => {
  /** The leader dies; so much later another broker is elected. */
  async function electAfter(world: SimWorld, electionMs: number, config: Record<string, unknown>): Promise<string[]> {
    const cluster = await FakeCluster.start(world, [1, 2], { orders: [1] });
    const { producer } = producerIn(world, { "bootstrap.servers": "broker-1:9092,broker-2:9092", ...config });
    await settled(world, producer.send({ topic: "orders", partition: 0, value: "before" }));
    cluster.crash(1);
    cluster.elect("orders", 0, null);
    world.node("controller").runtime.scheduler.at(electionMs, () => cluster.elect("orders", 0, 2));
    const outcomes: string[] = [];
    const send = producer.send({ topic: "orders", partition: 0, value: "a" });
    const note = (outcome: string): void => void outcomes.push(outcome);
    await settled(world, send.then(({ offset }) => note(`offset ${offset}`), (error: KafkaError) => note(error.code)));
    outcomes.push(...cluster.values("orders", 0));
    await settled(world, producer.close());
    return outcomes;
  }

  test("4.7 that takes longer than a record may take is too long for it", async () => {
    await withSim(1, async (world) => {
      const config = { "delivery.timeout.ms": 1_500, "request.timeout.ms": 1_000 };
      expect(await electAfter(world, 3_000, config)).toEqual(["REQUEST_TIMED_OUT", "before"]);
    });
  });

  test("4.7 is survived by a record that may take longer than it", async () => {
    await withSim(1, async (world) => {
      expect(await electAfter(world, 3_000, {})).toEqual(["offset 1", "before", "a"]);
    });
  });

  test("4.7 is survived, whatever an outdated broker says about the old leader [I3]", async () => {
    await withSim(3, async (world) => {
      const cluster = await FakeCluster.start(world, [1, 2], { orders: [1] });
      cluster.elect("orders", 0, 2);
      // While broker 2 is busy, broker 1 is asked.
      cluster.fate = () => ({ delayMs: 100 });
      const config = { "metadata.max.age.ms": 50, "max.in.flight.requests.per.connection": 1 };
      const { producer } = producerIn(world, { "bootstrap.servers": "broker-2:9092", ...config });
      await settled(world, producer.partitionsFor("orders"));
      cluster.staleLeaders.set(1, new Map([["orders-0", { leader: 1, epoch: 0 }]]));
      for (let i = 0; i < 20; i++) {
        await settled(world, producer.send({ topic: "orders", partition: 0, value: `${i}` }));
        await world.run(60);
      }
      expect(cluster.metadataRequests).toContain(1);
      expect(new Set(cluster.seen.map(({ broker }) => broker))).toEqual(new Set([2]));
      await settled(world, producer.close());
    });
  });
});

describe("finding the brokers", () => {
  test("4.7 one address where nobody answers is no harm", async () => {
    await withSim(1, async (world) => {
      await FakeCluster.start(world, [1], { orders: [1] });
      world.node("nobody");
      const { producer } = producerIn(world, { "bootstrap.servers": "nobody:9092,unheard-of:1,broker-1:9092" });
      expect((await settled(world, producer.send({ topic: "orders", value: "a" }))).offset).toBe(0);
      await settled(world, producer.close());
    });
  });

  test("4.7 brokers that came later are found when those of bootstrap.servers have died since", async () => {
    await withSim(1, async (world) => {
      const cluster = await FakeCluster.start(world, [1], { orders: [1] });
      const { producer } = producerIn(world, { "metadata.max.age.ms": 1_000 });
      await settled(world, producer.send({ topic: "orders", value: "a" }));
      await cluster.startBroker(2);
      await world.run(1_500);
      cluster.crash(1);
      cluster.elect("orders", 0, 2);
      expect((await settled(world, producer.send({ topic: "orders", value: "b" }))).offset).toBe(1);
      await settled(world, producer.close());
    });
  });

  test("4.7 when all known brokers have died, bootstrap.servers are asked again (KIP-899)", async () => {
    await withSim(1, async (world) => {
      const cluster = await FakeCluster.start(world, [1, 2], { orders: [2] });
      const { producer } = producerIn(world, { "bootstrap.servers": "broker-1:9092,broker-3:9092" });
      await settled(world, producer.send({ topic: "orders", value: "a" }));
      for (const id of [1, 2]) cluster.crash(id);
      await cluster.startBroker(3);
      cluster.elect("orders", 0, 3);
      expect((await settled(world, producer.send({ topic: "orders", value: "b" }))).offset).toBe(1);
      await settled(world, producer.close());
    });
  });

  test("4.7 who sends, awaited or not, waits for nothing: the record waits for metadata", async () => {
    await withSim(1, async (world) => {
      const cluster = await FakeCluster.start(world, [1]);
      const { producer } = producerIn(world);
      const early = ["a", "b"].map((value) => producer.send({ topic: "later", partition: 0, value }));
      await world.run(5_000);
      expect(cluster.seen).toEqual([]);
      cluster.createTopic("later", [1]);
      await settled(world, Promise.all(early));
      expect(cluster.values("later", 0)).toEqual(["a", "b"]);
      await settled(world, producer.close());
    });
  });

  test("4.7 a topic that never comes is an error after max.block.ms, and holds up no other topic", async () => {
    await withSim(1, async (world) => {
      await FakeCluster.start(world, [1], { orders: [1] });
      const { producer } = producerIn(world, { "max.block.ms": 2_000 });
      const never = producer.send({ topic: "typo", value: "a" });
      never.catch(() => {});
      await settled(world, producer.send({ topic: "orders", value: "b" }), 1_000);
      const text = "Nothing is known of topic typo after 2000 ms (max.block.ms)";
      await expect(settled(world, never)).rejects.toThrow(text);
      expect(world.nowMs).toBeLessThan(2_100);
      await settled(world, producer.close());
    });
  });
});
