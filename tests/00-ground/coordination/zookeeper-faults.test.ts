import { describe, expect, test } from "vitest";
import { type Operation } from "#ground/coordination/coordination";
import { MAX_REQUEST_BYTES } from "#ground/coordination/zookeeper/protocol";
import { codeOf } from "./conformance.ts";
import { ScriptedZooKeeper, TIMEOUT_MS } from "./scripted-zookeeper.ts";

const NOTHING = new Uint8Array(0);
const ONE = ["zk1"];
const TWO = ["zk1", "zk2"];

describe("a session with a ZooKeeper", () => {
  test("leaves a server that is silent for another one, well before it would expire", async () => {
    await ScriptedZooKeeper.run(TWO, async (zooKeeper) => {
      const session = await zooKeeper.connect();
      const { id } = session;
      const first = zooKeeper.lastHost;
      zooKeeper.moods.set(first, "silent");
      await zooKeeper.pass(0.9 * TIMEOUT_MS);
      expect(zooKeeper.lastHost).not.toBe(first);
      expect(await session.exists("/")).toBe(true);
      expect(session.id).toBe(id);
    });
  });

  test("is resumed by its id, its password, and how far it has seen", async () => {
    await ScriptedZooKeeper.run(ONE, async (zooKeeper) => {
      const session = await zooKeeper.connect();
      await session.create("/a", NOTHING);
      zooKeeper.moods.set("zk1", "closes unanswered");
      await codeOf(session.exists("/"));
      expect(await session.exists("/")).toBe(true);
      const [opened, resumed] = zooKeeper.greetings;
      expect(opened).toEqual({ host: "zk1", sessionId: 0n, lastZxid: 0n, password: "" });
      expect(resumed).toEqual({ host: "zk1", sessionId: BigInt(session.id), lastZxid: 1n, password: "secret" });
    });
  });

  test("that has lost an answer doesn't know whether the node was made: its owner tells", async () => {
    await ScriptedZooKeeper.run(ONE, async (zooKeeper) => {
      const session = await zooKeeper.connect();
      zooKeeper.moods.set("zk1", "closes unanswered");
      expect(await codeOf(session.create("/e", NOTHING, { ephemeral: true }))).toBe("CONNECTION_LOSS");
      expect(await codeOf(session.create("/e", NOTHING, { ephemeral: true }))).toBe("NODE_EXISTS");
      expect((await session.get("/e"))?.owner).toBe(session.id);
    });
  });

  test("that may not make its chroot is closed: nobody else knows of it", async () => {
    await ScriptedZooKeeper.run(ONE, async (zooKeeper) => {
      zooKeeper.error = -102;
      expect(await codeOf(zooKeeper.connect("/katafka"))).toBe("BAD_ARGUMENTS");
      await zooKeeper.pass(TIMEOUT_MS);
      expect(zooKeeper.asked.at(-1)).toBe("close");
    });
  });

  test("takes half an answer of a lost connection for nothing", async () => {
    await ScriptedZooKeeper.run(ONE, async (zooKeeper) => {
      const session = await zooKeeper.connect();
      zooKeeper.moods.set("zk1", "partly");
      expect(await codeOf(session.exists("/"))).toBe("CONNECTION_LOSS");
      expect(await session.exists("/")).toBe(true);
    });
  });

  test("that reaches no server for longer than its time-out isn't over: only a server says so", async () => {
    await ScriptedZooKeeper.run(ONE, async (zooKeeper) => {
      const session = await zooKeeper.connect();
      let expired = 0;
      session.onExpired(() => (expired += 1));
      zooKeeper.world.network.partition("client", "zk1");
      await zooKeeper.pass(3 * TIMEOUT_MS);
      expect(expired).toBe(0);
      expect(await codeOf(session.exists("/"))).toBe("CONNECTION_LOSS");
      zooKeeper.expired.add(BigInt(session.id));
      const waiting = codeOf(session.exists("/"));
      zooKeeper.world.network.heal();
      await zooKeeper.pass(TIMEOUT_MS);
      expect(expired).toBe(1);
      expect(["CONNECTION_LOSS", "SESSION_EXPIRED"]).toContain(await waiting);
      expect(await codeOf(session.exists("/"))).toBe("SESSION_EXPIRED");
      expect(await codeOf(session.watch("/", "data", () => {}))).toBe("SESSION_EXPIRED");
      await session.close();
    });
  });

  test("answers calls that were made while it had no connection, in their order", async () => {
    await ScriptedZooKeeper.run(TWO, async (zooKeeper) => {
      const session = await zooKeeper.connect();
      zooKeeper.moods.set(zooKeeper.lastHost, "closes unanswered");
      await codeOf(session.exists("/"));
      zooKeeper.asked.length = 0;
      const made = ["/a", "/b", "/c"].map((path) => session.create(path, NOTHING));
      expect(await Promise.all(made)).toEqual(["/a", "/b", "/c"]);
      expect(zooKeeper.asked).toEqual(["/a", "/b", "/c"]);
    });
  });

  test("fires each watch once when it is resumed, whether something has changed or not", async () => {
    await ScriptedZooKeeper.run(ONE, async (zooKeeper) => {
      const session = await zooKeeper.connect();
      const fired: string[] = [];
      await session.watch("/a", "data", () => fired.push("a"));
      await session.watch("/b", "data", () => fired.push("b"));
      zooKeeper.make("/a");
      await session.exists("/");
      expect(fired).toEqual(["a"]);
      zooKeeper.moods.set("zk1", "closes unanswered");
      await codeOf(session.exists("/"));
      await session.exists("/");
      await zooKeeper.pass(1);
      expect(fired).toEqual(["a", "b"]);
    });
  });

  test("refuses what is too large for jute.maxbuffer with a sentence, and goes on", async () => {
    await ScriptedZooKeeper.run(ONE, async (zooKeeper) => {
      const session = await zooKeeper.connect();
      const path = (i: number): string => `/${"x".repeat(1000)}${i}`;
      const create = (i: number): Operation => ({ type: "create", path: path(i), data: NOTHING });
      const steps = Array.from({ length: 1200 }, (_, i) => create(i));
      const limit = `(at most ${MAX_REQUEST_BYTES}: jute.maxbuffer): not a valid request`;
      await expect(session.multi(steps)).rejects.toThrow(limit);
      expect(await codeOf(session.multi(steps))).toBe("BAD_ARGUMENTS");
      expect(await session.exists("/")).toBe(true);
      expect(zooKeeper.greetings).toHaveLength(1);
    });
  });

  test("says what ZooKeeper refuses for a reason of its own, such as access rights", async () => {
    await ScriptedZooKeeper.run(ONE, async (zooKeeper) => {
      const session = await zooKeeper.connect();
      zooKeeper.error = -102;
      await expect(session.create("/a", NOTHING)).rejects.toThrow("/a (ZooKeeper's error -102): not a valid request");
    });
  });

  test("makes its root, and sees nothing above", async () => {
    await ScriptedZooKeeper.run(ONE, async (zooKeeper) => {
      const session = await zooKeeper.connect("/kafka/one");
      expect(zooKeeper.asked).toEqual(["/kafka", "/kafka/one"]);
      expect(await session.create("/a", NOTHING)).toBe("/a");
      expect(zooKeeper.asked.at(-1)).toBe("/kafka/one/a");
      expect(await session.exists("/kafka")).toBe(false);
      expect(await codeOf(session.delete("/"))).toBe("BAD_ARGUMENTS");
      const again = await zooKeeper.connect("/kafka/one");
      expect(await again.exists("/a")).toBe(true);
    });
  });

  test("isn't opened when no server is there: the attempt ends in time, and names one", async () => {
    await ScriptedZooKeeper.run(TWO, async (zooKeeper) => {
      for (const host of TWO) zooKeeper.world.network.partition("client", host);
      await expect(zooKeeper.connect("", 5_000)).rejects.toThrow(/^zk[12]:2181: the answer was lost/);
    });
  });
});
