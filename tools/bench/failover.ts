/**
 * `npm run bench -- failover`: how long writes stand still when a broker is killed. `kill -9` of the leader, and of a
 * follower, of a topic with three replicas, acks=all, `min.insync.replicas` 2, under a producer that goes on sending;
 * from the kill to the acknowledgement of the first record that was sent after it.
 *
 *   npm run bench -- failover                ten of each, with the settings of `npm start`
 *   npm run bench -- failover --rounds 3
 *   npm run bench -- failover --partitions 1000 --rounds 1
 *                        until all of many are led and written to, after a broker and after the controller died
 *   npm run bench -- failover --coordinator zookeeper://127.0.0.1:2181/bench
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { ask } from "#cluster/main-cluster-control";
import { BrokerConnection } from "#ground/network/broker-connection";
import { createNodeRuntime } from "#ground/node/node-runtime";
import { CreateTopics } from "#ground/protocol/messages/19-create-topics";
import { Metadata } from "#ground/protocol/messages/03-metadata";
import { KafkaProducer } from "#sender";
import { wholeNumber } from "../course/selection.ts";
import { answer } from "../run/answer.ts";
import {
  bringBack, type Grown, grow, kill, PARTITIONS_OF_TOPIC, type Pauses, whoIs, writeToAll,
} from "./growth/grown-cluster.ts";
import { median, printTable } from "./measure.ts";
import { startBrokers } from "./start-brokers.ts";

const TOPIC = "failover";
const BROKERS = [1, 2, 3];
/** Between two records. */
const EVERY_MS = 5;
const LIMIT_MS = 60_000;

interface Partition {
  readonly leaderId: number;
  readonly isrNodes: readonly number[];
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      rounds: { type: "string", default: "10" },
      partitions: { type: "string", default: "1" },
      coordinator: { type: "string", default: "embedded" },
    },
  });
  const rounds = wholeNumber("The number of rounds", values.rounds);
  const partitions = wholeNumber("The number of partitions", values.partitions);
  const data = mkdtempSync(join(tmpdir(), "katafka-bench-"));
  // Ports that stay the same when a broker is started again.
  const port = 20_000 + (process.pid % 20_000);
  const cluster = await startBrokers(["--port", String(port), "--data", data, "--coordinator", values.coordinator]);
  try {
    if (partitions > 1) return await measureMany(await grow(partitions, data, cluster.addresses), rounds);
    const addresses = cluster.addresses.split(",");
    await createTopic(addresses);
    const producer = new KafkaProducer({ "bootstrap.servers": cluster.addresses, acks: "all", "linger.ms": 0 });
    const rows: string[][] = [];
    for (const who of ["leader", "follower"] as const) {
      const pauses: number[] = [];
      for (let round = 0; round < rounds; round++) pauses.push(await measure(who, data, addresses, producer));
      const shown = [Math.min(...pauses), median(pauses), Math.max(...pauses)].map((ms) => `${Math.round(ms)} ms`);
      rows.push([`kill -9 of the ${who}`, ...shown]);
    }
    await producer.close();
    printTable(`First acknowledged write after a kill, ${rounds} of each`, ["", "min", "median", "max"], rows);
  } finally {
    await cluster.stop();
    rmSync(data, { recursive: true, force: true });
  }
}

/** Kills a broker of many partitions, and the controller, in turn. */
async function measureMany(grown: Grown, rounds: number): Promise<void> {
  await writeToAll(grown);
  const rows: string[][] = [];
  for (const who of ["a broker", "the controller"] as const) {
    const pauses: Pauses[] = [];
    for (let round = 0; round < rounds; round++) {
      const { controller } = await whoIs(grown);
      const victim = who === "the controller" ? controller : BROKERS.find((id) => id !== controller)!;
      pauses.push(await kill(grown, victim));
      await bringBack(grown, victim);
    }
    const shown = (["ledMs", "writtenMs", "cpuMs"] as const).map((name) => median(pauses.map((one) => one[name])));
    rows.push([`kill -9 of ${who}`, ...shown.map((ms) => `${Math.round(ms)} ms`)]);
  }
  await grown.producer.close();
  const count = grown.topics.length * PARTITIONS_OF_TOPIC;
  const head = ["", "all are led", "all are written", "CPU of the others"];
  printTable(`${count} partitions of three replicas, medians of ${rounds}`, head, rows);
}

/** Kills a broker under load. @returns how long no record that was sent after it was acknowledged, in ms */
async function measure(
  who: "leader" | "follower",
  data: string,
  addresses: readonly string[],
  producer: KafkaProducer,
): Promise<number> {
  const { leaderId } = await until(addresses, ({ isrNodes }) => isrNodes.length === BROKERS.length);
  const victim = who === "leader" ? leaderId : BROKERS.find((id) => id !== leaderId)!;
  for (let i = 0; i < 20; i++) await producer.send({ topic: TOPIC, value: `before ${i}` });
  const status = await ask(data, "status");
  process.kill(Number(new RegExp(`^broker ${victim}: .* process (\\d+)$`, "m").exec(status)![1]), "SIGKILL");
  const killedMs = performance.now();
  const first = { ms: Infinity };
  const acknowledged = (): void => void (first.ms = Math.min(first.ms, performance.now()));
  while (first.ms === Infinity && performance.now() - killedMs < LIMIT_MS) {
    producer.send({ topic: TOPIC, value: "after" }).then(acknowledged, () => {});
    await sleep(EVERY_MS);
  }
  await producer.flush();
  await ask(data, `start ${victim}`);
  return first.ms - killedMs;
}

async function createTopic(addresses: readonly string[]): Promise<void> {
  const topics = [{ name: TOPIC, numPartitions: 1, replicationFactor: BROKERS.length }];
  const client = await connect(addresses[0]!);
  const created = await client.send(CreateTopics, { topics, timeoutMs: 10_000 });
  client.close();
  const { errorCode, errorMessage } = created.topics[0]!;
  if (errorCode !== 0) throw new Error(`The topic can't be made: ${errorMessage}`);
}

/** Waits until every broker shows the partition so. */
async function until(addresses: readonly string[], isThere: (partition: Partition) => boolean): Promise<Partition> {
  for (const deadline = Date.now() + LIMIT_MS; Date.now() < deadline; await sleep(50)) {
    const seen = await Promise.all(addresses.map((address) => describe(address).catch(() => undefined)));
    if (seen.every((one) => one !== undefined && isThere(one))) return seen[0]!;
  }
  throw new Error(`The cluster isn't whole again after ${LIMIT_MS / 1000} s.`);
}

async function describe(address: string): Promise<Partition | undefined> {
  const client = await connect(address);
  const { topics } = await client.send(Metadata, { topics: [{ name: TOPIC }] });
  client.close();
  return topics[0]?.partitions[0];
}

function connect(address: string): Promise<BrokerConnection> {
  const [host = "", port = ""] = address.split(":");
  const options = { host, port: Number(port), clientId: "bench", connectTimeoutMs: 5_000, requestTimeoutMs: 10_000 };
  return BrokerConnection.connect(createNodeRuntime(), options);
}

// After a failure a client may still wait for brokers that are gone.
process.exit(await answer(main));
