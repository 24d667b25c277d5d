import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { fetchAll, produce } from "../20-cluster/clients.ts";
import { BrokerProcess, temporaryFolder } from "./broker-process.ts";

const SLOW = 60_000;
const MAIN = "chapters/20-cluster/main-server.ts";
const COORDINATOR = "chapters/20-cluster/main-coordinator.ts";

const data = temporaryFolder();
const processes: BrokerProcess[] = [];

function start(args: readonly string[], main = MAIN): BrokerProcess {
  const started = new BrokerProcess(args, undefined, main);
  processes.push(started);
  return started;
}

/** A file as it comes with Kafka 3, but for its port and its folders. */
function writeClassic(...lines: readonly string[]): string {
  const path = join(data.path, "server.properties");
  const classic = [
    "# The id of the broker. This must be set to a unique integer for each broker.",
    "broker.id=7",
    "listeners=PLAINTEXT://127.0.0.1:0",
    "num.network.threads=3",
    "num.io.threads=8",
    "socket.send.buffer.bytes=102400",
    "socket.receive.buffer.bytes=102400",
    "socket.request.max.bytes=104857600",
    `log.dirs=${data.path}/logs`,
    "num.partitions=1",
    "num.recovery.threads.per.data.dir=1",
    "offsets.topic.replication.factor=1",
    "transaction.state.log.replication.factor=1",
    "transaction.state.log.min.isr=1",
    "log.retention.hours=168",
    "log.segment.bytes=1073741824",
    "log.retention.check.interval.ms=300000",
  ];
  writeFileSync(path, [...classic, ...lines, ""].join("\n"));
  return path;
}

afterEach(async () => {
  for (const one of processes.splice(0)) await one.stop("SIGKILL");
  data.remove();
  mkdirSync(data.path);
});

describe("npm run broker", { timeout: SLOW }, () => {
  test("runs one broker from a classic server.properties, until ctrl-C ends it in order", async () => {
    const broker = start([writeClassic()]);
    await broker.ready();
    expect(broker.stdout).toMatch(/^ready: 127\.0\.0\.1:\d+\n$/);
    expect(broker.stderr).toContain("zookeeper.connect is not set: this broker is a cluster of its own");
    const client = await broker.connect();
    await broker.createTopic("orders");
    await produce(client, "orders", ["a", "b"]);
    expect(await fetchAll(client, "orders")).toEqual(["a", "b"]);
    client.close();
    expect(await broker.stop("SIGINT")).toEqual({ code: 0, signal: null });
    expect(readdirSync(join(data.path, "logs"))).toContain(".kafka_cleanshutdown");
    const again = start([join(data.path, "server.properties")]);
    await again.ready();
    const reader = await again.connect();
    expect(await fetchAll(reader, "orders")).toEqual(["a", "b"]);
    reader.close();
  });

  test("joins the cluster of a coordination service that the command line names", async () => {
    const service = start(["--port", "0", "--data", data.path], COORDINATOR);
    await service.ready();
    const broker = start([writeClassic(), "--coordinator", service.address]);
    await broker.ready();
    expect(broker.stderr).not.toContain("a cluster of its own");
    expect(readdirSync(join(data.path, "logs"))).not.toContain("coordination");
    expect((await broker.stop()).code).toBe(0);
  });

  test("says in one sentence what is wrong, and explains itself", async () => {
    const broker = start([writeClassic("log.segment.bytes=many")]);
    const help = start(["--help"]);
    expect((await broker.ended).code).toBe(1);
    expect(broker.stdout).toBe("");
    const line = /^log\.segment\.bytes: expected an int .*, got "many" \(.*server\.properties line 18\)\n$/;
    expect(broker.stderr).toMatch(line);
    expect((await help.ended).code).toBe(0);
    expect(help.stdout).toMatch(/^npm run broker -- server\.properties/);
  });
});
