/**
 * @module
 */
import { ask, show, type Steps, type Story, tell } from "./story.ts";
import { type StoryWorld } from "./story-world.ts";

const TOPIC = "orders";
const REFUSAL = "NOT_ENOUGH_REPLICAS";

async function* steps(world: StoryWorld): Steps {
  const { cluster } = world;
  await world.createTopic(TOPIC, { replicas: [[1, 2, 3]], configs: { "min.insync.replicas": "2" } });
  // Not sent again: so one sees what the broker answers.
  const config = { acks: "all", "enable.idempotence": false, retries: 0, "request.timeout.ms": 2_000 };
  const writer = world.writer("shop", { topic: TOPIC, partition: 0, config });
  writer.sendEvery(20);
  await world.pass(1_000);
  yield tell(
    `Three brokers, one partition with a replica on each. Broker ${world.leader(TOPIC)?.leader} leads. The shop ` +
      `sends with acks=all, and the topic has min.insync.replicas=2. ${writer.acknowledged.length} orders are ` +
      `acknowledged, ${writer.failed.length} have failed; in sync are ${world.isr(TOPIC)}.`,
  );

  const first = writer.acknowledged.length;
  cluster.crash(3);
  await world.until("broker 3 is out", () => world.isr(TOPIC) === "1 2");
  await world.pass(500);
  yield tell(
    `Broker 3 is killed. A moment later in sync are ${world.isr(TOPIC)}, and orders go on: ` +
      `${writer.acknowledged.length - first} more are acknowledged, ${writer.failed.length} have failed. ` +
      "Two replicas are enough.",
  );

  yield ask(
    "Now broker 2 is killed, too. Only the leader is left. What will the shop be told, and what will readers see?",
    "Orders go on: the leader lives, and it is all of the ISR.",
    "New orders are refused. What was acknowledged can be read.",
    "Nothing works: two of three are a majority, and it is gone.",
  );

  const acknowledged = writer.acknowledged.length;
  cluster.crash(2);
  await world.until("broker 2 is out", () => world.isr(TOPIC) === "1");
  const atShrink = writer.acknowledged.length;
  await world.pass(1_000);
  writer.stop();
  await world.until("all is answered", () => writer.open === 0);
  const read = new Set(await world.read(TOPIC));
  const readable = writer.acknowledged.filter((value) => read.has(value)).length;
  const goesOn = writer.acknowledged.length > atShrink;
  const after = { isr: world.isr(TOPIC), taken: writer.acknowledged.length };
  const refused = writer.failed.filter(({ code }) => code === REFUSAL).length;
  yield show(
    goesOn ? 0 : readable === writer.acknowledged.length ? 1 : 2,
    `The leader refuses with ${REFUSAL}: it may not promise alone what min.insync.replicas=2 says two must have. ` +
      `Who had asked when broker 2 died was told nothing in time (${writer.failed.length - refused} orders). ` +
      `Reading goes on: ${readable} of ${after.taken} acknowledged orders are there. It is no vote: how many must ` +
      "have a record is a setting. A cluster that can't keep it stops taking, but not giving.",
    [
      { "": "in sync", before: "1 2", after: after.isr },
      { "": "acknowledged", before: acknowledged, after: after.taken },
      { "": "refused", before: 0, after: refused },
      { "": "acknowledged and readable", before: acknowledged, after: readable },
    ],
  );

  cluster.restart(2);
  await world.until("broker 2 is in sync", () => world.isr(TOPIC) === "1 2");
  writer.send(1);
  await world.until("it is answered", () => writer.open === 0);
  yield tell(
    `Broker 2 is started again, fetches what it missed, and is in the ISR: ${world.isr(TOPIC)}. The next order: ` +
      `${writer.acknowledged.length > after.taken ? "acknowledged" : "refused"}.`,
  );
}

/** Two of three brokers die. */
export const twoOfThreeDie: Story = {
  title: "Two of three brokers die",
  question: "With acks=all and min.insync.replicas=2, what still works when one broker of three is left?",
  brokers: 3,
  settings: {},
  exercises: ["6.3 Partition.appendAsLeader", "6.4 Partition.maybeShrinkIsr"],
  steps,
};
