/**
 * Chapter 3 at work: when a batch leaves, what linger.ms and batch.size do, what happens when a program sends faster
 * than the network, and who owns the memory of a batch that has expired.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { BufferPool, type ProducerBatch, RecordAccumulator, type RecordAccumulatorOptions } from "#accumulator";
import { Cluster, type Node } from "#ground/cluster";
import { SeededRandom } from "#ground/sim/seeded-random";
import { UNKNOWN_PARTITION } from "#partitioner";
import { NO_HEADERS } from "#serialization";
import { type Stage } from "../stage.ts";

/** Midnight of 1 January 2025: the timestamp of every record, so that the output is always the same. */
const MIDNIGHT_MS = 1_735_689_600_000;

export default async function demo(stage: Stage): Promise<void> {
  stage.say("1. A record every 2 ms, linger.ms 5. A batch leaves 5 ms after its first record, whatever comes later.");
  stage.table(lingerTimeline());
  await stage.pause();

  stage.say("2. A record of 100 bytes every 0.25 ms for two seconds, three partitions. What lingering does:");
  stage.table([0, 1, 5, 20, 100].map((lingerMs) => lingering(lingerMs)));
  stage.say("Does a program that awaits each send get batches, too? Forty records, answered after 2 ms:");
  stage.table([awaited(0), awaited(5), together(5)]);
  await stage.pause();

  stage.say("3. batch.size: 20,000 records of 100 bytes for one partition; then one for each of 300, with 32 MB.");
  stage.table([500, 2_000, 16_384, 131_072].map((batchSize) => batchSizes(batchSize)));
  await stage.pause();

  stage.say("4. A program sends 4 MB a second, the network takes 1 MB, buffer.memory is 1 MB. It never waits:");
  stage.table(await fasterThanTheNetwork(false));
  stage.say("The same, but it waits for the signal that there is memory (`await producer.ready()` in chapter 4):");
  stage.table(await fasterThanTheNetwork(true));
  await stage.pause();

  stage.say("5. A batch expires while its bytes are still in a socket. Its memory:");
  stage.table(expiredInTheSocket());
}

/** An accumulator, a clock, and a network that takes so many bytes a millisecond. */
class World {
  readonly pool: BufferPool;
  readonly accumulator: RecordAccumulator;
  readonly cluster: Cluster;
  now = 0;
  /** Batches on their way, with the time at which the broker has answered. */
  readonly #underWay: { readonly batch: ProducerBatch; readonly answeredMs: number }[] = [];
  #lineFreeMs = 0;

  constructor(options: Partial<RecordAccumulatorOptions> & { memory?: number; partitions?: number } = {}) {
    const { memory = 33_554_432, partitions = 3, batchSize = 16_384 } = options;
    this.pool = new BufferPool(memory, batchSize);
    this.cluster = clusterOf(partitions);
    this.accumulator = new RecordAccumulator({
      pool: this.pool,
      random: new SeededRandom("demo 3"),
      batchSize,
      lingerMs: 5,
      compression: "none",
      deliveryTimeoutMs: 120_000,
      retryBackoffMs: () => 100,
      adaptivePartitioning: false,
      partitionAvailabilityTimeoutMs: 0,
      sequencer: null,
      onCallbackError: (error) => {
        throw error;
      },
      ...options,
    });
  }

  append(value: Buffer, partition: number = UNKNOWN_PARTITION): ProducerBatch | null {
    const { accumulator, cluster, now } = this;
    return accumulator.append(accumulator.topic("t"), partition, MIDNIGHT_MS, null, value, NO_HEADERS, cluster, now);
  }

  appendWaiting(value: Buffer): Promise<unknown> {
    const { accumulator, cluster, now } = this;
    const topic = accumulator.topic("t");
    const deadlineMs = now + 60_000;
    return new Promise((resolve, reject) => {
      const waiter = { appended: resolve, fail: reject };
      accumulator.appendWaiting(
        topic, UNKNOWN_PARTITION, MIDNIGHT_MS, null, value, NO_HEADERS, cluster, now, deadlineMs, waiter,
      );
    });
  }

  /** Sends what is ready. */
  send(bytesPerMs: number, latencyMs: number): ProducerBatch[] {
    const { readyNodes } = this.accumulator.ready(this.cluster, this.now);
    const batches = [...this.accumulator.drain(this.cluster, readyNodes, 1_048_576, this.now).values()].flat();
    for (const batch of batches) {
      this.#lineFreeMs = Math.max(this.#lineFreeMs, this.now) + batch.build().length / bytesPerMs;
      this.#underWay.push({ batch, answeredMs: this.#lineFreeMs + latencyMs });
    }
    return batches;
  }

  /** Lets time pass until the broker has answered. */
  awaitAnswer(): void {
    this.now = this.#underWay[0]!.answeredMs;
    this.receive();
  }

  /** Whether the network has nothing left to send. */
  get isIdle(): boolean {
    return this.#lineFreeMs <= this.now;
  }

  /** Settles what the broker has answered by now; returns how many records that are. */
  receive(): number {
    let records = 0;
    while (this.#underWay.length > 0 && this.#underWay[0]!.answeredMs <= this.now) {
      const { batch } = this.#underWay.shift()!;
      batch.result.complete(0, -1);
      this.accumulator.deallocate(batch);
      records += batch.recordCount;
    }
    return records;
  }
}

/** A topic with so many partitions, all led by one broker. */
function clusterOf(partitions: number): Cluster {
  const leader: Node = { id: 1, host: "broker-1", port: 9092, rack: null };
  const info = { topic: "t", leader, leaderEpoch: 0, inSyncReplicas: [leader], offlineReplicas: [] };
  const all = Array.from({ length: partitions }, (_, partition) => ({ ...info, partition, replicas: [leader] }));
  return new Cluster({ nodes: [leader], partitions: all });
}

function lingerTimeline(): Record<string, unknown>[] {
  const world = new World({ partitions: 1 });
  const rows: Record<string, unknown>[] = [];
  for (world.now = 0; world.now <= 11; world.now++) {
    const name = "abcdef"[world.now / 2];
    if (name !== undefined && world.now % 2 === 0) world.append(Buffer.from(name));
    const { readyNodes, nextReadyCheckDelayMs } = world.accumulator.ready(world.cluster, world.now);
    const waiting = [...world.accumulator.topic("t").queue(0).batches].map(({ recordCount }) => recordCount).join(", ");
    if (readyNodes.size === 0 && name === undefined) continue;
    for (const batch of world.send(1000, 1)) world.accumulator.deallocate(batch);
    const says = readyNodes.size > 0 ? "ready: it leaves" : `ready in ${nextReadyCheckDelayMs} ms`;
    rows.push({ ms: world.now, comes: name ?? "", "records in the batch": waiting || "", accumulator: says });
  }
  return rows;
}

function lingering(lingerMs: number): Record<string, unknown> {
  const world = new World({ lingerMs });
  const value = Buffer.alloc(100);
  const sizes: number[] = [];
  const waits: number[] = [];
  let requests = 0;
  for (let i = 0; i <= 8_000 + lingerMs * 4; i++) {
    world.now = i / 4;
    if (i < 8_000) world.append(value);
    const batches = world.send(100_000, 1);
    if (batches.length > 0) requests++;
    for (const batch of batches) {
      sizes.push(batch.build().length);
      waits.push(world.now - batch.createdMs);
      world.accumulator.deallocate(batch);
    }
  }
  return {
    "linger.ms": lingerMs,
    requests,
    "bytes a batch": Math.round(average(sizes)),
    "bytes a record": Math.round(sizes.reduce((sum, size) => sum + size, 0) / 8_000),
    "longest wait ms": Math.max(...waits),
  };
}

/** Forty records, each sent when the one before is acknowledged. */
function awaited(lingerMs: number): Record<string, unknown> {
  const world = new World({ lingerMs, partitions: 1 });
  const sizes: number[] = [];
  for (let i = 0; i < 40; i++) {
    world.append(Buffer.alloc(100));
    world.now += lingerMs;
    sizes.push(...world.send(100_000, 2).map(({ recordCount }) => recordCount));
    world.awaitAnswer();
  }
  return { program: `awaits each, linger.ms ${lingerMs}`, batches: sizes.length, "after ms": Math.round(world.now) };
}

/** Forty records, sent one after the other, awaited all together. */
function together(lingerMs: number): Record<string, unknown> {
  const world = new World({ lingerMs, partitions: 1 });
  for (let i = 0; i < 40; i++) world.append(Buffer.alloc(100));
  world.now += lingerMs;
  const batches = world.send(100_000, 2).length;
  world.awaitAnswer();
  return { program: `awaits all, linger.ms ${lingerMs}`, batches, "after ms": Math.round(world.now) };
}

function batchSizes(batchSize: number): Record<string, unknown> {
  const world = new World({ batchSize, lingerMs: 1_000, partitions: 1 });
  const sizes: number[] = [];
  const send = (): void => {
    for (const batch of world.send(1e9, 0)) {
      sizes.push(batch.build().length);
      world.accumulator.deallocate(batch);
    }
  };
  for (let i = 0; i < 20_000; i++) {
    world.append(Buffer.alloc(100));
    send();
  }
  world.accumulator.close();
  while (world.accumulator.hasUndrained) send();
  const wide = new World({ batchSize, partitions: 300 });
  const found = Array.from({ length: 300 }, (_, partition) => wide.append(Buffer.alloc(100), partition) !== null);
  const held = wide.pool.totalMemory - wide.pool.availableMemory;
  return {
    "batch.size": batchSize,
    batches: sizes.length,
    "bytes a record": (sizes.reduce((sum, size) => sum + size, 0) / 20_000).toFixed(1),
    "of 300 find memory": found.filter(Boolean).length,
    "of it used": `${((100 * 170 * found.filter(Boolean).length) / held).toFixed(1)} %`,
  };
}

async function fasterThanTheNetwork(waits: boolean): Promise<Record<string, unknown>[]> {
  const world = new World({ memory: 1_000_000, lingerMs: 0 });
  const value = Buffer.alloc(1_000);
  const counts = { sent: 0, acknowledged: 0, failed: 0 };
  const rows: Record<string, unknown>[] = [];
  for (let i = 1; i <= 8_000; i++) {
    world.now = i / 4;
    counts.acknowledged += world.receive();
    if (!waits || world.accumulator.hasMemory) {
      counts.sent++;
      if (world.append(value) === null) world.appendWaiting(value).catch(() => counts.failed++);
    }
    if (world.isIdle) world.send(1_000, 2);
    await Promise.resolve();
    if (i % 1_000 === 0) {
      const free = Math.round(world.pool.availableMemory / 1000);
      rows.push({ ms: world.now, ...counts, "free KB": free, "in line": world.pool.queued });
    }
  }
  return rows;
}

function expiredInTheSocket(): Record<string, unknown>[] {
  const world = new World({ memory: 16_384, lingerMs: 0, partitions: 1 });
  const rows: Record<string, unknown>[] = [];
  const note = (what: string): void => {
    rows.push({ what, "free bytes": world.pool.availableMemory });
  };
  note("at first");
  world.append(Buffer.from("a"));
  const [batch] = world.send(1, 2) as [ProducerBatch];
  world.accumulator.lend(batch);
  note("the batch is in the socket, whose peer reads no more");
  batch.result.fail(new Error("delivery.timeout.ms"));
  world.accumulator.deallocate(batch);
  note("120 s later: it has expired, nobody waits for it");
  world.accumulator.release(batch);
  note("the connection is closed, the socket has let go");
  return rows;
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
