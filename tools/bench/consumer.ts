/**
 * `npm run bench -- consumer`: our consumer beside other clients, against the same broker, the same topic, in the same
 * run. Each client is a process of its own, and reads in a group of its own.
 *
 *   npm run bench -- consumer                      the table
 *   npm run bench -- consumer --only katafka       clients whose name has this in it
 *   npm run bench -- consumer --records 200000     so many records of 100 B, and a fifth of that of 1 KB
 *   npm run bench -- consumer --profile DIR        besides, a CPU profile of each client, for Chrome's developer tools
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { KafkaProducer } from "#sender";
import { BadRequest, wholeNumber } from "../course/selection.ts";
import { answer } from "../run/answer.ts";
import { CLIENTS } from "./consumer/clients.ts";
import { type ConsumerResult, type ConsumerTask } from "./consumer/task.ts";
import { perSecond, printTable } from "./measure.ts";
import { connect, createTopic, profileFlags, runTask, startBrokers } from "./start-brokers.ts";

const PROGRAM = "tools/bench/consumer/run-client.ts";
const PARTITIONS = 3;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: "string", default: "" },
      profile: { type: "string" },
      records: { type: "string", default: "1000000" },
    },
  });
  const names = Object.keys(CLIENTS).filter((name) => name.includes(values.only));
  if (names.length === 0) throw new BadRequest(`--only ${values.only}: there are ${Object.keys(CLIENTS).join(", ")}.`);
  const records = wholeNumber("The number of records", values.records);
  const data = mkdtempSync(join(tmpdir(), "katafka-bench-"));
  const broker = await startBrokers(["--brokers", "1", "--port", "0", "--data", data]);
  try {
    for (const [valueBytes, count] of [[100, records], [1_000, Math.ceil(records / 5)]] as const) {
      const topic = `bench-${valueBytes}`;
      await fill(broker.addresses, topic, count, valueBytes);
      const rows: string[][] = [];
      for (const client of names) {
        const group = `${client}-${valueBytes}`;
        const task = { client, address: broker.addresses, topic, group, records: count };
        rows.push(await measure(task, valueBytes, values.profile));
      }
      printTable(`${count.toLocaleString("en")} × ${valueBytes} B`, ["client", "records/s", "MB/s", "CPU s"], rows);
    }
  } finally {
    await broker.stop();
    rmSync(data, { recursive: true, force: true });
  }
}

async function measure(task: ConsumerTask, valueBytes: number, profile: string | undefined): Promise<string[]> {
  const result = await runTask<ConsumerResult>(PROGRAM, task, profileFlags(profile));
  if (result.valueBytes < task.records * valueBytes) throw new Error(`${task.client} read ${result.valueBytes} bytes.`);
  const rate = (task.records * 1_000) / result.elapsedMs;
  return [task.client, perSecond(rate), ((rate * valueBytes) / 1e6).toFixed(0), (result.cpuMs / 1_000).toFixed(2)];
}

/** A topic with so many records. */
async function fill(address: string, name: string, count: number, valueBytes: number): Promise<void> {
  const admin = await connect(address);
  await createTopic(admin, name, PARTITIONS).finally(() => admin.close());
  const tuned = { "batch.size": 131_072, "linger.ms": 5, "buffer.memory": 8_388_608 };
  const producer = new KafkaProducer<Buffer, Buffer>({ "bootstrap.servers": address, ...tuned });
  const value = Buffer.alloc(valueBytes, "katafka ");
  for (let i = 0; i < count; i++) {
    if (!producer.isReady) await producer.ready();
    void producer.send({ topic: name, partition: i % PARTITIONS, value });
  }
  await producer.close();
}

process.exitCode = await answer(main);
