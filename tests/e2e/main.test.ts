import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { Metadata } from "#ground/protocol/messages/03-metadata";
import { createTopic, fetchAll, produce } from "../20-cluster/clients.ts";
import { BrokerProcess, temporaryFolder } from "./broker-process.ts";

const SLOW = 60_000;

const data = temporaryFolder();
const processes: BrokerProcess[] = [];

function start(args: readonly string[]): BrokerProcess {
  const broker = new BrokerProcess(["--brokers", "1", ...args]);
  processes.push(broker);
  return broker;
}

async function startReady(args: readonly string[] = []): Promise<BrokerProcess> {
  const broker = start(["--port", "0", "--data", data.path, ...args]);
  await broker.ready();
  return broker;
}

/** What a start that is refused says. */
async function refusal(args: readonly string[]): Promise<{ code: number | null; text: string }> {
  const broker = start(args);
  const { code } = await broker.ended;
  expect(broker.stdout).toBe("");
  return { code, text: broker.stderr };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

afterEach(async () => {
  for (const broker of processes.splice(0)) await broker.stop("SIGKILL");
  data.remove();
  mkdirSync(data.path);
});

describe("npm start", { timeout: SLOW }, () => {
  test("says that it is ready once, on stdout, and nothing else there", async () => {
    const broker = await startReady();
    expect(broker.stdout).toMatch(/^ready: 127\.0\.0\.1:\d+\n$/);
    const client = await broker.connect();
    await produce(client, "orders", ["x"]);
    client.close();
    await broker.stop();
    expect(broker.stdout).toMatch(/^ready: 127\.0\.0\.1:\d+\n$/);
    expect(broker.stderr).not.toContain("ready:");
  });

  const SIGNALS = ["SIGTERM", "SIGINT", "SIGHUP"] as const;
  test.each(SIGNALS)("%s ends it in order, with a client connected", async (signal) => {
    const broker = await startReady();
    const client = await broker.connect();
    await createTopic(client, "orders");
    const { code } = await broker.stop(signal);
    client.close();
    expect(code).toBe(0);
    expect(readdirSync(join(data.path, "broker-1"))).toContain(".kafka_cleanshutdown");
  });

  test("one ctrl-C that comes twice, from the terminal and from npm, is one", async () => {
    const broker = await startReady();
    broker.kill("SIGINT");
    const { code } = await broker.stop("SIGINT");
    expect(code).toBe(0);
    expect(readdirSync(join(data.path, "broker-1"))).toContain(".kafka_cleanshutdown");
  });

  test("comes back after kill -9 with everything that it acknowledged", async () => {
    const first = await startReady();
    const client = await first.connect();
    await createTopic(client, "orders");
    for (let i = 0; i < 100; i++) await produce(client, "orders", [`${i}`]);
    const { clusterId } = await client.send(Metadata, { topics: [] });
    await first.stop("SIGKILL");
    const second = await startReady();
    const again = await second.connect();
    expect(await fetchAll(again, "orders")).toEqual(Array.from({ length: 100 }, (_, i) => `${i}`));
    expect((await again.send(Metadata, { topics: [] })).clusterId).toBe(clusterId);
    again.close();
  });

  test("a data folder that is in use is refused with a sentence", async () => {
    await startReady();
    const { code, text } = await refusal(["--port", "0", "--data", data.path]);
    expect(code).toBe(1);
    expect(text).toMatch(/in use by process \d+/);
    expect(text).not.toContain("    at ");
  });

  test("a port that is taken is refused with a sentence", async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const { code, text } = await refusal(["--port", String(port), "--data", data.path]);
    server.close();
    expect(code).toBe(1);
    expect(text).toContain(String(port));
    expect(text).not.toContain("    at ");
  });

  test.each([
    ["an unknown option", ["--prot", "1"], "--prot"],
    ["a port that is none", ["--port", "99999"], "--port: expected a whole number from 0 to 65535"],
    ["an argument too many", ["more"], "more"],
    ["a configuration file that isn't there", ["--config", "/no/such.properties"], "/no/such.properties"],
    ["a bad value", ["--override", "num.partitions=many"], "num.partitions"],
    ["no folder at all", ["--config", ""], "--config: expected a path"],
    ["an override without a value", ["--override", "num.partitions"], "key=value"],
  ])("refuses %s", async (_, args, text) => {
    const refused = await refusal([...args, "--data", data.path]);
    expect(refused).toMatchObject({ code: 1, text: expect.stringContaining(text) as string });
    expect(refused.text).not.toContain("    at ");
  });

  test("takes a server.properties; overrides win over it; unknown keys are a warning", async () => {
    const file = join(data.path, "server.properties");
    writeFileSync(file, "num.partitions=4\ndefault.replication.factor=1\nnum.partitoins=9\n");
    const broker = await startReady(["--config", file, "--override", "num.partitions=2"]);
    expect(broker.stderr).toContain("num.partitoins");
    const client = await broker.connect();
    const partitionCount = async (): Promise<number> => {
      const { topics } = await client.send(Metadata, { topics: [{ name: "new" }] });
      return topics[0]!.partitions.length;
    };
    await expect.poll(partitionCount).toBe(2);
    client.close();
  });

  test("Kafka's own server.properties starts; the port of its controller stays closed", async () => {
    const text = readFileSync(new URL("../golden/config/server-4.0.properties", import.meta.url), "utf8");
    const file = join(data.path, "server.properties");
    const controllerPort = await freePort();
    const moved = text.replaceAll(":9092", ":0").replaceAll(":9093", `:${controllerPort}`);
    writeFileSync(file, moved.replace(/^log\.dirs=.*$/m, `log.dirs=${join(data.path, "logs")}`));
    const broker = start(["--data", data.path, "--config", file]);
    await broker.ready();
    expect(broker.stderr).toContain("Listener CONTROLLER is not opened");
    expect(broker.stderr).not.toContain("Unknown key");
    expect(await canConnect(broker.port)).toBe(true);
    expect(await canConnect(controllerPort)).toBe(false);
  });

  test("--port wins over the listeners of a file, and over what they are told as", async () => {
    const file = join(data.path, "server.properties");
    writeFileSync(file, "listeners=A://:1,B://:2\nlistener.security.protocol.map=A:PLAINTEXT,B:PLAINTEXT\n" +
      "advertised.listeners=A://elsewhere:1,B://elsewhere:2\n");
    const broker = await startReady(["--config", file]);
    expect(broker.stdout).toMatch(/^ready: 127\.0\.0\.1:\d+\n$/);
  });

  test("node.id alone is enough, and log.dir is where the logs go", async () => {
    const logs = join(data.path, "theirs");
    const broker = await startReady(["--override", "node.id=2", "--override", `log.dir=${logs}`]);
    const client = await broker.connect();
    expect((await client.send(Metadata, { topics: [] })).brokers).toMatchObject([{ nodeId: 2 }]);
    await createTopic(client, "orders");
    client.close();
    expect(readdirSync(logs)).toContain("orders-0");
  });

  test("--help explains", async () => {
    const broker = start(["--help"]);
    expect(await broker.ended).toMatchObject({ code: 0 });
    expect(broker.stdout).toContain("--data DIR");
  });
});
