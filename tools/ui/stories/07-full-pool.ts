/**
 * @module
 */
import { ask, show, type Steps, type Story, tell } from "./story.ts";
import { type StoryWorld } from "./story-world.ts";
import { type Writer } from "./writer.ts";

const TOPIC = "clicks";
const MEMORY = 65_536;
const MAX_BLOCK_MS = 1_000;
const FROZEN_MS = 3_000;
const VALUE_BYTES = 900;
const INTERVAL_MS = 5;

async function* steps(world: StoryWorld): Steps {
  await world.createTopic(TOPIC, { replicas: [[1], [1]] });
  const config = { "buffer.memory": MEMORY, "batch.size": 4_096, "max.block.ms": MAX_BLOCK_MS };
  const make = (name: string, partition: number): Writer =>
    world.writer(name, { topic: TOPIC, partition, config, valueBytes: VALUE_BYTES });
  const [heedless, careful] = [make("heedless", 0), make("careful", 1)];
  heedless.sendEvery(INTERVAL_MS);
  void careful.sendWhenReady(INTERVAL_MS);
  await world.pass(1_000);
  yield tell(
    `Two programs want to send ${1_000 / INTERVAL_MS} clicks a second each, ${VALUE_BYTES} bytes. Each producer has ` +
      `${MEMORY / 1_024} KiB for what isn't acknowledged yet (buffer.memory). The heedless one just calls send; the ` +
      "careful one does `await producer.ready()` before. While all is well they are alike: " +
      `${heedless.acknowledged.length} and ${careful.acknowledged.length} are acknowledged, ` +
      `${heedless.failed.length + careful.failed.length} have failed.`,
  );

  yield ask(
    `Broker 1 stands still for ${FROZEN_MS / 1_000} s. After a third of a second the memory is full. What happens to ` +
      "the clicks of the heedless program?",
    `They wait in a line for max.block.ms (${MAX_BLOCK_MS / 1_000} s here), then they fail. Many are never sent.`,
    "send waits until there is room. They come later, all of them.",
    "The oldest are thrown away for the new ones.",
  );

  const before = [figures(heedless), figures(careful)] as const;
  world.cluster.node(1).freeze(FROZEN_MS);
  await world.pass(FROZEN_MS + 500);
  heedless.stop();
  careful.stop();
  await world.until("all is answered", () => heedless.open + careful.open === 0);
  const after = [figures(heedless), figures(careful)] as const;
  const [failed] = heedless.failed;
  yield show(
    after[0].failed > 0 ? 0 : 1,
    `${after[0].failed} clicks of the heedless program failed (${failed?.code ?? "none"}): some had waited for ` +
      `memory as long as max.block.ms allows, some found the line as long as the memory. The careful one made ` +
      `${after[0].sent - after[1].sent} clicks fewer, and none failed: whoever produces them was slowed down, ` +
      "not surprised. (In Kafka's Java client send itself blocks.)",
    [
      { "": "heedless: sent", before: before[0].sent, after: after[0].sent },
      { "": "heedless: failed", before: before[0].failed, after: after[0].failed },
      { "": "careful: sent", before: before[1].sent, after: after[1].sent },
      { "": "careful: failed", before: before[1].failed, after: after[1].failed },
    ],
  );
}

function figures({ sent, failed }: Writer): { readonly sent: number; readonly failed: number } {
  return { sent, failed: failed.length };
}

/** A full pool, `send` against `ready()`. */
export const fullPool: Story = {
  title: "A full pool: send, and ready()",
  question: "What becomes of records when the broker is slower than the program?",
  brokers: 1,
  settings: { "zookeeper.session.timeout.ms": 6_000 },
  exercises: ["3.1 BufferPool.tryAllocate", "3.2 BufferPool.wait", "3.4 RecordAccumulator.whenMemory"],
  steps,
};
