import { NotImplementedError } from "#ground/errors";
import { type PartitionQueue } from "./partition-queue.ts";
import { type ProducerBatch } from "./producer-batch.ts";

/**
 * Takes the batches out of a queue that can't be delivered in time any more: those that were created
 * `deliveryTimeoutMs` ago or earlier, in the order in which they would have been sent. Only the front of the queue is
 * given up: what stands behind a batch that is young enough has its turn after that one. What is taken is closed for
 * appends. Whether the queue is muted doesn't matter: the time runs anyway.
 *
 * Source: `RecordAccumulator.expiredBatches`, KIP-91.
 *
 * @exercise 3.8 takeExpired
 */
export function takeExpired(queue: PartitionQueue, deliveryTimeoutMs: number, now: number): ProducerBatch[] {
  throw new NotImplementedError("3.8 takeExpired");
}
