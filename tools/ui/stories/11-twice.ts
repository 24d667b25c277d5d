/**
 * @module
 */
import { ask, show, type Steps, type Story, tell } from "./story.ts";
import { type StoryWorld } from "./story-world.ts";

const TOPIC = "orders";
const WORK_MS = 50;
const COMMIT_MS = 2_000;

async function* steps(world: StoryWorld): Steps {
  const { cluster } = world;
  await world.createTopic(TOPIC, { replicas: [[1]] });
  const writer = world.writer("shop", { topic: TOPIC, partition: 0 });
  writer.sendEvery(WORK_MS);
  const options = {
    groupId: "billing",
    workMs: () => WORK_MS,
    config: { "auto.commit.interval.ms": COMMIT_MS, "max.poll.records": 1 },
  };
  const first = world.member("first", options);
  await world.until("the first has it", () => first.consumer.assignment.length === 1);
  const second = world.member("second", options);
  await world.until("it has worked for a while", () => first.done.length >= 70);
  const committed = await world.committed("billing", TOPIC);
  yield tell(
    `One partition, a group of two members; the first has the partition, the second stands by. An order takes ` +
      `${WORK_MS} ms. Offsets are committed by poll, every ${COMMIT_MS / 1_000} s (auto.commit.interval.ms). The ` +
      `first has done ${first.done.length} orders; committed is ${committed}: there the group would go on.`,
  );

  yield ask(
    "The first is killed. After session.timeout.ms the second has the partition. Where does it begin?",
    "At what was committed: some orders are worked on twice.",
    "Behind the last that the first was done with: nothing is done twice.",
    "At the end: some orders are never worked on.",
  );

  const before = first.done.length;
  cluster.world.node("first").crash();
  const tookMs = await world.until("the second works", () => second.done.length > 0);
  await world.pass(2_000);
  writer.stop();
  const end = world.leader(TOPIC)!.logEndOffset;
  await world.until("all is done", () => second.done.at(-1)?.offset === end - 1);
  const [from, last] = [second.done[0]!.offset, first.done.at(-1)!.offset];
  const twice = Math.max(0, last + 1 - from);
  const skipped = Math.max(0, from - last - 1);
  yield show(
    twice > 0 ? 0 : skipped > 0 ? 2 : 1,
    `After ${(tookMs / 1_000).toFixed(1)} s the second began at ${from}, where the last commit was. ${twice} orders ` +
      "were worked on twice, none was left out: at least once. Committing before the work would turn it round: at " +
      "most once. Exactly once takes work that may be done twice, or a transaction.",
    [
      { "": "orders done", before, after: first.done.length + second.done.length },
      { "": "committed", before: committed, after: await world.committed("billing", TOPIC) },
      { "": "done twice", before: 0, after: twice },
      { "": "left out", before: 0, after: skipped },
    ],
  );
}

/** Read twice. */
export const twice: Story = {
  title: "Read twice",
  question: "A reader dies. What does the next one read again?",
  brokers: 1,
  settings: {},
  exercises: ["7.5 commitOffsets", "7.8 OffsetCommits.onPoll", "7.4 expire"],
  steps,
};
