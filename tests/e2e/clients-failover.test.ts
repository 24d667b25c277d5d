import { ProduceAcks, Producer, stringSerializers } from "@platformatic/kafka";
import { Kafka, logLevel } from "kafkajs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ClusterMember } from "#cluster/main-cluster";
import { ask } from "#cluster/main-cluster-control";
import { BrokerConnection } from "#ground/network/broker-connection";
import { createNodeRuntime } from "#ground/node/node-runtime";
import { BrokerProcess, pidOf, sleep, temporaryFolder } from "./broker-process.ts";
import { leaderOf } from "./leaders.ts";
import { readPartition } from "./our-reader.ts";

const LIMIT = { timeout: 120_000 };
const COUNT = 100;
const KILLED_AT = 30;
const RETRY_LIMIT_MS = 60_000;

/** A producer of somebody else's that waits for all replicas. */
interface Sender {
  send(topic: string, value: string): Promise<unknown>;
  close(): Promise<unknown>;
}

const data = temporaryFolder();
let cluster: BrokerProcess;

beforeAll(async () => {
  process.env["KAFKAJS_NO_PARTITIONER_WARNING"] = "1";
  cluster = new BrokerProcess(["--port", "0", "--data", data.path]);
  await cluster.ready();
}, LIMIT.timeout);

afterAll(async () => {
  await cluster.stop();
  data.remove();
}, LIMIT.timeout);

/** Where the brokers are now: one that is started again has another port. */
async function addresses(): Promise<Map<number, string>> {
  const members = JSON.parse(await ask(data.path, "members")) as ClusterMember[];
  return new Map(members.flatMap(({ id, address }) => (address === null ? [] : [[id, address]])));
}

async function leader(topic: string): Promise<number> {
  return leaderOf([...(await addresses()).values()].join(), topic);
}

async function kafkajs(idempotent: boolean): Promise<Sender> {
  const kafka = new Kafka({ brokers: [...(await addresses()).values()], logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ idempotent, maxInFlightRequests: 1, retry: { retries: 50, maxRetryTime: 1_000 } });
  await producer.connect();
  return {
    send: (topic, value) => producer.send({ topic, messages: [{ value }], acks: -1 }),
    close: () => producer.disconnect(),
  };
}

/**
 * It takes `acks` with each send only, else it is 1. Who leads it asks when it is told to: its program has to, when a
 * broker can't be reached.
 */
async function platformatic(): Promise<Sender> {
  const producer = new Producer({
    clientId: "e2e", bootstrapBrokers: [...(await addresses()).values()], serializers: stringSerializers,
    autocreateTopics: true, retries: 1, retryDelay: 100,
  });
  return {
    async send(topic, value) {
      for (const deadlineMs = Date.now() + RETRY_LIMIT_MS; ; await sleep(100)) {
        try {
          return await producer.send({ messages: [{ topic, value }], acks: ProduceAcks.ALL });
        } catch (error) {
          if (Date.now() > deadlineMs) throw error;
          producer.clearMetadata();
        }
      }
    },
    close: () => producer.close(),
  };
}

/** What the leader has by now. */
async function valuesOf(topic: string): Promise<(string | null)[]> {
  const [host, port] = (await addresses()).get(await leader(topic))!.split(":");
  const timeouts = { connectTimeoutMs: 10_000, requestTimeoutMs: 30_000 };
  const options = { host: host!, port: Number(port), clientId: "e2e", ...timeouts };
  const client = await BrokerConnection.connect(createNodeRuntime(), options);
  const { records } = await readPartition(client, topic);
  client.close();
  return records.map(({ value }) => value);
}

describe("a producer with acks=all, through a leader's kill -9", LIMIT, () => {
  test.each([
    ["kafkajs", kafkajs, false],
    ["kafkajs, idempotent", kafkajs, true],
    ["@platformatic/kafka", platformatic, false],
    // Idempotent it asks the dead leader until that is back, however long it takes.
  ] as const)("%s: what was acknowledged is there", async (name, connect, idempotent) => {
    const topic = name.replace(/\W+/g, "-");
    const sender = await connect(idempotent);
    const values = Array.from({ length: COUNT }, (_, i) => `${i}`);
    let killed = 0;
    for (const [i, value] of values.entries()) {
      if (i === KILLED_AT) {
        killed = await leader(topic);
        process.kill(await pidOf(data.path, killed), "SIGKILL");
      }
      await sender.send(topic, value);
    }
    await sender.close();
    const stored = await valuesOf(topic);
    if (idempotent) expect(stored).toEqual(values);
    else expect([...new Set(stored)]).toEqual(values);
    expect(await leader(topic)).not.toBe(killed);
    expect(await ask(data.path, `start ${killed}`)).toMatch(/is ready/);
  });
});
