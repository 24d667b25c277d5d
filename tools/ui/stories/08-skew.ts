/**
 * @module
 */
import { type Program } from "../../demos/parts/program.ts";
import { ask, show, type Steps, type Story, tell } from "./story.ts";
import { type StoryWorld } from "./story-world.ts";

const TOPIC = "orders";
const PARTITIONS = 4;
const CUSTOMERS = 40;
const INTERVAL_MS = 10;
const WORK_MS = 20;
/** Of ten orders so many are of the one busy customer. */
const BUSY_OF_TEN = 7;
const RUN_MS = 3_000;

async function* steps(world: StoryWorld): Steps {
  await world.createTopic(TOPIC, { replicas: Array.from({ length: PARTITIONS }, () => [1]) });
  let isSkewed = false;
  const keyOf = (i: number): string => (isSkewed && i % 10 < BUSY_OF_TEN ? "customer-0" : `customer-${i % CUSTOMERS}`);
  const writer = world.writer("shop", { topic: TOPIC, keyOf });
  const options = { groupId: "billing", workMs: () => WORK_MS, config: { "max.poll.records": 1 } };
  const members = Array.from({ length: PARTITIONS }, (_, i) => world.member(`m${i + 1}`, options));
  await world.until("each has a partition", () => members.every(({ consumer }) => consumer.assignment.length === 1));
  writer.sendEvery(INTERVAL_MS);
  await world.pass(RUN_MS);
  const even = measured(world, members);
  yield tell(
    `${1_000 / INTERVAL_MS} orders a second, keyed by customer: an order's partition is its key's hash, so the ` +
      `orders of a customer keep their order. ${CUSTOMERS} customers buy alike. ${PARTITIONS} members of a group ` +
      `work ${WORK_MS} ms on an order, so each can do ${1_000 / WORK_MS} a second. In the partitions are ` +
      `${even.ends.join(", ")}; waiting are ${even.lags.join(", ")}.`,
  );

  yield ask(
    `Now ${BUSY_OF_TEN * 10} % of the orders come from one customer. The group could do ` +
      `${(PARTITIONS * 1_000) / WORK_MS} a second, twice what comes. What happens?`,
    "The group shares the work anew: everybody gets more to do.",
    "All fall behind alike.",
    "The producer sends to the partition with the least load.",
    "One partition falls behind, more and more. The other members have time.",
  );

  isSkewed = true;
  await world.pass(RUN_MS);
  const skewed = measured(world, members);
  writer.stop();
  const grown = skewed.ends.map((end, i) => end - even.ends[i]!);
  const [worst, next] = skewed.lags.toSorted((a, b) => b - a) as [number, number];
  const share = (ends: readonly number[]): string =>
    `${Math.round((100 * Math.max(...ends)) / ends.reduce((sum, one) => sum + one, 0))} %`;
  yield show(
    worst > 10 && next < worst / 4 ? 3 : worst > 10 ? 1 : 0,
    `A key has one partition, and a partition one member in a group. ${worst} orders wait in the busiest, at most ` +
      `${next} in each other. More members don't help, and more partitions don't either: the busy key is still in ` +
      "one. What helps is another key, or less order: say, customer and item.",
    [
      { "": "share of the busiest partition", before: share(even.ends), after: share(grown) },
      { "": "orders by partition", before: even.ends.join(", "), after: grown.join(", ") },
      { "": "waiting, by partition", before: even.lags.join(", "), after: skewed.lags.join(", ") },
    ],
  );
}

interface Measured {
  readonly ends: readonly number[];
  readonly lags: readonly number[];
}

function measured(world: StoryWorld, members: readonly Program[]): Measured {
  const ends = Array.from({ length: PARTITIONS }, (_, i) => world.leader(TOPIC, i)!.logEndOffset);
  const done = (index: number): number =>
    members.reduce((sum, member) => sum + member.done.filter(({ partition }) => partition === index).length, 0);
  return { ends, lags: ends.map((end, i) => end - done(i)) };
}

/** Skewed keys. */
export const skew: Story = {
  title: "Skewed keys",
  question: "A group has time to spare, and still falls behind. Why?",
  brokers: 1,
  settings: {},
  exercises: ["2.2 murmur2", "2.3 partitionForKey"],
  steps,
};
