// Different from the reference: counts first how many are too old, then takes so many.
import { type PartitionQueue } from "#accumulator/partition-queue";
import { type ProducerBatch } from "#accumulator/producer-batch";

export function takeExpired(queue: PartitionQueue, deliveryTimeoutMs: number, now: number): ProducerBatch[] {
  const batches = [...queue.batches];
  const young = batches.findIndex(({ createdMs }) => createdMs + deliveryTimeoutMs > now);
  const expired = young === -1 ? batches : batches.slice(0, young);
  for (const batch of expired) {
    queue.batches.pollFirst();
    batch.closeForAppends();
  }
  return expired;
}
