/**
 * The clients of the consumer bench. All read in a group, without committing, and look at the value of each record.
 *
 * @module
 */
import { KafkaConsumer } from "#groups";
import { type Consume, type ConsumerTask } from "./task.ts";

function ours({ address, topic, group }: ConsumerTask): KafkaConsumer {
  const consumer = new KafkaConsumer({
    "bootstrap.servers": address,
    "group.id": group,
    "auto.offset.reset": "earliest",
    "enable.auto.commit": false,
  });
  consumer.subscribe([topic]);
  return consumer;
}

/** `poll`, and a loop over its records. */
const byRecord: Consume = async (task, counter) => {
  const consumer = ours(task);
  while (!counter.isDone) {
    for (const record of await consumer.poll(1_000)) counter.count(record.value!.length);
  }
  await consumer.close();
};

/** `poll`, and a loop over the records of each partition; the value's size is all that is asked for. */
const byBatch: Consume = async (task, counter) => {
  const consumer = ours(task);
  while (!counter.isDone) {
    for (const { records } of (await consumer.poll(1_000)).batches()) {
      for (const record of records) counter.count(record.serializedValueSize);
    }
  }
  await consumer.close();
};

const forAwait: Consume = async (task, counter) => {
  const consumer = ours(task);
  for await (const record of consumer) {
    counter.count(record.value!.length);
    if (counter.isDone) break;
  }
  await consumer.close();
};

/** Whole batches: kafkajs' quickest way. */
const kafkajs: Consume = async ({ address, topic, group }, counter) => {
  const { Kafka, logLevel } = await import("kafkajs");
  const consumer = new Kafka({ brokers: [address], logLevel: logLevel.NOTHING }).consumer({ groupId: group });
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatch: ({ batch }) => {
      for (const { value } of batch.messages) counter.count(value!.length);
      return Promise.resolve();
    },
  });
  await counter.done;
};

const platformatic: Consume = async ({ address, topic, group }, counter) => {
  const { Consumer } = await import("@platformatic/kafka");
  const consumer = new Consumer({ clientId: "bench", groupId: group, bootstrapBrokers: [address], autocommit: false });
  const stream = await consumer.consume({ topics: [topic], mode: "earliest" });
  stream.on("data", ({ value }: { value: Buffer }) => counter.count(value.length));
  await counter.done;
};

/** All of them, by the name that the table shows. */
export const CLIENTS: Readonly<Record<string, Consume>> = {
  "katafka, poll by record": byRecord,
  "katafka, poll by batch": byBatch,
  "katafka, for await": forAwait,
  "kafkajs, eachBatch": kafkajs,
  "platformatic/kafka": platformatic,
};
