import { Kafka, logLevel } from "kafkajs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Admin } from "#cluster/admin/admin";
import { ROOT } from "../../tools/course/chapters.ts";
import { BrokerProcess, temporaryFolder, until } from "./broker-process.ts";
import { hasKcat, run } from "./processes.ts";

const LIMIT_MS = 120_000;

const data = temporaryFolder();
let broker: BrokerProcess;

function kafka(): Kafka {
  return new Kafka({ clientId: "e2e", brokers: [broker.address], logLevel: logLevel.NOTHING });
}

/** Appends `count` records to each of `partitions` partitions; gives their values. */
async function fill(topic: string, partitions: number, count: number): Promise<string[]> {
  await broker.createTopic(topic, partitions);
  const producer = kafka().producer();
  await producer.connect();
  const messages = Array.from({ length: partitions * count }, (_, i) => ({
    partition: i % partitions,
    value: `${topic}-${i}`,
  }));
  await producer.send({ topic, messages });
  await producer.disconnect();
  return messages.map(({ value }) => value).sort();
}

describe("consumer groups on one broker", { timeout: LIMIT_MS }, () => {
  beforeAll(async () => {
    broker = await BrokerProcess.start(data.path);
  }, LIMIT_MS);

  afterAll(async () => {
    await broker.stop();
    data.remove();
  }, LIMIT_MS);

  test.skipIf(!hasKcat())("kcat -G reads a topic, and goes on where it stopped", async () => {
    const first = await fill("kcat", 2, 10);
    const args = ["-b", broker.address, "-q", "-X", "auto.offset.reset=earliest"];
    const read = async (count: number): Promise<string[]> => {
      const { stdout, stderr, code } = await run("kcat", [...args, "-c", String(count), "-G", "kcat-group", "kcat"]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      return stdout.trim().split("\n").sort();
    };
    expect(await read(20)).toEqual(first);
    await run("kcat", ["-P", "-b", broker.address, "-t", "kcat", "-p", "0"], "new-0\nnew-1\n");
    expect(await read(2)).toEqual(["new-0", "new-1"]);
  });

  test("kafka-console-consumer leaves its group when nobody reads what it prints", async () => {
    await fill("piped", 2, 2_000);
    const admin = new Admin({ "bootstrap.servers": broker.address });
    const tool = [process.execPath, "tools/client/kafka-tool.mjs", "kafka-console-consumer"];
    const args = ["--bootstrap-server", broker.address, "--topic", "piped", "--group", "piped", "--from-beginning"];
    const { stdout } = await run("sh", ["-c", `cd ${ROOT} && ${[...tool, ...args].join(" ")} | head -n 1`]);
    expect(stdout).toMatch(/^piped-\d+\n$/);
    // Not only after its session: the next one would wait for that.
    expect((await admin.describeGroup("piped")).state).toBe("Empty");
    admin.close();
  });

  test("kafkajs: two members share four partitions; when one leaves, the other has all", async () => {
    const values = await fill("shared", 4, 25);
    const seen: string[] = [];
    const owned = new Map<string, number[]>();
    const start = async (name: string): Promise<ReturnType<Kafka["consumer"]>> => {
      const consumer = kafka().consumer({ groupId: "shared-group", heartbeatInterval: 200, maxWaitTimeInMs: 200 });
      consumer.on("consumer.group_join", ({ payload }) => {
        owned.set(name, payload.memberAssignment["shared"] ?? []);
      });
      await consumer.connect();
      await consumer.subscribe({ topic: "shared", fromBeginning: true });
      await consumer.run({ eachMessage: async ({ message }) => void seen.push(message.value!.toString()) });
      return consumer;
    };
    const one = await start("one");
    await until(() => owned.get("one")?.length === 4, "the first member to have all");
    const other = await start("other");
    await until(() => owned.get("one")?.length === 2 && owned.get("other")?.length === 2, "both to have two");
    expect([...owned.values()].flat().sort()).toEqual([0, 1, 2, 3]);
    await until(() => new Set(seen).size === values.length, "all records");
    await other.disconnect();
    await until(() => owned.get("one")?.length === 4, "the first member to have all again");
    await one.disconnect();
    expect([...new Set(seen)].sort()).toEqual(values);
    const admin = kafka().admin();
    await admin.connect();
    const { groups } = await admin.describeGroups(["shared-group"]);
    expect(groups[0]).toMatchObject({ state: "Empty", protocolType: "consumer", members: [] });
    const [offsets] = await admin.fetchOffsets({ groupId: "shared-group", topics: ["shared"] });
    expect(offsets!.partitions.map(({ offset }) => offset)).toEqual(["25", "25", "25", "25"]);
    await admin.disconnect();
  });
});
