/**
 * One partition after the other.
 *
 * Source: `org.apache.kafka.clients.producer.RoundRobinPartitioner`.
 *
 * @module
 */
import { NotImplementedError } from "#ground/errors";
import { type Cluster } from "#ground/cluster";
import { type Partitioner } from "#partitioner/given/partitioner";

/**
 * Gives each record the next partition, whatever its key: all partitions get as many records, none gets many at a time.
 * With many partitions the batches stay small, which is why the sticky partitioners exist.
 */
export class RoundRobinPartitioner implements Partitioner {
  /** Topic → records seen so far. */
  readonly #counts = new Map<string, number>();

  configure(): void {}

  /**
   * The next of the partitions that have a leader; of all partitions if none has one. Each topic counts on its own, and
   * starts with its first partition.
   *
   * @exercise 2.4 RoundRobinPartitioner.partition
   */
  partition(
    topic: string,
    _key: unknown,
    _keyBytes: Uint8Array | null,
    _value: unknown,
    _valueBytes: Uint8Array | null,
    cluster: Cluster,
  ): number {
    throw new NotImplementedError("2.4 RoundRobinPartitioner.partition");
  }

  close(): void {}
}
