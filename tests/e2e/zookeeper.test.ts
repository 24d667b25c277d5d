import { afterAll, beforeAll, describe } from "vitest";
import { parseZooKeeperConnect } from "#ground/config/zookeeper-connect";
import { ZooKeeperCoordination } from "#ground/coordination/zookeeper/zookeeper-coordination";
import { createNodeRuntime } from "#ground/node/node-runtime";
import { type Connection, type Runtime } from "#ground/runtime";
import { type Client, coordinationConformance } from "../00-ground/coordination/conformance.ts";
import { hasZooKeeper, ZooKeeperServer } from "../support/zookeeper.ts";
import { sleep } from "./broker-process.ts";

const START_LIMIT_MS = 60_000;

/** A client that can die: its connections are closed, and it makes no others. */
class Mortal implements Client {
  readonly coordination: ZooKeeperCoordination;
  readonly #connections: Connection[] = [];
  #isDead = false;

  constructor(connect: string) {
    this.coordination = new ZooKeeperCoordination(this.#runtime(), parseZooKeeperConnect(connect), START_LIMIT_MS);
  }

  die(): void {
    this.#isDead = true;
    for (const connection of this.#connections) connection.close(new Error("dead"));
  }

  #runtime(): Runtime {
    const runtime = createNodeRuntime();
    const { transport } = runtime;
    const connect: typeof transport.connect = async (...args) => {
      if (this.#isDead) return new Promise(() => {});
      const connection = await transport.connect(...args);
      this.#connections.push(connection);
      return connection;
    };
    const silent = (): void => {};
    const log = { debug: silent, info: silent, warn: silent, error: silent };
    const { maxConnections } = transport;
    return { ...runtime, log, transport: { maxConnections, listen: transport.listen.bind(transport), connect } };
  }
}

describe.skipIf(!hasZooKeeper())("a real ZooKeeper", { timeout: 120_000 }, () => {
  let server: ZooKeeperServer;
  let roots = 0;
  beforeAll(async () => {
    server = await ZooKeeperServer.alone();
  });
  afterAll(() => server.stop());

  // Each test has a tree of its own under a root of its own.
  coordinationConformance("by ZooKeeper", async (body) => {
    const connect = `${server.address}/katafka/test-${(roots += 1)}`;
    const clients: Mortal[] = [];
    const client = (): Client => {
      clients.push(new Mortal(connect));
      return clients.at(-1)!;
    };
    try {
      await body({ client, pass: sleep });
    } finally {
      for (const each of clients) each.die();
    }
  });
});
