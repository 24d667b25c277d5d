/**
 * A program with a producer, as a process of its own: sends one record, says what became of it and how long that took,
 * closes the producer, and then has to end by itself: an open handle would keep it alive.
 *
 * @module
 */
import { KafkaProducer } from "#sender";

const producer = new KafkaProducer(JSON.parse(process.argv[2]!) as Record<string, unknown>);
const beganMs = performance.now();
const outcome = await producer.send({ topic: "t", value: "v" }).then(
  ({ offset }) => `sent at offset ${offset}`,
  (error: Error) => `failed: ${error.message}`,
);
await producer.close(1_000);
console.log(JSON.stringify({ outcome, tookMs: performance.now() - beganMs }));
