/**
 * The queues of all partitions, and what those of a topic have in common.
 *
 * Source: `RecordAccumulator.TopicInfo`.
 *
 * @module
 */
import { type Cluster } from "#ground/cluster";
import { type Random } from "#ground/runtime";
import { BuiltInPartitioner } from "#partitioner";
import { CompressionRatio } from "./compression-ratio.ts";
import { PartitionQueue } from "#accumulator/partition-queue";

/** What belongs to one topic. To be looked up once and held: a record must not cost a search by name. */
export class TopicQueues {
  readonly topic: string;
  /** Chooses for records that may go to any partition. */
  readonly partitioner: BuiltInPartitioner;
  readonly compressionRatio: CompressionRatio = new CompressionRatio();
  /** The queues of the partitions that have had a record, in the order of their first one. */
  readonly queues: PartitionQueue[] = [];
  readonly #byPartition: (PartitionQueue | undefined)[] = [];

  constructor(topic: string, batchSize: number, random: Random) {
    this.topic = topic;
    this.partitioner = new BuiltInPartitioner(topic, batchSize, random);
  }

  /** The queue of a partition, if it has had a record. */
  existingQueue(partition: number): PartitionQueue | undefined {
    return this.#byPartition[partition];
  }

  /** The queue of a partition, made when it is first asked for. */
  queue(partition: number): PartitionQueue {
    const known = this.#byPartition[partition];
    if (known !== undefined) return known;
    const queue = new PartitionQueue(this.topic, partition);
    this.#byPartition[partition] = queue;
    this.queues.push(queue);
    return queue;
  }

  /**
   * The queue for a record that may go to any partition. The partitioner may have stayed with a partition only because
   * of its open batch. If that batch is gone by now, the partitioner moves on first.
   */
  stickyQueue(cluster: Cluster): PartitionQueue {
    const queue = this.queue(this.partitioner.currentPartition(cluster));
    if (!queue.allFull) return queue;
    this.partitioner.updatePartitionInfo(0, cluster, true);
    return this.queue(this.partitioner.currentPartition(cluster));
  }
}

/** The queues of all topics that have had a record. */
export class AllQueues {
  readonly #batchSize: number;
  readonly #random: Random;
  readonly #topics = new Map<string, TopicQueues>();

  constructor(batchSize: number, random: Random) {
    this.#batchSize = batchSize;
    this.#random = random;
  }

  get topics(): Iterable<TopicQueues> {
    return this.#topics.values();
  }

  /** The queue of a partition, if it has had a record. */
  existingQueue(topic: string, partition: number): PartitionQueue | undefined {
    return this.#topics.get(topic)?.existingQueue(partition);
  }

  /** What belongs to a topic, made when it is first asked for. */
  topic(topic: string): TopicQueues {
    const known = this.#topics.get(topic);
    if (known !== undefined) return known;
    const queues = new TopicQueues(topic, this.#batchSize, this.#random);
    this.#topics.set(topic, queues);
    return queues;
  }

  /** The queues that are not empty. */
  *waiting(): Generator<PartitionQueue, void, undefined> {
    for (const { queues } of this.#topics.values()) {
      for (const queue of queues) if (queue.batches.length > 0) yield queue;
    }
  }
}
