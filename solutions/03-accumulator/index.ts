/**
 * Chapter 3: from records to batches, within bounded memory.
 *
 * @module
 */
export { BatchResult, type RecordMetadata, type SendCallback } from "./batch-result.ts";
export { BufferPool, type MemoryLine, type MemoryWaiter } from "./buffer-pool.ts";
export { CompressionRatio } from "./compression-ratio.ts";
export { Deque } from "./deque.ts";
export { type PartitionQueue } from "./partition-queue.ts";
export { ProducerBatch, sizeOfBatchWith } from "./producer-batch.ts";
export { BufferExhaustedError, ProducerClosedError } from "./producer-errors.ts";
export { precedes } from "./put-back.ts";
export { type ReadyCheck } from "./ready-check.ts";
export { RecordAccumulator, type RecordAccumulatorOptions, type RecordWaiter } from "./record-accumulator.ts";
export { type Sequencer } from "./sequencer.ts";
export { type TopicPartition } from "./topic-partition.ts";
export { type TopicQueues } from "./topic-queues.ts";
