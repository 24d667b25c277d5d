import { describe, expect, test } from "vitest";
import { type CoordinationSession } from "#ground/coordination/coordination";
import { CoordinationServer } from "#ground/coordination/coordination-server";
import { LocalCoordination } from "#ground/coordination/local-coordination";
import { MAX_DATA_BYTES } from "#ground/coordination/paths";
import { TcpCoordination } from "#ground/coordination/tcp-coordination";
import { expectNothingLeaks } from "../../support/sim.ts";
import { codeOf } from "./conformance.ts";
import { ADDRESS, bytes, text, TcpWorld, TIMEOUT_MS } from "./tcp-fixtures.ts";

const EPHEMERAL = { ephemeral: true };

/** Waits until calls get through again; the attempt that is under way when a link heals may still fail. */
async function resumed(session: CoordinationSession): Promise<void> {
  while ((await codeOf(session.exists("/"))) === "CONNECTION_LOSS");
}

describe("a session whose link is cut", () => {
  test("for a moment loses nothing", async () => {
    await TcpWorld.run(async (fixture) => {
      const session = await fixture.connect("client");
      fixture.world.network.partition("client", "service");
      const made = session.create("/n", bytes("x"));
      await fixture.pass(500);
      fixture.world.network.heal();
      expect(await made).toBe("/n");
    });
  });

  test("is resumed: same id, and its ephemeral nodes live", async () => {
    await TcpWorld.run(async (fixture) => {
      const session = await fixture.connect("client");
      let expired = 0;
      session.onExpired(() => (expired += 1));
      await session.create("/e", bytes(""), EPHEMERAL);
      fixture.world.network.partition("client", "service");
      await fixture.pass(0.8 * TIMEOUT_MS);
      fixture.world.network.heal();
      await fixture.pass(2 * TIMEOUT_MS);
      expect(fixture.logged.join("\n")).not.toContain("expired");
      expect((await session.get("/e"))?.owner).toBe(session.id);
      expect(expired).toBe(0);
    });
  });

  test("fires each watch once when it is resumed, whether something has changed or not", async () => {
    await TcpWorld.run(async (fixture) => {
      const session = await fixture.connect("client");
      const other = await fixture.connect("other");
      const fired: string[] = [];
      await session.watch("/changed", "data", () => fired.push("changed"));
      await session.watch("/same", "children", () => fired.push("same"));
      fixture.world.network.partition("client", "service");
      await fixture.pass(0.8 * TIMEOUT_MS);
      await other.create("/changed", bytes(""));
      expect(fired).toEqual([]);
      fixture.world.network.heal();
      await resumed(session);
      expect(await session.exists("/changed")).toBe(true);
      expect(fired).toEqual(["changed", "same"]);
      await other.set("/changed", bytes("again"));
      await session.exists("/changed");
      expect(fired).toEqual(["changed", "same"]);
    });
  });

  test("can set watches anew, and they fire for what comes", async () => {
    await TcpWorld.run(async (fixture) => {
      const session = await fixture.connect("client");
      const other = await fixture.connect("other");
      const seen: string[] = [];
      await other.create("/n", bytes("0"));
      const follow = async (): Promise<void> => {
        await session.watch("/n", "data", () => void follow());
        seen.push(text((await session.get("/n"))?.data));
      };
      await follow();
      fixture.world.network.partition("client", "service");
      await other.set("/n", bytes("1"));
      await fixture.pass(0.8 * TIMEOUT_MS);
      fixture.world.network.heal();
      await resumed(session);
      await other.set("/n", bytes("2"));
      await fixture.pass(100);
      expect(seen).toEqual(["0", "1", "2"]);
    });
  });

  test("hears for certain that calls were lost, which may have been applied or not", async () => {
    await TcpWorld.run(async (fixture) => {
      const session = await fixture.connect("client");
      const other = await fixture.connect("other");
      // The request arrives, the answer doesn't.
      const applied = session.create("/applied", bytes(""), EPHEMERAL);
      while (!(await other.exists("/applied"))) await fixture.pass(0.01);
      fixture.world.network.partition("client", "service");
      const notApplied = session.create("/not-applied", bytes(""));
      expect(await codeOf(applied)).toBe("CONNECTION_LOSS");
      expect(await codeOf(notApplied)).toBe("CONNECTION_LOSS");
      fixture.world.network.heal();
      await resumed(session);
      expect((await session.get("/applied"))?.owner).toBe(session.id);
      // What was still on its way over the old connection has no effect once the session is resumed.
      expect(await session.exists("/not-applied")).toBe(false);
      await fixture.pass(TIMEOUT_MS);
      expect(await session.exists("/not-applied")).toBe(false);
    });
  });

  test("for longer than its time-out is told that it has expired when it gets through, and not before", async () => {
    await TcpWorld.run(async (fixture) => {
      const session = await fixture.connect("client");
      const other = await fixture.connect("other");
      let expired = 0;
      session.onExpired(() => (expired += 1));
      await session.create("/e", bytes(""), EPHEMERAL);
      fixture.world.network.partition("client", "service");
      await fixture.pass(3 * TIMEOUT_MS);
      expect(await other.exists("/e")).toBe(false);
      expect(expired).toBe(0);
      expect(await codeOf(session.exists("/e"))).toBe("CONNECTION_LOSS");
      fixture.world.network.heal();
      await resumed(session);
      expect(await codeOf(session.exists("/e"))).toBe("SESSION_EXPIRED");
      expect(expired).toBe(1);
      let late = 0;
      session.onExpired(() => (late += 1));
      await fixture.pass(TIMEOUT_MS);
      expect([expired, late]).toEqual([1, 1]);
      await session.close();
    });
  });

  test("that is closed meanwhile ends with the attempt to connect, and leaves nothing behind", async () => {
    const { world } = await TcpWorld.run(async (fixture) => {
      const session = await fixture.connect("client");
      fixture.world.network.partition("client", "service");
      await fixture.pass(TIMEOUT_MS);
      const [last, closed, again] = [codeOf(session.exists("/")), codeOf(session.close()), session.close()];
      expect(await codeOf(session.exists("/"))).toBe("SESSION_EXPIRED");
      expect([await last, await closed, await codeOf(again)]).toEqual(Array(3).fill("CONNECTION_LOSS"));
      await fixture.pass(TIMEOUT_MS);
    });
    expectNothingLeaks(world.node("client"));
  });
});

test("calls that are made while a session is disconnected take effect when it is resumed, in their order", async () => {
  await TcpWorld.run(async (fixture) => {
    const session = await fixture.connect("client");
    fixture.world.network.partition("client", "service");
    const lost = codeOf(session.create("/lost", bytes("")));
    await lost;
    const calls: Promise<unknown>[] = [session.create("/n", bytes("0")), session.set("/n", bytes("1"), 0)];
    fixture.world.network.heal();
    calls.push(session.get("/n").then((node) => text(node?.data)));
    while (!(await session.exists("/n"))) await fixture.pass(1);
    calls.push(session.set("/n", bytes("2"), 1));
    expect(await Promise.all(calls)).toEqual(["/n", 1, "1", 2]);
  });
});

test("a connection that breaks is replaced at once, long before the session would expire", async () => {
  await TcpWorld.run(async (fixture) => {
    const session = await fixture.connect("client");
    const other = await fixture.connect("other");
    await session.create("/e", bytes(""), EPHEMERAL);
    for (let i = 0; i < 20; i += 1) {
      fixture.world.network.dropProbability = 1;
      expect(await codeOf(session.exists("/e"))).toBe("CONNECTION_LOSS");
      fixture.world.network.dropProbability = 0;
      expect(await session.exists("/e")).toBe(true);
    }
    await fixture.pass(2 * TIMEOUT_MS);
    expect(await codeOf(other.get("/e"))).toBe("none");
    expect(await session.exists("/e")).toBe(true);
  });
});

describe("the session of a client", () => {
  test("that is killed expires after 200 ms", async () => {
    await TcpWorld.run(async (fixture) => {
      const session = await fixture.connect("client", 30_000);
      const other = await fixture.connect("other");
      await session.create("/e", bytes(""), EPHEMERAL);
      let firedMs = 0;
      await other.watch("/e", "data", () => (firedMs = fixture.world.nowMs));
      const killedMs = fixture.world.nowMs;
      fixture.world.node("client").crash();
      await fixture.pass(1000);
      expect(firedMs - killedMs).toBeGreaterThanOrEqual(200);
      expect(firedMs - killedMs).toBeLessThan(205);
    });
  });

  test("that is frozen expires after its time-out, and the client is told when it wakes up", async () => {
    await TcpWorld.run(async (fixture) => {
      const session = await fixture.connect("client");
      const other = await fixture.connect("other");
      let expired = 0;
      session.onExpired(() => (expired += 1));
      await session.create("/e", bytes(""), EPHEMERAL);
      fixture.world.node("client").freeze(3 * TIMEOUT_MS);
      await fixture.pass(0.95 * TIMEOUT_MS);
      expect(await other.exists("/e")).toBe(true);
      await fixture.pass(0.1 * TIMEOUT_MS);
      expect(await other.exists("/e")).toBe(false);
      expect(expired).toBe(0);
      await fixture.pass(2 * TIMEOUT_MS);
      expect(expired).toBe(1);
      expect(await codeOf(session.exists("/e"))).toBe("SESSION_EXPIRED");
    });
  });

  test("that is frozen for less than its time-out goes on", async () => {
    await TcpWorld.run(async (fixture) => {
      const session = await fixture.connect("client");
      await session.create("/e", bytes(""), EPHEMERAL);
      for (let i = 0; i < 10; i += 1) {
        fixture.world.node("client").freeze(0.6 * TIMEOUT_MS);
        await fixture.pass(TIMEOUT_MS + 100 * i);
      }
      expect((await session.get("/e"))?.owner).toBe(session.id);
    });
  });
});

describe("a service that", () => {
  test.each([1, 20])("is away, for %d time-outs, keeps sessions and ephemeral nodes", async (timeouts) => {
    await TcpWorld.run(async (fixture) => {
      const session = await fixture.connect("client");
      let [expired, fired] = [0, 0];
      session.onExpired(() => (expired += 1));
      await session.watch("/e", "data", () => (fired += 1));
      await session.create("/e", bytes("x"), EPHEMERAL);
      expect(fired).toBe(1);
      await session.watch("/e", "data", () => (fired += 1));
      fixture.service.crash();
      await fixture.pass(timeouts * TIMEOUT_MS);
      expect(await codeOf(session.exists("/e"))).toBe("CONNECTION_LOSS");
      fixture.service.restart();
      await fixture.start();
      await resumed(session);
      expect((await session.get("/e"))?.owner).toBe(session.id);
      await fixture.pass(2 * TIMEOUT_MS);
      expect((await session.get("/e"))?.owner).toBe(session.id);
      expect([expired, fired]).toEqual([0, 2]);
    });
  });

  test("is back gives a session whose client has died meanwhile its whole time-out anew", async () => {
    await TcpWorld.run(async (fixture) => {
      await (await fixture.connect("client")).create("/e", bytes(""), EPHEMERAL);
      const other = await fixture.connect("other");
      await fixture.stop();
      fixture.world.node("client").crash();
      await fixture.pass(2 * TIMEOUT_MS);
      await fixture.start();
      await fixture.pass(0.95 * TIMEOUT_MS);
      expect(await other.exists("/e")).toBe(true);
      await fixture.pass(0.1 * TIMEOUT_MS);
      expect(await other.exists("/e")).toBe(false);
    });
  });

  test("was frozen itself holds the time against nobody", async () => {
    await TcpWorld.run(async (fixture) => {
      const session = await fixture.connect("client");
      let expired = 0;
      session.onExpired(() => (expired += 1));
      for (const timeouts of [0.5, 1, 1.5, 2, 5]) {
        fixture.service.freeze(timeouts * TIMEOUT_MS);
        await fixture.pass((timeouts + 2) * TIMEOUT_MS);
        expect([timeouts, await codeOf(session.exists("/"))]).toEqual([timeouts, "none"]);
      }
      expect(expired).toBe(0);
    });
  });

  test("closes in order answers what it was asked", async () => {
    const { world } = await TcpWorld.run(async (fixture) => {
      const session = await fixture.connect("client");
      fixture.service.slowDisk(0, 100);
      const made = session.create("/n", bytes(""));
      await fixture.pass(20);
      await fixture.stop();
      expect(await made).toBe("/n");
      expect(await codeOf(session.close())).toBe("CONNECTION_LOSS");
      expect(await codeOf(fixture.connect("client"))).toBe("CONNECTION_LOSS");
    });
    expectNothingLeaks(world.node("service"), world.node("client"));
  });

  test("is another one, on the same port, ends the sessions of the first", async () => {
    await TcpWorld.run(async (fixture) => {
      const session = await fixture.connect("client");
      let expired = 0;
      session.onExpired(() => (expired += 1));
      await fixture.stop();
      fixture.service.runtime.disk.remove("/coordination");
      await fixture.start();
      const first = await fixture.connect("other");
      expect(first.id).toBe(session.id);
      await first.create("/e", bytes(""), EPHEMERAL);
      expect(await codeOf(session.exists("/e"))).toBe("SESSION_EXPIRED");
      expect(expired).toBe(1);
      expect(await first.exists("/e")).toBe(true);
    });
  });

  test("keeps sessions ends those that nobody can resume", async () => {
    await TcpWorld.run(async (fixture) => {
      const local = await new LocalCoordination(fixture.server, fixture.service.runtime).connect(60_000);
      await local.create("/local", bytes(""), EPHEMERAL);
      await (await fixture.connect("client")).create("/remote", bytes(""), EPHEMERAL);
      await fixture.stop();
      await fixture.start();
      const other = await fixture.connect("other");
      expect([await other.exists("/local"), await other.exists("/remote")]).toEqual([false, true]);
    });
  });

  test("doesn't keep sessions ends them when it opens", async () => {
    await TcpWorld.run(async (fixture) => {
      const { runtime } = fixture.service;
      await (await fixture.connect("client")).create("/e", bytes(""), EPHEMERAL);
      await fixture.stop();
      const server = CoordinationServer.open(runtime, "/coordination");
      const local = await new LocalCoordination(server, runtime).connect(1000);
      expect(await local.exists("/e")).toBe(false);
    });
  });
});

test("a node of the largest size goes through, and a request that is too large is refused", async () => {
  await TcpWorld.run(async (fixture) => {
    const session = await fixture.connect("client");
    const data = new Uint8Array(MAX_DATA_BYTES).fill(7);
    await session.create("/big", data);
    expect(Buffer.from((await session.get("/big"))!.data).equals(data)).toBe(true);
    const parts = [1, 2, 3, 4].map((i) => ({ type: "create", path: `/${i}`, data }) as const);
    expect(await codeOf(session.multi(parts))).toBe("BAD_ARGUMENTS");
    expect(await session.exists("/1")).toBe(false);
  });
});

test("nothing that answers, or nothing that speaks the protocol, is CONNECTION_LOSS", async () => {
  await TcpWorld.run(async (fixture) => {
    const { transport } = fixture.world.node("web").runtime;
    await transport.listen("web", 2181, (connection) => {
      const onData = (): void => void connection.write([bytes("HTTP/1.1 400 Bad Request\r\n\r\n")]);
      connection.handle({ onData, onClose: () => {} });
    });
    const connectTo = (host: string, port: number): Promise<string> => {
      const { runtime } = fixture.world.node("client");
      return codeOf(new TcpCoordination(runtime, { host, port }).connect(TIMEOUT_MS));
    };
    expect(await connectTo("web", 2181)).toBe("CONNECTION_LOSS");
    expect(await connectTo("web", 1)).toBe("CONNECTION_LOSS");
    expect(await connectTo("nowhere", 2181)).toBe("CONNECTION_LOSS");
  });
});

test("a service that is there a little later is waited for, up to the connection's time-out", async () => {
  await TcpWorld.run(async (fixture) => {
    const { runtime } = fixture.world.node("client");
    await fixture.stop();
    const soon = new TcpCoordination(runtime, ADDRESS, 5_000).connect(TIMEOUT_MS);
    const never = codeOf(new TcpCoordination(runtime, { host: "nowhere", port: 2181 }, 5_000).connect(TIMEOUT_MS));
    await fixture.pass(2_000);
    await fixture.start();
    expect(await (await soon).exists("/")).toBe(true);
    const before = runtime.clock.nowMs();
    expect(await never).toBe("CONNECTION_LOSS");
    expect(runtime.clock.nowMs() - before).toBeLessThan(5_000);
  });
});
