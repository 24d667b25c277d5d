/**
 * @module
 */
import { ask, show, type Steps, type Story, tell } from "./story.ts";
import { type StoryWorld } from "./story-world.ts";

const BY_HW = "cut-at-hw";
const BY_EPOCH = "cut-by-epoch";
const TOPICS = [BY_HW, BY_EPOCH] as const;
/** Slow enough that one sees a record arrive before the news that it is committed. */
const LATENCY_MS = 20;
const BEFORE = 10;
const LAST = 5;

async function* steps(world: StoryWorld): Steps {
  const { cluster } = world;
  const { network } = cluster.world;
  const configs = { "min.insync.replicas": "2" };
  for (const topic of TOPICS) await world.createTopic(topic, { replicas: [[1, 2, 3]], configs });
  for (const id of [2, 3]) cutAtHighWatermark(world, id);
  const writers = TOPICS.map((topic) => {
    return world.writer(`shop of ${topic}`, { topic, partition: 0, config: { acks: "all", "linger.ms": 5 } });
  });
  for (const writer of writers) writer.send(BEFORE);
  const knows = (id: number, count: number): boolean =>
    TOPICS.every((topic) => world.replica(id, topic)?.highWatermark === count);
  await world.until("all know that it is committed", () => [1, 2, 3].every((id) => knows(id, BEFORE)));
  yield tell(
    "Two topics with the same three brokers, acks=all, min.insync.replicas=2. They differ in what a broker does when " +
      `it begins to follow a new leader. In ${BY_HW} it cuts its log at the high watermark that it knows, as Kafka ` +
      `did before 0.11; in ${BY_EPOCH} it asks the leader where their epochs part. ${BEFORE} orders are in each, ` +
      "committed.",
  );

  network.latencyMs = LATENCY_MS;
  for (const writer of writers) writer.send(LAST);
  const has = (id: number, count: number): boolean =>
    TOPICS.every((topic) => world.replica(id, topic)?.logEndOffset === count);
  await world.until("broker 3 has them", () => has(3, BEFORE + LAST));
  network.cut("broker-1", "broker-3");
  await world.until("they are acknowledged", () => writers.every(({ open }) => open === 0));
  cluster.crash(1);
  yield tell(
    `${LAST} more orders go to each. All three brokers have them, and they are acknowledged. Right then broker 1, ` +
      "the leader, dies. Its last answer to broker 3 never arrives: broker 3 has the orders, but of its " +
      `${world.replica(3, BY_HW)?.logEndOffset} records it knows only that ` +
      `${world.replica(3, BY_HW)?.highWatermark} are committed. A follower learns that one answer later, always.`,
  );

  yield ask(
    "Broker 2 is elected; broker 3 begins to follow it. Right then broker 2 dies, too, and broker 3, which is in " +
      `sync, leads. Later all come back. Where are the ${LAST} acknowledged orders?`,
    `In ${BY_EPOCH} only.`,
    "In both topics: what acks=all has acknowledged is safe.",
    "In neither: two of three brokers died.",
  );

  const follows = (topic: string): boolean => world.replica(3, topic)!.leader === 2;
  await world.until("broker 3 follows broker 2", () => TOPICS.every(follows));
  const cut = TOPICS.map((topic) => world.replica(3, topic)!.logEndOffset);
  cluster.crash(2);
  await world.until("broker 3 leads", () => TOPICS.every((topic) => world.leader(topic)?.leader === 3));
  network.latencyMs = 0.2;
  network.heal();
  for (const id of [1, 2]) cluster.restart(id);
  await world.until("all are in sync", () => TOPICS.every((topic) => world.leader(topic)?.isr.length === 3));
  const counts: number[] = [];
  for (const topic of TOPICS) counts.push((await world.read(topic)).length);
  const [hw, epoch] = counts as [number, number];
  yield show(
    hw === epoch ? (hw === BEFORE + LAST ? 1 : 2) : 0,
    `When broker 3 began to follow, its log in ${BY_HW} was cut to ${cut[0]}: it threw away committed orders, for it ` +
      "would have fetched them again. But broker 2 died first, and who leads is right: brokers 1 and 2 cut theirs, " +
      `too. In ${BY_EPOCH} it kept ${cut[1]}: only what differs from the leader's log goes, and nothing did.`,
    TOPICS.map((topic, i) => ({
      topic, acknowledged: BEFORE + LAST, "kept by broker 3": cut[i]!, readable: counts[i]!,
      lost: BEFORE + LAST - counts[i]!,
    })),
  );
}

/** The rule of before KIP-101, for one topic at one broker, as long as that lives: what the course's own code isn't. */
function cutAtHighWatermark(world: StoryWorld, id: number): void {
  const partition = world.replica(id, BY_HW)!;
  const own = partition.makeFollower.bind(partition);
  partition.makeFollower = (before) => {
    own(before);
    if (partition.leaderEpoch !== before?.leaderEpoch) partition.truncateTo(partition.highWatermark);
  };
}

/** Truncating to the high watermark, against epochs. */
export const truncation: Story = {
  title: "Cutting at the high watermark, and by epochs",
  question: "What may a follower throw away when there is a new leader?",
  brokers: 3,
  settings: {},
  exercises: ["6.2 Partition.makeFollower", "6.5 ReplicaFetcher.truncateToEpoch", "6.5 divergingEpoch"],
  steps,
};
