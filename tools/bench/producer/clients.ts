/**
 * The clients of the producer bench, each batching as its documentation advises.
 *
 * @module
 */
import { type EventEmitter } from "node:events";
import { KafkaProducer } from "#sender";
import { type Connect, type ProducerTask, SAMPLE_EVERY } from "./task.ts";

/**
 * What our documentation advises for throughput, as with Java's client: larger batches, a little linger. Memory for
 * what may be in flight, and some more: the rest would only wait longer.
 */
const TUNED = { "batch.size": 131_072, "linger.ms": 5, "buffer.memory": 8_388_608 };

/** librdkafka's RD_KAFKA_RESP_ERR__QUEUE_FULL. */
const RD_KAFKA_QUEUE_FULL = -184;

function ours(task: ProducerTask): KafkaProducer<Buffer, Buffer> {
  return new KafkaProducer<Buffer, Buffer>({
    "bootstrap.servers": task.address,
    acks: task.acks === -1 ? "all" : String(task.acks),
    "enable.idempotence": task.acks === -1,
    ...TUNED,
  });
}

/** One `send` a record; who is too fast waits for `ready()`. */
const katafka: Connect = async (task) => {
  const producer = ours(task);
  await producer.partitionsFor(task.topic);
  return {
    async sendAll({ topic, records }, value, sample) {
      for (let i = 0; i < records; i++) {
        if (!producer.isReady) await producer.ready();
        const sent = producer.send({ topic, value });
        if (i % SAMPLE_EVERY === 0) void time(sent, sample);
      }
      await producer.flush();
      failOn(producer.metrics()["record-error-total"]!);
    },
    close: () => producer.close(),
  };
};

/** kafkajs advises to send many messages with each call. */
const kafkajs: Connect = async (task) => {
  const { Kafka, logLevel } = await import("kafkajs");
  const kafka = new Kafka({ brokers: [task.address], logLevel: logLevel.NOTHING });
  const producer = kafka.producer({ maxInFlightRequests: 5 });
  await producer.connect();
  return {
    sendAll: ({ topic, records, acks }, value, sample) =>
      inParallel(5, records, 1_000, async (count) => {
        const messages = Array.from({ length: count }, () => ({ value }));
        await time(producer.send({ topic, acks, messages }), sample);
      }),
    close: () => producer.disconnect(),
  };
};

/** platformatic/kafka has no batching of its own either. */
const platformatic: Connect = async (task) => {
  const { Producer } = await import("@platformatic/kafka");
  const producer = new Producer({ clientId: "bench", bootstrapBrokers: [task.address] });
  return {
    sendAll: ({ topic, records, acks }, value, sample) =>
      inParallel(5, records, 1_000, async (count) => {
        const messages = Array.from({ length: count }, () => ({ topic, value }));
        await time(producer.send({ messages, acks }), sample);
      }),
    close: () => producer.close(),
  };
};

/**
 * node-rdkafka, librdkafka in a binding for Node, if it is installed here: it isn't a dependency of ours. A loop of
 * `produce`, a pause when its queue is full, and a report for each message, as its documentation has it.
 */
const librdkafka: Connect = async (task) => {
  const name = "node-rdkafka";
  const { default: binding } = (await import(name)) as RdKafkaModule;
  const producer = new binding.Producer(
    { "bootstrap.servers": task.address, "linger.ms": 5, "batch.size": 131_072, dr_cb: true },
    { acks: task.acks },
  );
  await new Promise((resolve, reject) => {
    producer.once("ready", resolve).once("event.error", reject);
    producer.connect();
  });
  producer.setPollInterval(5);
  return {
    async sendAll({ topic, records }, value, sample) {
      let errors = 0;
      let left = records;
      const delivered = new Promise<void>((resolve) => {
        producer.on("delivery-report", (error, { opaque: beganMs }) => {
          if (error) errors++;
          if (typeof beganMs === "number") sample(performance.now() - beganMs);
          if (--left === 0) resolve();
        });
      });
      for (let i = 0; i < records; i++) {
        const opaque = i % SAMPLE_EVERY === 0 ? performance.now() : null;
        while (!produced(producer, topic, value, opaque)) await new Promise((resolve) => setTimeout(resolve, 1));
      }
      await delivered;
      producer.removeAllListeners("delivery-report");
      failOn(errors);
    },
    close: () => new Promise((resolve) => producer.disconnect(resolve)),
  };
};

interface RdKafkaModule {
  readonly default: { readonly Producer: new (config: object, topicConfig: object) => RdKafkaProducer };
}

interface RdKafkaProducer extends EventEmitter {
  connect(): void;
  setPollInterval(ms: number): void;
  produce(topic: string, partition: null, value: Buffer, key: null, timestamp: number, opaque: number | null): unknown;
  disconnect(callback: () => void): void;
}

/** @returns false when the queue is full */
function produced(producer: RdKafkaProducer, topic: string, value: Buffer, opaque: number | null): boolean {
  try {
    producer.produce(topic, null, value, null, Date.now(), opaque);
    return true;
  } catch (error) {
    if ((error as { code?: unknown }).code === RD_KAFKA_QUEUE_FULL) return false;
    throw error;
  }
}

/** All clients, in the order of the table. */
export const CLIENTS: Readonly<Record<string, Connect>> = {
  katafka,
  kafkajs,
  platformatic,
  librdkafka,
};

/** Has `width` calls of `sendSome` under way until all records are sent. */
async function inParallel(
  width: number,
  records: number,
  atOnce: number,
  sendSome: (count: number) => Promise<void>,
): Promise<void> {
  let left = records;
  const worker = async (): Promise<void> => {
    while (left > 0) {
      const count = Math.min(atOnce, left);
      left -= count;
      await sendSome(count);
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
}

async function time(call: PromiseLike<unknown>, sample: (latencyMs: number) => void): Promise<void> {
  const beganMs = performance.now();
  await call;
  sample(performance.now() - beganMs);
}

function failOn(errors: number): void {
  if (errors > 0) throw new Error(`${errors} records failed.`);
}
