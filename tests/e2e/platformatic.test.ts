import {
  Admin,
  Consumer,
  MessagesStream,
  MessagesStreamModes,
  ProduceAcks,
  Producer,
  stringDeserializers,
  stringSerializers,
} from "@platformatic/kafka";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BrokerProcess, temporaryFolder } from "./broker-process.ts";
import { readPartition } from "./our-reader.ts";
import { expectSameLines, lineOf, type SampleRecord, sampleRecords } from "./sample-records.ts";

const COUNT = 100_000;
const BATCH = 5_000;
const LIMIT_MS = 120_000;
const BASE_MS = Date.now() - 3_600_000;
/** The ones that it can do here: for snappy it wants another package, for zstd a newer Node. */
const CODECS = ["none", "gzip", "lz4"] as const;

const data = temporaryFolder();
let broker: BrokerProcess;

/**
 * What this client can say: it knows no null (it sends 0 bytes instead, and reads null as that), and its reader
 * stumbles over an empty header value at the end of an answer.
 */
const records = sampleRecords(COUNT, BASE_MS).map(({ key, value, headers, timestampMs }) => ({
  key: key ?? "",
  value: value ?? "",
  headers: headers.filter(([, text]) => text !== ""),
  timestampMs,
}));
const lines = records.map(lineOf);

/**
 * Reads partition 0 up to `count` records. Its consumer wants a group, and there is no group coordinator yet; so it
 * is given its partition by hand, and only the stream below it works.
 */
async function read(topic: string, from: bigint, count: number): Promise<SampleRecord[]> {
  const consumer = new Consumer({
    groupId: "none",
    clientId: "e2e",
    bootstrapBrokers: [broker.address],
    deserializers: stringDeserializers,
  });
  consumer.topics.track(topic);
  consumer.assignments = [{ topic, partitions: [0] }];
  const stream = new MessagesStream<string, string, string, string>(consumer, {
    topics: [topic],
    mode: MessagesStreamModes.MANUAL,
    offsets: [{ topic, partition: 0, offset: from }],
    deserializers: stringDeserializers,
    autocommit: false,
    minBytes: 1,
    maxBytes: 1 << 20,
    maxWaitTime: 100,
    isolationLevel: "READ_COMMITTED",
    highWaterMark: 1024,
  });
  const got: SampleRecord[] = [];
  for await (const { key, value, headers, timestamp } of stream) {
    got.push({ key: key ?? null, value: value ?? null, headers: [...headers], timestampMs: Number(timestamp) });
    if (got.length === count) break;
  }
  await consumer.close(true);
  return got;
}

describe("@platformatic/kafka", { timeout: LIMIT_MS }, () => {
  beforeAll(async () => {
    broker = await BrokerProcess.start(data.path);
  }, LIMIT_MS);

  afterAll(async () => {
    await broker.stop();
    data.remove();
  }, LIMIT_MS);

  test.each(CODECS)("100,000 records through %s are read back identical", async (compression) => {
    const topic = `platformatic-${compression}`;
    const admin = new Admin({ clientId: "e2e", bootstrapBrokers: [broker.address] });
    await admin.createTopics({ topics: [topic], partitions: 1, replicas: 1 });
    await admin.close();
    const producer = new Producer({
      clientId: "e2e",
      bootstrapBrokers: [broker.address],
      serializers: stringSerializers,
    });
    for (let at = 0; at < COUNT; at += BATCH) {
      const messages = records.slice(at, at + BATCH).map(({ headers, timestampMs, ...record }) => ({
        ...record,
        topic,
        partition: 0,
        headers: Object.fromEntries(headers),
        timestamp: BigInt(timestampMs),
      }));
      await producer.send({ messages, compression, acks: ProduceAcks.ALL });
    }
    await producer.close();
    const client = await broker.connect();
    const stored = await readPartition(client, topic);
    client.close();
    expect([...stored.codecs]).toEqual([compression]);
    expectSameLines(stored.records.map(lineOf), lines);
    expectSameLines((await read(topic, 0n, COUNT)).map(lineOf), lines);
  });

  test("an idempotent producer", async () => {
    const producer = new Producer({
      clientId: "e2e",
      bootstrapBrokers: [broker.address],
      serializers: stringSerializers,
      idempotent: true,
      autocreateTopics: true,
    });
    for (let i = 0; i < 20; i++) await producer.send({ messages: [{ topic: "platformatic-idem", value: `${i}` }] });
    await producer.close();
    const values = (await read("platformatic-idem", 0n, 20)).map(({ value }) => value);
    expect(values).toEqual(Array.from({ length: 20 }, (_, i) => `${i}`));
  });

  test("offsets by time, of the start and of the end", async () => {
    const topic = "platformatic-none";
    const consumer = new Consumer({ groupId: "none", clientId: "e2e", bootstrapBrokers: [broker.address] });
    const ask = async (timestamp: bigint) => (await consumer.listOffsets({ topics: [topic], timestamp })).get(topic);
    expect(await ask(-1n)).toEqual([BigInt(COUNT)]);
    expect(await ask(-2n)).toEqual([0n]);
    expect(await ask(BigInt(BASE_MS + 500))).toEqual([5000n]);
    await consumer.close(true);
    expect(await read(topic, BigInt(COUNT - 3), 3)).toHaveLength(3);
  });

  test("everything is there after kill -9 and a restart", async () => {
    await broker.stop("SIGKILL");
    broker = await BrokerProcess.start(data.path);
    expectSameLines((await read("platformatic-lz4", 0n, COUNT)).map(lineOf), lines);
  });
});
