import { type Consumer, Kafka, logLevel } from "kafkajs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { partitionForGroup } from "#groups";
import { BrokerProcess, pidOf, temporaryFolder, until } from "./broker-process.ts";
import { hasKcat, run } from "./processes.ts";

const LIMIT_MS = 120_000;
const GROUP = "through-a-kill";

const data = temporaryFolder();
let cluster: BrokerProcess;
let kafka: Kafka;

/** The broker that coordinates the group. */
async function coordinator(): Promise<number> {
  const admin = kafka.admin();
  await admin.connect();
  const { groups } = await admin.describeGroups([GROUP]);
  expect(groups[0]!.state).toBe("Stable");
  const { topics } = await admin.fetchTopicMetadata({ topics: ["__consumer_offsets"] });
  await admin.disconnect();
  const { partitions } = topics[0]!;
  const ofGroup = partitionForGroup(GROUP, partitions.length);
  return partitions.find(({ partitionId }) => partitionId === ofGroup)!.leader;
}

/** What the group has committed, of each of the topic's partitions. */
async function committed(): Promise<string[]> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const [offsets] = await admin.fetchOffsets({ groupId: GROUP, topics: ["orders"] });
    return offsets!.partitions.sort((a, b) => a.partition - b.partition).map(({ offset }) => offset);
  } catch {
    return [];
  } finally {
    await admin.disconnect();
  }
}

describe("a group on three brokers", { timeout: LIMIT_MS }, () => {
  beforeAll(async () => {
    cluster = new BrokerProcess(["--port", "0", "--data", data.path]);
    await cluster.ready();
    kafka = new Kafka({ clientId: "e2e", brokers: cluster.address.split(","), logLevel: logLevel.NOTHING });
  }, LIMIT_MS);

  afterAll(async () => {
    await cluster.stop();
    data.remove();
  }, LIMIT_MS);

  test("goes on when its coordinator is killed: no offset is lost, and the members share again", async () => {
    const admin = kafka.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: "orders", numPartitions: 4, replicationFactor: 3 }] });
    await admin.disconnect();
    const producer = kafka.producer({ retry: { retries: 20 } });
    await producer.connect();
    const send = (values: readonly string[]): Promise<unknown> => {
      const messages = values.map((value, i) => ({ partition: i % 4, value }));
      return producer.send({ topic: "orders", messages, acks: -1 });
    };
    const before = Array.from({ length: 40 }, (_, i) => `before-${i}`);
    await send(before);

    const seen: string[] = [];
    const owned = new Map<string, number[]>();
    const start = async (name: string): Promise<Consumer> => {
      const consumer = kafka.consumer({
        groupId: GROUP,
        sessionTimeout: 10_000,
        heartbeatInterval: 300,
        maxWaitTimeInMs: 300,
        retry: { retries: 20 },
      });
      consumer.on("consumer.group_join", ({ payload }) => {
        owned.set(name, payload.memberAssignment["orders"] ?? []);
      });
      await consumer.connect();
      await consumer.subscribe({ topic: "orders", fromBeginning: true });
      await consumer.run({
        autoCommitInterval: 200,
        eachMessage: async ({ message }) => void seen.push(message.value!.toString()),
      });
      return consumer;
    };
    const consumers = [await start("one"), await start("other")];
    const isShared = (): boolean => [...owned.values()].flat().sort().join() === "0,1,2,3";
    await until(() => owned.size === 2 && isShared() && seen.length >= 40, "both members to read all");
    await until(async () => (await committed()).join() === "10,10,10,10", "all to be committed");

    const killed = await coordinator();
    process.kill(await pidOf(data.path, killed), "SIGKILL");
    await until(async () => (await committed()).join() === "10,10,10,10", "the offsets at the next coordinator");
    const after = Array.from({ length: 40 }, (_, i) => `after-${i}`);
    await send(after);
    await until(() => new Set(seen).size === 80, "the records of after the kill");
    await until(async () => (await committed()).join() === "20,20,20,20", "them to be committed, too");
    await until(isShared, "both members to share again");
    expect(await coordinator()).not.toBe(killed);
    for (const consumer of consumers) await consumer.disconnect();
    await producer.disconnect();
    expect(new Set(seen)).toEqual(new Set([...before, ...after]));
  });

  test.skipIf(!hasKcat())("kcat -G finds the same offsets at the coordinator that took over", async () => {
    const args = ["-b", cluster.address, "-q", "-X", "auto.offset.reset=earliest", "-c", "4", "-G", GROUP, "orders"];
    await run("kcat", ["-P", "-b", cluster.address, "-t", "orders", "-p", "2"], "kcat-0\nkcat-1\nkcat-2\nkcat-3\n");
    const { stdout } = await run("kcat", args);
    expect(stdout.trim().split("\n")).toEqual(["kcat-0", "kcat-1", "kcat-2", "kcat-3"]);
  });
});
