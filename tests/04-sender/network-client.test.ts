import { describe, expect, test } from "vitest";
import { type Node } from "#ground/cluster";
import { type KafkaError } from "#ground/errors";
import { Produce } from "#ground/protocol/messages/00-produce";
import { Metadata } from "#ground/protocol/messages/03-metadata";
import { type SimWorld } from "#ground/sim/sim-world";
import { NetworkClient } from "#sender/network-client";
import { nodeOf } from "../support/clusters.ts";
import { FakeCluster } from "../support/fake-cluster.ts";
import { expectNothingLeaks } from "../support/sim.ts";
import { fixedRandom, steadyBackoff, withSim } from "./fixtures.ts";

/**
 * A client that polls whenever something happens. `start` says where {@link NetworkClient.leastLoadedNode} begins: at
 * 0, 1 or 2, of three nodes.
 */
class Client {
  readonly network: NetworkClient;
  readonly #world: SimWorld;
  start = 0;
  /** While it is, nobody reads what the network notes. */
  isBusy = false;
  /** How many requests were in flight when the client heard that a connection is lost. */
  readonly disconnects: number[] = [];

  constructor(world: SimWorld, maxInFlight = 5) {
    this.#world = world;
    const { runtime } = world.node("client");
    const random = { ...fixedRandom(0), int: () => this.start, next: () => (this.start + 0.5) / 3 };
    const options = {
      clientId: "test",
      maxInFlight,
      requestTimeoutMs: 1_000,
      connectTimeoutMs: 500,
      reconnectBackoff: steadyBackoff(),
      onDisconnect: () => void this.disconnects.push(this.network.inFlightCount),
    };
    this.network = new NetworkClient({ ...runtime, random }, options, () => {
      runtime.scheduler.soon(() => {
        if (!this.isBusy) this.network.poll(this.now);
      });
    });
  }

  get now(): number {
    return this.#world.nowMs;
  }

  /** Connects to these brokers. */
  async connect(...ids: number[]): Promise<void> {
    for (const id of ids) this.network.ready(nodeOf(id), this.now);
    await this.#world.runUntil(() => ids.every((id) => this.network.isReady(id)), 1_000);
  }

  /** Sends an empty Produce request, whose end is noted in the list that is returned. */
  produce(id: number): string[] {
    const ends: string[] = [];
    this.network.send(id, Produce, { acks: 1, timeoutMs: 0, topicData: [] }, {
      onResponse: () => void ends.push("answered"),
      onFailure: (error: KafkaError) => void ends.push(error.code),
    });
    return ends;
  }

  leastLoaded(...ids: number[]): number | undefined {
    return this.network.leastLoadedNode(ids.map(nodeOf), this.now)?.id;
  }
}

const NOBODY: readonly Node[] = [];

describe("leastLoadedNode", () => {
  test("4.4 leastLoadedNode: of those that are ready, the one with the fewest requests in flight", async () => {
    await withSim(1, async (world) => {
      const cluster = await FakeCluster.start(world, [1, 2, 3]);
      cluster.fate = () => ({ answer: "never" });
      const client = new Client(world);
      await client.connect(1, 2, 3);
      for (const id of [1, 1, 2, 3, 3]) {
        client.produce(id);
        await world.run(1);
      }
      expect(client.leastLoaded(1, 2, 3)).toBe(2);
      client.start = 2;
      expect(client.leastLoaded(1, 2, 3)).toBe(2);
    });
  });

  test("4.4 leastLoadedNode: ties go to the first one from a random place on", async () => {
    await withSim(1, async (world) => {
      await FakeCluster.start(world, [1, 2, 3]);
      const client = new Client(world);
      await client.connect(1, 2, 3);
      const chosen = [0, 1, 2].map((start) => {
        client.start = start;
        return client.leastLoaded(1, 2, 3);
      });
      expect(chosen).toEqual([1, 2, 3]);
    });
  });

  test("4.4 leastLoadedNode: also ties of those that are being connected to, and of those that could be", async () => {
    await withSim(1, async (world) => {
      await FakeCluster.start(world, [1, 2, 3]);
      const client = new Client(world);
      const chosen = (): (number | undefined)[] => [0, 1, 2].map((start) => {
        client.start = start;
        return client.leastLoaded(1, 2, 3);
      });
      expect(chosen()).toEqual([1, 2, 3]);
      for (const id of [1, 2, 3]) client.network.ready(nodeOf(id), client.now);
      expect(chosen()).toEqual([1, 2, 3]);
    });
  });

  test("4.4 leastLoadedNode: a node that is ready before one that is being connected to, or could be", async () => {
    await withSim(1, async (world) => {
      const cluster = await FakeCluster.start(world, [1, 2]);
      cluster.fate = () => ({ answer: "never" });
      const client = new Client(world);
      await client.connect(2);
      client.produce(2);
      await world.run(1);
      expect(client.leastLoaded(1, 2)).toBe(2);
      client.network.ready(nodeOf(1), client.now);
      expect(client.leastLoaded(1, 2)).toBe(2);
    });
  });

  test("4.4 leastLoadedNode: all the more one that is ready and idle", async () => {
    await withSim(1, async (world) => {
      await FakeCluster.start(world, [1, 2]);
      const client = new Client(world);
      await client.connect(2);
      client.network.ready(nodeOf(1), client.now);
      expect(client.leastLoaded(1, 2)).toBe(2);
    });
  });

  test("4.4 leastLoadedNode: one that is being connected to, before one that could be", async () => {
    await withSim(1, async (world) => {
      await FakeCluster.start(world, [1, 2]);
      const client = new Client(world);
      client.network.ready(nodeOf(2), client.now);
      expect(client.leastLoaded(1, 2)).toBe(2);
    });
  });

  test("4.4 leastLoadedNode: one that can take no more is passed over", async () => {
    await withSim(1, async (world) => {
      const cluster = await FakeCluster.start(world, [1, 2]);
      cluster.fate = () => ({ answer: "never" });
      const client = new Client(world, 1);
      await client.connect(1);
      client.produce(1);
      await world.run(1);
      expect(client.leastLoaded(1, 2)).toBe(2);
      expect(client.leastLoaded(1)).toBeUndefined();
    });
  });

  test("4.4 leastLoadedNode: of those that can be connected to, the one that was tried longest ago", async () => {
    await withSim(1, async (world) => {
      await FakeCluster.start(world, []);
      const client = new Client(world);
      for (const id of [1, 3, 2]) {
        client.network.ready(nodeOf(id), client.now);
        await world.run(300);
      }
      expect(client.leastLoaded(2, 1, 3)).toBe(1);
      expect(client.leastLoaded(2, 3)).toBe(3);
      expect(client.leastLoaded(2, 4, 3)).toBe(4);
    });
  });

  test("4.4 leastLoadedNode: nobody, while all of them have just failed", async () => {
    await withSim(1, async (world) => {
      world.node("broker-1");
      const client = new Client(world);
      client.network.ready(nodeOf(1), client.now);
      await world.run(10);
      expect(client.leastLoaded(1)).toBeUndefined();
      expect(client.network.leastLoadedNode(NOBODY, client.now)).toBeNull();
      await world.run(100);
      expect(client.leastLoaded(1)).toBe(1);
    });
  });
});

describe("poll", () => {
  test("4.4 poll: an answer that has come counts, however late its note is read", async () => {
    await withSim(1, async (world) => {
      await FakeCluster.start(world, [1]);
      const client = new Client(world);
      await client.connect(1);
      const request = client.produce(1);
      client.isBusy = true;
      await world.run(1_500);
      expect(request, "the note waits").toEqual([]);
      client.network.poll(client.now);
      expect([request, client.network.isReady(1)]).toEqual([["answered"], true]);
    });
  });

  test("4.4 poll: notes are read in their order, also those that come while others are read", async () => {
    await withSim(1, async (world) => {
      await FakeCluster.start(world, [1]);
      const client = new Client(world);
      await client.connect(1);
      const events: string[] = [];
      const handler = (name: string, then = (): void => {}) => ({
        onResponse: (): void => {
          events.push(name);
          then();
        },
        onFailure: ({ code }: KafkaError): void => void events.push(`${name} ${code}`),
      });
      const empty = { acks: 1, timeoutMs: 0, topicData: [] };
      const unsendable = (): void => {
        const ofSent = { ...handler("unsendable"), onSent: (): void => void events.push("sent") };
        client.network.send(1, Produce, { ...empty, acks: 70_000 }, ofSent);
      };
      client.network.send(1, Produce, empty, handler("first", unsendable));
      await world.run(0.05);
      client.network.send(1, Produce, empty, handler("second"));
      client.isBusy = true;
      await world.run(100);
      client.network.poll(client.now);
      const told = events.length;
      client.network.poll(client.now);
      expect({ "told by one poll": events.slice(0, told), "by the next": events.slice(told) }).toEqual({
        "told by one poll": ["first", "second", "unsendable INVALID_REQUEST"], "by the next": [],
      });
    });
  });

  test("4.4 poll: each request ends once, also when its answer comes after its time-out", async () => {
    await withSim(1, async (world) => {
      const cluster = await FakeCluster.start(world, [1]);
      cluster.fate = () => ({ delayMs: 1_000 });
      const client = new Client(world);
      await client.connect(1);
      const request = client.produce(1);
      await world.run(999);
      client.isBusy = true;
      client.network.poll(client.now + 2);
      await world.run(100);
      client.network.poll(client.now);
      expect(request).toEqual(["REQUEST_TIMED_OUT"]);
    });
  });
});

describe("disconnect", () => {
  const LOST = new Error("the cable was pulled");

  test("4.4 disconnect: each request to the node fails, the oldest first, as one of Kafka's errors [I5]", async () => {
    await withSim(1, async (world) => {
      const cluster = await FakeCluster.start(world, [1, 2]);
      cluster.fate = () => ({ answer: "never" });
      const client = new Client(world);
      await client.connect(1, 2);
      const ends: string[] = [];
      for (const [id, name] of [[1, "a"], [2, "b"], [1, "c"]] as const) {
        client.network.send(id, Produce, { acks: 1, timeoutMs: 0, topicData: [] }, {
          onResponse: () => void ends.push(`${name} answered`),
          onFailure: ({ code, message }) => void ends.push(`${name} ${code}: ${message}`),
        });
        await world.run(1);
      }
      client.network.disconnect(1, LOST, client.now);
      const text = "NETWORK_EXCEPTION: the cable was pulled";
      expect(ends).toEqual([`a ${text}`, `c ${text}`]);
      expect(client.network.inFlightCount).toBe(1);
    });
  });

  test("4.4 disconnect: who hears of it finds nothing of the node in flight, and no connection", async () => {
    await withSim(1, async (world) => {
      const cluster = await FakeCluster.start(world, [1]);
      cluster.fate = () => ({ answer: "never" });
      const client = new Client(world);
      await client.connect(1);
      const seen: unknown[] = [];
      const look = (): void => {
        seen.push([client.network.inFlightCount, client.network.isReady(1)]);
        client.network.disconnect(1, LOST, client.now);
      };
      for (let i = 0; i < 2; i++) {
        const handler = { onResponse() {}, onFailure: look };
        client.network.send(1, Produce, { acks: 1, timeoutMs: 0, topicData: [] }, handler);
        await world.run(1);
      }
      client.network.disconnect(1, LOST, client.now);
      expect(seen).toEqual([[0, false], [0, false]]);
      expect(client.network.lastErrorOf(1)).toBe(LOST);
    });
  });

  test("4.4 disconnect: the connection is closed, noted as lost, and followed by a pause", async () => {
    await withSim(1, async (world) => {
      await FakeCluster.start(world, [1]);
      const client = new Client(world);
      await client.connect(1);
      client.network.disconnect(1, LOST, client.now);
      expect([client.network.isReady(1), client.network.connectionDelayMs(1, client.now)]).toEqual([false, 100]);
      expect([client.network.lastErrorOf(1), client.disconnects.length]).toEqual([LOST, 1]);
      await world.run(10);
      expectNothingLeaks(world.node("client"));
    });
  });
});

describe("connections", () => {
  test("4.4 ready: an attempt that failed is followed by a pause, each one longer", async () => {
    await withSim(1, async (world) => {
      world.node("broker-1");
      const client = new Client(world);
      const pauses: number[] = [];
      for (let i = 0; i < 3; i++) {
        expect(client.network.ready(nodeOf(1), client.now)).toBe(false);
        await world.run(10);
        pauses.push(Math.round(client.network.connectionDelayMs(1, client.now) / 50) * 50);
        await world.run(1_000);
      }
      expect(pauses).toEqual([100, 200, 400]);
      expect(client.network.lastErrorOf(1)?.message).toContain("nothing listens there");
    });
  });

  test("4.4 poll: a request without an answer ends its connection, and all its requests fail [I5]", async () => {
    await withSim(1, async (world) => {
      const cluster = await FakeCluster.start(world, [1, 2]);
      cluster.fate = ({ broker }) => (broker === 1 ? { answer: "never" } : {});
      const client = new Client(world);
      await client.connect(1, 2);
      const first = client.produce(1);
      await world.run(500);
      const [second, other] = [client.produce(1), client.produce(2)];
      await world.run(400);
      expect([first, second, other]).toEqual([[], [], ["answered"]]);
      await world.run(150);
      client.network.poll(client.now);
      await world.run(5);
      expect([first, second]).toEqual([["REQUEST_TIMED_OUT"], ["REQUEST_TIMED_OUT"]]);
      expect([1, 2].map((id) => client.network.isReady(id))).toEqual([false, true]);
      expect(client.network.inFlightCount).toBe(0);
    });
  });

  test("4.4 poll: when a broker dies, what was in flight to it fails at once", async () => {
    await withSim(1, async (world) => {
      const cluster = await FakeCluster.start(world, [1]);
      cluster.fate = () => ({ answer: "never" });
      const client = new Client(world);
      await client.connect(1);
      const request = client.produce(1);
      await world.run(5);
      cluster.crash(1);
      await world.run(5);
      expect(request).toEqual(["NETWORK_EXCEPTION"]);
      expect(client.network.inFlightCount).toBe(0);
    });
  });

  test("4.4 send: a request without an answer is over when the network has taken it", async () => {
    await withSim(1, async (world) => {
      const cluster = await FakeCluster.start(world, [1]);
      const client = new Client(world);
      await client.connect(1);
      const events: string[] = [];
      const answered = new Promise<void>((resolve) => {
        client.network.send(1, Metadata, { topics: [] }, {
          onResponse: () => {
            events.push("metadata");
            resolve();
          },
          onFailure: ({ code }) => void events.push(code),
        });
      });
      await world.run(0.05);
      client.network.send(1, Produce, { acks: 0, timeoutMs: 0, topicData: [] }, {
        onResponse: () => void events.push("answered"),
        onFailure: ({ code }) => void events.push(code),
        onSent: () => void events.push("sent"),
      });
      await world.run(10);
      await answered;
      expect(events).toEqual(["sent", "metadata"]);
      expect([client.network.inFlightCount, cluster.seen.length]).toEqual([0, 1]);
    });
  });

  test("4.4 send: what can't be encoded fails alone, and harms no other request", async () => {
    await withSim(1, async (world) => {
      const cluster = await FakeCluster.start(world, [1]);
      cluster.fate = () => ({ delayMs: 50 });
      const client = new Client(world);
      await client.connect(1);
      const good = client.produce(1);
      await world.run(1);
      const bad: string[] = [];
      client.network.send(1, Produce, { acks: 70_000, timeoutMs: 0, topicData: [] }, {
        onResponse: () => void bad.push("answered"),
        onFailure: ({ code }) => void bad.push(code),
      });
      await world.run(100);
      expect([good, bad]).toEqual([["answered"], ["INVALID_REQUEST"]]);
      expect(client.network.inFlightCount).toBe(0);
    });
  });

  test("4.4 close: leaves nothing open, also no attempt to connect", async () => {
    await withSim(1, async (world) => {
      await FakeCluster.start(world, [1]);
      world.node("broker-2");
      world.network.partition("client", "broker-2");
      const client = new Client(world);
      await client.connect(1);
      client.network.ready(nodeOf(2), client.now);
      await world.run(1);
      client.network.close();
      await world.run(10);
      expectNothingLeaks(world.node("client"));
      expect(client.network.ready(nodeOf(1), client.now)).toBe(false);
    });
  });
});
