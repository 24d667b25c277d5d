/**
 * `npm run bench -- producer`: our producer beside other clients, against the same broker in the same run. Each client
 * is a process of its own, and batches as its documentation advises. With acks 0 what counts is that the socket has
 * taken it.
 *
 *   npm run bench -- producer                      the table
 *   npm run bench -- producer --only katafka       clients whose name has this in it
 *   npm run bench -- producer --profile DIR        besides, a CPU profile of each client, for Chrome's developer tools
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { DeleteTopics } from "#ground/protocol/messages/20-delete-topics";
import { BadRequest } from "../course/selection.ts";
import { answer } from "../run/answer.ts";
import { perSecond, printTable } from "./measure.ts";
import { CLIENTS } from "./producer/clients.ts";
import { connect, createTopic, profileFlags, runTask, startBrokers } from "./start-brokers.ts";
import { type ProducerResult, type ProducerTask } from "./producer/task.ts";

const PROGRAM = "tools/bench/producer/run-client.ts";
const PARTITIONS = 3;
const LOADS = [
  { name: "1,000,000 × 100 B", records: 1_000_000, valueBytes: 100 },
  { name: "200,000 × 1 KB", records: 200_000, valueBytes: 1_000 },
];
const ACKS = [0, 1, -1] as const;

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { only: { type: "string", default: "" }, profile: { type: "string" } } });
  const names = Object.keys(CLIENTS).filter((name) => name.includes(values.only) && isInstalled(name));
  if (names.length === 0) {
    throw new BadRequest(`--only ${values.only}: there are ${Object.keys(CLIENTS).join(", ")}.`);
  }
  const data = mkdtempSync(join(tmpdir(), "katafka-bench-"));
  const broker = await startBrokers(["--brokers", "1", "--port", "0", "--data", data]);
  try {
    for (const load of LOADS) {
      for (const acks of ACKS) {
        const rows: string[][] = [];
        for (const client of names) {
          rows.push(await measure(client, broker.addresses, { ...load, acks }, values.profile));
        }
        const title = `${load.name}, acks=${acks === -1 ? "all" : acks}`;
        printTable(title, ["client", "records/s", "MB/s", "p50 ms", "p99 ms", "CPU s"], rows);
      }
    }
  } finally {
    await broker.stop();
    rmSync(data, { recursive: true, force: true });
  }
}

function isInstalled(name: string): boolean {
  if (name !== "librdkafka") return true;
  try {
    createRequire(import.meta.url).resolve("node-rdkafka");
    return true;
  } catch {
    const how = "npm install --no-save node-rdkafka; with BUILD_LIBRDKAFKA=0 it uses the system's librdkafka";
    console.warn(`SKIPPED: librdkafka's binding is not installed (${how}).`);
    return false;
  }
}

async function measure(
  client: string,
  address: string,
  load: { records: number; valueBytes: number; acks: 0 | 1 | -1 },
  profile: string | undefined,
): Promise<string[]> {
  const topic = "bench";
  await withTopic(address, topic);
  const task: ProducerTask = { client, address, topic, partitions: PARTITIONS, ...load };
  const { elapsedMs, cpuMs, p50Ms, p99Ms } = await runTask<ProducerResult>(PROGRAM, task, profileFlags(profile));
  const rate = (load.records * 1_000) / elapsedMs;
  return [
    client, perSecond(rate), ((rate * load.valueBytes) / 1e6).toFixed(0), p50Ms.toFixed(1), p99Ms.toFixed(1),
    (cpuMs / 1_000).toFixed(2),
  ];
}

/** An empty topic, and no older data on the disk. */
async function withTopic(address: string, name: string): Promise<void> {
  const admin = await connect(address);
  await admin.send(DeleteTopics, { topicNames: [name], timeoutMs: 10_000 }, { version: 4 });
  await createTopic(admin, name, PARTITIONS).finally(() => admin.close());
}

process.exitCode = await answer(main);
