/** Our producer and our broker, over real sockets; kcat and kafkajs read what they made of it. */
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Kafka, logLevel } from "kafkajs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KafkaProducer, type UnheardFailure } from "#sender";
import { ROOT } from "../../tools/course/chapters.ts";
import { BrokerProcess, sleep, temporaryFolder } from "./broker-process.ts";
import { fetchWithKafkajs } from "./kafkajs-fetch.ts";
import { readPartition } from "./our-reader.ts";
import { hasKcat, residentBytesOf, run } from "./processes.ts";

const LIMIT_MS = 180_000;
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

function newProducer(config: Record<string, unknown> = {}, onError?: (failure: UnheardFailure) => void): KafkaProducer {
  const options = onError === undefined ? {} : { onError };
  return new KafkaProducer({ "bootstrap.servers": broker.address, ...config }, options);
}

/** All values of a topic, as text, read by our own reader. */
async function valuesOf(topic: string): Promise<string[]> {
  const client = await broker.connect();
  const { records } = await readPartition(client, topic);
  client.close();
  return records.map(({ value }) => value ?? "");
}

describe("what our producer sends", { timeout: LIMIT_MS }, () => {
  test.each(CODECS)("10,000 records through %s: kafkajs and kcat read them back identical", async (codec) => {
    const topic = `ours-${codec}`;
    await broker.createTopic(topic);
    const producer = newProducer({ "compression.type": codec });
    const records = Array.from({ length: 10_000 }, (_, i) => ({
      topic,
      key: i % 3 === 0 ? null : `key ${i}`,
      value: i % 7 === 0 ? null : `value ${i} äöü`,
      timestamp: 1_700_000_000_000 + i,
      headers: { trace: `t-${i}`, empty: "" },
    }));
    const sent = await Promise.all(records.map((record) => producer.send(record)));
    expect(sent.map(({ offset }) => Number(offset))).toEqual(records.map((_, i) => i));
    await producer.close();
    const expected = records.map(({ key, value, timestamp }) => ({ key, value, timestamp }));
    // kafkajs has no codecs but gzip of its own.
    if (codec === "none" || codec === "gzip") {
      const kafkajs = new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING });
      const fetched = await fetchWithKafkajs(kafkajs, topic);
      expect(fetched.map(({ key, value, timestampMs }) => ({ key, value, timestamp: timestampMs }))).toEqual(expected);
    }
    if (!hasKcat()) return;
    const printed = await run("kcat", ["-b", broker.address, "-C", "-t", topic, "-p", "0", "-e", "-q", "-J"]);
    const lines = printed.stdout.split("\n").filter(Boolean).map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.map(({ key, payload, ts }) => ({ key, value: payload, timestamp: ts }))).toEqual(expected);
    expect(lines[5]!["headers"]).toEqual(["trace", "t-5", "empty", ""]);
  });

  test.each(["0", "1", "all"])("acks=%s: all records arrive, in order", async (acks) => {
    const topic = `acks-${acks}`;
    await broker.createTopic(topic);
    const producer = newProducer({ acks, "enable.idempotence": acks === "all" });
    const numbers = Array.from({ length: 20_000 }, (_, i) => `${i}`);
    for (const value of numbers) producer.send({ topic, value });
    await producer.close();
    await expect.poll(async () => (await valuesOf(topic)).length, { timeout: 20_000 }).toBe(numbers.length);
    expect(await valuesOf(topic)).toEqual(numbers);
  });

  test("a topic that doesn't exist is created", async () => {
    const producer = newProducer();
    expect(await producer.send({ topic: "created-by-sending", value: "a" })).toMatchObject({ partition: 0, offset: 0 });
    expect(await producer.partitionsFor("created-by-sending")).toHaveLength(1);
    await producer.close();
  });
});

describe("a broker in trouble", { timeout: LIMIT_MS }, () => {
  test("kill -9 and restart amid 200,000 sends: nothing acknowledged is lost, nothing is there twice", async () => {
    const topic = "crashed";
    await broker.createTopic(topic);
    const { port } = broker;
    const producer = newProducer({ "batch.size": 4_096, "linger.ms": 0 });
    const acknowledged = new Map<string, number>();
    const failed: string[] = [];
    let restarted: Promise<void> | null = null;
    const restart = async (): Promise<void> => {
      await broker.stop("SIGKILL");
      await sleep(300);
      broker = new BrokerProcess(["--brokers", "1", "--port", String(port), "--data", data.path]);
      await broker.ready();
    };
    for (let i = 0; i < 200_000; i++) {
      if (!producer.isReady || i % 2_000 === 0) await producer.ready();
      if (i % 2_000 === 0) await sleep(1);
      if (i === 80_000) restarted = restart();
      producer.send({ topic, value: `${i}` }, (metadata, error) => {
        if (error === null) acknowledged.set(`${i}`, Number(metadata!.offset));
        else failed.push(`${i}: ${error.message}`);
      });
    }
    await restarted;
    await producer.flush();
    expect(producer.metrics()["record-retry-total"]).toBeGreaterThan(0);
    await producer.close();
    expect(acknowledged.size + failed.length).toBe(200_000);
    expect(failed).toEqual([]);
    const values = await valuesOf(topic);
    expect(values.length).toBe(200_000);
    expect(values.every((value, i) => value === `${i}`)).toBe(true);
    expect([...acknowledged].every(([value, offset]) => values[offset] === value)).toBe(true);
  });

  test("5,000,000 unawaited sends to a broker that takes nothing: memory is bounded, all are settled", async () => {
    const topic = "stopped";
    await broker.createTopic(topic);
    let reported = 0;
    const times = { "delivery.timeout.ms": 3_000, "request.timeout.ms": 2_000, "max.block.ms": 2_000 };
    const producer = newProducer({ "buffer.memory": 8_388_608, ...times }, ({ records }) => (reported += records));
    await producer.partitionsFor(topic);
    broker.kill("SIGSTOP");
    try {
      const value = Buffer.alloc(100);
      const most = { before: 0, after: 0 };
      for (let i = 0; i < 5_000_000; i++) {
        producer.send({ topic, value: value as never });
        if (i % 50_000 === 49_999) {
          await sleep(0);
          const bytes = residentBytesOf(process.pid);
          if (i < 1_000_000) most.before = Math.max(most.before, bytes);
          else most.after = Math.max(most.after, bytes);
        }
      }
      expect(most.after - most.before).toBeLessThan(100_000_000);
      await producer.flush();
      expect(reported).toBe(5_000_000);
      const { "buffer-available-bytes": free } = producer.metrics();
      await producer.close(0);
      expect(free).toBe(8_388_608);
    } finally {
      broker.kill("SIGCONT");
    }
  });
});

describe("a program outside of the workshop", { timeout: LIMIT_MS }, () => {
  test("plain node, plain JavaScript: import { KafkaProducer } from \"katafka\"", async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder.path, "node_modules"));
    symlinkSync(ROOT, join(folder.path, "node_modules/katafka"));
    const program = join(folder.path, "program.mjs");
    writeFileSync(program, `
      import { KafkaProducer } from "katafka";
      const producer = new KafkaProducer({ "bootstrap.servers": "${broker.address}" });
      const { topic, offset } = await producer.send({ topic: "from-outside", value: "hello" });
      await producer.close();
      console.log(topic, offset);
    `);
    const { stdout, stderr } = await run(process.execPath, [program]);
    folder.remove();
    expect([stdout, stderr]).toEqual(["from-outside 0\n", ""]);
  });
});
