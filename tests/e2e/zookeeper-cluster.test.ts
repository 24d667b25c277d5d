import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Kafka, logLevel } from "kafkajs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KafkaProducer } from "#sender";
import { freePorts, hasZooKeeper, ZooKeeperServer } from "../support/zookeeper.ts";
import { BrokerProcess, sleep, temporaryFolder, until } from "./broker-process.ts";
import { leaderOf } from "./leaders.ts";
import { hasKcat, run } from "./processes.ts";

const LIMIT = { timeout: 120_000 };
const MAIN = "chapters/20-cluster/main-server.ts";
/** Brokers ask for Kafka's 18 seconds. A ZooKeeper that grants less makes the test short, not the files others. */
const SESSION_MS = 3_000;

const hasAll = hasZooKeeper() && hasKcat();

describe.skipIf(!hasAll)("three brokers with classic server.properties files and a ZooKeeper", LIMIT, () => {
  const data = temporaryFolder();
  const brokers = new Map<number, BrokerProcess>();
  let zooKeeper: ZooKeeperServer;
  /** The brokers' addresses, comma-separated. */
  let bootstrap: string;

  beforeAll(async () => {
    zooKeeper = await ZooKeeperServer.alone([`maxSessionTimeout=${SESSION_MS}`]);
    const ports = await freePorts(3);
    for (const [i, port] of ports.entries()) writeClassic(i + 1, port);
    await Promise.all([1, 2, 3].map(start));
    bootstrap = [...brokers.values()].map(({ address }) => address).join(",");
    await createOrders();
  }, LIMIT.timeout);
  afterAll(async () => {
    await Promise.all([...brokers.values()].map((broker) => broker.stop("SIGKILL")));
    await zooKeeper.stop();
    data.remove();
  });

  /** As it comes with Kafka 3, but for what differs on each machine. */
  function writeClassic(id: number, port: number): void {
    writeFileSync(join(data.path, `server-${id}.properties`), [
      `broker.id=${id}`,
      `listeners=PLAINTEXT://127.0.0.1:${port}`,
      "num.network.threads=3",
      "num.io.threads=8",
      "socket.send.buffer.bytes=102400",
      "socket.receive.buffer.bytes=102400",
      "socket.request.max.bytes=104857600",
      `log.dirs=${data.path}/kafka-logs-${id}`,
      "num.partitions=1",
      "num.recovery.threads.per.data.dir=1",
      "offsets.topic.replication.factor=3",
      "log.retention.hours=168",
      "log.segment.bytes=1073741824",
      "log.retention.check.interval.ms=300000",
      `zookeeper.connect=${zooKeeper.address}/kafka`,
      "zookeeper.connection.timeout.ms=60000",
      "",
    ].join("\n"));
  }

  async function start(id: number): Promise<void> {
    const broker = new BrokerProcess([join(data.path, `server-${id}.properties`)], undefined, MAIN);
    brokers.set(id, broker);
    await broker.ready();
  }

  /** With three replicas, which no key of a classic file asks for. */
  async function createOrders(): Promise<void> {
    const admin = new Kafka({ brokers: bootstrap.split(","), logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: "orders", numPartitions: 1, replicationFactor: 3 }] });
    await admin.disconnect();
  }

  async function isrOf(addresses: string): Promise<number[]> {
    const admin = new Kafka({ brokers: addresses.split(","), logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    const { topics } = await admin.fetchTopicMetadata({ topics: ["orders"] });
    await admin.disconnect();
    return topics[0]!.partitions[0]!.isr;
  }

  async function readAll(): Promise<Set<string>> {
    const { stdout } = await run("kcat", ["-C", "-b", bootstrap, "-t", "orders", "-e", "-q"]);
    return new Set(stdout.trim().split("\n"));
  }

  test("a ZooKeeper that stands still for less than a session costs nothing", async () => {
    const leader = await leaderOf(bootstrap, "orders");
    const producer = new KafkaProducer({ "bootstrap.servers": bootstrap, acks: "all" });
    await producer.send({ topic: "orders", value: "before" });
    zooKeeper.kill("SIGSTOP");
    await sleep(SESSION_MS / 3);
    await producer.send({ topic: "orders", value: "meanwhile" });
    zooKeeper.kill("SIGCONT");
    await producer.send({ topic: "orders", value: "after" });
    await producer.close();
    expect(await readAll()).toEqual(new Set(["before", "meanwhile", "after"]));
    expect(await leaderOf(bootstrap, "orders")).toBe(leader);
  });

  test("a broker that stands still for longer than its session joins again, in the same process", async () => {
    const frozen = await leaderOf(bootstrap, "orders");
    brokers.get(frozen)!.kill("SIGSTOP");
    const others = [...brokers].filter(([id]) => id !== frozen).map(([, { address }]) => address).join(",");
    await until(async () => (await leaderOf(others, "orders")) !== frozen, "another leader");
    brokers.get(frozen)!.kill("SIGCONT");
    await until(async () => (await isrOf(others)).includes(frozen), "the broker in the ISR again");
    expect(brokers.get(frozen)!.stderr).toContain("the broker joins the cluster again");
  });

  test("kcat keeps its records through a leader's kill -9; the killed one comes back; all end in order", async () => {
    const leader = await leaderOf(bootstrap, "orders");
    const writer = spawn("kcat", ["-P", "-b", bootstrap, "-t", "orders", "-X", "acks=all", "-X", "linger.ms=0"]);
    const wanted = Array.from({ length: 60 }, (_, i) => `r${i}`);
    for (const [i, value] of wanted.entries()) {
      writer.stdin.write(`${value}\n`);
      if (i === 20) brokers.get(leader)!.kill("SIGKILL");
      await sleep(10);
    }
    writer.stdin.end();
    expect((await once(writer, "close"))[0]).toBe(0);
    expect(await readAll()).toEqual(new Set(["before", "meanwhile", "after", ...wanted]));
    expect(await leaderOf(bootstrap, "orders")).not.toBe(leader);
    await start(leader);
    const endings = await Promise.all([...brokers.values()].map((broker) => broker.stop()));
    expect(endings).toEqual(endings.map(() => ({ code: 0, signal: null })));
  });
});
