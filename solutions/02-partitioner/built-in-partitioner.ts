/**
 * The partitioner for records without a key since Kafka 3.3: sticky by *bytes*, so that all partitions get as much, and
 * adaptive, so that slow brokers get less.
 *
 * Source: `org.apache.kafka.clients.producer.internals.BuiltInPartitioner`, KIP-794.
 *
 * @module
 */
import { type Cluster } from "#ground/cluster";
import { KafkaError } from "#ground/errors";
import { type Random } from "#ground/runtime";
import { randomPartition } from "#partitioner/given/random-partition";

/** How likely each partition is to be chosen next. */
export interface PartitionLoadStats {
  /**
   * Running sums of the partitions' weights: what a partition has more than the one before it is its weight, 1 at
   * least.
   */
  readonly cumulativeWeights: readonly number[];
  /** The partition that each entry belongs to. */
  readonly partitionIds: readonly number[];
}

/**
 * Chooses the partition of one topic's records without a key. The accumulator has one for each topic, appends each such
 * record to {@link currentPartition}, and then reports what it appended with {@link updatePartitionInfo}.
 */
export class BuiltInPartitioner {
  readonly topic: string;
  readonly #stickyBatchSize: number;
  readonly #random: Random;
  /** null before the first record. */
  #sticky: number | null = null;
  /** Bytes that the sticky partition has got since it was chosen. */
  #producedBytes = 0;
  /** null while all partitions are equally likely. */
  #loadStats: PartitionLoadStats | null = null;

  /**
   * @param stickyBatchSize - bytes that a partition gets before it is another one's turn: `batch.size`
   * @throws KafkaError INVALID_CONFIG when that is below 1
   */
  constructor(topic: string, stickyBatchSize: number, random: Random) {
    if (!(stickyBatchSize >= 1)) {
      throw new KafkaError("INVALID_CONFIG", `Expected a sticky batch size of at least 1, got ${stickyBatchSize}.`);
    }
    this.topic = topic;
    this.#stickyBatchSize = stickyBatchSize;
    this.#random = random;
  }

  /** How likely each partition is to be chosen next; null while all that have a leader are equally likely. */
  get loadStats(): PartitionLoadStats | null {
    return this.#loadStats;
  }

  /**
   * Draws a partition: by load if the load is known, else one with a leader by chance. Does not change the sticky one.
   */
  nextPartition(cluster: Cluster): number {
    const stats = this.#loadStats;
    if (stats === null) return randomPartition(this.topic, cluster, this.#random);
    return partitionOfDraw(stats, this.#random.int(stats.cumulativeWeights.at(-1)!));
  }

  /**
   * The sticky partition: where the next record without a key goes. {@link nextPartition} chooses it at the first call;
   * after that only {@link updatePartitionInfo} changes it; and the cluster, when it knows no such partition any more:
   * the topic was made anew, with fewer of them. The partition that is chosen then starts from 0 bytes.
   *
   * @exercise 2.6 BuiltInPartitioner.currentPartition
   */
  currentPartition(cluster: Cluster): number {
    if (this.#sticky !== null && cluster.partition(this.topic, this.#sticky) === undefined) {
      this.#sticky = null;
      this.#producedBytes = 0;
    }
    this.#sticky ??= this.nextPartition(cluster);
    return this.#sticky;
  }

  /**
   * Counts bytes that were appended to the sticky partition, and moves on by {@link nextPartition} once it has got
   * `stickyBatchSize` of them. The next partition (chance may choose the same again) starts from 0, whatever the last
   * one got too much.
   *
   * With `enableSwitch` false it stays nevertheless, up to twice `stickyBatchSize`: the open batch isn't ready to
   * leave, and moving on would leave it behind half full. When it is sent, the caller reports 0 bytes with
   * `enableSwitch` true.
   *
   * @exercise 2.6 BuiltInPartitioner.updatePartitionInfo
   * @param appendedBytes - 0 or more
   */
  updatePartitionInfo(appendedBytes: number, cluster: Cluster, enableSwitch: boolean = true): void {
    this.#producedBytes += appendedBytes;
    const enough = enableSwitch ? this.#stickyBatchSize : 2 * this.#stickyBatchSize;
    if (this.#producedBytes < enough) return;
    this.#sticky = this.nextPartition(cluster);
    this.#producedBytes = 0;
  }

  /**
   * Takes in how many batches wait for each partition, and makes partitions with short queues more likely: a
   * partition's weight is the longest queue's length + 1 − its own. For queues of 0, 3 and 1 that is 4, 1 and 3, and
   * the running sums are 4, 5, 8.
   *
   * There are no weights, and all partitions are equally likely, when `queueSizes` is null (nothing is known), when no
   * partition is left, when the topic has fewer than two, and when all queues are equally long and none was left out.
   *
   * @exercise 2.7 BuiltInPartitioner.updatePartitionLoadStats
   * @param queueSizes - batches that wait, a partition each. The array is as long as the topic has partitions, but
   *   only the first `length` entries count: partitions without a leader and on brokers that are too slow are left out
   * @param partitionIds - the partitions that the queues belong to. Both arrays are the caller's, who uses them again
   */
  updatePartitionLoadStats(
    queueSizes: readonly number[] | null,
    partitionIds: readonly number[],
    length: number,
  ): void {
    this.#loadStats = null;
    if (queueSizes === null || length < 1 || queueSizes.length < 2) return;
    const sizes = queueSizes.slice(0, length);
    const longest = Math.max(...sizes);
    if (length === queueSizes.length && Math.min(...sizes) === longest) return;
    let sum = 0;
    const cumulativeWeights = sizes.map((size) => (sum += longest + 1 - size));
    this.#loadStats = { cumulativeWeights, partitionIds: partitionIds.slice(0, length) };
  }
}

/**
 * The partition that a draw stands for: that of the first entry of `cumulativeWeights` that is larger than `draw`. With
 * 4, 5, 8 the draws 0 to 3 stand for the first partition, 4 for the second, 5 to 7 for the third.
 *
 * @exercise 2.7 partitionOfDraw
 * @param draw - a whole number from 0 up to the last of `cumulativeWeights`, exclusive
 */
export function partitionOfDraw({ cumulativeWeights, partitionIds }: PartitionLoadStats, draw: number): number {
  let low = 0;
  let high = cumulativeWeights.length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (cumulativeWeights[middle]! > draw) high = middle;
    else low = middle + 1;
  }
  return partitionIds[low]!;
}
