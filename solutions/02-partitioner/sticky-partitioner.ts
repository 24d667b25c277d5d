/**
 * Records without a key stay with one partition for the length of a batch.
 *
 * Source: KIP-480; `DefaultPartitioner` and `StickyPartitionCache` of Kafka 2.4 to 3.2.
 *
 * @module
 */
import { type Cluster } from "#ground/cluster";
import { type Random } from "#ground/runtime";
import { partitionForKey } from "./partition-for-key.ts";
import { type Partitioner } from "#partitioner/given/partitioner";
import { randomPartition } from "#partitioner/given/random-partition";

/**
 * Records with a key go where their key belongs. All others of a topic go to one partition, until somebody says that a
 * new batch is due; then to another one. So batches fill up quickly however many partitions there are.
 */
export class StickyPartitioner implements Partitioner {
  readonly #random: Random;
  /** Topic → the partition to stick to. */
  readonly #sticky = new Map<string, number>();

  constructor(random: Random) {
    this.#random = random;
  }

  configure(): void {}

  /**
   * A record with a key: {@link partitionForKey}. Without: the topic's sticky partition; at the first call for a topic
   * it is chosen by {@link randomPartition}, and again when the cluster knows no such partition any more: the topic was
   * made anew, with fewer of them.
   *
   * @exercise 2.5 StickyPartitioner.partition
   */
  partition(
    topic: string,
    _key: unknown,
    keyBytes: Uint8Array | null,
    _value: unknown,
    _valueBytes: Uint8Array | null,
    cluster: Cluster,
  ): number {
    if (keyBytes !== null) return partitionForKey(keyBytes, cluster.partitionsForTopic(topic).length);
    let sticky = this.#sticky.get(topic);
    if (sticky === undefined || cluster.partition(topic, sticky) === undefined) {
      sticky = randomPartition(topic, cluster, this.#random);
      this.#sticky.set(topic, sticky);
    }
    return sticky;
  }

  /**
   * Moves the topic's records without a key to *another* of the partitions that have a leader, or, if none has one, of
   * all; each is equally likely. They stay where they are if there is no other among these.
   *
   * Nothing changes when `previousPartition` is not the sticky one: then a record with a key has opened the batch.
   *
   * @exercise 2.5 StickyPartitioner.onNewBatch
   */
  onNewBatch(topic: string, cluster: Cluster, previousPartition: number): void {
    if (this.#sticky.get(topic) !== previousPartition) return;
    const available = cluster.availablePartitionsForTopic(topic);
    const candidates = available.length > 0 ? available : cluster.partitionsForTopic(topic);
    const others = candidates.filter(({ partition }) => partition !== previousPartition);
    if (others.length > 0) this.#sticky.set(topic, others[this.#random.int(others.length)]!.partition);
  }

  close(): void {}
}
