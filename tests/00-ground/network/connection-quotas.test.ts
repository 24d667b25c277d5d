import { describe, expect, test } from "vitest";
import { ConnectionQuotas, type ConnectionQuotaLimits } from "#ground/network/connection-quotas";
import { type Runtime } from "#ground/runtime";
import { type SimWorld } from "#ground/sim/sim-world";
import { expectNothingLeaks, settled, withSim } from "../../support/sim.ts";
import { echo, startServer, TestClient } from "./server-fixtures.ts";

function quotas(world: SimWorld, limits: Partial<ConnectionQuotaLimits>, ofProcess = Infinity): ConnectionQuotas {
  const { runtime } = world.node("server");
  const transport: Runtime["transport"] = { ...runtime.transport, maxConnections: ofProcess };
  return new ConnectionQuotas(
    { ...runtime, transport },
    { maxConnections: Infinity, maxConnectionsPerIp: Infinity, ...limits },
  );
}

/** Who is served, of clients on these hosts that come one after the other. */
async function served(world: SimWorld, hosts: readonly string[]): Promise<[TestClient[], string]> {
  const clients: TestClient[] = [];
  for (const host of hosts) {
    const client = await TestClient.connect(world, host);
    clients.push(client);
    if (client.closed === null) client.send("hello");
    await world.run(100);
  }
  return [clients, clients.map(({ answers, closed }) => (closed === null ? answers.join() : "closed")).join(" ")];
}

describe("limits of connections", () => {
  test("max.connections: one more is closed, and may come when another has gone", async () => {
    await withSim(1, async (world) => {
      const { server, node } = await startServer(world, echo, { quotas: quotas(world, { maxConnections: 2 }) });
      const [[first, second], seen] = await served(world, ["a", "b", "c"]);
      expect(seen).toBe("re:hello re:hello closed");
      first!.connection.close();
      await world.run(100);
      expect((await served(world, ["c", "d"]))[1]).toBe("re:hello closed");
      second!.send("still here");
      await world.run(100);
      expect([second!.answers.length, server.connectionCount]).toEqual([2, 2]);
      await settled(world, server.close());
      await world.run(10_000);
      expectNothingLeaks(node);
    });
  });

  test("max.connections.per.ip: others are not concerned", async () => {
    await withSim(1, async (world) => {
      await startServer(world, echo, { quotas: quotas(world, { maxConnectionsPerIp: 2 }) });
      expect((await served(world, ["a", "a", "a", "b"]))[1]).toBe("re:hello re:hello closed re:hello");
    });
  });

  test("what the process may have is the limit, whatever max.connections is", async () => {
    await withSim(1, async (world) => {
      const limited = quotas(world, { maxConnections: 1000 }, 1);
      expect(limited.tryAdd("a:1")).toBeNull();
      expect(limited.tryAdd("a:2")!.message).toContain("ulimit -n");
      expect(quotas(world, { maxConnections: 0 }, 1).tryAdd("a:1")!.message).toContain("max.connections");
    });
  });

  test("two ports count together, and one without quotas is exempt", async () => {
    await withSim(1, async (world) => {
      const shared = quotas(world, { maxConnections: 2 });
      await startServer(world, echo, { quotas: shared });
      const one = await startServer(world, echo, { port: 9093, quotas: shared });
      const exempt = await startServer(world, echo, { port: 9094 });
      const { transport } = world.node("peer").runtime;
      for (const [port, count] of [[9092, 1], [9093, 3], [9094, 3]] as const) {
        for (let i = 0; i < count; i++) {
          void transport.connect("server", port, 1_000).then((connection) =>
            connection.handle({ onData: () => {}, onClose: () => {} }),
          );
        }
        await world.run(100);
      }
      expect([one.server.connectionCount, exempt.server.connectionCount]).toEqual([1, 3]);
    });
  });

  test("a flood is told in a line now and then", async () => {
    await withSim(1, async (world) => {
      const lines: string[] = [];
      const { runtime } = world.node("server");
      const log = { ...runtime.log, warn: (line: string) => void lines.push(line) };
      const limited = new ConnectionQuotas({ ...runtime, log }, { maxConnections: 1, maxConnectionsPerIp: 9 });
      for (let i = 0; i < 500; i++) limited.tryAdd(`a:${i}`);
      await world.run(10_000);
      limited.tryAdd("a:1");
      expect(lines).toEqual([
        "A new connection was refused: there are 1 connections, max.connections",
        "499 new connections were refused: there are 1 connections, max.connections",
      ]);
    });
  });
});
