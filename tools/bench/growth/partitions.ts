/**
 * More and more partitions with three replicas, on three brokers: making them, resting, the death of a broker and of
 * the controller, starting again.
 *
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import { brokerPids } from "../brokers-of.ts";
import { connect, type RunningBrokers, startBrokers } from "../start-brokers.ts";
import { bringBack, type Grown, grow, kill, PARTITIONS_OF_TOPIC, timed, whoIs, writeToAll } from "./grown-cluster.ts";
import { fetchLatency, produceLatency } from "./latencies.ts";
import { cpuShareDuring, lookAt } from "./process-facts.ts";
import { type Column, duration, factRows, note, percent } from "./rows.ts";

/** The traffic: so many records at a time, to one topic, */
const BURST = 50;
/** so often. */
const EVERY_MS = 50;
const BURSTS = 100;

/** Measures with `count` partitions. @param data an empty folder @param port the first of three that are free */
export async function partitionsColumn(count: number, data: string, port: number): Promise<Column> {
  const rows = new Map<string, string>();
  const start = (): Promise<RunningBrokers> => startBrokers(["--port", String(port), "--data", data]);
  let cluster = await start();
  try {
    const startMs = performance.now();
    const grown = await grow(count, data, cluster.addresses);
    const { producer } = grown;
    note(rows, "making them", duration(performance.now() - startMs));
    note(rows, "a record in each", duration(await timed(() => writeToAll(grown))));
    await measure(grown, rows);
    await producer.close();
    await cluster.stop();
    note(rows, "start, clean", duration(await timed(async () => void (cluster = await start()))));
    for (const pid of (await brokerPids(data)).values()) process.kill(pid, "SIGKILL");
    await cluster.stop();
    note(rows, "start, all killed", duration(await timed(async () => void (cluster = await start()))));
    return rows;
  } finally {
    await cluster.stop();
  }
}

async function measure(grown: Grown, rows: Map<string, string>): Promise<void> {
  const { data, topics, producer } = grown;
  const pids = await brokerPids(data);
  for (const [name, value] of factRows(await lookAt([...pids.values()]))) note(rows, name, value);
  note(rows, "CPU, 1,000 records/s to ten", percent(await cpuShareDuring([...pids.values()], () => traffic(grown))));
  note(rows, "produce, acks=all", duration(await produceLatency(producer, topics[0]!)));
  const { leader, controller } = await whoIs(grown);
  const connection = await connect(grown.addresses[leader - 1]!);
  note(rows, "fetch", duration(await fetchLatency(connection, topics[0]!).finally(() => connection.close())));
  const broker = [1, 2, 3].find((id) => id !== controller)!;
  for (const [name, victim] of [["a broker killed", broker], ["the controller killed", controller]] as const) {
    const { ledMs, writtenMs, cpuMs } = await kill(grown, victim);
    note(rows, `${name}: all are led`, duration(ledMs));
    note(rows, `${name}: all are written`, duration(writtenMs));
    note(rows, `${name}: CPU of the others`, duration(cpuMs));
    note(rows, `${name}: started again, all in sync`, duration(await timed(() => bringBack(grown, victim))));
  }
}

/** Some records to the partitions of one topic, for some seconds, while the others rest. */
async function traffic({ topics, producer }: Grown): Promise<void> {
  const sent: PromiseLike<unknown>[] = [];
  for (let i = 0; i < BURSTS; i++) {
    for (let at = 0; at < BURST; at++) {
      sent.push(producer.send({ topic: topics[0]!, partition: at % PARTITIONS_OF_TOPIC, value: "busy" }));
    }
    await sleep(EVERY_MS);
  }
  await Promise.all(sent);
}
