/**
 * What the built-in partitioner is told about the brokers: how many batches wait for each partition, and which brokers
 * take nothing at the moment.
 *
 * Source: `RecordAccumulator.partitionReady`, `updateNodeLatencyStats`; KIP-794.
 *
 * @module
 */
import { NotImplementedError } from "#ground/errors";
import { type Cluster } from "#ground/cluster";
import { type TopicQueues } from "#accumulator/given/topic-queues";

/** When a broker last had something waiting for it, and when it last could take it. */
interface NodeTimes {
  readyMs: number;
  drainedMs: number;
}

/** Knows brokers that have not been able to take anything for some time (`partitioner.availability.timeout.ms`). */
export class NodeLatency {
  readonly #timeoutMs: number;
  readonly #times = new Map<number, NodeTimes>();

  /** @param timeoutMs - after how long a broker counts as slow; 0: never */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
  }

  /**
   * At `now` something was ready for a broker; `canDrain` says whether the broker could take it. One that was never
   * heard of before counts as one that has just taken something. With a time-out of 0 nothing is remembered.
   *
   * @exercise 3.5 NodeLatency.update
   */
  update(nodeId: number, now: number, canDrain: boolean): void {
    throw new NotImplementedError("3.5 NodeLatency.update");
  }

  /**
   * Whether a broker is slow: from when it could last take something until something was last ready for it, more than
   * the time-out has passed. One for which nothing was ever ready isn't.
   *
   * @exercise 3.5 NodeLatency.isSlow
   */
  isSlow(nodeId: number): boolean {
    throw new NotImplementedError("3.5 NodeLatency.isSlow");
  }
}

/**
 * Tells a topic's partitioner how many batches wait for each partition
 * ({@link BuiltInPartitioner.updatePartitionLoadStats}).
 *
 * - The queues are told in the order of {@link TopicQueues.queues}; the array of sizes has room for all of them.
 * - Left out are partitions without a leader, and those of a slow broker for which batches wait. A slow broker with
 *   nothing left to take is tried again: else nobody would ever learn that it is well.
 * - A partition that has had no record has no queue, and would get no weight, and so never a record. As long as the
 *   topic has such a partition nothing is known: the partitioner is told null.
 *
 * @exercise 3.5 updateLoadStats
 */
export function updateLoadStats(of: TopicQueues, cluster: Cluster, latency: NodeLatency): void {
  throw new NotImplementedError("3.5 updateLoadStats");
}
