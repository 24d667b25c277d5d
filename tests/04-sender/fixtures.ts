/**
 * What the tests of this chapter have in common.
 *
 * @module
 */
import { BufferPool, CompressionRatio, ProducerBatch, RecordAccumulator } from "#accumulator";
import { Metadata as MetadataApi, type MetadataResponse } from "#ground/protocol/messages/03-metadata";
import { type Random } from "#ground/runtime";
import { type SimWorld } from "#ground/sim/sim-world";
import { ExponentialBackoff, KafkaProducer, type ProducerOptions, type UnheardFailure } from "#sender";
import { FakeCluster } from "../support/fake-cluster.ts";
import { expectNothingLeaks, settled, withSim as withWorld } from "../support/sim.ts";

export { settled };

/** Twenty times what the longest test of this chapter takes. */
const MOST_STEPS = 20_000;

/**
 * As `withSim` of tests/support, but the run ends after so many steps of its world: a producer that does something
 * again and again without a pause fails in the same way on a busy machine as on an idle one.
 */
export function withSim(seed: number, body: (world: SimWorld) => Promise<void>): Promise<void> {
  return withWorld(seed, async (world) => {
    const afterEvent = (): void => {
      if (world.steps <= MOST_STEPS) return;
      const ms = Math.ceil(world.nowMs);
      throw new Error(`After ${MOST_STEPS} steps, in ${ms} ms, it isn't over: something goes on without a pause.`);
    };
    world.observe({ afterEvent, onLine() {} });
    await body(world);
  });
}

/** Random numbers that aren't: `next()` is always `value`. */
export function fixedRandom(value: number): Random {
  return { next: () => value, int: (bound) => Math.floor(value * bound), bytes: (length) => new Uint8Array(length) };
}

/** Waits of 100, 200, 400, … 1,000 ms, without jitter. */
export function steadyBackoff(): ExponentialBackoff {
  return new ExponentialBackoff(100, 1_000, fixedRandom(0.5));
}

/** A partition in {@link metadataAnswer}: the id of its leader, or that and the epoch. */
type Leader = number | readonly [leader: number, epoch: number];

/** An answer to Metadata: brokers 1 to 3, and topics with the leaders of their partitions (−1: none). */
export function metadataAnswer(
  topics: Record<string, readonly Leader[]>,
  options: { topicIds?: Record<string, number>; brokers?: readonly number[]; errors?: Record<string, number> } = {},
): MetadataResponse {
  const { topicIds = {}, brokers = [1, 2, 3], errors = {} } = options;
  const known = Object.entries(topics).map(([name, leaders]) => ({
    name,
    topicId: new Uint8Array(16).fill(topicIds[name] ?? 0),
    partitions: leaders.map((given, partitionIndex) => {
      const [leaderId, leaderEpoch] = typeof given === "number" ? [given, 0] : given;
      return { partitionIndex, leaderId, leaderEpoch, replicaNodes: [], isrNodes: [] };
    }),
  }));
  const unknown = Object.entries(errors).map(([name, errorCode]) => ({ name, errorCode, partitions: [] }));
  const input = {
    brokers: brokers.map((nodeId) => ({ nodeId, host: `broker-${nodeId}`, port: 9092 })),
    clusterId: "test",
    controllerId: 1,
    topics: [...known, ...unknown],
  };
  return MetadataApi.response.decode(13, MetadataApi.response.encodeToBytes(13, input));
}

/** A batch with these values, closed, as the accumulator would hand it out. */
export function batchOf(partition: number, values: readonly string[], createdMs = 0): ProducerBatch {
  const batch = new ProducerBatch({
    topic: "orders",
    partition,
    createdMs,
    buffer: Buffer.alloc(1024),
    compression: "none",
    compressionRatio: new CompressionRatio(),
    onCallbackError: (error) => {
      throw error;
    },
  });
  for (const value of values) batch.tryAppend(0, null, Buffer.from(value), []);
  return batch;
}

/** An accumulator for batches of 1 KiB that don't linger, with memory for 16 of them. */
export function accumulatorFor(
  sequencer: ConstructorParameters<typeof RecordAccumulator>[0]["sequencer"] = null,
  lingerMs = 0,
): { accumulator: RecordAccumulator; pool: BufferPool } {
  const pool = new BufferPool(16 * 1024, 1024);
  const accumulator = new RecordAccumulator({
    pool,
    random: fixedRandom(0.5),
    batchSize: 1024,
    lingerMs,
    compression: "none",
    deliveryTimeoutMs: 120_000,
    retryBackoffMs: () => 100,
    adaptivePartitioning: false,
    partitionAvailabilityTimeoutMs: 0,
    sequencer,
    onCallbackError: (error) => {
      throw error;
    },
  });
  return { accumulator, pool };
}

/** A producer on the machine `client`. Without idempotence, unless `config` says otherwise; failures are kept. */
export function producerIn(
  world: SimWorld,
  config: Readonly<Record<string, unknown>> = {},
  options: ProducerOptions = {},
): { producer: KafkaProducer; unheard: UnheardFailure[] } {
  const unheard: UnheardFailure[] = [];
  const given = { "bootstrap.servers": "broker-1:9092", "enable.idempotence": false, "linger.ms": 0, ...config };
  const { runtime } = world.node("client");
  const producer = new KafkaProducer(given, { runtime, onError: (failure) => void unheard.push(failure), ...options });
  return { producer, unheard };
}

/** A cluster of one with the topic "orders" of two partitions, and a producer that knows it. */
export async function started(
  world: SimWorld,
  config: Record<string, unknown> = {},
): Promise<ReturnType<typeof producerIn> & { cluster: FakeCluster }> {
  const cluster = await FakeCluster.start(world, [1], { orders: [1, 1] });
  const made = producerIn(world, config);
  await settled(world, made.producer.partitionsFor("orders"));
  return { ...made, cluster };
}

/** Closes the producer, and checks that nothing is left of it. */
export async function ended(world: SimWorld, producer: KafkaProducer): Promise<void> {
  await settled(world, producer.close());
  await world.run(10);
  expectNothingLeaks(world.node("client"));
}

/** A record for the first partition. */
export function toFirst(value: string): { topic: string; partition: number; value: string } {
  return { topic: "orders", partition: 0, value };
}
