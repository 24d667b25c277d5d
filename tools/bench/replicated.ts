/**
 * `npm run bench -- replicated`: three brokers, each a process, a topic with three replicas, acks=all. What producers
 * send, and what it costs the brokers; then how long a record is on its way at a tenth of that, from `send` to the loop
 * of who reads it. All run on this one machine.
 *
 *   npm run bench -- replicated                      the tables
 *   npm run bench -- replicated --only katafka       clients whose name has this in it
 *   npm run bench -- replicated --records 200000     so many records of 100 B, and a fifth of that of 1 KB
 *   npm run bench -- replicated --seconds 20         so long from send to receive; 0 leaves that out
 *   npm run bench -- replicated --profile DIR        besides, CPU profiles of clients and brokers
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { BadRequest, wholeNumber } from "../course/selection.ts";
import { answer } from "../run/answer.ts";
import { brokerPids } from "./brokers-of.ts";
import { measureEndToEnd } from "./e2e/measure.ts";
import { cpuMsOf, perSecond, printTable } from "./measure.ts";
import { type ProducerResult, type ProducerTask } from "./producer/task.ts";
import { profileFlags, runTask, startBrokers, withTopic } from "./start-brokers.ts";

const PROGRAM = "tools/bench/producer/run-client.ts";
/** Of the producer bench; and those of the end-to-end bench that are shown for each. */
const CLIENTS: Readonly<Record<string, readonly string[]>> = {
  katafka: ["katafka, linger.ms=0", "katafka, linger.ms=5"],
  kafkajs: ["kafkajs"],
  platformatic: [],
};
const PARTITIONS = 3;
const REPLICAS = 3;

interface Options {
  readonly data: string;
  readonly addresses: string;
  readonly seconds: number;
  readonly profile: readonly string[];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: "string", default: "" },
      records: { type: "string", default: "1000000" },
      seconds: { type: "string", default: "10" },
      profile: { type: "string" },
    },
  });
  const names = Object.keys(CLIENTS).filter((name) => name.includes(values.only));
  if (names.length === 0) throw new BadRequest(`--only ${values.only}: there are ${Object.keys(CLIENTS).join(", ")}.`);
  const records = wholeNumber("The number of records", values.records);
  const seconds = wholeNumber("The number of seconds", values.seconds);
  const data = mkdtempSync(join(tmpdir(), "katafka-bench-"));
  const profile = profileFlags(values.profile);
  const cluster = await startBrokers(["--port", "0", "--data", data], profile);
  const options: Options = { data, addresses: cluster.addresses, seconds, profile };
  try {
    for (const [valueBytes, count] of [[100, records], [1_000, Math.ceil(records / 5)]] as const) {
      const rates = await produce(names, valueBytes, count, options);
      if (seconds > 0) await endToEnd(rates, valueBytes, options);
    }
  } finally {
    await cluster.stop();
    rmSync(data, { recursive: true, force: true });
  }
}

/** @returns records a second of each client */
async function produce(
  names: readonly string[],
  valueBytes: number,
  records: number,
  { data, addresses, profile }: Options,
): Promise<Map<string, number>> {
  const pids = [...(await brokerPids(data)).values()];
  const rates = new Map<string, number>();
  const rows: string[][] = [];
  for (const client of names) {
    const topic = `replicated-${client}-${valueBytes}`;
    await withTopic(addresses, { name: topic, partitions: PARTITIONS, replicas: REPLICAS }, async () => {
      const load = { client, topic, partitions: PARTITIONS, records, valueBytes, acks: -1 } as const;
      // One address is enough to begin with; the clients learn the others.
      const task: ProducerTask = { ...load, address: addresses.split(",")[0]! };
      const before = sum(pids.map(cpuMsOf));
      const { elapsedMs, cpuMs, p50Ms, p99Ms } = await runTask<ProducerResult>(PROGRAM, task, profile);
      const rate = (records * 1_000) / elapsedMs;
      rates.set(client, rate);
      // The brokers have also taken the tenth that the client sends to get warm.
      const brokersMs = (sum(pids.map(cpuMsOf)) - before) / 1.1;
      const share = Math.round((100 * (cpuMs + brokersMs)) / elapsedMs);
      rows.push([
        client, perSecond(rate), ((rate * valueBytes) / 1e6).toFixed(0), p50Ms.toFixed(1), p99Ms.toFixed(1),
        (cpuMs / 1_000).toFixed(2), (brokersMs / 1_000).toFixed(2), `${share} %`,
      ]);
    });
  }
  printTable(
    `${records.toLocaleString("en")} × ${valueBytes} B, three replicas, acks=all`,
    ["client", "records/s", "MB/s", "p50 ms", "p99 ms", "client's CPU s", "brokers' CPU s", "of a core"],
    rows,
  );
  return rates;
}

async function endToEnd(rates: ReadonlyMap<string, number>, valueBytes: number, options: Options): Promise<void> {
  const { addresses, seconds } = options;
  const rows: string[][] = [];
  for (const [name, most] of rates) {
    for (const [i, client] of CLIENTS[name]!.entries()) {
      const recordsPerSecond = Math.ceil(most / 10_000) * 1_000;
      const topic = `e2e-${name}-${i}-${valueBytes}`;
      await withTopic(addresses, { name: topic, partitions: PARTITIONS, replicas: REPLICAS }, async () => {
        const load = { client, address: addresses.split(",")[0]!, topic, recordsPerSecond, seconds, valueBytes };
        const { p50, p99, p999, max } = await measureEndToEnd(load);
        rows.push([client, perSecond(recordsPerSecond), ...[p50, p99, p999, max].map((ms) => ms.toFixed(1))]);
      });
    }
  }
  if (rows.length === 0) return;
  const title = `${valueBytes} B, three replicas, acks=all: from send to receive, in ms, for ${seconds} s`;
  printTable(title, ["client", "records/s", "p50", "p99", "p99.9", "max"], rows);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

process.exitCode = await answer(main);
