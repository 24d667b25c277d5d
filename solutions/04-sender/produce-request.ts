/**
 * From batches to a Produce request.
 *
 * @module
 */
import { type ProducerBatch } from "#accumulator";
import { type Input } from "#ground/protocol/message";
import { type ProduceRequest } from "#ground/protocol/messages/00-produce";

/**
 * One request with all these batches: each topic once, in the order in which they come; under it its partitions, in the
 * order in which they come. The bytes of a batch are what {@link ProducerBatch.build} gives, not a copy.
 *
 * @exercise 4.6 produceRequest
 * @param batches - at most one of each partition
 * @param acks - 0, 1, or −1 for all in-sync replicas
 * @param timeoutMs - how long the broker may wait for these replicas: `request.timeout.ms`
 */
export function produceRequest(
  batches: readonly ProducerBatch[],
  acks: number,
  timeoutMs: number,
): Input<ProduceRequest> {
  const partitionsOf = new Map<string, { index: number; records: Uint8Array }[]>();
  for (const batch of batches) {
    const partition = { index: batch.partition, records: batch.build() };
    const partitions = partitionsOf.get(batch.topic);
    if (partitions === undefined) partitionsOf.set(batch.topic, [partition]);
    else partitions.push(partition);
  }
  const topicData = [...partitionsOf].map(([name, partitionData]) => ({ name, partitionData }));
  return { transactionalId: null, acks, timeoutMs, topicData };
}
