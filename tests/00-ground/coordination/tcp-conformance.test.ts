import { CoordinationServer } from "#ground/coordination/coordination-server";
import { TcpCoordination } from "#ground/coordination/tcp-coordination";
import { TcpCoordinationListener } from "#ground/coordination/tcp-listener";
import { SimWorld } from "#ground/sim/sim-world";
import { expectNothingLeaks, settled } from "../../support/sim.ts";
import { coordinationConformance, type CoordinationFixture } from "./conformance.ts";

coordinationConformance("over TCP", async (body) => {
  const world = new SimWorld(1);
  const service = world.node("service");
  const { clock, scheduler } = service.runtime;
  const server = CoordinationServer.open(service.runtime, "/coordination");
  let clients = 0;
  await settled(
    world,
    (async () => {
      const listener = await TcpCoordinationListener.start(service.runtime, server, { host: "service", port: 2181 });
      const fixture: CoordinationFixture = {
        client: () => {
          const node = world.node(`client-${(clients += 1)}`);
          const coordination = new TcpCoordination(node.runtime, { host: "service", port: 2181 });
          // Silent, as a machine is that has lost its power: of one that was killed the service hears at once.
          return { coordination, die: () => node.powerLoss() };
        },
        pass: (ms) => new Promise((resolve) => scheduler.at(clock.nowMs() + ms, resolve)),
      };
      await body(fixture);
      await server.close();
      await listener.close();
    })(),
  );
  expectNothingLeaks(service);
});
