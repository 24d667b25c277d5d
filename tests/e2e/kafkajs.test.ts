import { type Admin, CompressionCodecs, CompressionTypes, Kafka, logLevel, type Producer } from "kafkajs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { compress, type CompressionType, decompress } from "#ground/compression/compression";
import { BrokerProcess, temporaryFolder } from "./broker-process.ts";
import { fetchWithKafkajs } from "./kafkajs-fetch.ts";
import { readPartition } from "./our-reader.ts";
import { expectSameLines, lineOf, sampleRecords } from "./sample-records.ts";

const COUNT = 100_000;
const BATCH = 2_000;
const LIMIT_MS = 120_000;
const BASE_MS = Date.now() - 3_600_000;
const CODECS = ["none", "gzip", "snappy", "lz4", "zstd"] as const;
const TYPES: Record<CompressionType, CompressionTypes> = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
};

const data = temporaryFolder();
const lines = sampleRecords(COUNT, BASE_MS).map(lineOf);
let broker: BrokerProcess;
let kafka: Kafka;
let admin: Admin;

/** kafkajs brings gzip alone; for the others it takes what one gives it. */
function plugIn(codec: CompressionType): void {
  const plug = {
    compress: (encoder: { buffer: Buffer }) => Promise.resolve(Buffer.from(compress(codec, encoder.buffer))),
    decompress: (buffer: Buffer) => Promise.resolve(Buffer.from(decompress(codec, buffer, 64 << 20))),
  };
  (CompressionCodecs as Record<number, () => typeof plug>)[TYPES[codec]] = () => plug;
}

async function connect(): Promise<void> {
  kafka = new Kafka({ clientId: "e2e", brokers: [broker.address], logLevel: logLevel.NOTHING });
  admin = kafka.admin();
  await admin.connect();
}

async function sendAll(producer: Producer, topic: string, codec: CompressionType): Promise<void> {
  const records = sampleRecords(COUNT, BASE_MS);
  for (let at = 0; at < COUNT; at += BATCH) {
    const messages = records.slice(at, at + BATCH).map(({ key, value, headers, timestampMs }) => ({
      key,
      value,
      headers: Object.fromEntries(headers),
      timestamp: String(timestampMs),
    }));
    await producer.send({ topic, messages, compression: TYPES[codec], acks: -1 });
  }
}

beforeAll(async () => {
  // Its own warning about a partitioner that we don't use.
  process.env["KAFKAJS_NO_PARTITIONER_WARNING"] = "1";
  for (const codec of ["snappy", "lz4", "zstd"] as const) plugIn(codec);
  broker = await BrokerProcess.start(data.path);
  await connect();
}, LIMIT_MS);

afterAll(async () => {
  await admin.disconnect();
  await broker.stop();
  data.remove();
}, LIMIT_MS);

describe("kafkajs", { timeout: LIMIT_MS }, () => {
  test.each(CODECS)("100,000 records through %s are read back identical", async (codec) => {
    const topic = `kafkajs-${codec}`;
    await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] });
    const producer = kafka.producer();
    await producer.connect();
    await sendAll(producer, topic, codec);
    await producer.disconnect();
    expectSameLines((await fetchWithKafkajs(kafka, topic)).map(lineOf), lines);
    const client = await broker.connect();
    const stored = await readPartition(client, topic);
    client.close();
    expect([...stored.codecs]).toEqual([codec]);
    expectSameLines(stored.records.map(lineOf), lines);
  });

  test("an idempotent producer's records are there once", async () => {
    const topic = "kafkajs-idempotent";
    await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] });
    const producer = kafka.producer({ idempotent: true });
    await producer.connect();
    for (let i = 0; i < 50; i++) await producer.send({ topic, messages: [{ value: `${i}` }] });
    await producer.disconnect();
    const values = (await fetchWithKafkajs(kafka, topic)).map(({ value }) => value);
    expect(values).toEqual(Array.from({ length: 50 }, (_, i) => `${i}`));
  });

  test("a topic that isn't there is made by the first send", async () => {
    const producer = kafka.producer();
    await producer.connect();
    await producer.send({ topic: "kafkajs-auto", messages: [{ value: "first" }] });
    await producer.disconnect();
    expect((await fetchWithKafkajs(kafka, "kafkajs-auto")).map(({ value }) => value)).toEqual(["first"]);
  });

  test("offsets by time, of the start and of the end", async () => {
    const byTime = await admin.fetchTopicOffsetsByTimestamp("kafkajs-none", BASE_MS + 500);
    expect(byTime).toEqual([{ partition: 0, offset: "5000" }]);
    const [ends] = await admin.fetchTopicOffsets("kafkajs-none");
    expect(ends).toMatchObject({ low: "0", high: String(COUNT) });
    expect(await fetchWithKafkajs(kafka, "kafkajs-none", COUNT - 3)).toHaveLength(3);
  });

  test("admin: list, describe, more partitions, delete", async () => {
    await admin.createTopics({ topics: [{ topic: "kafkajs-admin", numPartitions: 2 }] });
    expect(await admin.listTopics()).toContain("kafkajs-admin");
    await admin.createPartitions({ topicPartitions: [{ topic: "kafkajs-admin", count: 4 }] });
    const { topics } = await admin.fetchTopicMetadata({ topics: ["kafkajs-admin"] });
    expect(topics[0]!.partitions).toHaveLength(4);
    const { brokers, controller } = await admin.describeCluster();
    expect([brokers.map(({ nodeId }) => nodeId), controller]).toEqual([[1], 1]);
    const configs = await admin.describeConfigs({
      resources: [{ type: 2, name: "kafkajs-admin", configNames: ["retention.ms"] }],
      includeSynonyms: false,
    });
    const [entry] = configs.resources[0]!.configEntries;
    expect(entry).toMatchObject({ configName: "retention.ms", configValue: "604800000" });
    await admin.deleteTopics({ topics: ["kafkajs-admin"] });
    expect(await admin.listTopics()).not.toContain("kafkajs-admin");
  });

  test("everything is there after kill -9 and a restart", async () => {
    await admin.disconnect();
    await broker.stop("SIGKILL");
    broker = await BrokerProcess.start(data.path);
    await connect();
    const client = await broker.connect();
    for (const codec of CODECS) {
      const { records } = await readPartition(client, `kafkajs-${codec}`);
      expectSameLines(records.map(lineOf), lines);
    }
    client.close();
    expect(await fetchWithKafkajs(kafka, "kafkajs-gzip", COUNT - 10)).toHaveLength(10);
  });
});
