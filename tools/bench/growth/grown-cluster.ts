/**
 * A cluster of three with many partitions: making it, killing brokers of it, bringing them back.
 *
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import { ask } from "#cluster/main-cluster-control";
import { ERRORS } from "#ground/errors";
import { Metadata } from "#ground/protocol/messages/03-metadata";
import { CreateTopics } from "#ground/protocol/messages/19-create-topics";
import { KafkaProducer } from "#sender";
import { brokerPids } from "../brokers-of.ts";
import { cpuMsOf } from "../measure.ts";
import { connect } from "../start-brokers.ts";

/** Each topic's. */
export const PARTITIONS_OF_TOPIC = 10;
/** One request must be answered in 30 s, on a machine that does something else, too. */
const TOPICS_AT_ONCE = 20;
const BROKERS = 3;
const LIMIT_MS = 120_000;

/** A cluster with so many partitions. */
export interface Grown {
  /** The folder of the cluster. */
  readonly data: string;
  readonly addresses: readonly string[];
  readonly topics: readonly string[];
  readonly producer: KafkaProducer;
}

/** Makes so many partitions, of three replicas each, in the cluster that runs there; ends when all are in sync. */
export async function grow(count: number, data: string, addresses: string): Promise<Grown> {
  const topics = Array.from({ length: Math.ceil(count / PARTITIONS_OF_TOPIC) }, (_, i) => `growth-${i}`);
  await create(addresses.split(","), topics);
  const settings = { "bootstrap.servers": addresses, "linger.ms": 0, "delivery.timeout.ms": LIMIT_MS };
  return { data, addresses: addresses.split(","), topics, producer: new KafkaProducer(settings) };
}

/** What the death of a broker does. */
export interface Pauses {
  /** Until others lead all, as clients see it at each of them, in milliseconds. */
  readonly ledMs: number;
  /** Until a record in each partition is acknowledged. */
  readonly writtenMs: number;
  /** The CPU time that both others took together until then. */
  readonly cpuMs: number;
}

/** Kills a broker with `kill -9`. */
export async function kill(grown: Grown, victim: number): Promise<Pauses> {
  const { data, addresses, topics } = grown;
  const others = addresses.filter((_, i) => i !== victim - 1);
  const pids = await brokerPids(data);
  process.kill(pids.get(victim)!, "SIGKILL");
  pids.delete(victim);
  const cpuMs = (): number => [...pids.values()].reduce((sum, pid) => sum + cpuMsOf(pid), 0);
  const before = cpuMs();
  const isLed = ({ leaderId }: PartitionState): boolean => leaderId !== victim && leaderId >= 0;
  const [ledMs, writtenMs] = await Promise.all([
    timed(() => until(others, topics, isLed)),
    timed(() => writeToAll(grown)),
  ]);
  return { ledMs, writtenMs, cpuMs: cpuMs() - before };
}

/** Starts a broker again that was killed; ends when all replicas are in sync. */
export async function bringBack({ data, addresses, topics }: Grown, brokerId: number): Promise<void> {
  await ask(data, `start ${brokerId}`);
  await until(addresses, topics, ({ isrNodes }) => isrNodes.length === BROKERS);
}

async function create(addresses: readonly string[], names: readonly string[]): Promise<void> {
  const client = await connect(addresses[0]!);
  for (let at = 0; at < names.length; at += TOPICS_AT_ONCE) {
    const some = names.slice(at, at + TOPICS_AT_ONCE);
    const wanted = some.map((name) => ({ name, numPartitions: PARTITIONS_OF_TOPIC, replicationFactor: BROKERS }));
    const { topics } = await client.send(CreateTopics, { topics: wanted, timeoutMs: LIMIT_MS });
    // It exists already where the controller was replaced before it could answer, and its successor was asked again.
    const refused = topics.find(({ errorCode }) => errorCode !== 0 && errorCode !== ERRORS.TOPIC_ALREADY_EXISTS[0]);
    if (refused !== undefined) throw new Error(`${refused.name} can't be made: ${refused.errorMessage}`);
  }
  client.close();
  await until(addresses, names, ({ leaderId, isrNodes }) => leaderId >= 0 && isrNodes.length === BROKERS);
}

/** Writes a record to each partition; ends when all are acknowledged. */
export async function writeToAll({ topics, producer }: Grown): Promise<void> {
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
    for (; performance.now() < deadline; await sleep(100)) {
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
export async function whoIs(
  { addresses, topics }: Grown,
): Promise<{ readonly leader: number; readonly controller: number }> {
  const client = await connect(addresses[0]!);
  const seen = await client.send(Metadata, { topics: [{ name: topics[0]! }] }).finally(() => client.close());
  return { leader: seen.topics[0]!.partitions[0]!.leaderId, controller: seen.controllerId };
}

/** How long it takes, in milliseconds. */
export async function timed(run: () => Promise<void>): Promise<number> {
  const startMs = performance.now();
  await run();
  return performance.now() - startMs;
}
