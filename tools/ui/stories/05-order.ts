/**
 * @module
 */
import { ask, show, type Steps, type Story, tell } from "./story.ts";
import { type StoryWorld } from "./story-world.ts";
import { type Writer } from "./writer.ts";

const LATENCY_MS = 20;
/** Together they are one batch, larger than the topic takes. */
const FIRST = 40;
const LATER = 4;
const MAX_BYTES = 1_500;

/** How one of them sends. */
interface Way {
  readonly topic: string;
  readonly config: Readonly<Record<string, string | number | boolean>>;
}

const WAYS: readonly Way[] = [
  { topic: "five-in-flight", config: { "max.in.flight.requests.per.connection": 5, "enable.idempotence": false } },
  { topic: "one-in-flight", config: { "max.in.flight.requests.per.connection": 1, "enable.idempotence": false } },
  { topic: "idempotent", config: { "max.in.flight.requests.per.connection": 5, "enable.idempotence": true } },
];

async function* steps(world: StoryWorld): Steps {
  const { network } = world.cluster.world;
  const configs = { "max.message.bytes": String(MAX_BYTES) };
  const writers: Writer[] = [];
  for (const { topic, config } of WAYS) {
    await world.createTopic(topic, { replicas: [[1]], configs });
    const options = { topic, partition: 0, config: { acks: "all", "linger.ms": 5, ...config }, valueBytes: 50 };
    const writer = world.writer(`shop-${topic}`, options);
    await world.settled(writer.producer.partitionsFor(topic));
    // What a producer asks for once, it has asked for.
    writer.send(1);
    writers.push(writer);
  }
  await world.until("the first is there", () => writers.every(({ open }) => open === 0));
  network.latencyMs = LATENCY_MS;
  yield tell(
    "Three producers, each with a topic of its own. The first may have five requests in flight, the second one, the " +
      `third has five and enable.idempotence=true. Broker 1 is some ${LATENCY_MS} ms away.`,
  );

  for (const writer of writers) writer.send(FIRST);
  await world.pass(10);
  for (const writer of writers) writer.send(LATER);
  yield tell(
    `Each sends ${FIRST} orders: one batch, and it has left. It is larger than the topic takes (max.message.bytes is ` +
      `${MAX_BYTES}), but nobody knows that yet: the broker will refuse it, and the producer will cut it in two and ` +
      `send it again. Meanwhile ${LATER} more orders come: the next batch.`,
  );

  yield ask(
    "In which topics are the orders in the order of the sends?",
    "In all three: a partition keeps the order.",
    "Only in one-in-flight.",
    "In one-in-flight and in idempotent.",
  );

  await world.until("all is answered", () => writers.every(({ open }) => open === 0));
  network.latencyMs = 0.2;
  const rows: Record<string, string | number>[] = [];
  for (const [i, { topic }] of WAYS.entries()) {
    const numbers = (await world.read(topic)).map((value) => Number(/-(\d+)\.*$/.exec(value)![1]));
    const late = numbers.filter((number, at) => at > 0 && number < Math.max(...numbers.slice(0, at))).length;
    const metrics = writers[i]!.producer.metrics();
    rows.push({
      topic, "read": numbers.length, "behind a later one": late,
      "in order": late === 0 ? "yes" : "no", requests: metrics["request-total"]!,
    });
  }
  const inOrder = rows.filter((row) => row["in order"] === "yes").map(({ topic }) => topic);
  yield show(
    inOrder.length === 3 ? 0 : inOrder.length === 2 ? 2 : 1,
    `With five in flight the later batch was there when the first came again: ${rows[0]!["behind a later one"]} ` +
      "orders are behind later ones. With one in flight nothing leaves before the answer: in order, but a round trip " +
      "for each request. The idempotent producer numbers its batches. The broker refuses one whose number comes too " +
      "early, and so all are sent again, in their order.",
    rows,
  );
}

/** Reordering by max.in.flight, and idempotence. */
export const order: Story = {
  title: "Order, requests in flight, and idempotence",
  question: "What happens to the order when a batch is sent again?",
  brokers: 1,
  settings: {},
  exercises: [
    "4.1 InFlightRequests.canSendMore", "4.8 ProducerSequences.canRetry", "5.8 ProducerStateEntry.checkSequence",
  ],
  steps,
};
