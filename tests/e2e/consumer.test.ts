/** Our consumer and our broker, over real sockets. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type ConsumerRecord, KafkaConsumer } from "#groups";
import { KafkaProducer } from "#sender";
import { BrokerProcess, temporaryFolder } from "./broker-process.ts";

const LIMIT_MS = 120_000;
const CODECS = ["none", "gzip", "snappy", "lz4", "zstd"] as const;

const data = temporaryFolder();
let broker: BrokerProcess;

beforeAll(async () => {
  broker = await BrokerProcess.start(data.path);
}, LIMIT_MS);

afterAll(async () => {
  await broker.stop("SIGKILL");
  data.remove();
}, LIMIT_MS);

function newConsumer<K = Buffer, V = Buffer>(config: Record<string, unknown> = {}): KafkaConsumer<K, V> {
  return new KafkaConsumer<K, V>({ "bootstrap.servers": broker.address, "auto.offset.reset": "earliest", ...config });
}

async function produce(topic: string, count: number, config: Record<string, unknown> = {}): Promise<void> {
  const producer = new KafkaProducer({ "bootstrap.servers": broker.address, ...config });
  for (let i = 0; i < count; i++) {
    void producer.send({ topic, key: `key ${i}`, value: `value ${i}`, headers: { n: `${i}` } });
    if (!producer.isReady) await producer.ready();
  }
  await producer.close();
}

/** Polls until there are so many records. */
async function poll<K, V>(consumer: KafkaConsumer<K, V>, count: number): Promise<ConsumerRecord<K, V>[]> {
  const records: ConsumerRecord<K, V>[] = [];
  while (records.length < count) {
    const some = await consumer.poll(20_000);
    if (some.isEmpty) throw new Error(`Nothing came for 20 s, after ${records.length} records.`);
    records.push(...some);
  }
  return records;
}

describe("reading partitions of one's own choice", { timeout: LIMIT_MS }, () => {
  test.each(CODECS)("20,000 records through %s come whole and in order", async (codec) => {
    const topic = `read-${codec}`;
    await broker.createTopic(topic);
    await produce(topic, 20_000, { "compression.type": codec });
    const consumer = newConsumer();
    consumer.assign([{ topic, partition: 0 }]);
    const records = await poll(consumer, 20_000);
    expect(records.map(({ offset }) => offset)).toEqual(records.map((_, i) => i));
    expect(records.map(({ value }) => value!.toString())).toEqual(records.map((_, i) => `value ${i}`));
    expect(records[7]!.key!.toString()).toBe("key 7");
    expect(records[7]!.headers.map(({ key, value }) => [key, Buffer.from(value!).toString()])).toEqual([["n", "7"]]);
    await consumer.close();
  });

  test("seek, seekToEnd, seekToTime, position, offsets by time", async () => {
    const topic = "seeks";
    await broker.createTopic(topic);
    const first = { topic, partition: 0 };
    const producer = new KafkaProducer({ "bootstrap.servers": broker.address });
    for (let i = 0; i < 10; i++) await producer.send({ topic, value: `v${i}`, timestamp: 1_000 + 10 * i });
    const consumer = newConsumer({ "value.deserializer": "StringDeserializer" });
    consumer.assign([first]);
    expect(await consumer.position(first)).toBe(0);
    consumer.seek(first, 7);
    expect((await poll(consumer, 3)).map(({ value }) => value)).toEqual(["v7", "v8", "v9"]);
    await consumer.seekToTime([first], 1_035);
    expect((await poll(consumer, 6))[0]!.value).toBe("v4");
    expect(await consumer.beginningOffsets([first])).toEqual([{ ...first, offset: 0 }]);
    expect(await consumer.endOffsets([first])).toEqual([{ ...first, offset: 10 }]);
    expect(await consumer.offsetsForTimes([{ ...first, timestamp: 9_999 }])).toEqual([]);
    consumer.seekToEnd();
    expect(await consumer.position(first)).toBe(10);
    await producer.send({ topic, value: "later" });
    expect((await poll(consumer, 1))[0]!.offset).toBe(10);
    await producer.close();
    await consumer.close();
  });

  test("what comes later comes at once", async () => {
    const topic = "tail";
    await broker.createTopic(topic, 3);
    const consumer = newConsumer();
    consumer.assign([0, 1, 2].map((partition) => ({ topic, partition })));
    const producer = new KafkaProducer({ "bootstrap.servers": broker.address, "linger.ms": 0 });
    await producer.partitionsFor(topic);
    await consumer.poll(300);
    const latencies: number[] = [];
    for (let i = 0; i < 20; i++) {
      const start = performance.now();
      await producer.send({ topic, partition: i % 3, value: `${i}` });
      expect((await poll(consumer, 1))[0]!.value!.toString()).toBe(`${i}`);
      latencies.push(performance.now() - start);
    }
    expect(latencies.sort((a, b) => a - b)[10]!).toBeLessThan(200);
    await producer.close();
    await consumer.close();
  });

  test("for await gives them one by one, and ends when the consumer closes", async () => {
    const topic = "iterated";
    await broker.createTopic(topic);
    await produce(topic, 1_000);
    const consumer = newConsumer();
    consumer.assign([{ topic, partition: 0 }]);
    let next = 0;
    for await (const { offset } of consumer) {
      expect(offset).toBe(next++);
      if (next === 1_000) await consumer.close();
    }
    expect(next).toBe(1_000);
  });
});
