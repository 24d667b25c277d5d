import { once } from "node:events";
import net from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Metadata } from "#ground/protocol/messages/03-metadata";
import { createTopic, fetch, fetchAll, produce } from "../20-cluster/clients.ts";
import { BrokerProcess, sleep, temporaryFolder } from "./broker-process.ts";

const SLOW = 120_000;
/** `ulimit -n`: leaves 32 for files and 32 for connections. */
const MAX_OPEN_FILES = 128;

let data = temporaryFolder();
let broker: BrokerProcess;
const sockets: net.Socket[] = [];

async function start(): Promise<void> {
  broker = await BrokerProcess.start(data.path, [], MAX_OPEN_FILES);
}

beforeEach(async () => {
  data = temporaryFolder();
  await start();
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await broker.stop("SIGKILL");
  data.remove();
});

/** Opens connections that say nothing. */
async function idle(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const socket = net.connect(broker.port, "127.0.0.1");
    socket.on("error", () => {});
    sockets.push(socket);
    await once(socket, "connect");
  }
}

describe.skipIf(process.platform === "win32")("a process that may open few files", () => {
  test("has three times as many partitions, is ended and starts again", { timeout: SLOW }, async () => {
    const partitions = Array.from({ length: 96 }, (_, partition) => partition);
    let client = await broker.connect();
    await createTopic(client, "many", {}, partitions.length);
    for (const round of ["a", "b"]) {
      const answers = partitions.map((partition) => produce(client, "many", [round], 1, partition));
      for (const { errorCode } of await Promise.all(answers)) expect(errorCode).toBe(0);
    }
    client.close();
    expect((await broker.stop()).code).toBe(0);
    await start();
    client = await broker.connect();
    const read = await Promise.all(partitions.map((partition) => fetch(client, "many", 0, { partition })));
    for (const { values } of read) expect(values).toEqual(["a", "b"]);
    client.close();
    // Nothing was recovered, given up or refused.
    expect(broker.stderr).not.toMatch(/WARN|ERROR/);
  });

  test("refuses connections beyond what it can have; those before go on, and others may come later", { timeout: SLOW },
    async () => {
      const client = await broker.connect();
      await createTopic(client, "orders");
      await idle(200);
      expect(await produce(client, "orders", ["a"])).toEqual({ errorCode: 0, baseOffset: 0 });
      await createTopic(client, "payments", {}, 20);
      expect((await client.send(Metadata, { topics: null })).topics).toHaveLength(2);
      expect(broker.stderr).toContain("ulimit -n");
      expect(broker.stderr).not.toContain("ERROR");
      for (const socket of sockets.splice(0)) socket.destroy();
      await sleep(200);
      const other = await broker.connect();
      expect(await fetchAll(other, "orders")).toEqual(["a"]);
      for (const each of [client, other]) each.close();
      expect((await broker.stop()).code).toBe(0);
    },
  );
});
