import { describe, expect, test } from "vitest";
import { CoordinationServer } from "#ground/coordination/coordination-server";
import { LocalCoordination } from "#ground/coordination/local-coordination";
import { type Runtime } from "#ground/runtime";
import { SimWorld } from "#ground/sim/sim-world";
import { expectNothingLeaks, settled } from "../../support/sim.ts";
import { codeOf, coordinationConformance, type CoordinationFixture } from "./conformance.ts";

/** Runs `body`, and the world until it has ended. */
function within(world: SimWorld, body: () => Promise<void>): Promise<void> {
  return settled(world, body());
}

function pass(runtime: Runtime, ms: number): Promise<void> {
  return new Promise((resolve) => runtime.scheduler.at(runtime.clock.nowMs() + ms, resolve));
}

coordinationConformance("in process", async (body) => {
  const world = new SimWorld(1);
  const service = world.node("service");
  const server = CoordinationServer.open(service.runtime, "/coordination");
  let clients = 0;
  const fixture: CoordinationFixture = {
    client: () => {
      const node = world.node(`client-${(clients += 1)}`);
      return { coordination: new LocalCoordination(server, node.runtime), die: () => node.crash() };
    },
    pass: (ms) => pass(service.runtime, ms),
  };
  await within(world, async () => {
    await body(fixture);
    await server.close();
  });
  expectNothingLeaks(service);
});

describe("a holder in the simulator", () => {
  test("that freezes for too long finds its session expired, and is told", async () => {
    const world = new SimWorld(1);
    const service = world.node("service");
    const holder = world.node("holder");
    const server = CoordinationServer.open(service.runtime, "/coordination");
    await within(world, async () => {
      const session = await new LocalCoordination(server, holder.runtime).connect(1000);
      let told = 0;
      session.onExpired(() => (told += 1));
      holder.freeze(900);
      await pass(service.runtime, 900);
      expect(await codeOf(session.get("/"))).toBe("none");
      holder.freeze(3000);
      await pass(service.runtime, 2999);
      expect(told).toBe(0);
      expect(await codeOf(session.get("/"))).toBe("SESSION_EXPIRED");
      expect(told).toBe(1);
      session.onExpired(() => (told += 10));
      await pass(service.runtime, 1);
      expect(told).toBe(11);
      await session.close();
      await server.close();
    });
    expectNothingLeaks(service, holder);
  });

  test("that closes a session which has expired in the meantime isn't told so", async () => {
    const world = new SimWorld(1);
    const service = world.node("service");
    const holder = world.node("holder");
    const server = CoordinationServer.open(service.runtime, "/coordination");
    await within(world, async () => {
      const session = await new LocalCoordination(server, holder.runtime).connect(1000);
      let told = 0;
      session.onExpired(() => (told += 1));
      holder.freeze(3000);
      await pass(service.runtime, 2000);
      const closed = session.close();
      await pass(service.runtime, 2000);
      await closed;
      expect(told).toBe(0);
      await server.close();
    });
    expectNothingLeaks(service, holder);
  });

  test("that has died hears nothing more", async () => {
    const world = new SimWorld(1);
    const service = world.node("service");
    const holder = world.node("holder");
    const server = CoordinationServer.open(service.runtime, "/coordination");
    const heard: string[] = [];
    await within(world, async () => {
      const session = await new LocalCoordination(server, holder.runtime).connect(1000);
      await session.watch("/n", "data", () => heard.push("watch"));
      session.onExpired(() => heard.push("expired"));
      void session.create("/n", new Uint8Array(0)).then(() => heard.push("answer"));
      holder.crash();
      await pass(service.runtime, 5000);
      await server.close();
    });
    expect(heard).toEqual([]);
  });

  test("whose session opens while the service closes keeps nothing alive", async () => {
    const world = new SimWorld(1);
    const node = world.node("node");
    const server = CoordinationServer.open(node.runtime, "/coordination");
    await within(world, async () => {
      const connecting = new LocalCoordination(server, node.runtime).connect(1000);
      await server.close();
      expect(await codeOf((await connecting).get("/"))).toBe("CONNECTION_LOSS");
    });
    expectNothingLeaks(node);
  });

  test("that closes its sessions leaves no timer", async () => {
    const world = new SimWorld(1);
    const node = world.node("node");
    const server = CoordinationServer.open(node.runtime, "/coordination");
    await within(world, async () => {
      const local = new LocalCoordination(server, node.runtime);
      const sessions = await Promise.all([1, 2, 3].map(() => local.connect(1000)));
      await pass(node.runtime, 5000);
      for (const session of sessions) await session.close();
      await server.close();
      await server.close();
    });
    expectNothingLeaks(node);
  });
});
