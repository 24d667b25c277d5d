/**
 * More and more partitions with three replicas, on three brokers: making them, resting, the death of a broker and of
 * the controller, starting again.
 *
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import { ask } from "#cluster/main-cluster-control";
import { Metadata } from "#ground/protocol/messages/03-metadata";
import { CreateTopics } from "#ground/protocol/messages/19-create-topics";
import { KafkaProducer } from "#sender";
import { brokerPids } from "../brokers-of.ts";
import { connect, type RunningBrokers, startBrokers } from "../start-brokers.ts";
import { fetchLatency, produceLatency } from "./latencies.ts";
import { cpuShareDuring, lookAt } from "./process-facts.ts";
import { type Column, duration, factRows, note, percent } from "./rows.ts";

const PARTITIONS_OF_TOPIC = 10;
/** One request must be answered in 30 s, on a machine that does something else, too. */
const TOPICS_AT_ONCE = 20;
const BROKERS = 3;
const LIMIT_MS = 120_000;
/** The traffic: so many records at a time, to one topic, */
const BURST = 50;
/** so often. */
const EVERY_MS = 50;
const BURSTS = 100;

/** A cluster with so many partitions. */
interface Grown {
  readonly data: string;
  readonly addresses: readonly string[];
  readonly topics: readonly string[];
  readonly producer: KafkaProducer;
}

/** Measures with `count` partitions. @param data an empty folder @param port the first of three that are free */
export async function partitionsColumn(count: number, data: string, port: number): Promise<Column> {
  const rows = new Map<string, string>();
  const start = (): Promise<RunningBrokers> => startBrokers(["--port", String(port), "--data", data]);
  let cluster = await start();
  try {
    const addresses = cluster.addresses.split(",");
    const topics = Array.from({ length: Math.ceil(count / PARTITIONS_OF_TOPIC) }, (_, i) => `growth-${i}`);
    note(rows, "making them", duration(await timed(() => create(addresses, topics))));
    const settings = { "bootstrap.servers": cluster.addresses, "linger.ms": 0, "delivery.timeout.ms": LIMIT_MS };
    const producer = new KafkaProducer(settings);
    const grown: Grown = { data, addresses, topics, producer };
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
    const { ledMs, writtenMs } = await kill(grown, victim);
    note(rows, `${name}: all are led`, duration(ledMs));
    note(rows, `${name}: all are written`, duration(writtenMs));
    const back = async (): Promise<void> => {
      await ask(data, `start ${victim}`);
      await until(grown.addresses, topics, ({ isrNodes }) => isrNodes.length === BROKERS);
    };
    note(rows, `${name}: started again, all in sync`, duration(await timed(back)));
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

/** In milliseconds: until others lead all, and until a record in each partition is acknowledged. */
interface Pauses {
  readonly ledMs: number;
  readonly writtenMs: number;
}

/** Kills a broker. */
async function kill(grown: Grown, victim: number): Promise<Pauses> {
  const { data, addresses, topics } = grown;
  const others = addresses.filter((_, i) => i !== victim - 1);
  process.kill((await brokerPids(data)).get(victim)!, "SIGKILL");
  const isLed = ({ leaderId }: PartitionState): boolean => leaderId !== victim && leaderId >= 0;
  const [ledMs, writtenMs] = await Promise.all([
    timed(() => until(others, topics, isLed)),
    timed(() => writeToAll(grown)),
  ]);
  return { ledMs, writtenMs };
}

async function create(addresses: readonly string[], names: readonly string[]): Promise<void> {
  const client = await connect(addresses[0]!);
  for (let at = 0; at < names.length; at += TOPICS_AT_ONCE) {
    const some = names.slice(at, at + TOPICS_AT_ONCE);
    const wanted = some.map((name) => ({ name, numPartitions: PARTITIONS_OF_TOPIC, replicationFactor: BROKERS }));
    const { topics } = await client.send(CreateTopics, { topics: wanted, timeoutMs: LIMIT_MS });
    const refused = topics.find(({ errorCode }) => errorCode !== 0);
    if (refused !== undefined) throw new Error(`${refused.name} can't be made: ${refused.errorMessage}`);
  }
  client.close();
  await until(addresses, names, ({ leaderId, isrNodes }) => leaderId >= 0 && isrNodes.length === BROKERS);
}

async function writeToAll({ topics, producer }: Grown): Promise<void> {
  const indexes = Array.from({ length: PARTITIONS_OF_TOPIC }, (_, index) => index);
  const sent = topics.flatMap((topic) => indexes.map((partition) => producer.send({ topic, partition, value: "all" })));
  await Promise.all(sent);
}

interface PartitionState {
  readonly leaderId: number;
  readonly isrNodes: readonly number[];
}

/** Waits until every one of these brokers shows every partition so. */
async function until(
  addresses: readonly string[],
  names: readonly string[],
  isThere: (partition: PartitionState) => boolean,
): Promise<void> {
  const topics = names.map((name) => ({ name }));
  const deadline = performance.now() + LIMIT_MS;
  await Promise.all(addresses.map(async (address) => {
    for (; performance.now() < deadline; await sleep(50)) {
      const client = await connect(address).catch(() => undefined);
      const seen = await client?.send(Metadata, { topics }).catch(() => undefined);
      client?.close();
      const all = seen?.topics.flatMap(({ partitions }) => partitions) ?? [];
      if (all.length === names.length * PARTITIONS_OF_TOPIC && all.every(isThere)) return;
    }
    throw new Error(`Not all partitions are well, as ${address} sees it, after ${LIMIT_MS / 1_000} s.`);
  }));
}

/** The leader of the first partition, and the controller: Metadata names it in versions of old only. */
async function whoIs({ addresses, topics }: Grown): Promise<{ readonly leader: number; readonly controller: number }> {
  const client = await connect(addresses[0]!);
  const seen = await client.send(Metadata, { topics: [{ name: topics[0]! }] }).finally(() => client.close());
  return { leader: seen.topics[0]!.partitions[0]!.leaderId, controller: seen.controllerId };
}

async function timed(run: () => Promise<void>): Promise<number> {
  const startMs = performance.now();
  await run();
  return performance.now() - startMs;
}
