/**
 * @module
 */
import { ask, show, type Steps, type Story, tell } from "./story.ts";
import { type StoryWorld } from "./story-world.ts";
import { type Writer } from "./writer.ts";

const TOPIC = "orders";
/** What a call to the slow disk takes. */
const SLOW_MS = 150;

async function* steps(world: StoryWorld): Steps {
  const { cluster } = world;
  // The leader asks the controller to take somebody out of the ISR: that one must not be the controller.
  const [slow, other] = world.controller === 3 ? [2, 3] : [3, 2];
  await world.createTopic(TOPIC, { replicas: [[1, 2, 3]], configs: { "min.insync.replicas": "2" } });
  const writer = world.writer("shop", { topic: TOPIC, partition: 0, config: { acks: "all" } });
  writer.sendEvery(25);
  await world.pass(1_000);
  const before = measured(world, writer);
  yield tell(
    "Three replicas, broker 1 leads, acks=all. Each replica ends somewhere: that is its LEO, the log end offset. The " +
      "high watermark (HW) is as far as consumers may read, and acks=all waits until it has passed the record. " +
      `Now the ends are ${before.ends}, the HW is ${before.hw}, and an acknowledgement takes ${before.ms} ms.`,
  );

  yield ask(
    `The disk of broker ${slow} becomes slow: each call takes ${SLOW_MS} ms. It still fetches, always a bit behind. ` +
      "What happens to the HW?",
    `It goes on as before: the leader and broker ${other} are a majority.`,
    `It goes on as before: broker ${slow} leaves the ISR at once.`,
    `It waits for broker ${slow}, at every record.`,
  );

  cluster.node(slow).slowDisk(SLOW_MS);
  await world.pass(1_000);
  writer.latenciesMs = [];
  await world.pass(3_000);
  const after = measured(world, writer);
  const waits = after.ms > 2 * before.ms;
  yield show(
    waits ? 2 : after.isr === "1 2 3" ? 0 : 1,
    `The HW is the smallest end of those in sync, and broker ${slow} is one of them: it is never further behind than ` +
      `replica.lag.time.max.ms (3 s here). So every write waits for the slowest: ${after.ms} ms instead of ` +
      `${before.ms} ms. There is no voting, and no majority.`,
    [
      { "": "in sync", before: before.isr, after: after.isr },
      { "": "ends at brokers 1, 2, 3", before: before.ends, after: after.ends },
      { "": "high watermark", before: before.hw, after: after.hw },
      { "": "ms until acknowledged", before: before.ms, after: after.ms },
    ],
  );

  const hw = world.leader(TOPIC)?.highWatermark ?? 0;
  world.partBrokers(1, slow);
  const tookMs = await world.until("it is out", () => world.isr(TOPIC) === `1 ${other}`);
  const behind = world.leader(TOPIC)!.logEndOffset - hw;
  await world.pass(500);
  writer.latenciesMs = [];
  await world.pass(1_000);
  writer.stop();
  const then = measured(world, writer);
  yield tell(
    `Now broker ${slow} is cut off from the leader. The HW stands, ${behind} records pile up, and after ` +
      `${(tookMs / 1_000).toFixed(1)} s the leader takes it out of the ISR: ${then.isr}. The HW jumps, and an ` +
      `acknowledgement takes ${then.ms} ms again. Who can't keep up is not waited for, and can't be elected.`,
  );
}

interface Measured {
  readonly isr: string;
  readonly ends: string;
  readonly hw: number;
  /** The median. */
  readonly ms: number;
}

function measured(world: StoryWorld, writer: Writer): Measured {
  const ends = world.cluster.ids.map((id) => world.replica(id, TOPIC)?.logEndOffset ?? "-").join(", ");
  const sorted = writer.latenciesMs.toSorted((a, b) => a - b);
  const ms = Number((sorted[Math.floor(sorted.length / 2)] ?? 0).toFixed(1));
  return { isr: world.isr(TOPIC), ends, hw: world.leader(TOPIC)?.highWatermark ?? 0, ms };
}

/** The high watermark with a slow follower. */
export const slowFollower: Story = {
  title: "The high watermark, and a slow follower",
  question: "Whom does acks=all wait for, and for how long?",
  brokers: 3,
  // A slow disk must not look like a dead broker.
  settings: { "zookeeper.session.timeout.ms": 6_000 },
  exercises: ["6.1 LeaderState.nextHighWatermark", "6.4 LeaderState.isrWithoutSlow"],
  steps,
};
