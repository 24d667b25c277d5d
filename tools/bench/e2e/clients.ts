/**
 * The clients of the end-to-end bench. All write with acks=all and read in a group, without committing.
 *
 * @module
 */
import { KafkaConsumer } from "#groups";
import { KafkaProducer } from "#sender";
import { type EndToEndClient, type EndToEndTask, type Writer } from "./task.ts";

/** @param lingerMs - `linger.ms` */
function ours(lingerMs: number): EndToEndClient {
  return {
    write({ address, topic }: EndToEndTask): Promise<Writer> {
      const config = { "bootstrap.servers": address, "linger.ms": lingerMs, "batch.size": 131_072 };
      const producer = new KafkaProducer(config, { onError: ({ error }) => fail(error) });
      return Promise.resolve({
        sendFirst: async (value) => producer.send({ topic, value }),
        send(values): void {
          for (const value of values) producer.send({ topic, value });
        },
        close: () => producer.close(),
      });
    },

    async read({ address, topic }, onValue): Promise<void> {
      const consumer = new KafkaConsumer({
        "bootstrap.servers": address,
        "group.id": topic,
        "auto.offset.reset": "earliest",
        "enable.auto.commit": false,
      });
      consumer.subscribe([topic]);
      for await (const { value } of consumer) if (onValue(value!)) break;
      await consumer.close();
    },
  };
}

function fail(error: Error): never {
  console.error(error.message);
  process.exit(1);
}

/** It has no linger: what one call brings leaves at once. */
const kafkajs: EndToEndClient = {
  async write({ address, topic }): Promise<Writer> {
    const { Kafka, logLevel } = await import("kafkajs");
    const producer = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING }).producer();
    await producer.connect();
    const sends = new Set<Promise<unknown>>();
    return {
      sendFirst: (value) => producer.send({ topic, messages: [{ value }] }),
      send(values): void {
        const send = producer.send({ topic, messages: values.map((value) => ({ value })) });
        sends.add(send);
        void send.finally(() => sends.delete(send));
      },
      async close(): Promise<void> {
        await Promise.all(sends);
        await producer.disconnect();
      },
    };
  },

  async read({ address, topic }, onValue): Promise<void> {
    const { Kafka, logLevel } = await import("kafkajs");
    const consumer = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING }).consumer({ groupId: topic });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      const eachBatch = ({ batch }: { batch: { messages: { value: Buffer | null }[] } }): Promise<void> => {
        for (const { value } of batch.messages) if (onValue(value!)) resolve();
        return Promise.resolve();
      };
      consumer.run({ autoCommit: false, eachBatch }).catch(reject);
    });
    await consumer.disconnect();
  },
};

/** All of them, by the name that the table shows. */
export const CLIENTS: Readonly<Record<string, EndToEndClient>> = {
  "katafka, linger.ms=0": ours(0),
  "katafka, linger.ms=5": ours(5),
  kafkajs,
};
