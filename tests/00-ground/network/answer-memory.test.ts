import { describe, expect, test } from "vitest";
import { AnswerMemory } from "#ground/network/answer-memory";
import { type ReceivedRequest } from "#ground/network/socket-server";
import { type SimWorld } from "#ground/sim/sim-world";
import { withSim } from "../../support/sim.ts";
import { startServer, TestClient, textOf } from "./server-fixtures.ts";

const MEGABYTE = 1 << 20;

/** Answers with `length` bytes, size included. */
function respondWith(request: ReceivedRequest, length: number): void {
  const answer = Buffer.alloc(length);
  answer.writeInt32BE(length - 4);
  request.respond([answer]);
}

/** Clients that send one request each, and read no answer. */
async function silentClients(world: SimWorld, count: number): Promise<TestClient[]> {
  const clients: TestClient[] = [];
  for (let i = 0; i < count; i++) {
    const client = await TestClient.connect(world, `silent-${i}`);
    client.connection.pause();
    client.send("give me all");
    clients.push(client);
  }
  return clients;
}

describe("a request that waits for its turn", () => {
  test("is started when the answers before it have been read, and not while they lie unread", async () => {
    await withSim(1, async (world) => {
      const started: string[] = [];
      await startServer(world, (request) => {
        request.onTurn(() => {
          started.push(textOf(request));
          respondWith(request, MEGABYTE);
        });
      });
      const client = await TestClient.connect(world);
      client.connection.pause();
      client.send("one.", "two.", "three");
      await world.run(1_000);
      expect(started).toEqual(["one."]);
      client.connection.resume();
      await world.runUntil(() => client.answers.length === 3, 10_000);
      expect(started).toEqual(["one.", "two.", "three"]);
    });
  });

  test("waits for an answer that is given later, and is forgotten with its client", async () => {
    await withSim(1, async (world) => {
      const requests: ReceivedRequest[] = [];
      const started: string[] = [];
      await startServer(world, (request) => {
        requests.push(request);
        if (textOf(request) !== "slow") request.onTurn(() => started.push(textOf(request)));
      });
      const client = await TestClient.connect(world);
      client.send("slow", "fast", "last");
      await world.run(100);
      expect(started).toEqual([]);
      respondWith(requests[0]!, 10);
      expect(started).toEqual(["fast"]);
      client.connection.close(new Error("that will do"));
      await world.run(100);
      respondWith(requests[1]!, 10);
      expect(started).toEqual(["fast"]);
    });
  });
});

describe("a request that is done bit by bit", () => {
  test("keeps those that follow it, of the same client, until it is done", async () => {
    await withSim(1, async (world) => {
      const seen: string[] = [];
      let goOn: () => void = () => {};
      await startServer(world, (request) => {
        seen.push(textOf(request));
        if (textOf(request) === "large") goOn = request.holdBack();
        else respondWith(request, 10);
      });
      const client = await TestClient.connect(world);
      const other = await TestClient.connect(world, "other");
      client.send("first", "large", "second", "third");
      await world.run(100);
      other.send("others");
      await world.run(100);
      expect(seen).toEqual(["first", "large", "others"]);
      goOn();
      await world.run(100);
      expect(seen).toEqual(["first", "large", "others", "second", "third"]);
    });
  });
});

describe("the memory of all answers", () => {
  test("is bounded, however many clients read nothing: the more wait, the less each gets", async () => {
    await withSim(1, async (world) => {
      const given: number[] = [];
      const answers = new AnswerMemory(world.node("server").runtime.clock, 16 * MEGABYTE);
      const onRequest = (request: ReceivedRequest): void => {
        const room = request.room();
        given.push(room);
        respondWith(request, room);
      };
      await startServer(world, onRequest, { answers });
      await silentClients(world, 200);
      await world.run(1_000);
      expect(given[0]).toBe(MEGABYTE);
      expect(given[60]).toBeLessThan(given[30]!);
      const unread = given.reduce((sum, bytes) => sum + bytes, 0);
      // What the network has taken of each is no burden to us.
      expect(unread).toBeLessThan(16 * MEGABYTE + 200 * 128 * 1024);
    });
  });

  test("is taken from who does not read for ten seconds, when others get nothing", async () => {
    await withSim(1, async (world) => {
      const answers = new AnswerMemory(world.node("server").runtime.clock, MEGABYTE);
      let waiting: ReceivedRequest | null = null;
      const { server } = await startServer(
        world,
        (request) => {
          if (textOf(request) === "late") waiting = request;
          else respondWith(request, MEGABYTE);
        },
        { answers },
      );
      const [slow] = await silentClients(world, 2);
      const late = await TestClient.connect(world, "late");
      late.send("late");
      await world.run(9_000);
      expect(waiting!.room()).toBe(0);
      let hasRoom = false;
      waiting!.onRoom(() => (hasRoom = true));
      await world.run(2_000);
      expect([server.connectionCount, hasRoom, slow!.closed]).toEqual([3, false, null]);
      expect(waiting!.room()).toBe(0);
      slow!.connection.resume();
      await world.run(100);
      expect([server.connectionCount, hasRoom]).toEqual([2, true]);
      expect(world.trace.join("\n")).toContain("does not read its answers, and others need the room");
      expect(waiting!.room()).toBe(65_536);
    });
  });

  test("is taken at once from who has not read for longest, when small answers come to twice the limit", async () => {
    await withSim(1, async (world) => {
      const answers = new AnswerMemory(world.node("server").runtime.clock, 4 * MEGABYTE);
      const { server } = await startServer(world, (request) => respondWith(request, 2 * MEGABYTE), { answers });
      const clients = await silentClients(world, 4);
      await world.run(100);
      expect(server.connectionCount).toBe(4);
      await silentClients(world, 1);
      await world.run(100);
      expect(server.connectionCount).toBe(2);
      for (const { connection } of clients) connection.resume();
      await world.run(1_000);
      expect(clients.filter(({ answers: read }) => read.length === 1)).toHaveLength(1);
    });
  });

  test("counts what was read for an answer that has not come yet, until it comes or nobody waits for it", async () => {
    await withSim(1, async (world) => {
      const answers = new AnswerMemory(world.node("server").runtime.clock, MEGABYTE);
      const requests: ReceivedRequest[] = [];
      await startServer(world, (request) => requests.push(request), { answers });
      const clients = [await TestClient.connect(world, "a"), await TestClient.connect(world, "b")];
      for (const client of clients) client.send("read");
      await world.run(100);
      for (const request of requests) request.hold(MEGABYTE / 2);
      let calls = 0;
      requests[0]!.onRoom(() => calls++);
      expect([answers.room(), calls]).toEqual([0, 0]);
      respondWith(requests[0]!, 100);
      expect([answers.room(), calls]).toEqual([65_536, 1]);
      clients[1]!.connection.close(new Error("gone"));
      clients[0]!.connection.close(new Error("gone"));
      await world.run(100);
      expect(answers.room()).toBe(MEGABYTE / 16);
    });
  });
});
