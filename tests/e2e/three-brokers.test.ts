import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Kafka, logLevel } from "kafkajs";
import { afterEach, describe, expect, test } from "vitest";
import { KafkaProducer } from "#sender";
import { type ClusterMember } from "#cluster/main-cluster";
import { ask } from "#cluster/main-cluster-control";
import { ROOT } from "../../tools/course/chapters.ts";
import { BrokerProcess, pidOf, sleep, temporaryFolder, until } from "./broker-process.ts";
import { leaderOf } from "./leaders.ts";
import { hasKcat, run } from "./processes.ts";

const LIMIT = { timeout: 120_000 };

let cluster: BrokerProcess | undefined;
let data: ReturnType<typeof temporaryFolder> | undefined;

afterEach(async () => {
  await cluster?.stop();
  data?.remove();
  [cluster, data] = [undefined, undefined];
});

/** Three brokers, as `npm start` starts them. @returns their addresses, comma-separated */
async function start(): Promise<string> {
  data = temporaryFolder();
  cluster = new BrokerProcess(["--port", "0", "--data", data.path]);
  await cluster.ready();
  return cluster.address;
}

describe("three brokers, each a process", () => {
  test.skipIf(!hasKcat())("kcat keeps its records through a leader's kill -9", LIMIT, async () => {
    const brokers = await start();
    await run("kcat", ["-P", "-b", brokers, "-t", "orders", "-X", "acks=all"], "before\n");
    const leader = await leaderOf(brokers, "orders");
    const writer = spawn("kcat", ["-P", "-b", brokers, "-t", "orders", "-X", "acks=all", "-X", "linger.ms=0"]);
    const wanted = Array.from({ length: 60 }, (_, i) => `r${i}`);
    for (const [i, value] of wanted.entries()) {
      writer.stdin.write(`${value}\n`);
      if (i === 20) process.kill(await pidOf(data!.path, leader), "SIGKILL");
      await sleep(10);
    }
    writer.stdin.end();
    expect((await once(writer, "close"))[0]).toBe(0);
    const { stdout } = await run("kcat", ["-C", "-b", brokers, "-t", "orders", "-e", "-q"]);
    expect(new Set(stdout.trim().split("\n"))).toEqual(new Set(["before", ...wanted]));
    expect(await leaderOf(brokers, "orders")).not.toBe(leader);
  });

  test("our idempotent producer loses nothing and repeats nothing, through a kill and a start", LIMIT, async () => {
    const brokers = await start();
    const producer = new KafkaProducer({ "bootstrap.servers": brokers, acks: "all" });
    await producer.send({ topic: "orders", value: "before" });
    const leader = await leaderOf(brokers, "orders");
    const sends: PromiseLike<unknown>[] = [];
    for (let i = 0; i < 200; i++) {
      sends.push(producer.send({ topic: "orders", value: `r${i}` }));
      if (i === 50) process.kill(await pidOf(data!.path, leader), "SIGKILL");
      if (i === 120) expect(await ask(data!.path, `start ${leader}`)).toMatch(/is ready/);
      await sleep(5);
    }
    await Promise.all(sends);
    await producer.close();
    const consumed = await readAll(brokers, 201);
    expect(consumed).toEqual(["before", ...Array.from({ length: 200 }, (_, i) => `r${i}`)]);
  });

  test("without a coordinator the brokers go on; once it is back, leaders can be elected again", LIMIT, async () => {
    const brokers = await start();
    const producer = new KafkaProducer({ "bootstrap.servers": brokers, acks: "all" });
    await producer.send({ topic: "orders", value: "r0" });
    const leader = await leaderOf(brokers, "orders");
    expect(await ask(data!.path, "stop coordinator")).toBe("the coordinator has ended");
    await sleep(4_000);
    await producer.send({ topic: "orders", value: "r1" });
    expect(await ask(data!.path, "start coordinator")).toMatch(/is ready/);
    process.kill(await pidOf(data!.path, leader), "SIGKILL");
    await producer.send({ topic: "orders", value: "r2" });
    await producer.close();
    expect(await readAll(brokers, 3)).toEqual(["r0", "r1", "r2"]);
  });

  test("brokers listen for who looks on only when somebody does", LIMIT, async () => {
    await start();
    const observed = async (command: string): Promise<(number | null)[]> => {
      const members = JSON.parse(await ask(data!.path, command)) as ClusterMember[];
      return members.map(({ observedAt }) => observedAt);
    };
    expect(await observed("members")).toEqual([null, null, null]);
    const ports = await observed("members observed");
    expect(ports).toEqual([expect.any(Number), expect.any(Number), expect.any(Number)]);
    const metrics = await fetch(`http://127.0.0.1:${ports[0]}/metrics`);
    expect(await metrics.text()).toContain("kafka_server_replicamanager_partitioncount");
  });

  test("one broker can be ended and started again; ctrl-C ends all in order", LIMIT, async () => {
    await start();
    expect(await ask(data!.path, "stop 2")).toBe("broker 2 has ended");
    expect(await ask(data!.path, "status")).toMatch(/^broker 2: down \(exit code 0\)$/m);
    expect(await ask(data!.path, "stop 2")).toMatch(/not running/);
    expect(await ask(data!.path, "start 2")).toMatch(/^broker 2 is ready at 127\.0\.0\.1:\d+$/);
    process.kill(cluster!.pid, "SIGINT");
    expect(await cluster!.ended).toEqual({ code: 0, signal: null });
  });

  test("when the process that has started them is killed, all end in order", LIMIT, async () => {
    await start();
    const endedInOrder = (id: number): boolean => existsSync(join(data!.path, `broker-${id}/.kafka_cleanshutdown`));
    expect([1, 2, 3].map(endedInOrder)).toEqual([false, false, false]);
    process.kill(cluster!.pid, "SIGKILL");
    await until(() => [1, 2, 3].every(endedInOrder), "all brokers to end in order");
  });

  test("more brokers may join old data, and get their share of new topics; fewer are refused", LIMIT, async () => {
    await run("kcat", ["-P", "-b", await start(), "-t", "old"], "before\n");
    await cluster!.stop();
    cluster = new BrokerProcess(["--port", "0", "--data", data!.path, "--brokers", "2"]);
    expect((await cluster.ended).code).toBe(1);
    expect(cluster.stderr).toMatch(/^The data in .* is that of 3 brokers: start as many, or more \(--brokers 3\)\.\n$/);
    cluster = new BrokerProcess(["--port", "0", "--data", data!.path, "--brokers", "4"]);
    await cluster.ready();
    const admin = new Kafka({ brokers: cluster.address.split(","), logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: "new", numPartitions: 4, replicationFactor: 3 }] });
    const { topics } = await admin.fetchTopicMetadata({ topics: ["old", "new"] });
    await admin.disconnect();
    const idsOf = (topic: string): Set<number> => {
      return new Set(topics.find(({ name }) => name === topic)!.partitions.flatMap(({ replicas }) => replicas));
    };
    expect(idsOf("old")).toEqual(new Set([1, 2, 3]));
    expect(idsOf("new")).toEqual(new Set([1, 2, 3, 4]));
  });

  test("npm run cluster starts the whole in the background, says how it is, and ends it", LIMIT, async () => {
    data = temporaryFolder();
    const command = (...args: string[]): ReturnType<typeof run> => {
      return run(process.execPath, [join(ROOT, "tools/katafka.cjs"), "cluster", ...args, "--data", data!.path]);
    };
    const started = await command("start", "--port", "0");
    expect(started).toMatchObject({ code: 0, stdout: expect.stringMatching(/^ready: \S+,\S+,\S+\n/) as string });
    const { stdout } = await command("status");
    expect(stdout.match(/^.*(?=: 127\.0\.0\.1:\d+, process \d+$)/gm)).toEqual([
      "coordinator", "broker 1", "broker 2", "broker 3",
    ]);
    expect((await command("stop")).stdout).toBe("all have ended\n");
    expect((await command("status")).code).toBe(1);
  });
});

/** The first `count` records of partition 0, from its start. */
async function readAll(brokers: string, count: number): Promise<string[]> {
  const { stdout } = await run("kcat", ["-C", "-b", brokers, "-t", "orders", "-q", "-c", String(count), "-e"]);
  return stdout.trim().split("\n");
}
