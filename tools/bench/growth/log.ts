/**
 * A larger and larger log in one broker: starting with it, and reading from both ends of it.
 *
 * @module
 */
import { KafkaProducer } from "#sender";
import { connect, createTopic, runTask, startBrokers } from "../start-brokers.ts";
import { type LoadResult, type LoadTask } from "../load-task.ts";
import { fetchLatency, produceLatency } from "./latencies.ts";
import { lookAt } from "./process-facts.ts";
import { type Column, duration, factRows } from "./rows.ts";

const TOPIC = "growth";
const PARTITIONS = 3;
const GENERATOR = "tools/bench/load-generator.ts";
const VALUE_BYTES = 1_000;
const BATCH_BYTES = 128 << 10;

/** Measures with `gigabytes` of 1 KB records. @param data an empty folder */
export async function logColumn(gigabytes: number, data: string, port: number): Promise<Column> {
  const start = (): Promise<{ stop(): Promise<void>; pid: number; addresses: string }> =>
    startBrokers(["--brokers", "1", "--port", String(port), "--data", data]);
  let broker = await start();
  const timedStart = async (): Promise<string> => {
    const startMs = performance.now();
    broker = await start();
    return duration(performance.now() - startMs);
  };
  try {
    await fill(broker.addresses, port, gigabytes);
    process.kill(broker.pid, "SIGKILL");
    await broker.stop();
    const killed = await timedStart();
    const facts = await lookAt([broker.pid]);
    await broker.stop();
    const clean = await timedStart();
    const producer = new KafkaProducer({ "bootstrap.servers": broker.addresses, "linger.ms": 0 });
    const produced = duration(await produceLatency(producer, TOPIC));
    const client = await connect(broker.addresses);
    const fetched = duration(await fetchLatency(client, TOPIC).finally(() => client.close()));
    await producer.close();
    return new Map([
      ["start, clean", clean], ["start, killed", killed], ...factRows(facts), ["produce", produced], ["fetch", fetched],
    ]);
  } finally {
    await broker.stop();
  }
}

async function fill(address: string, port: number, gigabytes: number): Promise<void> {
  const admin = await connect(address);
  await createTopic(admin, TOPIC, PARTITIONS).finally(() => admin.close());
  const totalRecords = Math.ceil((gigabytes * 1e9) / (VALUE_BYTES + 10));
  const load = { port, topic: TOPIC, partitions: PARTITIONS, batchBytes: BATCH_BYTES, acks: 1 };
  const task: LoadTask = { ...load, kind: "produce", valueBytes: VALUE_BYTES, totalRecords };
  await runTask<LoadResult>(GENERATOR, task);
}
