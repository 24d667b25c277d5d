/**
 * `npm run bench -- broker`: how much one broker takes and gives over real sockets. The broker and the load generator
 * are processes of their own; the records are 1 KB and 100 B, in three partitions.
 *
 *   npm run bench -- broker                 the table
 *   npm run bench -- broker --profile DIR   besides, CPU profiles of the broker, for Chrome's developer tools
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { answer } from "../run/answer.ts";
import { cpuMsOf, median, perSecond, printTable } from "./measure.ts";
import { profileFlags, type RunningBrokers, runTask, startBrokers, withTopic } from "./start-brokers.ts";
import { type LoadResult, type LoadTask } from "./load-task.ts";

const ROUNDS = 5;
const PARTITIONS = 3;
/** What a producer with a full queue sends: `batch.size` of a tuned producer. */
const BATCH_BYTES = 128 << 10;
const BYTES_A_RUN = 400 << 20;
const TOPIC = "bench";
const GENERATOR = "tools/bench/load-generator.ts";

/** One line of the table. */
interface Case {
  readonly name: string;
  readonly kind: "produce" | "consume";
  readonly valueBytes: number;
}

/** One measured run. The shares are of the elapsed time: 1 is a whole core. */
interface Run {
  readonly recordsPerSecond: number;
  readonly megabytesPerSecond: number;
  readonly brokerShare: number;
  readonly generatorShare: number;
}

const CASES: readonly Case[] = [
  { name: "produce, 1 KB", kind: "produce", valueBytes: 1_000 },
  { name: "consume, 1 KB", kind: "consume", valueBytes: 1_000 },
  { name: "produce, 100 B", kind: "produce", valueBytes: 100 },
  { name: "consume, 100 B", kind: "consume", valueBytes: 100 },
];

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { profile: { type: "string" } } });
  const data = mkdtempSync(join(tmpdir(), "katafka-bench-"));
  const profile = profileFlags(values.profile);
  const broker = await startBrokers(["--brokers", "1", "--port", "0", "--data", data], profile, "inherit");
  const runs = new Map(CASES.map(({ name }): [string, Run[]] => [name, []]));
  try {
    for (let round = 0; round < ROUNDS; round++) {
      for (const valueBytes of [1_000, 100]) {
        await withTopic(broker.addresses, { name: TOPIC, partitions: PARTITIONS }, async () => {
          for (const one of CASES.filter((each) => each.valueBytes === valueBytes)) {
            runs.get(one.name)!.push(await measure(broker, one));
          }
        });
      }
    }
  } finally {
    await broker.stop();
    rmSync(data, { recursive: true, force: true });
  }
  report(runs);
}

function report(runs: ReadonlyMap<string, readonly Run[]>): void {
  const rows = [...runs].map(([name, all]) => {
    const of = (pick: (run: Run) => number): number => median(all.map(pick));
    const [broker, generator] = [of((run) => run.brokerShare), of((run) => run.generatorShare)];
    return [
      name,
      perSecond(of((run) => run.recordsPerSecond)),
      of((run) => run.megabytesPerSecond).toFixed(0),
      `${Math.round(broker * 100)} %`,
      `${Math.round(generator * 100)} %`,
      boundBy(broker, generator),
    ];
  });
  const batches = `batches of ${BATCH_BYTES >> 10} KiB`;
  const title = `One broker, ${PARTITIONS} partitions, ${batches}; medians of ${ROUNDS} rounds`;
  printTable(title, ["", "records/s", "MB/s", "broker CPU", "client CPU", "bound by"], rows);
}

/** Who has no time left. Shares may pass 100 %: a process has threads besides the one that runs JavaScript. */
function boundBy(broker: number, generator: number): string {
  if (broker === 0) return "unknown here";
  if (broker >= 0.85 && broker >= generator) return "the broker's thread";
  if (generator >= 0.85) return "the load generator";
  return broker + generator > 1.6 ? "two cores for both" : "waiting: disk, network, or a busy machine";
}

async function measure(broker: RunningBrokers, { kind, valueBytes }: Case): Promise<Run> {
  const totalRecords = Math.round(BYTES_A_RUN / (valueBytes + 10));
  const base = { port: portOf(broker), topic: TOPIC, partitions: PARTITIONS, batchBytes: BATCH_BYTES, acks: 1 };
  const task: LoadTask = { ...base, kind, valueBytes, totalRecords };
  const startCpuMs = cpuMsOf(broker.pid);
  const { records, bytes, ms, cpuMs } = await runTask<LoadResult>(GENERATOR, task);
  return {
    recordsPerSecond: (records * 1000) / ms,
    megabytesPerSecond: bytes / 1000 / ms,
    brokerShare: (cpuMsOf(broker.pid) - startCpuMs) / ms,
    generatorShare: cpuMs / ms,
  };
}

function portOf({ addresses }: RunningBrokers): number {
  return Number(addresses.split(":").at(-1));
}

process.exitCode = await answer(main);
