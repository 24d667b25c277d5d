/**
 * A member of a consumer group, as a process of its own: `main-member.ts ours|kafkajs BOOTSTRAP GROUP`. It prints a
 * line for each record that it has done with, before it commits.
 *
 * @module
 */
import { Kafka, logLevel } from "kafkajs";
import { KafkaConsumer } from "#groups";
import { silentRuntime, TOPIC } from "./clients.ts";

const SESSION_MS = 6_000;
const POLL_MS = 1_000;

function did(value: string): void {
  process.stdout.write(`read: ${value}\n`);
}

async function ours(bootstrap: string, groupId: string): Promise<void> {
  const config = {
    "bootstrap.servers": bootstrap,
    "group.id": groupId,
    "auto.offset.reset": "earliest",
    "auto.commit.interval.ms": 500,
    "session.timeout.ms": SESSION_MS,
    "heartbeat.interval.ms": 1_000,
    "request.timeout.ms": 5_000,
    "partition.assignment.strategy": "cooperative-sticky",
  };
  const consumer = new KafkaConsumer(config, { runtime: silentRuntime() });
  const run = { isOver: false };
  process.once("SIGTERM", () => void (run.isOver = true));
  consumer.subscribe([TOPIC]);
  while (!run.isOver) for (const { value } of await consumer.poll(POLL_MS)) did(value!.toString());
  await consumer.close(SESSION_MS);
}

async function kafkajs(bootstrap: string, groupId: string): Promise<void> {
  const kafka = new Kafka({ brokers: bootstrap.split(","), logLevel: logLevel.NOTHING, requestTimeout: 5_000 });
  const times = { sessionTimeout: SESSION_MS, heartbeatInterval: 1_000, rebalanceTimeout: 2 * SESSION_MS };
  const consumer = kafka.consumer({ groupId, ...times, retry: { retries: 50, maxRetryTime: 5_000 } });
  process.once("SIGTERM", () => void consumer.disconnect().finally(() => process.exit(0)));
  // What it can't mend itself ends the process: it is started again.
  consumer.on(consumer.events.CRASH, ({ payload }) => payload.restart || process.exit(1));
  await consumer.connect();
  await consumer.subscribe({ topic: TOPIC, fromBeginning: true });
  await consumer.run({ eachMessage: ({ message }) => Promise.resolve(did(message.value!.toString())) });
}

const [kind, bootstrap = "", groupId = ""] = process.argv.slice(2);
await (kind === "ours" ? ours : kafkajs)(bootstrap, groupId);
