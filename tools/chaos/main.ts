/**
 * `npm run chaos -- --minutes 2`: three brokers, the coordination service and the members of two consumer groups as
 * real processes, producers and readers, and what can happen to processes. At the end nothing that was acknowledged is
 * lost; nothing of idempotent producers is there twice or out of order; what was read never changed; each group has
 * read all of it, and lags behind in nothing; the replicas are the same, byte for byte; and no broker holds more and
 * more memory or handles. The exit code says so.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Kafka, logLevel } from "kafkajs";
import { answer } from "../run/answer.ts";
import { BadRequest } from "../course/selection.ts";
import { leaderOf, recordsFrom } from "../simulate/reading.ts";
import * as clients from "./clients.ts";
import { letFaultsHappen } from "./faults.ts";
import { Groups } from "./groups.ts";
import { RealCluster } from "./real-cluster.ts";
import { differenceOf } from "./replica-files.ts";

const HEAL_LIMIT_MS = 90_000;
const { TOPIC, PARTITIONS } = clients;

interface Result {
  readonly lines: readonly string[];
  readonly faults: readonly string[];
}

async function main(): Promise<never> {
  const { values } = parseArgs({ options: { minutes: { type: "string", default: "1" } } });
  const minutes = Number(values.minutes);
  if (!(minutes > 0 && minutes <= 60)) throw new BadRequest("--minutes: a number above 0, and 60 at most.");
  const data = mkdtempSync(join(tmpdir(), "katafka-chaos-"));
  const cluster = await RealCluster.start(data);
  process.once("exit", () => cluster.kill());
  // Without this there is no "exit", and a broker that is stopped (SIGSTOP) would stay for ever.
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
  const { lines, faults } = await runChaos(cluster, data, minutes * 60_000).catch((error: Error): Result => {
    return { lines: [], faults: [error.message] };
  });
  for (const line of lines) console.log(line);
  for (const fault of faults.slice(0, 20)) console.error(`Violated: ${fault}`);
  if (faults.length > 0) console.error(`${faults.length} in all. The data and the logs are in ${data}`);
  else rmSync(data, { recursive: true, force: true });
  // What still runs, after a failure, ends with this process.
  process.exit(faults.length === 0 ? 0 : 1);
}

async function runChaos(cluster: RealCluster, data: string, forMs: number): Promise<Result> {
  await createTopic(cluster.bootstrap);
  const ours = ["ours-1", "ours-2"].map((name) => clients.ourProducer(cluster.bootstrap, name));
  const kafkajs = clients.kafkajsProducer(cluster.bootstrap, "kafkajs");
  const reader = new clients.Reader(cluster.bootstrap);
  const groups = new Groups(cluster.bootstrap, data);
  process.once("exit", () => groups.kill());
  const counts = await letFaultsHappen(cluster, groups.members, forMs, (line) => console.log(line));
  await isWhole(cluster.bootstrap);
  await Promise.all([...ours, kafkajs].map((writer) => writer.stop()));
  await reader.stop();
  await groups.haveNoLag();
  await groups.stop();
  const found = await readAll(cluster.bootstrap);
  await cluster.stop();
  const dirs = cluster.ids.map((id) => `${data}/broker-${id}`);
  const runtime = clients.silentRuntime();
  const replicas = found.map((_, partition) => differenceOf(runtime, dirs, TOPIC, partition));
  const acknowledged = [...ours, kafkajs].flatMap((writer) => writer.acknowledged);
  const there = found.map((values) => new Set(values));
  const lost = acknowledged.filter(({ value, partition }) => !there[partition]!.has(value));
  const { twice, reordered } = orderOf(found);
  const read = groups.read();
  const unread = read.flatMap(({ id, counts: times }) => {
    return acknowledged.filter(({ value }) => !times.has(value)).map(({ value }) => `${value} was not read by ${id}`);
  });
  const again = read.map(({ id, counts: times }) => {
    const reads = [...times.values()].reduce((sum, count) => sum + count, 0);
    return `${id} ${times.size} (${reads - times.size} of them again)`;
  });
  const happened = [...counts].map(([name, count]) => `${count} ${name}`).join(", ");
  const failed = [...ours, kafkajs].reduce((sum, writer) => sum + writer.failed, 0);
  return {
    lines: [
      `faults: ${happened}`,
      `acknowledged: ${acknowledged.length} (${kafkajs.acknowledged.length} by kafkajs), given up: ${failed}`,
      `lost: ${lost.length}; of idempotent producers twice: ${twice.length}, reordered: ${reordered.length}`,
      `read by groups: ${again.join(", ")}; unread: ${unread.length}; both lag behind in nothing`,
      `what was read and changed: ${reader.changed.length}`,
      `replicas: ${replicas.reduce((sum, { compared }) => sum + compared, 0)} records are the same in all three`,
      ...cluster.soak.lines(),
    ],
    faults: [
      ...lost.map(({ value, partition }) => `${value} is lost, in partition ${partition}`),
      ...twice.map((text) => `twice: ${text}`),
      ...reordered.map((text) => `reordered: ${text}`),
      ...reader.changed,
      ...unread,
      ...cluster.soak.faults(),
      ...replicas.flatMap(({ difference }) => difference ?? []),
    ],
  };
}

async function createTopic(bootstrap: string): Promise<void> {
  const kafka = new Kafka({ brokers: bootstrap.split(","), logLevel: logLevel.NOTHING });
  const admin = kafka.admin({ retry: { retries: 20 } });
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: PARTITIONS, replicationFactor: 3 }] });
  await admin.disconnect();
}

/** Resolves when all replicas are in sync. @throws Error when they aren't in time */
async function isWhole(bootstrap: string): Promise<void> {
  const deadline = performance.now() + HEAL_LIMIT_MS;
  for (;;) {
    for (const address of bootstrap.split(",")) {
      const isrs = await describe(address).catch(() => []);
      if (isrs.length === PARTITIONS && isrs.every((size) => size === 3)) return;
    }
    if (performance.now() > deadline) throw new Error(`Not all replicas are in sync after ${HEAL_LIMIT_MS} ms`);
    await sleep(500);
  }
}

async function describe(address: string): Promise<number[]> {
  const connection = await clients.connectTo(address);
  try {
    return await clients.isrSizes(connection);
  } finally {
    connection.close();
  }
}

/** All values of all partitions, from their leaders. */
async function readAll(bootstrap: string): Promise<string[][]> {
  const addresses = bootstrap.split(",");
  return Promise.all(Array.from({ length: PARTITIONS }, async (_, index) => {
    const partition = { topic: TOPIC, partition: index };
    const first = await clients.connectTo(addresses[0]!);
    const leader = await leaderOf(first, partition).finally(() => first.close());
    const connection = await clients.connectTo(addresses[leader - 1]!);
    const values: string[] = [];
    for (;;) {
      const some = await recordsFrom(connection, partition, values.length);
      if (some.length === 0) break;
      values.push(...some.map(({ value }) => value));
    }
    connection.close();
    return values;
  }));
}

/** What of the idempotent producers is there twice, or before what was sent earlier. */
function orderOf(found: readonly string[][]): { readonly twice: string[]; readonly reordered: string[] } {
  const [twice, reordered]: [string[], string[]] = [[], []];
  for (const values of found) {
    const seen = new Set<string>();
    const last = new Map<string, number>();
    for (const value of values.filter((one) => one.startsWith("ours-"))) {
      const [producer, number] = value.split(":") as [string, string];
      if (seen.has(value)) twice.push(value);
      else if (Number(number) < (last.get(producer) ?? -1)) reordered.push(`${value} after ${last.get(producer)}`);
      seen.add(value);
      last.set(producer, Math.max(last.get(producer) ?? -1, Number(number)));
    }
  }
  return { twice, reordered };
}

process.exitCode = await answer(main);
