import { describe, expect, test } from "vitest";
import { SimWorld } from "#ground/sim/sim-world";
import { expectNothingLeaks, withSim } from "../../support/sim.ts";
import { bytes, networkError, transportConformance } from "../node/transport-conformance.ts";
import { OPEN, Peer, REFUSED, TIMED_OUT, twoNodes } from "./two-nodes.ts";

for (const seed of [1, 2]) {
  transportConformance(`sim (seed ${seed})`, () => {
    const world = new SimWorld(seed);
    return {
      transport: world.node("a").runtime.transport,
      host: "a",
      floodBytes: 2_000_000,
      readsInPlace: true,
      until: (done) => world.runUntil(done, 4_000),
      moment: () => world.run(10),
    };
  });
}

describe("a partition", () => {
  test("stalls what is open, and times out what is new; when it heals everything arrives", async () => {
    await withSim(1, async (world) => {
      const { a, b, retry } = await twoNodes(world);
      world.network.partition("a", "b");
      a.connection.write([bytes("to b")]);
      b.connection.write([bytes("to a")]);
      expect(await retry()).toBe(TIMED_OUT);
      expect([a.received, b.received, a.closed, b.closed]).toEqual(["", "", null, null]);
      world.network.heal();
      await world.run(10);
      expect([a.received, b.received]).toEqual(["to a", "to b"]);
      expect(await retry()).toBe(OPEN);
    });
  });

  test("that ends in time lets an attempt to connect succeed late", async () => {
    await withSim(1, async (world) => {
      const { retry } = await twoNodes(world);
      world.network.isolate("a");
      world.node("c").runtime.scheduler.at(2_500, () => world.network.heal());
      expect(await retry()).toMatch(/^open after 3\d\d\d ms$/);
    });
  });

  test("of one host from all others holds for who comes later, too, and ends with rejoin", async () => {
    await withSim(1, async (world) => {
      const { a, b, retry } = await twoNodes(world);
      world.network.isolate("b");
      expect([world.network.isIsolated("b"), world.network.isIsolated("a")]).toEqual([true, false]);
      a.connection.write([bytes("to b")]);
      expect(await retry()).toBe(TIMED_OUT);
      const late = world.node("c").runtime.transport.connect("b", 9092, 5_000).catch((error: Error) => error.message);
      expect(await world.settled(late)).toBe(TIMED_OUT);
      // A host reaches itself.
      const own = await world.settled(world.node("b").runtime.transport.connect("b", 9092, 5_000));
      own.close();
      world.network.rejoin("b");
      await world.run(10);
      expect([b.received, world.network.isIsolated("b")]).toEqual(["to b", false]);
      expect(await retry()).toBe(OPEN);
    });
  });

  test("one way lets the other way through, but no new connection; mended, all arrives", async () => {
    const world = new SimWorld(1);
    const { a, b, retry } = await twoNodes(world);
    world.network.cut("a", "b");
    a.connection.write([bytes("to b")]);
    b.connection.write([bytes("to a")]);
    await world.run(100);
    expect([a.received, b.received]).toEqual(["to a", ""]);
    expect(await retry()).toBe(TIMED_OUT);
    world.network.mend("b", "a");
    await world.run(100);
    expect(b.received).toBe("to b");
    expect(await retry()).toBe(OPEN);
  });

  test("between two nodes leaves the third alone", async () => {
    await withSim(1, async (world) => {
      const { retry } = await twoNodes(world);
      world.network.partition("b", "c");
      expect(await retry()).toBe(OPEN);
    });
  });
});

describe("a node that ends", () => {
  test("by a crash: the peer is told at once, and finds nobody until the node is back", async () => {
    await withSim(1, async (world) => {
      const { a, retry } = await twoNodes(world);
      world.node("b").crash();
      await world.run(10);
      expect(a.closed).not.toBeNull();
      expect(await retry()).toBe(REFUSED);
      const { transport } = world.node("b").restart();
      await transport.listen("b", 9092, (connection) => void new Peer(connection));
      expect(await retry()).toBe(OPEN);
    });
  });

  test("by a power loss: the peer hears nothing, until the machine is on again and knows nothing of it", async () => {
    await withSim(1, async (world) => {
      const { a, retry } = await twoNodes(world);
      world.node("b").powerLoss();
      a.connection.write([bytes("hello?")]);
      await world.run(60_000);
      expect(a.closed).toBeNull();
      expect(await retry()).toBe(TIMED_OUT);
      world.node("b").restart();
      await world.run(10);
      expect(a.closed).toBe("The connection to b:9092 was reset.");
      expect(await retry()).toBe(REFUSED);
      world.node("a").crash();
      expectNothingLeaks(world.node("a"), world.node("b"));
    });
  });

  test("by a power loss: bytes on their way arrive, bytes that were held up do not", async () => {
    await withSim(1, async (world) => {
      const { a, b } = await twoNodes(world);
      b.connection.write([bytes("on their way")]);
      await world.run(0.01);
      world.node("b").powerLoss();
      await world.run(10);
      expect([a.received, a.closed]).toEqual(["on their way", null]);
    });
    await withSim(1, async (world) => {
      const { a, b } = await twoNodes(world);
      world.network.partition("a", "b");
      b.connection.write([bytes("held up")]);
      await world.run(10);
      world.node("b").powerLoss();
      world.network.heal();
      await world.run(10);
      expect([a.received, a.closed]).toEqual(["", null]);
    });
  });

  test("by a crash with bytes on their way: they arrive if its machine had them", async () => {
    const outcomes = new Set<string>();
    for (let seed = 0; seed < 30; seed++) {
      const world = new SimWorld(seed);
      const { a, b } = await twoNodes(world);
      b.connection.write([bytes("last words")]);
      // Only what the process has handed to its machine outlives it.
      if (seed % 2 === 0) await world.run(0.01);
      world.node("b").crash();
      await world.run(10);
      outcomes.add(a.received);
      expect(a.closed).not.toBeNull();
    }
    expect([...outcomes].sort()).toEqual(["", "last words"]);
  });
});

describe("a node that is frozen", () => {
  test("is still connected to by its machine, and catches up later", async () => {
    await withSim(1, async (world) => {
      const { a, b, retry } = await twoNodes(world);
      world.node("b").freeze(2_000);
      a.connection.write([bytes("wake up")]);
      expect(await retry()).toBe(OPEN);
      await world.run(1_000);
      expect(b.received).toBe("");
      await world.run(1_100);
      expect(b.received).toBe("wake up");
    });
  });
});

describe("chunks", () => {
  test("are cut and joined at random, never reordered", async () => {
    const shapes = new Set<string>();
    for (let seed = 0; seed < 30; seed++) {
      const world = new SimWorld(seed);
      const { a, b } = await twoNodes(world);
      const sizes: number[] = [];
      const { onData } = b;
      b.onData = (chunk) => {
        sizes.push(chunk.length);
        onData.call(b, chunk);
      };
      for (let i = 0; i < 5; i++) a.connection.write([bytes("abcde"), bytes("fghij")]);
      await world.run(50);
      expect(b.received).toBe("abcdefghij".repeat(5));
      shapes.add(sizes.join());
    }
    expect(shapes.size).toBeGreaterThan(5);
  });

  test("are only lent to the receiver, who finds them overwritten if it keeps them", async () => {
    await withSim(1, async (world) => {
      const { a, b } = await twoNodes(world);
      let kept: Uint8Array | undefined;
      b.onData = (chunk) => (kept = chunk);
      a.connection.write([bytes("borrowed")]);
      await world.run(10);
      expect(Buffer.from(kept!).toString()).not.toContain("borrowed");
    });
  });

  test("hold what a part holds when it is sent: who changes it before it is released, sends the change", async () => {
    await withSim(1, async (world) => {
      const { a, b } = await twoNodes(world);
      const part = bytes("lent");
      a.connection.write([part]);
      part.set(bytes("oops"));
      await world.run(10);
      expect(b.received).toBe("oops");
    });
  });

  test("for nobody are a mistake that is told", async () => {
    const world = new SimWorld(1);
    await world.node("b").runtime.transport.listen("b", 9092, () => {});
    const connecting = world.node("a").runtime.transport.connect("b", 9092, 1_000);
    void connecting.then((connection) => new Peer(connection).connection.write([bytes("x")]));
    await expect(world.run(10)).rejects.toThrow(/Nobody called handle\(\) on the connection to a:\d+ in time/);
  });
});

describe("a bad network", () => {
  test("breaks connections with the probability that one asks for, at both ends", async () => {
    await withSim(1, async (world) => {
      const { a, b, retry } = await twoNodes(world);
      world.network.dropProbability = 1;
      a.connection.write([bytes("x")]);
      await world.run(10);
      expect(a.closed).toBe(`The connection to ${a.connection.remoteAddress} was reset.`);
      expect(b.closed).toBe(`The connection to ${b.connection.remoteAddress} was reset.`);
      world.network.dropProbability = 0;
      expect(await retry()).toBe(OPEN);
    });
  });

  test("takes as long as one says", async () => {
    await withSim(1, async (world) => {
      const { a, b } = await twoNodes(world);
      world.network.latencyMs = 100;
      a.connection.write([bytes("x")]);
      await world.run(49);
      expect(b.received).toBe("");
      await world.run(102);
      expect(b.received).toBe("x");
    });
  });

  test("has no host of that name", async () => {
    await withSim(1, async (world) => {
      let failure: unknown;
      const connecting = world.node("a").runtime.transport.connect("nowhere", 1, 1_000);
      connecting.catch((error: unknown) => (failure = error));
      await world.run(10);
      expect(failure).toEqual(networkError("Can't connect to nowhere:1: no host has that name."));
      expectNothingLeaks(world.node("a"));
    });
  });

  test("a node reaches itself under its usual names", async () => {
    await withSim(1, async (world) => {
      const { transport } = world.node("a").runtime;
      await transport.listen("0.0.0.0", 9092, (connection) => void new Peer(connection));
      const open: string[] = [];
      for (const host of ["a", "localhost", "127.0.0.1"]) {
        void transport.connect(host, 9092, 1_000).then((connection) => {
          void new Peer(connection);
          open.push(host);
        });
      }
      await world.run(10);
      expect(open.sort()).toEqual(["127.0.0.1", "a", "localhost"]);
      const foreign = transport.listen("b", 9092, () => {});
      await expect(foreign).rejects.toThrow("b is not an address of this machine (a)");
    });
  });
});
