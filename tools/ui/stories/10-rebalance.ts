/**
 * @module
 */
import { type Program } from "../../demos/parts/program.ts";
import { ask, show, type Steps, type Story, tell } from "./story.ts";
import { type StoryWorld } from "./story-world.ts";

const TOPIC = "orders";
const PARTITIONS = 4;
const INTERVAL_MS = 50;
/** An order that takes long; while a member works on it, it doesn't hear of a rebalance. */
const HARD_MS = 3_000;
const WATCHED_MS = 6_000;
const SETTLE_MS = 4_000;
/** One of b's. */
const HARD_PARTITION = 3;

/** A group, and what it gave up. */
interface Group {
  readonly name: string;
  readonly members: Program[];
  revoked: number;
  isHard: boolean;
}

async function* steps(world: StoryWorld): Steps {
  await world.createTopic(TOPIC, { replicas: Array.from({ length: PARTITIONS }, () => [1]) });
  for (let partition = 0; partition < PARTITIONS; partition++) {
    world.writer(`shop-${partition}`, { topic: TOPIC, partition }).sendEvery(INTERVAL_MS);
  }
  const groups = ["range", "cooperative-sticky"].map((name): Group => {
    return { name, members: [], revoked: 0, isHard: false };
  });
  for (const name of ["a", "b"]) {
    for (const group of groups) join(world, group, name);
    await world.pass(SETTLE_MS);
  }
  yield tell(
    `${PARTITIONS} partitions, ${1_000 / INTERVAL_MS} orders a second in each. Two groups read them, with two ` +
      "members each. They differ in partition.assignment.strategy: range is eager, cooperative-sticky is not. " +
      groups.map((group) => `In ${group.name} ${sharesOf(group)}.`).join(" "),
  );

  yield ask(
    `In each group b takes an order that needs ${HARD_MS / 1_000} s, and meanwhile a third member, c, joins. Nobody ` +
      "can share anew before b has heard of it. What does a do until then?",
    "It reads on in both groups.",
    "In both groups it stops.",
    "In the cooperative group it reads on, in the eager one it stops.",
  );

  for (const group of groups) Object.assign(group, { revoked: 0, isHard: true });
  const sinceMs = world.nowMs;
  await world.pass(500);
  for (const group of groups) join(world, group, "c");
  await world.pass(WATCHED_MS);
  const rows = groups.map((group) => {
    const pauses = Array.from({ length: PARTITIONS }, (_, i) => longestPause(group, i, sinceMs, world.nowMs));
    return {
      assignor: group.name, "of a's": seconds(Math.max(pauses[0]!, pauses[1]!)),
      "of b's": seconds(Math.max(pauses[2]!, pauses[3]!)),
      "given up": group.revoked, then: sharesOf(group),
    };
  });
  const [eager, cooperative] = groups.map((group) => longestPause(group, 0, sinceMs, world.nowMs)) as [number, number];
  const [stops, readsOn] = [eager > HARD_MS / 2, cooperative < HARD_MS / 2];
  yield show(
    stops && readsOn ? 2 : stops ? 1 : 0,
    "The table has the longest pause of a's and of b's partitions. Eager, everybody gives up all that it has before " +
      `it joins, so a stands still until b, the slowest, has come: ${seconds(eager)}. Cooperative, each keeps what ` +
      `it has, and a reads on (${seconds(cooperative)}); only what moves is given up, in a second round.`,
    rows,
  );
}

function join(world: StoryWorld, group: Group, name: string): void {
  const isHard = (partition: number): boolean => group.isHard && partition === HARD_PARTITION;
  const workMs = ({ partition }: { readonly partition: number }): number => {
    if (!isHard(partition)) return 0;
    group.isHard = false;
    return HARD_MS;
  };
  group.members.push(
    world.member(`${group.name}-${name}`, {
      groupId: group.name,
      config: { "partition.assignment.strategy": group.name, "heartbeat.interval.ms": 500 },
      workMs,
      listener: { onPartitionsRevoked: (partitions) => void (group.revoked += partitions.length) },
    }),
  );
}

/** The longest time without a record of a partition, in milliseconds. */
function longestPause(group: Group, partition: number, fromMs: number, untilMs: number): number {
  const all = group.members.flatMap(({ done }) => done.filter((one) => one.partition === partition));
  const times = all.map(({ atMs }) => atMs).filter((atMs) => atMs >= fromMs).sort((a, b) => a - b);
  return [...times, untilMs].reduce(
    ({ longest, last }, atMs) => ({ longest: Math.max(longest, atMs - last), last: atMs }),
    { longest: 0, last: fromMs },
  ).longest;
}

function sharesOf({ name, members }: Group): string {
  const shares = members.map(({ name: member, consumer }) => {
    const partitions = consumer.assignment.map(({ partition }) => partition).join(" ");
    return `${member.slice(name.length + 1)}: ${partitions || "nothing"}`;
  });
  return shares.join(", ");
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}

/** Eager against cooperative. */
export const rebalance: Story = {
  title: "Eager and cooperative",
  question: "Who stands still while a group shares anew?",
  brokers: 1,
  settings: {},
  exercises: ["7.2 assignSticky", "7.7 MemberRebalance.beforeJoin"],
  steps,
};
