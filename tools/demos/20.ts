/**
 * Chapter 20 at work: one record on its way through the whole house, from `send` to `poll`, with the file and the
 * function of each station. The code that runs is the brokers' and the clients' own; here it is only looked at.
 *
 * @module
 */
import { Admin, orThrow } from "#cluster/admin/admin";
import { type Runtime } from "#ground/runtime";
import { KafkaConsumer } from "#groups";
import { KafkaProducer } from "#sender";
import { SimCluster } from "../../tests/20-cluster/sim-cluster.ts";
import { type Stage } from "../stage.ts";
import { PARTS, Stations, TOPIC } from "./parts/stations.ts";
import { type Passed, Trace } from "./parts/trace.ts";

const SERVERS = { "bootstrap.servers": "broker-1:9092,broker-2:9092,broker-3:9092" };
const LINGER_MS = 5;
const LATENCY_MS = 1;
/** Records that are there before. */
const EARLIER = 3;
const RECORD = { topic: TOPIC, key: "alice", value: "3 apples" };
const SETTLE_MS = 1_000;
const POLL_MS = 60_000;

export default async function demo(stage: Stage): Promise<void> {
  const cluster = await started();
  const producer = new KafkaProducer(
    { ...SERVERS, acks: "all", "linger.ms": LINGER_MS, "key.serializer": "StringSerializer",
      "value.serializer": "StringSerializer" },
    { runtime: runtimeOf(cluster, "program") },
  );
  const consumer = new KafkaConsumer(
    { ...SERVERS, "group.id": "billing", "auto.offset.reset": "earliest", "enable.auto.commit": false,
      "key.deserializer": "StringDeserializer", "value.deserializer": "StringDeserializer" },
    { runtime: runtimeOf(cluster, "billing") },
  );
  const trace = new Trace(() => cluster.world.nowMs);
  new Stations(trace, cluster).watch();
  await warmUp(cluster, producer, consumer);
  trace.begin();
  const sent = producer.send(RECORD);
  await cluster.run(consumer.poll(POLL_MS));
  await cluster.run(consumer.commitSync());
  await cluster.run(Promise.resolve(sent));
  const passed = trace.end();

  stage.say(
    `Three brokers, topic ${TOPIC} with three partitions, each on all of them. ${EARLIER} records are in the ` +
      "partition before; a member of the group billing polls, and waits. A packet takes " +
      `${LATENCY_MS} ms, linger.ms is ${LINGER_MS}, acks is all. Now a program sends one record. (Files are below ` +
      "chapters/; of what you write the reference is below solutions/.)",
  );
  let number = 0;
  for (const part of Object.values(PARTS)) {
    await stage.pause();
    stage.say(part);
    for (const one of passed.filter((station) => station.part === part)) show(stage, ++number, one);
  }
  stage.say("Each line was printed because the function was called: nothing of it is written down anywhere else.");
}

function show(stage: Stage, number: number, { atMs, who, what, file, method }: Passed): void {
  const place = file.replace(/^(chapters|solutions)\//, "");
  const time = `${Math.round(atMs)} ms`;
  stage.show(`${String(number).padStart(2)} ${time.padStart(5)} ${who}`, `${what}\n${place}  ${method}`);
}

async function started(): Promise<SimCluster> {
  // Its records are of 1970: they would be too old at once.
  const cluster = new SimCluster(20, { "log.retention.ms": -1, "offsets.topic.num.partitions": 1 });
  const { network } = cluster.world;
  // The same on each run, whatever else changes in the course.
  network.arrivalMs = () => cluster.world.nowMs + LATENCY_MS;
  network.chunkBytes = () => 1 << 20;
  for (const id of [1, 2, 3]) await cluster.start(id);
  return cluster;
}

/** What is asked and made once: metadata, connections, a producer's id, the group, an open batch file. */
async function warmUp(cluster: SimCluster, producer: KafkaProducer, consumer: KafkaConsumer): Promise<void> {
  const admin = new Admin(SERVERS, { runtime: runtimeOf(cluster, "admin") });
  orThrow(await cluster.run(admin.createTopics([{ name: TOPIC, numPartitions: 3, replicationFactor: 3 }])));
  admin.close();
  await cluster.world.run(SETTLE_MS);
  for (let i = 0; i < EARLIER; i++) await cluster.run(Promise.resolve(producer.send(RECORD)));
  consumer.subscribe([TOPIC]);
  for (let seen = 0; seen < EARLIER;) seen += (await cluster.run(consumer.poll(POLL_MS))).count;
  await cluster.run(consumer.commitSync());
  await cluster.world.run(SETTLE_MS);
}

function runtimeOf(cluster: SimCluster, name: string): Runtime {
  return cluster.world.node(name).runtime;
}
