/**
 * What the accumulator's constructor and its callers pass: nothing here happens, it is only named.
 *
 * @module
 */
import { type BufferPool } from "#accumulator/buffer-pool";
import { type ProducerBatch } from "#accumulator/producer-batch";
import { type CompressionType } from "#ground/compression/compression";
import { type Random } from "#ground/runtime";
import { type Sequencer } from "../sequencer.ts";

/** What an accumulator is made with; most have the name of a configuration key. */
export interface RecordAccumulatorOptions {
  readonly pool: BufferPool;
  readonly random: Random;
  /** Bytes of a batch, 1 at least. */
  readonly batchSize: number;
  readonly lingerMs: number;
  readonly compression: CompressionType;
  readonly deliveryTimeoutMs: number;
  /** How long a failed batch waits, by how often it had failed before: 0, 1, … (`retry.backoff.ms`) */
  readonly retryBackoffMs: (failuresBefore: number) => number;
  /** `partitioner.adaptive.partitioning.enable` */
  readonly adaptivePartitioning: boolean;
  /** `partitioner.availability.timeout.ms`; 0: never. */
  readonly partitionAvailabilityTimeoutMs: number;
  /** Gives out sequence numbers; null without idempotence. */
  readonly sequencer: Sequencer | null;
  /** Told when a user's callback throws. */
  readonly onCallbackError: (error: unknown) => void;
}

/** One who waits in line with a record. */
export interface RecordWaiter {
  /** The record is in `batch`, at `index`. Told at once: soon the batch may be settled. */
  appended(batch: ProducerBatch, index: number): void;
  /** Waiting was in vain, or the record can't be appended. */
  fail(error: Error): void;
}
