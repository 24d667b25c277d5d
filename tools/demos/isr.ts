/**
 * `npm run demo isr`: what the ISR buys. One of two followers is cut off from its leader for a minute, and a producer
 * writes on: with synchronous replication, with asynchronous, and with Kafka's, which is neither.
 *
 * @module
 */
import { type Stage } from "../stage.ts";
import { ReplicatedCluster } from "./parts/replicated.ts";

/** One way to replicate. */
interface Way {
  readonly way: string;
  readonly acks: number;
  /** `replica.lag.time.max.ms`: how long a follower may hold the others up. */
  readonly lagMs: number;
}

const WAYS: readonly Way[] = [
  { way: "synchronous: all", acks: -1, lagMs: 600_000 },
  { way: "asynchronous: leader", acks: 1, lagMs: 600_000 },
  { way: "ISR: who keeps up", acks: -1, lagMs: 2_000 },
];

const TOPIC = "orders";
const RUN_MS = 60_000;
/** In so long a session ends, and a leader is elected. */
const SETTLE_MS = 5_000;
/** A record every so often, unless the producer still waits for the last one. */
const INTERVAL_MS = 500;

export default async function demo(stage: Stage): Promise<void> {
  stage.say(
    "Three replicas, broker 1 leads; a record every half second, for a minute. After five seconds broker 3 doesn't " +
      "get through to the leader any more (it lives, only that link is cut). At the end brokers 1 and 2 are killed.",
  );
  const rows: Record<string, string | number>[] = [];
  for (const way of WAYS) rows.push(await measure(way));
  stage.table(rows);
  stage.say(
    "Synchronous, one slow follower stops everybody. Asynchronous, nobody waits, and nobody knows who has what. With " +
      "an ISR the slow one holds the others up once, for replica.lag.time.max.ms; then it is taken out, and that is " +
      "written down before anything is acknowledged without it: it can't be elected.",
  );
}

async function measure({ way, acks, lagMs }: Way): Promise<Record<string, string | number>> {
  const config = { "min.insync.replicas": acks === 1 ? 1 : 2, "replica.lag.time.max.ms": lagMs };
  const demo = await ReplicatedCluster.started(config);
  const { cluster } = demo;
  const { world } = cluster;
  await demo.createTopic(TOPIC);
  const begunMs = world.nowMs;
  const acknowledged: string[] = [];
  let slowestMs = 0;
  let [isCut, isTimedOut] = [false, false];
  for (let i = 0; world.nowMs - begunMs < RUN_MS; i++) {
    if (!isCut && world.nowMs - begunMs >= 5_000) {
      world.network.partition("broker-1", "broker-3");
      isCut = true;
    }
    const sentMs = world.nowMs;
    const told = await demo.write(TOPIC, 1, [`r${i}`], acks);
    slowestMs = Math.max(slowestMs, world.nowMs - sentMs);
    isTimedOut ||= told === "REQUEST_TIMED_OUT";
    if (told.startsWith("ok")) acknowledged.push(`r${i}`);
    await world.run(Math.max(0, sentMs + INTERVAL_MS - world.nowMs));
  }
  cluster.crash(1);
  cluster.crash(2);
  world.network.heal();
  await world.run(SETTLE_MS);
  const left = (await demo.describe(TOPIC, 3))!.leaderId;
  if (left < 0) await cluster.restart(2);
  await world.run(SETTLE_MS);
  const { leaderId } = (await demo.describe(TOPIC, 3))!;
  const read = new Set((await demo.read(TOPIC, leaderId)).split(" "));
  return {
    way,
    acknowledged: acknowledged.length,
    "slowest write": isTimedOut ? "timed out" : `${(slowestMs / 1_000).toFixed(2)} s`,
    "leader then": left < 0 ? `${leaderId}, once back` : `${left}`,
    lost: acknowledged.filter((value) => !read.has(value)).length,
  };
}
