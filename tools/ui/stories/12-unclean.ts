/**
 * @module
 */
import { ask, show, type Steps, type Story, tell } from "./story.ts";
import { type StoryWorld } from "./story-world.ts";

const CLEAN = "orders";
const UNCLEAN = "clicks";
const TOPICS = [CLEAN, UNCLEAN] as const;
const FIRST = 10;
const LATER = 5;
/** Longer than an election takes. */
const PATIENCE_MS = 3_000;

async function* steps(world: StoryWorld): Steps {
  const { cluster } = world;
  await world.createTopic(CLEAN, { replicas: [[1, 2]] });
  await world.createTopic(UNCLEAN, { replicas: [[1, 2]], configs: { "unclean.leader.election.enable": "true" } });
  const writers = TOPICS.map((topic) => {
    return world.writer(`shop-${topic}`, { topic, partition: 0, config: { acks: "all" } });
  });
  const write = async (count: number): Promise<void> => {
    for (const writer of writers) writer.send(count);
    await world.until("they are acknowledged", () => writers.every(({ open }) => open === 0));
  };
  await write(FIRST);
  cluster.crash(2);
  await world.until("broker 2 is out", () => TOPICS.every((topic) => world.isr(topic) === "1"));
  await write(LATER);
  yield tell(
    `Two topics on brokers 1 and 2, acks=all, min.insync.replicas=1. ${UNCLEAN} has ` +
      `unclean.leader.election.enable=true. ${FIRST} records are in each. Then broker 2 dies and leaves the ISR, and ` +
      `broker 1 takes ${LATER} more on its own: ` +
      `${writers.map(({ acknowledged }) => acknowledged.length).join(" and ")} are acknowledged.`,
  );

  yield ask(
    `Broker 1 dies, too, and broker 2 comes back: it lives, and lacks the last ${LATER}. What becomes of the topics?`,
    "Both wait for broker 1.",
    `Both go on at once, without the last ${LATER}.`,
    `${CLEAN} waits for broker 1. ${UNCLEAN} goes on at once, without the last ${LATER}.`,
  );

  cluster.crash(1);
  cluster.restart(2);
  await world.until("broker 2 serves", () => cluster.isServing(2));
  await world.pass(PATIENCE_MS);
  const leaders = TOPICS.map((topic) => world.leader(topic)?.leader ?? null);
  const alone = leaders.map((leader) => (leader === null ? "offline" : `led by ${leader}`));
  cluster.restart(1);
  await world.until("both are in sync", () => TOPICS.every((topic) => world.leader(topic)?.isr.length === 2));
  const readable: number[] = [];
  for (const topic of TOPICS) readable.push((await world.read(topic)).length);
  yield show(
    leaders[0] !== null ? 1 : leaders[1] !== null ? 2 : 0,
    `${CLEAN} is offline until broker 1, the last in sync, is back; then all ${readable[0]} are there. ${UNCLEAN} ` +
      `was led by broker 2 within seconds, and when broker 1 came back it cut off what it had more: ` +
      `${FIRST + LATER - readable[1]!} acknowledged records are gone. A topic is available, or keeps what it ` +
      "promised: the setting says which.",
    TOPICS.map((topic, i) => ({
      topic, acknowledged: FIRST + LATER, "while broker 1 is down": alone[i]!, "readable at last": readable[i]!,
      lost: FIRST + LATER - readable[i]!,
    })),
  );
}

/** Unclean election. */
export const unclean: Story = {
  title: "Unclean election",
  question: "What if nobody who is alive was in sync?",
  brokers: 2,
  settings: {},
  exercises: ["6.6 electLeader", "6.6 electorateOf"],
  steps,
};
