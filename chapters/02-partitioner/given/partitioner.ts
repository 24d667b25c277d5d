/**
 * What a partitioner is.
 *
 * @module
 */
import { type Cluster } from "#ground/cluster";

/**
 * Decides which partition a record goes to (`partitioner.class`), if the record doesn't name one itself. One instance
 * serves all topics of a producer.
 *
 * Source: `org.apache.kafka.clients.producer.Partitioner`. Kafka 4.0 has dropped `onNewBatch`.
 */
export interface Partitioner {
  /** Called once, before everything else, with the producer's configuration, unknown keys included. */
  configure(configs: Readonly<Record<string, unknown>>): void;
  /**
   * The partition of one record: a whole number from 0 up to the number of partitions, exclusive. Called for every
   * record, so it should be quick; it can't wait for anything.
   *
   * @param key - as the user gave it; null or undefined for none
   * @param keyBytes - as the serializer made it: null for none, and empty bytes are a key
   * @param value - as the user gave it
   * @param valueBytes - as the serializer made it
   * @param cluster - has at least one partition of `topic`
   */
  partition(
    topic: string,
    key: unknown,
    keyBytes: Uint8Array | null,
    value: unknown,
    valueBytes: Uint8Array | null,
    cluster: Cluster,
  ): number;
  /**
   * The record for which `previousPartition` was just chosen doesn't fit into that partition's open batch, so that a
   * new one would have to be opened. {@link partition} is asked again afterwards: a sticky partitioner moves on now.
   */
  onNewBatch?(topic: string, cluster: Cluster, previousPartition: number): void;
  /** Called once, when the producer closes. */
  close(): void;
}
