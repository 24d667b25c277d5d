/**
 * `npm run demo 4`: a producer at work on a simulated network, 5 ms away from its broker. What changes with the
 * requests in flight, with linger and batch size, and with acks.
 *
 * @module
 */
import { KafkaProducer } from "#sender";
import { SimWorld } from "#ground/sim/sim-world";
import { FakeCluster, type SeenRequest } from "../../tests/support/fake-cluster.ts";
import { type Stage } from "../stage.ts";

/** What a run is made of. */
interface Run {
  readonly config: Readonly<Record<string, unknown>>;
  /** Records of 100 bytes that the program sends in a second. */
  readonly recordsPerSecond: number;
}

/** What came of it. */
interface Outcome {
  readonly batchBytes: number;
  readonly recordsPerSecond: number;
  readonly memoryKiB: number;
  readonly latencyMs: number;
  readonly refused: number;
}

/** How long each run takes, in simulated time. */
const RUN_MS = 1_000;
const VALUE = "x".repeat(90);
const PARTITIONS = [1, 1, 1];

/** A broker's work on a request: a fixed part, and one for the bytes. It does one after the other. */
function workMs(request: SeenRequest): number {
  const records = request.batches.reduce((sum, { values }) => sum + values.length, 0);
  return 0.5 + records * 0.01;
}

async function measure({ config, recordsPerSecond }: Run): Promise<Outcome> {
  const world = new SimWorld(1);
  world.network.latencyMs = 5;
  const cluster = await FakeCluster.start(world, [1], { clicks: PARTITIONS });
  let busyUntilMs = 0;
  cluster.fate = (request) => {
    busyUntilMs = Math.max(busyUntilMs, request.atMs) + workMs(request);
    return { delayMs: busyUntilMs - request.atMs };
  };
  const { runtime } = world.node("client");
  const own = { "bootstrap.servers": "broker-1:9092", "enable.idempotence": false, "buffer.memory": 2_097_152 };
  const producer = new KafkaProducer({ ...own, ...config }, { runtime, onError: () => {} });
  const ready = producer.partitionsFor("clicks");
  await world.run(200);
  await ready;
  const seen = { acknowledged: 0, refused: 0, latencyMs: 0, memory: 0 };
  const beganMs = world.nowMs;
  let sent = 0;
  const tick = (): void => {
    const now = world.nowMs;
    for (const due = ((now - beganMs) / 1_000) * recordsPerSecond; sent < due; sent++) {
      producer.send({ topic: "clicks", partition: sent % PARTITIONS.length, value: VALUE }, (_, error) => {
        if (error !== null) seen.refused++;
        else if (world.nowMs <= beganMs + RUN_MS) {
          seen.acknowledged++;
          seen.latencyMs += world.nowMs - now;
        }
      });
    }
    const { "buffer-total-bytes": total = 0, "buffer-available-bytes": available = 0 } = producer.metrics();
    seen.memory = Math.max(seen.memory, total - available);
    if (now < beganMs + RUN_MS) runtime.scheduler.at(runtime.clock.nowMs() + 1, tick);
  };
  tick();
  await world.run(RUN_MS);
  const batchBytes = producer.metrics()["batch-size-avg"]!;
  const closed = producer.close(0);
  await world.run(1_000);
  await closed;
  return {
    batchBytes: Math.round(batchBytes),
    recordsPerSecond: Math.round((seen.acknowledged * 1_000) / RUN_MS),
    memoryKiB: Math.round(seen.memory / 1024),
    latencyMs: Math.round(seen.latencyMs / Math.max(1, seen.acknowledged)),
    refused: seen.refused,
  };
}

function bar(value: number, most: number, columns: number = 16): string {
  return "█".repeat(Math.max(1, Math.round((columns * value) / most)));
}

/** Kafka's producer demo, in three acts. */
export default async function demo(stage: Stage): Promise<void> {
  await requestsInFlight(stage);
  await stage.pause();
  await lingerAndBatchSize(stage);
  await stage.pause();
  await acks(stage);
}

async function requestsInFlight(stage: Stage): Promise<void> {
  stage.say(
    "A program sends 12,000 records of 100 bytes a second, to three partitions of one broker, which is 5 ms " +
    "away. Nothing lingers. How many requests may be without an answer " +
    "(max.in.flight.requests.per.connection)?",
  );
  const rows: (Outcome & { inFlight: number })[] = [];
  for (const inFlight of [1, 2, 5, 10]) {
    const config = { "linger.ms": 0, "max.in.flight.requests.per.connection": inFlight };
    rows.push({ inFlight, ...(await measure({ config, recordsPerSecond: 12_000 })) });
  }
  stage.table(rows.map(({ inFlight, batchBytes, recordsPerSecond, memoryKiB, latencyMs }) => ({
    "in flight": inFlight,
    "batch bytes": batchBytes,
    "": bar(batchBytes, rows[0]!.batchBytes),
    "records/s": recordsPerSecond,
    "memory KiB": memoryKiB,
    "latency ms": latencyMs,
  })));
  stage.say(
    "With one request in flight, records wait for the answer to the last one, and the batch grows while they " +
    "wait. With more, batches leave sooner and are smaller: the broker gets the same records in many more " +
    "requests.",
  );
}

async function lingerAndBatchSize(stage: Stage): Promise<void> {
  stage.say(
    "60,000 records a second are more than the broker takes in small batches: each request costs it 0.5 ms, " +
    "each record 0.01 ms. Records acknowledged a second, for each linger.ms and batch.size:",
  );
  const lingers = [0, 20, 100];
  const rows = [];
  for (const batchSize of [1_000, 4_000, 16_384]) {
    const cells: Record<string, unknown> = { "batch.size": batchSize };
    for (const lingerMs of lingers) {
      const config = { "linger.ms": lingerMs, "batch.size": batchSize };
      const { recordsPerSecond, latencyMs } = await measure({ config, recordsPerSecond: 60_000 });
      cells[`linger ${lingerMs}`] = `${bar(recordsPerSecond, 60_000, 6)} ${recordsPerSecond} (${latencyMs} ms)`;
    }
    rows.push(cells);
  }
  stage.table(rows);
  stage.say(
    "In brackets: from send to acknowledgement. Small batches drown the broker in requests, and the " +
    "producer's memory fills: what doesn't fit is refused. Large ones fill anyway, and linger hardly matters. It " +
    "does when there is little to send, 1,000 records a second:",
  );
  const quiet = [];
  for (const lingerMs of lingers) {
    const config = { "linger.ms": lingerMs };
    const { batchBytes, latencyMs } = await measure({ config, recordsPerSecond: 1_000 });
    const size = { "batch bytes": batchBytes, " ": bar(batchBytes, 4_000) };
    quiet.push({ "linger.ms": lingerMs, ...size, "latency ms": latencyMs });
  }
  stage.table(quiet);
}

/** A follower has what its leader has after so long. */
const REPLICATION_MS = 8;

async function acks(stage: Stage): Promise<void> {
  stage.say(
    `The leader dies after a second, and a follower that is ${REPLICATION_MS} ms behind takes over. 2,000 records ` +
    "are sent; how many does the program believe to be written, and how many are?",
  );
  const rows = [];
  for (const value of ["0", "1", "all"]) rows.push(await withCrash(value));
  stage.table(rows);
  stage.say(
    "acks=0 believes whatever the socket takes. acks=1 believes the leader, and loses what the follower " +
    "didn't have yet. acks=all waits for the follower, too: nothing that was acknowledged is lost. The price " +
    "is the time in the last column.",
  );
}

async function withCrash(acks: string): Promise<Record<string, unknown>> {
  const world = new SimWorld(1);
  world.network.latencyMs = 1;
  const cluster = await FakeCluster.start(world, [1, 2], { payments: [1] });
  /** When each record came to the leader. */
  const arrivedMs: number[] = [];
  cluster.fate = ({ atMs, batches, acks: wanted }) => {
    for (const { values } of batches) for (const _ of values) arrivedMs.push(atMs);
    return { delayMs: wanted === -1 ? REPLICATION_MS : 0.1 };
  };
  const { runtime } = world.node("client");
  const bootstrap = { "bootstrap.servers": "broker-1:9092,broker-2:9092" };
  const config = { ...bootstrap, acks, "linger.ms": 0, "enable.idempotence": false };
  const producer = new KafkaProducer(config, { runtime, onError: () => {} });
  const believed = new Set<string>();
  let latencyMs = 0;
  for (let i = 0; i < 2_000; i++) {
    runtime.scheduler.at(runtime.clock.nowMs() + i, () => {
      const sentMs = world.nowMs;
      producer.send({ topic: "payments", partition: 0, value: `${i}` }, (_, error) => {
        if (error !== null) return;
        believed.add(`${i}`);
        if (sentMs < 900) latencyMs += (world.nowMs - sentMs) / 900;
      });
    });
  }
  await world.run(1_000.5);
  const crashMs = world.nowMs;
  cluster.crash(1);
  cluster.truncate("payments", 0, arrivedMs.filter((atMs) => atMs <= crashMs - REPLICATION_MS).length);
  cluster.elect("payments", 0, 2);
  await world.run(5_000);
  const closed = producer.close();
  await world.run(1_000);
  await closed;
  const written = new Set(cluster.values("payments", 0));
  return {
    acks,
    believed: believed.size,
    "really there": written.size,
    "believed, but lost": [...believed].filter((value) => !written.has(value)).length,
    "written twice": cluster.values("payments", 0).length - written.size,
    "latency ms": latencyMs.toFixed(1),
  };
}
