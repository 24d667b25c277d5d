/**
 * @module
 */
import { type Program } from "../../demos/parts/program.ts";
import { ask, show, type Steps, type Story, tell } from "./story.ts";
import { type StoryWorld } from "./story-world.ts";

const TOPIC = "orders";
const PARTITIONS = 4;
const NAMES = ["a", "b", "c", "d", "e"];
/** In so long a group has shared anew. */
const SETTLE_MS = 4_000;

async function* steps(world: StoryWorld): Steps {
  await world.createTopic(TOPIC, { replicas: Array.from({ length: PARTITIONS }, () => [1]) });
  const writer = world.writer("shop", { topic: TOPIC, keyOf: (i) => `customer-${i}` });
  writer.sendEvery(50);
  const billing: Program[] = [];
  const grow = async (count: number): Promise<string> => {
    for (const name of NAMES.slice(billing.length, count)) {
      billing.push(world.member(name, { groupId: "billing", config: { "heartbeat.interval.ms": 500 } }));
    }
    await world.pass(SETTLE_MS);
    return billing.map((member) => `${member.name} reads ${shareOf(member)}`).join(", ");
  };
  yield tell(`A topic of ${PARTITIONS} partitions, and a group "billing" of one member: ${await grow(1)}.`);
  yield tell(`A second member comes. The group shares anew: ${await grow(2)}.`);
  yield tell(`And with four: ${await grow(4)}.`);
  const four = billing.map(shareOf);

  yield ask(
    "A fifth member comes. What does it get?",
    "Nothing: it waits until another one goes.",
    "Half of a partition.",
    "It is refused: the group is full.",
  );

  await grow(5);
  const five = billing.map(shareOf);
  yield show(
    five.length === PARTITIONS + 1 && five.filter((share) => share === "nothing").length === 1 ? 0 : 1,
    `In a group a partition has one reader: so its records are worked on in order. Of ${five.length} members one has ` +
      "nothing. How many partitions a topic has is how many members can work; the others stand by.",
    NAMES.map((name, i) => ({ member: name, before: four[i] ?? "-", after: five[i]! })),
  );

  const read = count(billing);
  yield ask(
    `The group has read all ${read} orders. Now a second group comes, "mailing", with one member, that begins at the ` +
      "earliest. What does it read?",
    "Nothing: they have been read.",
    "All of them, and what comes: groups don't know of each other.",
    "What comes from now on, shared with the first group.",
  );

  const config = { "heartbeat.interval.ms": 500 };
  const mailing = [world.member("m", { groupId: "mailing", config })];
  await world.pass(SETTLE_MS);
  writer.stop();
  await world.pass(1_000);
  const [bills, mails] = [count(billing), count(mailing)];
  yield show(
    mails === 0 ? 0 : mails >= bills ? 1 : 2,
    "Reading takes nothing away: a group only keeps where it is, an offset for each partition. Of " +
      `${writer.acknowledged.length} orders billing has read ${bills}, and mailing ${mails}. Within a group the ` +
      "records are shared; each group gets all.",
    [
      { group: "billing", members: billing.length, before: read, after: bills },
      { group: "mailing", members: mailing.length, before: 0, after: mails },
    ],
  );
}

function shareOf({ consumer }: Program): string {
  return consumer.assignment.map(({ partition }) => partition).join(" ") || "nothing";
}

function count(members: readonly Program[]): number {
  return members.reduce((sum, { done }) => sum + done.length, 0);
}

/** A group of 1, 2, 4, 5 members, and a second group. */
export const groups: Story = {
  title: "A group of 1, 2, 4 and 5 members, and a second group",
  question: "Who reads what?",
  brokers: 1,
  settings: {},
  exercises: ["7.1 assignRange", "7.3 joinGroup", "7.5 commitOffsets"],
  steps,
};
