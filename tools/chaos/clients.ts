/**
 * Who works with the cluster meanwhile: our producer, idempotent, kafkajs' without, and a reader.
 *
 * @module
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Kafka, logLevel } from "kafkajs";
import { BrokerConnection } from "#ground/network/broker-connection";
import { createNodeRuntime } from "#ground/node/node-runtime";
import { Metadata } from "#ground/protocol/messages/03-metadata";
import { type Logger, type Runtime } from "#ground/runtime";
import { KafkaProducer } from "#sender";
import { recordsFrom } from "../simulate/reading.ts";

export const TOPIC = "orders";
export const PARTITIONS = 3;
const DELIVERY_MS = 120_000;

/** A record that a producer was told is there. */
export interface Acknowledged {
  readonly value: string;
  readonly partition: number;
}

const SILENT: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** A runtime that says nothing: connections that break are what this is about. */
export function silentRuntime(): Runtime {
  return createNodeRuntime({ log: SILENT });
}

/** Sends until it is told to stop. */
export interface Writer {
  readonly acknowledged: readonly Acknowledged[];
  readonly failed: number;
  /** Resolves when every send is settled. */
  stop(): Promise<void>;
}

/** What became of the sends of a writer. */
interface Tally {
  readonly acknowledged: Acknowledged[];
  failed: number;
}

/** Does `turn` again and again until it is stopped, and then `close`. */
function writer(turn: (tally: Tally) => Promise<void>, close: () => Promise<void>): Writer {
  const tally: Tally = { acknowledged: [], failed: 0 };
  const run = { isOver: false };
  const loop = (async (): Promise<void> => {
    while (!run.isOver) await turn(tally);
  })();
  const stop = async (): Promise<void> => {
    run.isOver = true;
    await loop;
    await close();
  };
  return Object.assign(tally, { stop });
}

/** Ours: idempotent, acks=all. */
export function ourProducer(bootstrap: string, name: string): Writer {
  const config = { "bootstrap.servers": bootstrap, acks: "all", "linger.ms": 2, "delivery.timeout.ms": DELIVERY_MS };
  const producer = new KafkaProducer(config, { runtime: silentRuntime(), onError: () => {} });
  let count = 0;
  return writer(async (tally) => {
    await producer.ready();
    const value = `${name}:${count}`;
    const partition = count++ % PARTITIONS;
    producer.send({ topic: TOPIC, partition, value }, (metadata) => {
      if (metadata === null) tally.failed += 1;
      else tally.acknowledged.push({ value, partition });
    });
    await sleep(2);
  }, () => producer.close());
}

/** kafkajs', not idempotent, acks=all: at least once. */
export function kafkajsProducer(bootstrap: string, name: string): Writer {
  const kafka = new Kafka({ brokers: bootstrap.split(","), logLevel: logLevel.NOTHING, requestTimeout: 5_000 });
  const producer = kafka.producer({ allowAutoTopicCreation: false, retry: { retries: 10 } });
  let count = 0;
  return writer(async (tally) => {
    const partition = count % PARTITIONS;
    const messages = Array.from({ length: 5 }, () => ({ value: `${name}:${count++}`, partition }));
    try {
      await producer.connect();
      await producer.send({ topic: TOPIC, acks: -1, messages });
      tally.acknowledged.push(...messages);
    } catch {
      tally.failed += messages.length;
      await sleep(100);
    }
    await sleep(10);
  }, () => producer.disconnect());
}

/** Connects to a broker. */
export function connectTo(address: string): Promise<BrokerConnection> {
  const [host, port] = address.split(":") as [string, string];
  const timeouts = { connectTimeoutMs: 3_000, requestTimeoutMs: 5_000 };
  return BrokerConnection.connect(silentRuntime(), { host, port: Number(port), clientId: "chaos", ...timeouts });
}

/** Reads a partition over and over: what it has once read at an offset must be there for ever. */
export class Reader {
  /** By partition, then by offset. */
  readonly values: string[][] = Array.from({ length: PARTITIONS }, () => []);
  /** What was not as it had been. */
  readonly changed: string[] = [];
  readonly #addresses: readonly string[];
  #isStopped = false;
  readonly #loops: Promise<void>[];

  constructor(bootstrap: string) {
    this.#addresses = bootstrap.split(",");
    this.#loops = this.values.map((_, partition) => this.#run(partition));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#loops);
  }

  async #run(partition: number): Promise<void> {
    for (let turn = partition; !this.#isStopped; turn++) {
      try {
        const connection = await connectTo(this.#addresses[turn % this.#addresses.length]!);
        // From any replica, and now and then from the start.
        try {
          for (let at = 0; at >= 0 && !this.#isStopped; ) at = await this.#read(connection, partition, at);
        } finally {
          connection.close();
        }
      } catch {
        await sleep(100);
      }
    }
  }

  /** @returns where to go on; negative to begin anew, elsewhere */
  async #read(connection: BrokerConnection, partition: number, from: number): Promise<number> {
    const read = await recordsFrom(connection, { topic: TOPIC, partition }, from, { maxWaitMs: 500 });
    const known = this.values[partition]!;
    for (const { offset, value } of read) {
      if (known[offset] !== undefined && known[offset] !== value) {
        this.changed.push(`${TOPIC}-${partition} at ${offset}: ${known[offset]}, later ${value}`);
      }
      known[offset] = value;
    }
    const last = read.at(-1);
    return last === undefined && Math.random() < 0.3 ? -1 : (last?.offset ?? from - 1) + 1;
  }
}

/** How many replicas of each partition are in sync, as one of the brokers shows it. */
export async function isrSizes(connection: BrokerConnection): Promise<number[]> {
  const { topics } = await connection.send(Metadata, { topics: [{ name: TOPIC }], allowAutoTopicCreation: false });
  return topics[0]!.partitions.map(({ isrNodes }) => isrNodes.length);
}
