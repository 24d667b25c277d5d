import { NotImplementedError } from "#ground/errors";

/**
 * The partition that all records with this key go to, now and for as long as the topic has `numPartitions` partitions:
 * the positive hash of the key, modulo their number.
 *
 * Source: `org.apache.kafka.clients.producer.internals.BuiltInPartitioner.partitionForKey`.
 *
 * @exercise 2.3 partitionForKey
 * @param keyBytes - as serialized; empty bytes are a key like any other
 * @param numPartitions - *all* of the topic's partitions, also those without a leader at the moment: at least 1
 * @returns from 0 to `numPartitions` − 1
 */
export function partitionForKey(keyBytes: Uint8Array, numPartitions: number): number {
  throw new NotImplementedError("2.3 partitionForKey");
}
