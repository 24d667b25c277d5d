/**
 * Chapter 3: from records to batches, within bounded memory.
 *
 * @module
 */
export { BatchResult, type RecordMetadata, type SendCallback } from "#accumulator/batch-result";
export { BufferPool, type MemoryWaiter } from "#accumulator/buffer-pool";
export { CompressionRatio } from "./compression-ratio.ts";
export { Deque } from "./deque.ts";
export { type PartitionQueue } from "#accumulator/partition-queue";
export { ProducerBatch, sizeOfBatchWith } from "#accumulator/producer-batch";
export { BufferExhaustedError, ProducerClosedError } from "./producer-errors.ts";
export { precedes } from "#accumulator/put-back";
export { type ReadyCheck } from "#accumulator/ready-check";
export { RecordAccumulator } from "#accumulator/record-accumulator";
export { type RecordAccumulatorOptions, type RecordWaiter } from "./assembly/accumulator-options.ts";
export { type Sequencer } from "./sequencer.ts";
export { type TopicQueues } from "./topic-queues.ts";
