/**
 * Groups of six kinds of client at once over three brokers, one of which is killed: each group reads every record, is
 * stable again, and its lag goes to 0.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { Consumer, stringDeserializers } from "@platformatic/kafka";
import { Kafka, logLevel } from "kafkajs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Admin, orThrow } from "#cluster/admin/admin";
import { SPECIAL_TIMES } from "#cluster/admin/admin-types";
import { KafkaConsumer } from "#groups";
import { KafkaProducer } from "#sender";
import { BrokerProcess, pidOf, sleep, temporaryFolder } from "./broker-process.ts";
import { hasKcat } from "./processes.ts";

const LIMIT_MS = 240_000;
const TOPIC = "mixed";
const PARTITIONS = 6;
const RECORDS = 600;
const PYTHON = "/usr/bin/python3";

/** One member: what ends it. */
type Member = () => Promise<void>;
type StartMember = (group: string, onValue: (value: string) => void) => Promise<Member>;

const data = temporaryFolder();
let cluster: BrokerProcess;
let brokers: string[];

/** A program whose lines are the values that it reads. */
function program(command: string, args: readonly string[], onValue: (value: string) => void): Member {
  const child: ChildProcess = spawn(command, args, { stdio: ["ignore", "pipe", "ignore"] });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  let rest = "";
  child.stdout!.on("data", (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split("\n");
    rest = lines.pop()!;
    for (const line of lines) onValue(line);
  });
  return async () => {
    child.kill("SIGINT");
    const timer = setTimeout(() => child.kill("SIGKILL"), 20_000);
    await ended;
    clearTimeout(timer);
  };
}

const KAFKA_PYTHON = `
import sys, kafka
consumer = kafka.KafkaConsumer(sys.argv[3], bootstrap_servers=sys.argv[1].split(","), group_id=sys.argv[2],
  auto_offset_reset="earliest", auto_commit_interval_ms=500, heartbeat_interval_ms=500, session_timeout_ms=10000)
try:
  for message in consumer: print(message.value.decode(), flush=True)
except KeyboardInterrupt: consumer.close()
`;
const CONFLUENT_KAFKA = `
import sys, confluent_kafka
consumer = confluent_kafka.Consumer({"bootstrap.servers": sys.argv[1], "group.id": sys.argv[2],
  "auto.offset.reset": "earliest", "auto.commit.interval.ms": 500, "session.timeout.ms": 10000})
consumer.subscribe([sys.argv[3]])
try:
  while True:
    message = consumer.poll(0.2)
    if message is not None and message.error() is None: print(message.value().decode(), flush=True)
except KeyboardInterrupt: consumer.close()
`;

const MEMBERS: Readonly<Record<string, StartMember>> = {
  async ours(group, onValue) {
    const consumer = new KafkaConsumer({
      "bootstrap.servers": brokers.join(","), "group.id": group, "auto.offset.reset": "earliest",
      "auto.commit.interval.ms": 500, "session.timeout.ms": 10_000,
    });
    consumer.subscribe([TOPIC]);
    const run = { isOver: false };
    const reading = (async () => {
      while (!run.isOver) for (const { value } of await consumer.poll(200)) onValue(value!.toString());
    })();
    return async () => {
      run.isOver = true;
      await reading;
      await consumer.close();
    };
  },

  async kafkajs(group, onValue) {
    const kafka = new Kafka({ brokers, clientId: "mixed", logLevel: logLevel.NOTHING });
    const consumer = kafka.consumer({ groupId: group, heartbeatInterval: 500, sessionTimeout: 10_000 });
    await consumer.connect();
    await consumer.subscribe({ topic: TOPIC, fromBeginning: true });
    await consumer.run({ autoCommitInterval: 500, eachMessage: async ({ message }) => onValue(`${message.value}`) });
    return () => consumer.disconnect();
  },

  async platformatic(group, onValue) {
    const consumer = new Consumer({
      groupId: group, clientId: "mixed", bootstrapBrokers: brokers, deserializers: stringDeserializers,
      sessionTimeout: 10_000, heartbeatInterval: 500, retries: 50, retryDelay: 200,
    });
    let stream: Awaited<ReturnType<typeof consumer.consume>> | undefined;
    const run = { isOver: false };
    // Its stream ends for good when a broker is gone in the midst of a fetch: then a program opens another one.
    const open = async (): Promise<void> => {
      while (!run.isOver) {
        try {
          stream = await consumer.consume({
            topics: [TOPIC], mode: "committed", fallbackMode: "earliest", autocommit: 500,
          });
          stream.on("data", ({ value }) => onValue(String(value)));
          stream.once("error", () => void open());
          return;
        } catch {
          await sleep(500);
        }
      }
    };
    await open();
    return async () => {
      run.isOver = true;
      await stream?.close();
      await consumer.close(true);
    };
  },

  async kcat(group, onValue) {
    const settings = ["auto.offset.reset=earliest", "auto.commit.interval.ms=500", "session.timeout.ms=10000"];
    const flags = settings.flatMap((setting) => ["-X", setting]);
    return program("kcat", ["-b", brokers.join(","), "-q", "-u", ...flags, "-G", group, TOPIC], onValue);
  },

  async "kafka-python"(group, onValue) {
    return program(PYTHON, ["-c", KAFKA_PYTHON, brokers.join(","), group, TOPIC], onValue);
  },

  async "confluent-kafka"(group, onValue) {
    return program(PYTHON, ["-c", CONFLUENT_KAFKA, brokers.join(","), group, TOPIC], onValue);
  },
};

/** The kinds of client that are installed; the others are named. */
function kinds(): string[] {
  const needs: Readonly<Record<string, () => boolean>> = {
    kcat: hasKcat,
    "kafka-python": () => hasModule("kafka", "python3-kafka"),
    "confluent-kafka": () => hasModule("confluent_kafka", "python3-confluent-kafka"),
  };
  return Object.keys(MEMBERS).filter((kind) => needs[kind]?.() ?? true);
}

function hasModule(name: string, debian: string): boolean {
  const isThere = spawnSync(PYTHON, ["-c", `import ${name}`]).status === 0;
  if (!isThere) console.warn(`SKIPPED: ${name} is not installed (apt-get install ${debian}): its group is not tried.`);
  return isThere;
}

/** How far a group is behind; null unless it is stable with two members. */
async function lagOf(admin: Admin, group: string): Promise<number | null> {
  const { state, members } = await admin.describeGroup(group);
  if (state !== "Stable" || members.length !== 2) return null;
  const committed = await admin.listGroupOffsets(group);
  const partitions = Array.from({ length: PARTITIONS }, (_, partition) => ({ topic: TOPIC, partition }));
  const ends = await admin.listOffsets(partitions.map((one) => ({ ...one, timestamp: SPECIAL_TIMES.latest })));
  return ends.reduce((lag, { partition, offset }) => {
    return lag + offset - (committed.find((one) => one.partition === partition)?.offset ?? 0);
  }, 0);
}

describe("groups of several kinds of client over three brokers", () => {
  beforeAll(async () => {
    cluster = new BrokerProcess(["--brokers", "3", "--port", "0", "--data", data.path]);
    await cluster.ready();
    brokers = cluster.address.split(",");
  }, LIMIT_MS);

  afterAll(async () => {
    await cluster.stop();
    data.remove();
  }, LIMIT_MS);

  test("a broker is killed: each reads every record, is stable again, and its lag goes to 0", async () => {
    const admin = new Admin({ "bootstrap.servers": brokers.join(",") });
    orThrow(await admin.createTopics([{ name: TOPIC, numPartitions: PARTITIONS, replicationFactor: 3 }]));
    const groups = kinds();
    const seen = new Map(groups.map((group) => [group, new Set<string>()]));
    const members = await Promise.all(groups.flatMap((group) => {
      return [0, 1].map(() => MEMBERS[group]!(group, (value) => void seen.get(group)!.add(value)));
    }));
    const producer = new KafkaProducer({ "bootstrap.servers": brokers.join(",") });
    for (let i = 0; i < RECORDS; i++) {
      void producer.send({ topic: TOPIC, key: `${i}`, value: `${i}` });
      if (i === RECORDS / 3) process.kill(await pidOf(data.path, 2), "SIGKILL");
      await sleep(10);
    }
    await producer.close();
    const lags = async (): Promise<object> => {
      const entries = groups.map(async (group) => [group, await lagOf(admin, group).catch(() => null)] as const);
      return Object.fromEntries(await Promise.all(entries));
    };
    // platformatic/kafka commits the last record that it has read, and not the next one to read.
    const wanted = Object.fromEntries(groups.map((group) => [group, group === "platformatic" ? PARTITIONS : 0]));
    const deadline = Date.now() + 90_000;
    let now = await lags();
    while (JSON.stringify(now) !== JSON.stringify(wanted) && Date.now() < deadline) {
      await sleep(500);
      now = await lags();
    }
    await Promise.all(members.map((end) => end()));
    admin.close();
    expect(now).toEqual(wanted);
    expect(Object.fromEntries([...seen].map(([group, values]) => [group, values.size])))
      .toEqual(Object.fromEntries(groups.map((group) => [group, RECORDS])));
  }, LIMIT_MS);
});
