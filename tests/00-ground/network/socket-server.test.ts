import { beforeEach, describe, expect, test } from "vitest";
import { NotImplementedError } from "#ground/errors";
import { type ReceivedRequest, SocketServer } from "#ground/network/socket-server";
import { type SimNode } from "#ground/sim/sim-node";
import { SimWorld } from "#ground/sim/sim-world";
import { expectNothingLeaks, settled, withSim } from "../../support/sim.ts";
import { echo, framed, OPTIONS, startServer, TestClient, textOf } from "./server-fixtures.ts";

describe("requests and answers", () => {
  test("each frame is a request, whatever the chunks, and has its answer", async () => {
    for (let seed = 0; seed < 10; seed++) {
      await withSim(seed, async (world) => {
        const { server } = await startServer(world, echo);
        const client = await TestClient.connect(world);
        for (let i = 0; i < 20; i++) client.send(`one ${i}`, `two ${i}`);
        await world.runUntil(() => client.answers.length === 40, 5_000);
        expect(client.answers.slice(0, 3)).toEqual(["re:one 0", "re:two 0", "re:one 1"]);
        expect(client.answers[39]).toBe("re:two 19");
        expect(server.connectionCount).toBe(1);
      });
    }
  });

  test("a request says where it came from", async () => {
    await withSim(1, async (world) => {
      const seen: ReceivedRequest[] = [];
      await startServer(world, (request) => seen.push(request));
      const client = await TestClient.connect(world);
      client.send("where");
      await world.runUntil(() => seen.length === 1, 100);
      expect(seen[0]!.remoteAddress).toMatch(/^client:\d+$/);
    });
  });

  test("answers leave in the order of the requests, whatever the order in which they are given", async () => {
    await withSim(1, async (world) => {
      const requests: ReceivedRequest[] = [];
      await startServer(world, (request) => requests.push(request));
      const client = await TestClient.connect(world);
      client.send("aaaa", "bbbb", "cccc", "dddd");
      await world.runUntil(() => requests.length === 4, 1_000);
      echo(requests[2]!);
      echo(requests[1]!);
      await world.run(100);
      expect(client.answers).toEqual([]);
      echo(requests[0]!);
      await world.run(100);
      expect(client.answers).toEqual(["re:aaaa", "re:bbbb", "re:cccc"]);
      echo(requests[3]!);
      await world.run(100);
      expect(client.answers).toHaveLength(4);
    });
  });

  test("a request without an answer holds up nobody", async () => {
    await withSim(1, async (world) => {
      await startServer(world, (request) => (textOf(request) === "acks 0" ? request.respond(null) : echo(request)));
      const client = await TestClient.connect(world);
      client.send("acks 0", "next", "acks 0", "last");
      await world.run(100);
      expect(client.answers).toEqual(["re:next", "re:last"]);
    });
  });

  test("a second answer to the same request is a mistake that is told", async () => {
    await withSim(1, async (world) => {
      const requests: ReceivedRequest[] = [];
      await startServer(world, (request) => requests.push(request));
      const client = await TestClient.connect(world);
      client.send("once");
      await world.runUntil(() => requests.length === 1, 1_000);
      echo(requests[0]!);
      expect(() => echo(requests[0]!)).toThrow("was answered twice");
    });
  });

  test("an answer to a client that has gone goes nowhere", async () => {
    await withSim(1, async (world) => {
      const requests: ReceivedRequest[] = [];
      const { server } = await startServer(world, (request) => requests.push(request));
      const client = await TestClient.connect(world);
      client.send("hello");
      await world.runUntil(() => requests.length === 1, 1_000);
      world.node("client").crash();
      // It could be that it has closed its sending half only.
      await world.run(29_000);
      expect(server.connectionCount).toBe(1);
      await world.runUntil(() => server.connectionCount === 0, 2_000);
      echo(requests[0]!);
      await world.run(100);
    });
  });

  test("who waits with an answer is told when nobody will get it", async () => {
    await withSim(1, async (world) => {
      const gone: string[] = [];
      const requests: ReceivedRequest[] = [];
      await startServer(world, (request) => {
        requests.push(request);
        request.onGone(() => gone.push(textOf(request)));
      });
      const client = await TestClient.connect(world);
      client.send("answered", "waiting", "closing", "too late");
      await world.runUntil(() => requests.length === 4, 1_000);
      echo(requests[0]!);
      requests[2]!.close(new Error("from the test"));
      expect(gone).toEqual(["too late"]);
      world.node("client").crash();
      await world.run(100);
      expect(gone).toEqual(["too late", "waiting"]);
    });
  });
});

describe("memory of answers", () => {
  const LARGE = 600_000;

  /** A server whose answers lie in its runtime's memory, and a client that has asked for one and reads nothing. */
  async function largeAnswer(world: SimWorld, isFromMemory = true): Promise<{ node: SimNode; client: TestClient }> {
    const { node } = await startServer(world, (request) => {
      const memory = node.runtime.memory.take(LARGE).subarray(0, LARGE);
      memory.fill(0x78).set(Buffer.from([0, (LARGE - 4) >> 16, ((LARGE - 4) >> 8) & 0xff, (LARGE - 4) & 0xff]));
      taken.push(memory);
      request.respond([memory], isFromMemory);
    });
    const client = await TestClient.connect(world);
    client.connection.pause();
    client.send("large");
    await world.run(1_000);
    return { node, client };
  }

  let taken: Uint8Array[] = [];

  beforeEach(() => {
    taken = [];
  });

  test("is used again once the network has all of it, and not before", async () => {
    await withSim(1, async (world) => {
      const { node, client } = await largeAnswer(world);
      const meanwhile = node.runtime.memory.take(LARGE);
      expect(meanwhile.buffer).not.toBe(taken[0]!.buffer);
      meanwhile.fill(0);
      client.connection.resume();
      await world.runUntil(() => client.answers.length === 1, 10_000);
      expect(client.answers).toEqual([`${LARGE - 4} bytes of x`]);
      expect(node.runtime.memory.take(LARGE).buffer).toBe(taken[0]!.buffer);
    });
  });

  test("is used again when the client has gone, once", async () => {
    await withSim(1, async (world) => {
      const { node } = await largeAnswer(world);
      world.node("client").crash();
      await world.run(1_000);
      const again = [node.runtime.memory.take(LARGE), node.runtime.memory.take(LARGE)];
      expect(again.filter(({ buffer }) => buffer === taken[0]!.buffer)).toHaveLength(1);
    });
  });

  test("stays with who may still look at it, unless the answer says that nobody does", async () => {
    await withSim(1, async (world) => {
      const { node, client } = await largeAnswer(world, false);
      client.connection.resume();
      await world.runUntil(() => client.answers.length === 1, 10_000);
      expect(node.runtime.memory.take(LARGE).buffer).not.toBe(taken[0]!.buffer);
    });
  });
});

describe("clients that misbehave", () => {
  test("a size that can't be closes that connection, with a line in the log; earlier ones are answered", async () => {
    await withSim(1, async (world) => {
      await startServer(world, echo);
      const bad = await TestClient.connect(world, "bad");
      const good = await TestClient.connect(world, "good");
      bad.connection.write([framed("first"), Buffer.from("GET / HTTP/1.1\r\n")]);
      await world.run(100);
      expect(bad.answers).toEqual(["re:first"]);
      expect(bad.closed).toBe("orderly");
      expect(world.trace.join("\n")).toMatch(/log warn Closing the connection from bad:\d+: .*looks like HTTP/);
      good.send("still served");
      await world.run(100);
      expect(good.answers).toEqual(["re:still served"]);
    });
  });

  test("a request that makes the handler fail closes its connection in its turn, and the server lives on", async () => {
    await withSim(1, async (world) => {
      const slow: ReceivedRequest[] = [];
      const { server } = await startServer(world, (request) => {
        if (textOf(request) === "fail") throw new Error("handler failed");
        if (textOf(request) === "slow") slow.push(request);
        else echo(request);
      });
      const bad = await TestClient.connect(world, "bad");
      bad.send("slow", "fail", "never seen");
      await world.run(100);
      expect([bad.closed, bad.answers]).toEqual([null, []]);
      echo(slow[0]!);
      await world.run(100);
      expect([bad.closed, bad.answers]).toEqual(["orderly", ["re:slow"]]);
      expect(world.trace.join("\n")).toMatch(/log warn Closing the connection from bad:\d+: handler failed/);
      expect(server.connectionCount).toBe(0);
      const good = await TestClient.connect(world, "good");
      good.send("hello");
      await world.run(100);
      expect(good.answers).toEqual(["re:hello"]);
    });
  });

  test("a handler that closes the connection does so in its turn, too", async () => {
    await withSim(1, async (world) => {
      const requests: ReceivedRequest[] = [];
      await startServer(world, (request) => requests.push(request));
      const client = await TestClient.connect(world);
      client.send("one.", "two.", "three");
      await world.runUntil(() => requests.length === 3, 1_000);
      requests[1]!.close(new Error("no such API"));
      echo(requests[2]!);
      await world.run(100);
      expect([client.closed, client.answers]).toEqual([null, []]);
      echo(requests[0]!);
      await world.run(100);
      expect([client.closed, client.answers]).toEqual(["orderly", ["re:one."]]);
      expect(world.trace.join("\n")).toMatch(/log debug Closing the connection from client:\d+: no such API/);
    });
  });

  test("a handler that fails when its client has gone harms nobody", async () => {
    await withSim(1, async (world) => {
      const { server } = await startServer(world, (request) => {
        if (textOf(request) === "good") return echo(request);
        request.onGone(() => {
          throw new Error("from onGone");
        });
      });
      const bad = await TestClient.connect(world, "bad");
      const good = await TestClient.connect(world, "good");
      bad.send("lost", "gone");
      await world.run(100);
      world.node("bad").crash();
      await world.run(31_000);
      expect(world.trace.filter((line) => line.includes("from onGone"))).toHaveLength(2);
      expect(server.connectionCount).toBe(1);
      good.send("good");
      await world.run(100);
      expect(good.answers).toEqual(["re:good"]);
    });
  });

  test("a stub in a handler is no client's fault", async () => {
    const world = new SimWorld(1);
    await startServer(world, () => {
      throw new NotImplementedError("5.1 UnifiedLog.read");
    });
    const client = await TestClient.connect(world);
    client.send("read");
    await expect(world.run(100)).rejects.toThrow("5.1 UnifiedLog.read is yours to write");
  });

  test("a client on whose connection nothing happens is disconnected after maxIdleMs", async () => {
    await withSim(1, async (world) => {
      const requests: ReceivedRequest[] = [];
      const { server } = await startServer(world, (request) => requests.push(request), { maxIdleMs: 1_000 });
      const idle = await TestClient.connect(world, "idle");
      const waiting = await TestClient.connect(world, "waiting");
      await world.run(500);
      waiting.send("long poll");
      await world.run(450);
      expect(idle.closed).toBeNull();
      await world.run(100);
      expect([idle.closed, waiting.closed]).toEqual(["orderly", null]);
      echo(requests[0]!);
      await world.run(900);
      expect([waiting.closed, waiting.answers]).toEqual([null, ["re:long poll"]]);
      await world.run(200);
      expect(waiting.closed).toBe("orderly");
      expect(server.connectionCount).toBe(0);
    });
  });

  test("clients that vanish without a word are forgotten after maxIdleMs, also where they waited for us", async () => {
    await withSim(1, async (world) => {
      const gone: string[] = [];
      const onRequest = (request: ReceivedRequest): void => request.onGone(() => gone.push(textOf(request)));
      const { server, node } = await startServer(world, onRequest, { maxIdleMs: 1_000, maxInFlightPerConnection: 2 });
      for (const name of ["silent", "waiting", "full"]) {
        const client = await TestClient.connect(world, name);
        if (name !== "silent") client.send(`${name} 1`);
        // Of this one we don't even read any more.
        if (name === "full") client.send("full 2", "full 3", "full 4");
        await world.run(10);
        world.node(name).powerLoss();
      }
      await world.run(900);
      expect(server.connectionCount).toBe(3);
      await world.run(200);
      expect(server.connectionCount).toBe(0);
      expect(gone.sort()).toEqual(["full 1", "full 2", "waiting 1"]);
      expect(node.openResources).toEqual(["listener on port 9092"]);
    });
  });

  test("a client that talks now and then stays; a negative limit means for ever", async () => {
    await withSim(1, async (world) => {
      await startServer(world, echo, { maxIdleMs: 1_000 });
      const client = await TestClient.connect(world);
      for (let i = 0; i < 5; i++) {
        client.send("here");
        await world.run(950);
      }
      expect(client.closed).toBeNull();
      await world.node("server").restart();
      await startServer(world, echo, { maxIdleMs: -1 });
      const patient = await TestClient.connect(world);
      await world.run(100_000_000);
      expect(patient.closed).toBeNull();
    });
  });
});

describe("hostile clients", () => {
  /** What a hostile client does: bytes of any kind in chunks of any size, and then it goes, one way or another. */
  async function attack(world: SimWorld, seed: number, name: string): Promise<void> {
    const random = world.random(`${seed}/${name}`);
    const client = await TestClient.connect(world, name);
    for (let i = random.int(8); i > 0; i--) {
      const kind = random.int(4);
      const size = Buffer.alloc(4);
      size.writeInt32BE(kind === 0 ? random.int(2 ** 32) - 2 ** 31 : random.int(1_200));
      if (kind < 3) client.connection.write([size, random.bytes(random.int(1_500))]);
      else client.connection.write([random.bytes(random.int(10))]);
      await world.run(random.next());
    }
    const end = random.int(4);
    if (end === 0) world.node(name).crash();
    else if (end === 1) client.connection.close(new Error("gone"));
    else if (end === 2) client.connection.close();
  }

  test("do no harm to others, and nothing is left of them", async () => {
    for (let seed = 0; seed < 8; seed++) {
      await withSim(seed, async (world) => {
        const { server, node } = await startServer(world, (request) => {
          // A fifth is more than the handler can bear, a fifth is never answered.
          if (request.frame[0]! % 5 === 1) throw new Error("malformed");
          if (request.frame[0]! % 5 !== 2) echo(request);
        });
        const good = await TestClient.connect(world, "good");
        for (let i = 0; i < 10; i++) {
          await attack(world, seed, `hostile-${i}`);
          good.send(`served ${i}`);
        }
        await world.run(100);
        expect(good.answers).toEqual(Array.from({ length: 10 }, (_, i) => `re:served ${i}`));
        good.connection.close();
        let closed = false;
        void server.close().then(() => (closed = true));
        await world.run(6_000);
        expect(closed).toBe(true);
        expectNothingLeaks(node);
      });
    }
  });
});

describe("back-pressure", () => {
  test("no more is read while too many requests are in flight", async () => {
    await withSim(1, async (world) => {
      const requests: ReceivedRequest[] = [];
      await startServer(world, (request) => requests.push(request), { maxInFlightPerConnection: 3 });
      const client = await TestClient.connect(world);
      for (let i = 0; i < 400; i++) client.send(`request ${i} `.padEnd(900, "."));
      await world.run(1_000);
      expect(requests).toHaveLength(3);
      // The client's own writes have come to a halt.
      expect(client.connection.bytesQueued).toBeGreaterThan(150_000);
      for (let i = 0; i < requests.length; i++) {
        requests[i]!.respond([framed(`re:${i}`)]);
        await world.run(1);
        expect(requests.length - i).toBeLessThanOrEqual(4);
      }
      await world.run(100);
      expect(client.answers).toHaveLength(400);
      expect(client.answers[300]).toBe("re:300");
    });
  });

  test("no more is read while a client leaves its answers unread; nothing is lost when it reads again", async () => {
    await withSim(1, async (world) => {
      let handled = 0;
      const answer = Buffer.alloc(100_000);
      answer.writeInt32BE(answer.length - 4);
      const onRequest = (request: ReceivedRequest): void => {
        handled++;
        request.respond([answer]);
      };
      await startServer(world, onRequest, { maxQueuedBytesPerConnection: 500_000 });
      const client = await TestClient.connect(world);
      client.connection.pause();
      for (let i = 0; i < 40; i++) client.send(`request ${i}`);
      await world.run(1_000);
      // What the network holds, and what the server may queue.
      expect(handled).toBeLessThan(10);
      client.connection.resume();
      await world.runUntil(() => client.answers.length === 40, 60_000);
      expect(handled).toBe(40);
    });
  });

  test("answers that wait for an earlier one count", async () => {
    await withSim(1, async (world) => {
      const requests: ReceivedRequest[] = [];
      const onRequest = (request: ReceivedRequest): void => {
        requests.push(request);
        if (requests.length > 1) request.respond([Buffer.concat([framed("x".repeat(996))])]);
      };
      await startServer(world, onRequest, { maxQueuedBytesPerConnection: 5_000, maxInFlightPerConnection: 100 });
      const client = await TestClient.connect(world);
      for (let i = 0; i < 50; i++) client.send(`request ${i}`);
      await world.run(1_000);
      expect(requests).toHaveLength(6);
      echo(requests[0]!);
      await world.runUntil(() => client.answers.length === 50, 1_000);
      expect(client.answers[0]).toBe("re:request 0");
    });
  });

  test("a client that never reads its answers is dropped after maxIdleMs", async () => {
    await withSim(1, async (world) => {
      const large = Buffer.alloc(1_000_000);
      large.writeInt32BE(large.length - 4);
      const { server } = await startServer(world, (request) => request.respond([large]), { maxIdleMs: 1_000 });
      const client = await TestClient.connect(world);
      client.connection.pause();
      client.send("give me all");
      await world.run(900);
      expect(server.connectionCount).toBe(1);
      await world.run(2_000);
      expect(server.connectionCount).toBe(0);
      expect(world.trace.join("\n")).toContain("The client does not read its answers.");
    });
  });
});

describe("close", () => {
  test("answers what is in flight, takes nothing more, and leaves nothing open", async () => {
    await withSim(1, async (world) => {
      const requests: ReceivedRequest[] = [];
      const { server, node } = await startServer(world, (request) => requests.push(request));
      const busy = await TestClient.connect(world, "busy");
      const idle = await TestClient.connect(world, "idle");
      busy.send("in flight");
      await world.runUntil(() => requests.length === 1, 1_000);
      let closed = false;
      void server.close().then(() => (closed = true));
      void server.close();
      busy.send("too late");
      await world.run(100);
      expect([idle.closed, busy.closed, closed]).toEqual(["orderly", null, false]);
      const late = world.node("late").runtime.transport.connect("server", 9092, 1_000);
      await expect(settled(world, late)).rejects.toThrow("nothing listens there");
      echo(requests[0]!);
      await world.runUntil(() => closed, 100);
      await world.run(100);
      expect([busy.answers, busy.closed, requests.length]).toEqual([["re:in flight"], "orderly", 1]);
      expectNothingLeaks(node);
    });
  });

  test("waits so long and no longer", async () => {
    await withSim(1, async (world) => {
      const { server, node } = await startServer(world, () => {});
      const client = await TestClient.connect(world);
      client.send("never answered");
      await world.run(100);
      let closed = false;
      void server.close(3_000).then(() => (closed = true));
      await world.run(2_900);
      expect(closed).toBe(false);
      await world.run(200);
      expect(closed).toBe(true);
      expectNothingLeaks(node);
    });
  });

  test("of a server without clients, or that never started, is over at once", async () => {
    await withSim(1, async (world) => {
      const { server, node } = await startServer(world, echo);
      await server.close();
      await new SocketServer(node.runtime, OPTIONS, echo).close();
      expectNothingLeaks(node);
      await startServer(world, echo);
    });
  });
});
