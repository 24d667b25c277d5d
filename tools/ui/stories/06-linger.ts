/**
 * @module
 */
import { ask, show, type Steps, type Story, tell } from "./story.ts";
import { type StoryWorld } from "./story-world.ts";

const TOPIC = "clicks";
const LINGER_MS = 50;
const BATCH_BYTES = 4_096;
const VALUE_BYTES = 100;
const SLOW = 200;
const FAST = 10_000;
const RUN_MS = 1_000;

/** What came of a second. */
interface Measured {
  readonly requests: number;
  readonly perRequest: number;
  readonly batchBytes: number;
  readonly ms: number;
}

async function* steps(world: StoryWorld): Steps {
  await world.createTopic(TOPIC, { replicas: [[1]] });
  const eager = await measure(world, "eager", 0, SLOW);
  yield tell(
    `${SLOW} clicks a second, ${VALUE_BYTES} bytes each, linger.ms=0: whatever comes leaves at once. That takes ` +
      `${eager.requests} requests a second, with ${eager.perRequest} records in each; a click is acknowledged after ` +
      `${eager.ms} ms.`,
  );

  const patient = await measure(world, "patient", LINGER_MS, SLOW);
  yield tell(
    `The same with linger.ms=${LINGER_MS}: a batch waits for company. ${patient.requests} requests, ` +
      `${patient.perRequest} records in each, and ${patient.ms} ms on average until acknowledged. A batch may hold ` +
      `${BATCH_BYTES} bytes (batch.size); it leaves with ${patient.batchBytes}.`,
  );

  yield ask(
    `Now ${FAST / SLOW} times as many clicks come, ${FAST} a second; linger.ms stays ${LINGER_MS}. ` +
      "How long does a click wait?",
    `As long as before: linger.ms is ${LINGER_MS}.`,
    "Longer: there are more clicks in the line.",
    "Much shorter: until its batch is full.",
  );

  const full = await measure(world, "busy", LINGER_MS, FAST);
  yield show(
    full.ms < 0.7 * patient.ms ? 2 : full.ms > 1.3 * patient.ms ? 1 : 0,
    `${full.ms} ms instead of ${patient.ms} ms: a full batch leaves at once, it doesn't linger. linger.ms is ` +
      `the most that a record waits for company, and under load nobody waits so long. ${FAST / SLOW} times the ` +
      `records came with ${(full.requests / patient.requests).toFixed(1)} times the requests.`,
    [
      { "": "records/s", before: SLOW, after: FAST },
      { "": "requests/s", before: patient.requests, after: full.requests },
      { "": "records in a request", before: patient.perRequest, after: full.perRequest },
      { "": "bytes in a batch", before: patient.batchBytes, after: full.batchBytes },
      { "": "ms until acknowledged", before: patient.ms, after: full.ms },
    ],
  );
}

/** One second with a producer of its own. */
async function measure(world: StoryWorld, name: string, lingerMs: number, perSecond: number): Promise<Measured> {
  const config = { "linger.ms": lingerMs, "batch.size": BATCH_BYTES, acks: "all" };
  const writer = world.writer(name, { topic: TOPIC, partition: 0, valueBytes: VALUE_BYTES, config });
  await world.settled(writer.producer.partitionsFor(TOPIC));
  const intervalMs = Math.max(1, 1_000 / perSecond);
  writer.sendEvery(intervalMs, (perSecond * intervalMs) / 1_000);
  await world.pass(RUN_MS);
  writer.stop();
  await world.until("all is answered", () => writer.open === 0);
  const metrics = writer.producer.metrics();
  const sum = writer.latenciesMs.reduce((all, one) => all + one, 0);
  return {
    requests: metrics["request-total"]!,
    perRequest: Math.round(metrics["records-per-request-avg"]!),
    batchBytes: Math.round(metrics["batch-size-avg"]!),
    ms: Number((sum / writer.latenciesMs.length).toFixed(1)),
  };
}

/** Linger, and batches that fill. */
export const linger: Story = {
  title: "Linger, and batches that fill",
  question: "How long does a record wait for company, and what is that good for?",
  brokers: 1,
  settings: {},
  exercises: ["3.4 RecordAccumulator.append", "3.5 PartitionQueue.waitMs"],
  steps,
};
