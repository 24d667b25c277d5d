import { describe, expect, test } from "vitest";
import { ERRORS } from "#ground/errors";
import { encodeRequest } from "#ground/protocol/frames";
import { Produce } from "#ground/protocol/messages/00-produce";
import { Fetch } from "#ground/protocol/messages/01-fetch";
import { Metadata } from "#ground/protocol/messages/03-metadata";
import { ApiVersions } from "#ground/protocol/messages/18-api-versions";
import { DescribeConfigs } from "#ground/protocol/messages/32-describe-configs";
import { readInt32 } from "#ground/int64";
import { type Transport } from "#ground/runtime";
import { batchOf } from "../06-replication/batches.ts";
import { expectNothingLeaks } from "../support/sim.ts";
import { createTopic, fetch, fetchAll, frame, produce } from "./clients.ts";
import { RawClient, SimBroker } from "./sim-broker.ts";

function produceFrame(correlationId: number, topic: string, acks: number): Uint8Array {
  const topicData = [{ name: topic, partitionData: [{ index: 0, records: batchOf(["x"]) }] }];
  return frame(Produce, 9, correlationId, { acks, timeoutMs: 1000, topicData });
}

function fetchFrame(correlationId: number, topic: string, maxWaitMs: number, fetchOffset = 0): Uint8Array {
  const topics = [{ topic, partitions: [{ partition: 0, fetchOffset, partitionMaxBytes: 1 << 20 }] }];
  return frame(Fetch, 12, correlationId, { maxWaitMs, minBytes: 1, topics });
}

describe("Broker: start and stop", () => {
  test("topics, ids, settings, records and the cluster's id are there after a restart", async () => {
    const sim = await SimBroker.started();
    let client = await sim.connect();
    await sim.run(createTopic(client, "orders", { "retention.ms": "1234" }, 3));
    await sim.run(produce(client, "orders", ["a", "b"]));
    const before = await sim.run(client.send(Metadata, { topics: null }));
    await sim.stop();
    await sim.start(sim.node.restart());
    client = await sim.connect("second");
    const after = await sim.run(client.send(Metadata, { topics: null }));
    expect(after.clusterId).toBe(before.clusterId);
    expect(after.topics.map(({ name, topicId, partitions }) => [name, topicId, partitions.length])).toEqual(
      before.topics.map(({ name, topicId, partitions }) => [name, topicId, partitions.length]),
    );
    expect(await sim.run(fetchAll(client, "orders"))).toEqual(["a", "b"]);
    const resources = [{ resourceType: 2, resourceName: "orders", configurationKeys: ["retention.ms"] }];
    const { results } = await sim.run(client.send(DescribeConfigs, { resources }));
    expect(results[0]!.configs).toMatchObject([{ name: "retention.ms", value: "1234", configSource: 1 }]);
  });

  test("stop gives everything back, with clients connected and long polls waiting", async () => {
    const sim = await SimBroker.started();
    const client = await sim.connect();
    await sim.run(createTopic(client, "orders"));
    const waiting = fetch(client, "orders", 0, { maxWaitMs: 60_000 });
    await sim.world.run(10);
    await sim.stop();
    expect(await waiting).toMatchObject({ errorCode: 0, values: [] });
    expectNothingLeaks(sim.node);
  });

  test("a step that fails when it stops doesn't keep the others from being done", async () => {
    const sim = new SimBroker();
    const { runtime } = sim.node;
    const { transport } = runtime;
    const failing: Transport = {
      maxConnections: transport.maxConnections,
      connect: (...to) => transport.connect(...to),
      listen: async (...at) => {
        const listener = await transport.listen(...at);
        const close = async (): Promise<void> => {
          await listener.close();
          throw new Error("the port stays");
        };
        return { host: listener.host, port: listener.port, close };
      },
    };
    await sim.start({ ...runtime, transport: failing });
    await expect(sim.run(sim.broker.stop())).rejects.toThrow("the port stays");
    await sim.closeCoordination();
    expectNothingLeaks(sim.node);
    expect(runtime.disk.exists("/data/broker-1/.kafka_cleanshutdown")).toBe(true);
  });

  test("a fetch waits also where idle connections live for ever (connections.max.idle.ms below 0)", async () => {
    const sim = await SimBroker.started(1, { "connections.max.idle.ms": -1 });
    const client = await sim.connect();
    await sim.run(createTopic(client, "orders"));
    const waiting = fetch(client, "orders", 0, { maxWaitMs: 60_000 });
    await sim.world.run(1000);
    await sim.run(produce(client, "orders", ["late"]));
    expect((await sim.run(waiting)).values).toEqual(["late"]);
    await sim.stop();
  });

  test("a port that is taken is an error that says so, and nothing stays open", async () => {
    const sim = new SimBroker();
    const other = await sim.run(sim.node.runtime.transport.listen("broker", 9092, () => {}));
    await expect(sim.start()).rejects.toThrow(/9092/);
    await sim.run(other.close());
    await sim.closeCoordination();
    expectNothingLeaks(sim.node);
  });

  test("a data folder of another cluster is refused", async () => {
    const sim = await SimBroker.started();
    await sim.stop();
    sim.node.runtime.disk.remove("/data/coordination");
    await expect(sim.start()).rejects.toThrow(/cluster/);
    await sim.closeCoordination();
    expectNothingLeaks(sim.node);
  });

  test("a listener that would need TLS is refused", async () => {
    const sim = new SimBroker(1, { listeners: "SSL://broker:9092", "security.inter.broker.protocol": "SSL" });
    await expect(sim.start()).rejects.toMatchObject({ code: "INVALID_CONFIG" });
  });

  test("where brokers have a listener of their own, clients can't keep them out", async () => {
    const sim = await SimBroker.started(1, {
      listeners: "PLAINTEXT://broker:9092,REPLICATION://broker:9093",
      "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,REPLICATION:PLAINTEXT",
      "inter.broker.listener.name": "REPLICATION",
      "max.connections": 1,
    });
    const { transport } = sim.world.node("client").runtime;
    const client = await sim.connect();
    const isRefused = async (port: number): Promise<boolean> => {
      const raw = new RawClient(sim.world, await sim.run(transport.connect("broker", port, 1_000)));
      await sim.world.run(100);
      return raw.isClosed;
    };
    expect([await isRefused(9092), await isRefused(9093), await isRefused(9093)]).toEqual([true, false, false]);
    client.close();
  });

  test("a client that comes before the broker is ready is answered when it is", async () => {
    const sim = new SimBroker();
    const early = sim.world.node("early").runtime;
    const received: number[] = [];
    const comeEarly = async (): Promise<void> => {
      for (;;) {
        try {
          const connection = await early.transport.connect("broker", 9092, 1000);
          connection.handle({ onData: (chunk) => void received.push(chunk.length), onClose: () => {} });
          connection.write(encodeRequest(ApiVersions, 0, { correlationId: 1, clientId: null }, {}));
          return;
        } catch {
          // Nobody listens yet.
          await new Promise<void>((resolve) => early.scheduler.at(early.clock.nowMs() + 0.1, resolve));
        }
      }
    };
    early.scheduler.spawn("early client", comeEarly);
    await sim.start();
    await sim.world.run(100);
    expect(received).toHaveLength(1);
  });
});

describe("Broker: in the simulator", () => {
  test("the same seed gives the same run, event for event, also after another seed", async () => {
    const run = async (seed: number): Promise<number> => {
      const sim = await SimBroker.started(seed);
      const client = await sim.connect();
      await sim.run(createTopic(client, "orders", {}, 3));
      for (let i = 0; i < 20; i++) await sim.run(produce(client, "orders", [`${i}`]));
      await sim.losePower();
      await sim.run(fetchAll(await sim.connect("again"), "orders"));
      await sim.stop();
      return sim.world.traceHash;
    };
    const [first, other, again] = [await run(1), await run(2), await run(1)];
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });
});

describe("Broker: answers", () => {
  test("leave in the order of the requests: what comes after a long poll waits for it", async () => {
    const sim = await SimBroker.started();
    await sim.run(createTopic(await sim.connect(), "orders"));
    const raw = await sim.connectRaw();
    raw.send(fetchFrame(1, "orders", 500));
    raw.send(frame(ApiVersions, 0, 2, {}));
    await sim.world.run(400);
    expect(raw.answers).toHaveLength(0);
    await sim.world.run(200);
    expect(raw.answers.map((answer) => readInt32(answer, 0))).toEqual([1, 2]);
  });

  test("acks=0 gets none, and an error closes the connection", async () => {
    const sim = await SimBroker.started();
    const client = await sim.connect();
    await sim.run(createTopic(client, "orders"));
    const raw = await sim.connectRaw();
    raw.send(produceFrame(1, "orders", 0));
    raw.send(produceFrame(2, "orders", 1));
    raw.send(produceFrame(3, "nowhere", 0));
    raw.send(produceFrame(4, "orders", 1));
    await sim.world.run(1000);
    expect(raw.answers.map((answer) => readInt32(answer, 0))).toEqual([2]);
    expect(raw.isClosed).toBe(true);
    expect(await sim.run(fetchAll(client, "orders"))).toEqual(["x", "x"]);
  });

  test("a missing topic is made when a client asks for it, and only if it may be", async () => {
    const sim = await SimBroker.started(1, { "num.partitions": 3 });
    const client = await sim.connect();
    const ask = async (allowAutoTopicCreation: boolean) => {
      const answer = await sim.run(client.send(Metadata, { topics: [{ name: "new" }], allowAutoTopicCreation }));
      await sim.world.run(50);
      return answer.topics[0]!;
    };
    expect(await ask(false)).toMatchObject({ errorCode: 3 });
    expect(await ask(true)).toMatchObject({ errorCode: 3, partitions: [] });
    expect((await ask(false)).partitions).toHaveLength(3);
    expect(await sim.run(produce(client, "new", ["a"]))).toEqual({ errorCode: 0, baseOffset: 0 });
  });

  test("a topic that can't be opened for want of descriptors has no leader until it comes back by itself", async () => {
    const sim = await SimBroker.started();
    const client = await sim.connect();
    const ask = async () => (await sim.run(client.send(Metadata, { topics: [{ name: "new" }] }))).topics[0]!.partitions;
    sim.node.failDisk("/data/broker-1/new-1", "descriptors");
    await sim.run(createTopic(client, "new", {}, 2));
    expect(await ask()).toMatchObject([
      { errorCode: 0, leaderId: 1, offlineReplicas: [] },
      { errorCode: ERRORS.LEADER_NOT_AVAILABLE[0], leaderId: -1, offlineReplicas: [1] },
    ]);
    sim.node.healDisk();
    await sim.world.run(6_000);
    for (const answer of await ask()) expect(answer).toMatchObject({ errorCode: 0, leaderId: 1, offlineReplicas: [] });
    expect(sim.fatal).toEqual([]);
    await sim.stop();
    expectNothingLeaks(sim.node);
  });

  test("auto.create.topics.enable=false makes none", async () => {
    const sim = await SimBroker.started(1, { "auto.create.topics.enable": false });
    const client = await sim.connect();
    for (let i = 0; i < 2; i++) {
      const { topics } = await sim.run(client.send(Metadata, { topics: [{ name: "new" }] }));
      expect(topics[0]!.errorCode).toBe(3);
      await sim.world.run(50);
    }
  });
});

describe("Broker: long polls", () => {
  test("an append wakes every client that waits, at once", async () => {
    const sim = await SimBroker.started();
    const client = await sim.connect();
    await sim.run(createTopic(client, "orders"));
    const readers = [];
    for (let i = 0; i < 20; i++) readers.push(await sim.connect(`reader-${i}`));
    const waiting = readers.map((reader) => fetch(reader, "orders", 0, { maxWaitMs: 30_000 }));
    await sim.world.run(100);
    const beforeMs = sim.world.nowMs;
    await sim.run(produce(client, "orders", ["news"]));
    const got = await sim.run(Promise.all(waiting));
    expect(got.map(({ values }) => values)).toEqual(readers.map(() => ["news"]));
    expect(sim.world.nowMs - beforeMs).toBeLessThan(100);
  });

  test("nothing is left of a client that goes while it waits", async () => {
    const sim = await SimBroker.started();
    await sim.run(createTopic(await sim.connect(), "orders"));
    const idle = sim.node.openResources.length;
    for (let i = 0; i < 50; i++) {
      const raw = await sim.connectRaw(`raw-${i}`);
      raw.send(fetchFrame(1, "orders", 2 ** 31 - 1));
      raw.send(fetchFrame(2, "orders", 2 ** 31 - 1));
      await sim.world.run(5);
      raw.close();
    }
    // It could be that they have closed their sending halves only.
    await sim.world.run(31_000);
    expect(sim.node.openResources.length).toBeLessThanOrEqual(idle);
  });
});

describe("Broker: clients that misbehave", () => {
  test("one that reads nothing keeps nobody else waiting, and gets every answer once it reads", async () => {
    const sim = await SimBroker.started();
    const client = await sim.connect();
    await sim.run(createTopic(client, "orders"));
    await sim.run(produce(client, "orders", ["x".repeat(200_000)]));
    const lazy = await sim.connectRaw("lazy");
    lazy.pause();
    for (let i = 0; i < 60; i++) lazy.send(fetchFrame(i, "orders", 0));
    await sim.world.run(5_000);
    expect(await sim.run(produce(client, "orders", ["y"]))).toEqual({ errorCode: 0, baseOffset: 1 });
    lazy.resume();
    await sim.world.runUntil(() => lazy.answers.length === 60, 300_000);
    expect(lazy.answers.map((answer) => readInt32(answer, 0))).toEqual(Array.from({ length: 60 }, (_, i) => i));
  });

  test("five hundred clients come, ask and go; nothing is left of them", async () => {
    const sim = await SimBroker.started();
    await sim.run(createTopic(await sim.connect(), "orders"));
    const idle = sim.node.openResources.length;
    const clients: RawClient[] = [];
    for (let i = 0; i < 500; i++) {
      const client = await sim.connectRaw(`c${i % 10}`);
      client.send(i % 2 === 0 ? produceFrame(i, "orders", 1) : fetchFrame(i, "orders", 100));
      clients.push(client);
    }
    await sim.world.runUntil(() => clients.every(({ answers }) => answers.length === 1), 60_000);
    for (const client of clients) client.close();
    await sim.world.run(1000);
    expect(sim.node.openResources.length).toBeLessThanOrEqual(idle);
  });
});
