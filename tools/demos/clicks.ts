/**
 * `npm run demo clicks`: many, cheap, and a few may be lost. And what one makes of them: how many were there on each
 * page in each second?
 *
 * @module
 */
import { KafkaConsumer } from "#groups";
import { KafkaProducer } from "#sender";
import { pause } from "#ground/pause";
import { type Runtime } from "#ground/runtime";
import { SimCluster } from "../../tests/20-cluster/sim-cluster.ts";
import { type Stage } from "../stage.ts";
import { CLICKS, measure, PAYMENTS } from "./parts/configured.ts";

const PAGES = ["home", "shop", "cart"];
const CLICKS_SENT = 900;
const WINDOW_MS = 1_000;
const SERVERS = { "bootstrap.servers": "broker-1:9092" };

export default async function demo(stage: Stage): Promise<void> {
  stage.say(
    "Clicks: there are very many, and a few that are lost change nothing. So the leader alone acknowledges (acks=1), " +
      "records wait 50 ms for others (linger.ms), go in large batches, and compressed.",
  );
  for (const [key, value] of Object.entries(CLICKS.producer)) stage.show(key, value);
  await stage.pause();
  stage.say(
    "500 events a second for four seconds. Half-way the leader is cut off from its followers, and 0.3 s later it dies:",
  );
  stage.table([await measure(CLICKS), await measure(PAYMENTS)]);
  stage.say(
    "Few requests carry what took payments hundreds, in a part of the bytes; and what only the dead leader had is " +
      "gone. The same event, another configuration: that is a decision about each stream, not about Kafka.",
  );
  await stage.pause();
  await countClicks(stage);
}

async function countClicks(stage: Stage): Promise<void> {
  const alone = { "default.replication.factor": 1, "min.insync.replicas": 1, "offsets.topic.replication.factor": 1 };
  const cluster = await SimCluster.started(1, 1, { ...alone, "log.retention.ms": -1 });
  const { runtime } = cluster.world.node("app");
  await cluster.run(click(runtime));
  const windows = await cluster.run(countByWindow(cluster.world.node("counter").runtime));
  stage.say("Thirty lines over the consumer count clicks by page, in windows of one second of the records' own time:");
  const first = Math.min(...windows.keys());
  stage.table([...windows].toSorted(([a], [b]) => a - b).map(([start, counts]) => ({
    "from second": (start - first) / 1_000, ...Object.fromEntries(PAGES.map((page) => [page, counts.get(page) ?? 0])),
  })));
}

/** More and more people go from page to page. */
async function click(runtime: Runtime): Promise<void> {
  const producer = new KafkaProducer({ ...SERVERS, ...CLICKS.producer }, { runtime });
  for (let i = 0; i < CLICKS_SENT; i++) {
    producer.send({ topic: "clicks", key: `user-${i % 40}`, value: PAGES[i % 7 === 0 ? 2 : i % 2]! });
    await pause(runtime, 6 - Math.floor(i / 200));
  }
  await producer.close();
}

/** The count: a table of windows, and in each how often every page was seen. */
async function countByWindow(runtime: Runtime): Promise<Map<number, Map<string, number>>> {
  const config = { ...SERVERS, "group.id": "counter", "auto.offset.reset": "earliest" };
  const consumer = new KafkaConsumer(config, { runtime });
  consumer.subscribe(["clicks"]);
  const windows = new Map<number, Map<string, number>>();
  for (let seen = 0; seen < CLICKS_SENT;) {
    for (const { timestamp, value } of await consumer.poll(500)) {
      seen++;
      const start = Math.floor(Number(timestamp) / WINDOW_MS) * WINDOW_MS;
      const counts = windows.get(start) ?? new Map<string, number>();
      windows.set(start, counts);
      counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
    }
  }
  await consumer.close();
  return windows;
}
