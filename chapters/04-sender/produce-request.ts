/**
 * From batches to a Produce request.
 *
 * @module
 */
import { NotImplementedError } from "#ground/errors";
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
  throw new NotImplementedError("4.6 produceRequest");
}
