/**
 * What the tests of chapter 3 have in common: small batches, small accumulators, and words for what is in them.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { type Cluster } from "#ground/cluster";
import { type Random } from "#ground/runtime";
import { BufferPool } from "#accumulator/buffer-pool";
import { CompressionRatio } from "#accumulator/given/compression-ratio";
import { ProducerBatch, type ProducerBatchOptions } from "#accumulator/producer-batch";
import { RecordAccumulator } from "#accumulator/record-accumulator";
import { type RecordAccumulatorOptions } from "#accumulator/given/assembly/accumulator-options";
import { type CompressionType } from "#ground/compression/compression";
import { batches, NO_HEADERS, type RecordHeader } from "#serialization";
import { clusterOf } from "../support/clusters.ts";

/** No chance at all: draws 0, 1, 2, … round and round. */
export function inTurn(): Random {
  let drawn = 0;
  return { next: () => 0.5, int: (bound) => drawn++ % bound, bytes: (length) => new Uint8Array(length) };
}

/** The timestamp of every record, unless a test says another. */
export const TIMESTAMP = 1_700_000_000_000;

/**
 * A value whose record, without key and headers, takes `recordBytes` in a batch: 7 at least, and not 65 or 72. It is
 * `text`, and dots after it.
 */
export function valueOf(recordBytes: number, text: string = ""): Buffer {
  const overhead = recordBytes <= 64 ? 7 : recordBytes <= 71 ? 8 : 9;
  return Buffer.from(text.padEnd(recordBytes - overhead, "."));
}

/** A batch for partition 0 of `orders` that is full at `size` bytes. */
export function batchOf(size: number, options: Partial<ProducerBatchOptions> = {}): ProducerBatch {
  return new ProducerBatch({
    topic: "orders",
    partition: 0,
    createdMs: 0,
    buffer: Buffer.alloc(size),
    compression: "none",
    compressionRatio: new CompressionRatio(),
    onCallbackError: (error) => {
      throw error;
    },
    ...options,
  });
}

/** Appends records with these values, without keys; returns whether each was taken. */
export function appendTo(batch: ProducerBatch, ...values: Buffer[]): boolean[] {
  return values.map((value) => batch.tryAppend(TIMESTAMP, null, value, NO_HEADERS));
}

/** The values of the records in a built batch, as text without the dots at the end. */
export function textsIn(bytes: Uint8Array): string[] {
  return [...batches(bytes)].flatMap((batch) => [...batch.records()].map(({ value }) => textOf(value)));
}

function textOf(value: Uint8Array | null): string {
  return value === null ? "null" : Buffer.from(value).toString().replace(/\.+$/, "");
}

/** Lets everything run that only waits for other code. Nothing here waits for time. */
export async function turns(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
}

/** What `promise` resolves to, if it does so without more being done. */
export function soon<T>(promise: Promise<T>): Promise<T | "still waiting"> {
  return Promise.race([promise, turns().then(() => "still waiting" as const)]);
}

/** What {@link TestAccumulator} is made with, where it isn't as usual. */
export interface TestAccumulatorOptions extends Partial<RecordAccumulatorOptions> {
  readonly memory?: number;
  readonly cluster?: Cluster;
}

/** An accumulator under test, with a clock that the test moves. */
export class TestAccumulator {
  readonly pool: BufferPool;
  readonly accumulator: RecordAccumulator;
  readonly callbackErrors: unknown[] = [];
  cluster: Cluster;
  /** The time of every call from now on. */
  now: number = 0;

  /**
   * Batches of 200 bytes, linger 10 ms, memory for 20 batches; `orders` with a partition on each of brokers 0, 1, 2.
   */
  constructor({ memory = 4000, cluster = clusterOf({ orders: [0, 1, 2] }), ...options }: TestAccumulatorOptions = {}) {
    const batchSize = options.batchSize ?? 200;
    this.cluster = cluster;
    this.pool = options.pool ?? new BufferPool(memory, batchSize, 100_000);
    this.accumulator = new RecordAccumulator({
      random: inTurn(),
      batchSize,
      lingerMs: 10,
      compression: "none" as CompressionType,
      deliveryTimeoutMs: 120_000,
      retryBackoffMs: () => 100,
      adaptivePartitioning: false,
      partitionAvailabilityTimeoutMs: 0,
      sequencer: null,
      onCallbackError: (error) => this.callbackErrors.push(error),
      ...options,
      pool: this.pool,
    });
  }

  /** Appends a record to `orders`, to the sticky partition if none is given; null when there is no memory. */
  append(value: Buffer, partition: number = -1, headers: readonly RecordHeader[] = NO_HEADERS): ProducerBatch | null {
    const { accumulator, cluster, now } = this;
    return accumulator.append(accumulator.topic("orders"), partition, TIMESTAMP, null, value, headers, cluster, now);
  }

  /** Like {@link append}, and tells where the record is. */
  place(value: Buffer, partition: number = -1): string {
    const batch = this.append(value, partition);
    return batch === null ? "no memory" : `record ${batch.recordCount - 1} of ${batch.topic}-${batch.partition}`;
  }

  /** Gets in line with a record; `maxBlockMs` from now on. */
  appendWaiting(value: Buffer, partition: number = -1, maxBlockMs: number = 60_000): Promise<string> {
    const { accumulator, cluster, now } = this;
    const topic = accumulator.topic("orders");
    const deadlineMs = now + maxBlockMs;
    return new Promise<string>((resolve, reject) => {
      accumulator.appendWaiting(topic, partition, TIMESTAMP, null, value, NO_HEADERS, cluster, now, deadlineMs, {
        appended: (batch, index) => resolve(`${textOf(value)} is record ${index} for ${batch.partition}`),
        fail: reject,
      });
    }).catch((error: Error) => `${textOf(value)}: ${error.name}`);
  }

  /** The batches that wait for a partition of `orders`, first to last. */
  queue(partition: number): ProducerBatch[] {
    return [...this.accumulator.topic("orders").queue(partition).batches];
  }

  /**
   * Takes the first batch of a partition away, as if it had been sent and acknowledged, but without any of that: only
   * its memory comes back.
   */
  vanish(partition: number): void {
    const batch = this.accumulator.topic("orders").queue(partition).batches.pollFirst()!;
    this.pool.deallocate(batch.buffer);
  }

  /** Lets the first batch of a partition be one that has been sent in vain, and may be sent again at `retryAtMs`. */
  hasFailed(partition: number, retryAtMs: number): void {
    const batch = this.queue(partition)[0]!;
    batch.sawLeader(this.cluster.partition("orders", partition)!.leaderEpoch);
    batch.attempts++;
    batch.retryAtMs = retryAtMs;
  }

  /** The brokers that are ready, and in how many milliseconds something else is. */
  ready(): { nodes: number[]; inMs: number; unknown: string[] } {
    const check = this.accumulator.ready(this.cluster, this.now);
    const nodes = [...check.readyNodes].sort((a, b) => a - b);
    return { nodes, inMs: check.nextReadyCheckDelayMs, unknown: [...check.unknownLeaderTopics] };
  }

  /** The batches that go to a broker now. */
  drain(node: number, maxRequestSize: number = 1_000_000): ProducerBatch[] {
    return this.accumulator.drain(this.cluster, [node], maxRequestSize, this.now).get(node)!;
  }

  /** Drains like the sender does: everything that is ready, to every broker. */
  drainReady(maxRequestSize: number = 1_000_000): ProducerBatch[] {
    const { readyNodes } = this.accumulator.ready(this.cluster, this.now);
    return [...this.accumulator.drain(this.cluster, readyNodes, maxRequestSize, this.now).values()].flat();
  }

  /** The broker has a batch: settles it and gives its memory back. */
  acknowledge(batch: ProducerBatch, baseOffset: number = 0): void {
    batch.result.complete(baseOffset, -1);
    this.accumulator.deallocate(batch);
  }
}

/** `orders-1: a b` for a batch for partition 1 of `orders` with the records a and b. */
export function describeBatch(batch: ProducerBatch): string {
  return `${batch.topic}-${batch.partition}: ${textsIn(batch.build()).join(" ")}`;
}
