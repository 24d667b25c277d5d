import { describe, expect, test } from "vitest";
import { withSim } from "../../support/sim.ts";
import { bytes } from "../node/transport-conformance.ts";
import { OPEN, twoNodes } from "./two-nodes.ts";

describe("a node that is suspended", () => {
  test("does nothing at all; resumed, it does what was due, in that order", async () => {
    await withSim(1, async (world) => {
      const node = world.node("a");
      const { clock, scheduler } = node.runtime;
      const ran: string[] = [];
      for (const atMs of [30, 10, 20]) scheduler.at(atMs, () => ran.push(`${atMs} at ${clock.nowMs()}`));
      node.suspend();
      node.suspend();
      await world.run(100);
      expect([ran, node.isSuspended, node.isAlive]).toEqual([[], true, true]);
      node.resume();
      node.resume();
      scheduler.at(105, () => ran.push(`105 at ${clock.nowMs()}`));
      await world.run(10);
      expect(ran).toEqual(["10 at 100", "20 at 100", "30 at 100", "105 at 105"]);
      expect(node.isSuspended).toBe(false);
    });
  });

  test("is still connected to by its machine, and reads later what came meanwhile", async () => {
    await withSim(1, async (world) => {
      const { a, b, retry } = await twoNodes(world);
      world.node("b").suspend();
      a.connection.write([bytes("wake up")]);
      expect(await retry()).toBe(OPEN);
      await world.run(60_000);
      expect([b.received, b.closed]).toEqual(["", null]);
      world.node("b").resume();
      await world.run(10);
      expect(b.received).toBe("wake up");
    });
  });

  test("and killed stays dead; its next life isn't suspended", async () => {
    await withSim(1, async (world) => {
      const node = world.node("a");
      let hasRun = false;
      node.runtime.scheduler.at(5, () => (hasRun = true));
      node.suspend();
      await world.run(10);
      node.crash();
      node.resume();
      await world.run(10);
      expect([hasRun, node.isAlive]).toEqual([false, false]);
      node.suspend();
      const { scheduler } = node.restart();
      let again = false;
      scheduler.soon(() => (again = true));
      await world.run(1);
      expect([again, node.isSuspended]).toEqual([true, false]);
    });
  });
});

describe("a node with a slow network", () => {
  test("is reached later, and heard later, by so much; then no longer", async () => {
    await withSim(1, async (world) => {
      const { a, b } = await twoNodes(world);
      world.network.slow("b", 200);
      expect(world.network.slowedByMs("b")).toBe(200);
      a.connection.write([bytes("to b")]);
      b.connection.write([bytes("to a")]);
      await world.run(199);
      expect([a.received, b.received]).toEqual(["", ""]);
      await world.run(2);
      expect([a.received, b.received]).toEqual(["to a", "to b"]);
      world.network.slow("b", 0);
      a.connection.write([bytes(", soon")]);
      await world.run(2);
      expect([b.received, world.network.slowedByMs("b")]).toEqual(["to b, soon", 0]);
    });
  });
});

describe("a packet that is lost", () => {
  test("breaks its connection, once, with all that it carries; the other way is spared until then", async () => {
    await withSim(1, async (world) => {
      const { a, b, retry } = await twoNodes(world);
      world.network.loseNext("b", "a");
      expect(world.network.isLosingNext("b", "a")).toBe(true);
      a.connection.write([bytes("a question")]);
      await world.run(10);
      expect([b.received, a.closed, b.closed]).toEqual(["a question", null, null]);
      b.connection.write([bytes("an answer")]);
      await world.run(10);
      expect([a.received, a.closed !== null, b.closed !== null]).toEqual(["", true, true]);
      expect(world.network.isLosingNext("b", "a")).toBe(false);
      expect(await retry()).toBe(OPEN);
    });
  });
});
