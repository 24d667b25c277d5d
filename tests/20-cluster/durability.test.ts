import { describe, expect, test } from "vitest";
import { KafkaError } from "#ground/errors";
import { DeleteTopics } from "#ground/protocol/messages/20-delete-topics";
import { InitProducerId } from "#ground/protocol/messages/22-init-producer-id";
import { Metadata } from "#ground/protocol/messages/03-metadata";
import { createTopic, fetchAll, produce } from "./clients.ts";
import { SimBroker } from "./sim-broker.ts";

/** Small segments, so that crashes fall on rolls too. */
const SMALL = { "log.segment.bytes": 3_000, "log.index.interval.bytes": 100 };
const SEEDS = Array.from({ length: 8 }, (_, i) => i + 1);

/** What one producer, that sends numbered values in order, knows of them. */
interface Sent {
  /** In the order of sending. */
  readonly values: string[];
  /** How many of them, from the first on, were acknowledged. */
  acknowledged: number;
}

/** Sends values, several at a time, until the connection breaks. */
async function produceUntilBroken(sim: SimBroker, clientName: string, sent: Sent, acks: number): Promise<void> {
  const client = await sim.connect(clientName);
  const { runtime } = sim.world.node(clientName);
  runtime.scheduler.spawn(clientName, async () => {
    const send = async (): Promise<void> => {
      const count = 1 + runtime.random.int(5);
      const values = Array.from({ length: count }, (_, i) => `${clientName}-${sent.values.length + i}`);
      sent.values.push(...values);
      const { errorCode } = await produce(client, "orders", values, acks);
      if (errorCode === 0) sent.acknowledged += count;
    };
    try {
      for (;;) await Promise.all([send(), send(), send()]);
    } catch (error) {
      if (!(error instanceof KafkaError)) throw error;
    }
  });
}

async function readBack(sim: SimBroker, clientName: string): Promise<string[]> {
  const client = await sim.connect(clientName);
  const all: string[] = [];
  const reading = fetchAll(client, "orders").then((values) => void all.push(...values));
  await sim.run(reading);
  client.close();
  return all;
}

describe("a broker that is killed", () => {
  test.each(SEEDS)("loses nothing that it acknowledged, and changes nothing that was read (seed %i)", async (seed) => {
    const sim = await SimBroker.started(seed, SMALL);
    await sim.run(createTopic(await sim.connect(), "orders"));
    const chance = sim.world.random("when to crash");
    let known: string[] = [];
    for (let round = 0; round < 3; round++) {
      const sent: Sent = { values: [], acknowledged: 0 };
      await produceUntilBroken(sim, `p${round}`, sent, round % 2 === 0 ? -1 : 1);
      await sim.world.run(1 + chance.int(40));
      await sim.crash();
      const now = await readBack(sim, `reader${round}`);
      const added = now.slice(known.length);
      expect(now.slice(0, known.length)).toEqual(known);
      // Whole requests, in order, and at least all that were acknowledged.
      expect(added).toEqual(sent.values.slice(0, added.length));
      expect(added.length).toBeGreaterThanOrEqual(sent.acknowledged);
      known = now;
    }
    expect(known.length).toBeGreaterThan(0);
  });
});

describe("a broker that loses power", () => {
  test.each(SEEDS)("has a prefix of what it had, and serves on (seed %i)", async (seed) => {
    const sim = await SimBroker.started(seed, { ...SMALL, "log.flush.interval.messages": 20 });
    const admin = await sim.connect();
    await sim.run(createTopic(admin, "orders"));
    const chance = sim.world.random("when to cut the power");
    let known: string[] = [];
    for (let round = 0; round < 3; round++) {
      const sent: Sent = { values: [], acknowledged: 0 };
      await produceUntilBroken(sim, `p${round}`, sent, -1);
      await sim.world.run(1 + chance.int(40));
      await sim.losePower();
      const now = await readBack(sim, `reader${round}`);
      expect(now).toEqual([...known, ...sent.values].slice(0, now.length));
      known = now;
    }
    const client = await sim.connect("last");
    expect(await sim.run(produce(client, "orders", ["more"]))).toEqual({ errorCode: 0, baseOffset: known.length });
    expect((await readBack(sim, "final")).at(-1)).toBe("more");
  });

  test("keeps everything that was there when it was stopped in order", async () => {
    const sim = await SimBroker.started(5, SMALL);
    const client = await sim.connect();
    await sim.run(createTopic(client, "orders"));
    for (let i = 0; i < 50; i++) await sim.run(produce(client, "orders", [`${i}`]));
    await sim.stop();
    await sim.losePower();
    expect(await readBack(sim, "reader")).toEqual(Array.from({ length: 50 }, (_, i) => `${i}`));
  });

  test("still has every topic that it said it had made, and gives no producer id twice", async () => {
    const sim = await SimBroker.started(7);
    const ids = new Set<unknown>();
    for (let round = 0; round < 3; round++) {
      const client = await sim.connect(`c${round}`);
      await sim.run(createTopic(client, `topic-${round}`));
      const request = { transactionalId: null, transactionTimeoutMs: 1000 };
      ids.add((await sim.run(client.send(InitProducerId, request))).producerId);
      await sim.losePower();
    }
    const client = await sim.connect("last");
    const { topics } = await sim.run(client.send(Metadata, { topics: null }));
    expect(topics.map(({ name }) => name)).toEqual(["topic-0", "topic-1", "topic-2"]);
    // Each incarnation leads in an epoch of its own: what it lost can be told from what others have.
    expect(topics.map(({ partitions }) => partitions[0]!.leaderEpoch)).toEqual([3, 2, 1]);
    expect(ids.size).toBe(3);
  });
});

describe("a broker whose log dir fails", () => {
  test("goes on with the others, and says so of what is lost", async () => {
    const sim = await SimBroker.started(4, { "log.dirs": "/data/one,/data/two" });
    const client = await sim.connect();
    for (const topic of ["a", "b"]) {
      await sim.run(createTopic(client, topic));
      expect((await sim.run(produce(client, topic, ["before"]))).errorCode).toBe(0);
    }
    sim.node.failDisk("/data/one");
    const codes = [];
    for (const topic of ["a", "b", "a", "b"]) codes.push((await sim.run(produce(client, topic, ["after"]))).errorCode);
    expect(codes.sort()).toEqual([0, 0, 56, 56]);
    expect(sim.fatal).toEqual([]);
  });

  test("deletes a topic all the same; the next one of its name begins anew, also when the dir is back", async () => {
    const sim = await SimBroker.started(1, { "log.dirs": "/data/one,/data/two" });
    const client = await sim.connect();
    await sim.run(createTopic(client, "orders", {}, 2));
    for (const partition of [0, 1]) await sim.run(produce(client, "orders", ["old"], -1, partition));
    sim.node.failDisk("/data/one");
    const { responses } = await sim.run(client.send(DeleteTopics, { topics: [{ name: "orders" }] }));
    expect(responses.map(({ errorCode }) => errorCode)).toEqual([0]);
    await sim.run(createTopic(client, "orders", {}, 2));
    const written = [];
    for (const partition of [0, 1]) written.push(await sim.run(produce(client, "orders", ["new"], -1, partition)));
    expect(written).toEqual([0, 1].map(() => ({ errorCode: 0, baseOffset: 0 })));
    await sim.stop();
    sim.node.healDisk();
    await sim.start(sim.node.restart());
    expect(await readBack(sim, "reader")).toEqual(["new"]);
    expect(sim.node.runtime.disk.list("/data/one").filter((name) => /^orders-\d$/.test(name))).toEqual([]);
  });

  test("can't go on without any", async () => {
    const sim = await SimBroker.started(4);
    const client = await sim.connect();
    await sim.run(createTopic(client, "a"));
    sim.node.failDisk("/data/broker-1");
    expect((await sim.run(produce(client, "a", ["x"]))).errorCode).toBe(56);
    await sim.world.run(10);
    expect(sim.fatal).toEqual(["All log dirs have failed."]);
  });
});

describe("a topic that was deleted", () => {
  test("stays deleted after a crash at any moment, and its name begins anew", async () => {
    for (const seed of SEEDS) {
      const sim = await SimBroker.started(seed);
      const client = await sim.connect();
      await sim.run(createTopic(client, "orders"));
      await sim.run(produce(client, "orders", ["old"]));
      const deletion = client.send(DeleteTopics, { topics: [{ name: "orders" }] }).catch(() => {});
      const isAnswered = sim.world.random("crash").happens(0.5);
      if (isAnswered) await sim.run(deletion);
      else await sim.world.run(sim.world.random("moment").next() * 2);
      await sim.crash();
      const again = await sim.connect("again");
      const { topics } = await sim.run(again.send(Metadata, { topics: null }));
      if (isAnswered) expect(topics).toEqual([]);
      if (topics.length === 1) {
        expect(await sim.run(fetchAll(again, "orders"))).toEqual(["old"]);
        continue;
      }
      await sim.run(createTopic(again, "orders"));
      expect(await sim.run(produce(again, "orders", ["new"]))).toEqual({ errorCode: 0, baseOffset: 0 });
      expect(await sim.run(fetchAll(again, "orders"))).toEqual(["new"]);
    }
  });
});

describe("a broker whose disk is full", () => {
  test("says so to the producer, serves readers, and takes records again when there is room", async () => {
    const sim = await SimBroker.started(3);
    const client = await sim.connect();
    await sim.run(createTopic(client, "orders"));
    await sim.run(produce(client, "orders", ["before"]));
    sim.node.fillDisk(0);
    expect((await sim.run(produce(client, "orders", ["x".repeat(10_000)]))).errorCode).toBe(56);
    expect(await sim.run(fetchAll(client, "orders"))).toEqual(["before"]);
    await expect(sim.run(createTopic(client, "more"))).rejects.toThrow("more");
    sim.node.fillDisk(1_000_000);
    expect(await sim.run(produce(client, "orders", ["after"]))).toEqual({ errorCode: 0, baseOffset: 1 });
    expect(await sim.run(fetchAll(client, "orders"))).toEqual(["before", "after"]);
    await sim.run(createTopic(client, "more"));
  });
});
