/**
 * One stream of events, sent with one configuration or another: what that costs, and what is there when the leader is
 * cut off from its followers, and dies.
 *
 * @module
 */
import { pause } from "#ground/pause";
import { KafkaConsumer } from "#groups";
import { KafkaProducer } from "#sender";
import { ReplicatedCluster } from "./replicated.ts";

/** How a stream is sent. */
export interface Configured {
  /** For the table. */
  readonly name: string;
  readonly producer: Readonly<Record<string, string | number | boolean>>;
  readonly minInSync: number;
}

export const PAYMENTS: Configured = {
  name: "payments",
  producer: { acks: "all", "enable.idempotence": true, "linger.ms": 0 },
  minInSync: 2,
};

export const CLICKS: Configured = {
  name: "clicks",
  producer: {
    acks: 1, "enable.idempotence": false, "linger.ms": 50, "batch.size": 65_536, "compression.type": "lz4",
  },
  minInSync: 1,
};

const EVENTS = 2_000;
const INTERVAL_MS = 2;
/** After so many acknowledgements the leader's link to its followers breaks, and a moment later it dies. */
const DIES_AFTER = 1_000;
const ALONE_MS = 300;
const LIMIT_MS = 120_000;
const TOPIC = "events";

/** Sends 500 events a second for four seconds. @returns a row of a table */
export async function measure(
  { name, producer: config, minInSync }: Configured,
): Promise<Record<string, string | number>> {
  const demo = await ReplicatedCluster.started({ "min.insync.replicas": minInSync });
  await demo.createTopic(TOPIC);
  const { cluster } = demo;
  const { runtime } = cluster.world.node("app");
  const servers = { "bootstrap.servers": "broker-1:9092,broker-2:9092,broker-3:9092" };
  const producer = new KafkaProducer({ ...servers, ...config }, { runtime, onError() {} });
  const acknowledged = new Set<string>();
  let sumMs = 0;
  const sendAll = async (): Promise<void> => {
    // What a producer has to ask first, it asks once.
    await producer.send({ topic: TOPIC, partition: 0, value: "first" });
    for (let i = 0; i < EVENTS; i++) {
      const value = eventText(i);
      const sentMs = runtime.clock.nowMs();
      producer.send({ topic: TOPIC, partition: 0, value }, (place) => {
        if (place === null) return;
        acknowledged.add(value);
        if (acknowledged.size <= DIES_AFTER) sumMs += runtime.clock.nowMs() - sentMs;
        if (acknowledged.size === DIES_AFTER) loseLeader(demo);
      });
      await pause(runtime, INTERVAL_MS);
    }
    await producer.flush();
  };
  await cluster.run(sendAll(), LIMIT_MS);
  const metrics = producer.metrics();
  await cluster.run(producer.close());
  const there = await readAll(demo, servers);
  const known = new Set(there);
  return {
    "sent as": name,
    "ms until ack": Number((sumMs / DIES_AFTER).toFixed(1)),
    requests: metrics["request-total"]!,
    "bytes/event": Math.round(metrics["byte-total"]! / metrics["record-send-total"]!),
    acknowledged: acknowledged.size,
    lost: [...acknowledged].filter((value) => !known.has(value)).length,
    twice: there.length - known.size,
  };
}

function loseLeader({ cluster }: ReplicatedCluster): void {
  const { network } = cluster.world;
  for (const follower of ["broker-2", "broker-3"]) network.partition("broker-1", follower);
  const { clock, scheduler } = cluster.world.node("fate").runtime;
  scheduler.at(clock.nowMs() + ALONE_MS, () => cluster.crash(1));
}

/** About a payment or a click: there is always the same text around what differs. */
function eventText(i: number): string {
  const by = { user: `user-${i % 50}`, agent: "Mozilla/5.0 (X11; Linux x86_64)" };
  return JSON.stringify({ id: i, by, page: `/shop/${i % 7}`, amount: i % 90 });
}

async function readAll(
  { cluster }: ReplicatedCluster, servers: Readonly<Record<string, string>>,
): Promise<string[]> {
  const { runtime } = cluster.world.node("reader");
  const consumer = new KafkaConsumer(servers, { runtime });
  const partition = { topic: TOPIC, partition: 0 };
  consumer.assign([partition]);
  consumer.seekToBeginning([partition]);
  const end = (await cluster.run(consumer.endOffsets([partition])))[0]!.offset;
  const values: string[] = [];
  while (await cluster.run(consumer.position(partition)) < end) {
    for (const { value } of await cluster.run(consumer.poll(500))) values.push(String(value));
  }
  await cluster.run(consumer.close());
  return values;
}
