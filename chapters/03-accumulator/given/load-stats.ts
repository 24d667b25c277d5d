/**
 * What the built-in partitioner is told about the brokers: how many batches wait for each partition, and which brokers
 * take nothing at the moment.
 *
 * Source: `RecordAccumulator.partitionReady`, `updateNodeLatencyStats`; KIP-794.
 *
 * @module
 */
import { type Cluster } from "#ground/cluster";
import { type TopicQueues } from "./topic-queues.ts";

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

  /** Something was ready for a broker; `canDrain` says whether it could take it. */
  update(nodeId: number, now: number, canDrain: boolean): void {
    if (this.#timeoutMs === 0) return;
    const times = this.#times.get(nodeId) ?? { readyMs: now, drainedMs: now };
    times.readyMs = now;
    if (canDrain) times.drainedMs = now;
    this.#times.set(nodeId, times);
  }

  /** Whether a broker has had something waiting for longer than the time-out. */
  isSlow(nodeId: number): boolean {
    const times = this.#times.get(nodeId);
    return times !== undefined && times.readyMs - times.drainedMs > this.#timeoutMs;
  }
}

/**
 * Tells a topic's partitioner how long the queues are. Partitions without a leader, or with a slow one, are left out.
 */
export function updateLoadStats(of: TopicQueues, cluster: Cluster, latency: NodeLatency): void {
  const { topic, queues, partitioner } = of;
  if (queues.length < cluster.partitionsForTopic(topic).length) {
    // Some partition has had no record yet, so it has no queue and no weight: by weights it would never get one.
    partitioner.updatePartitionLoadStats(null, [], 0);
    return;
  }
  const queueSizes = new Array<number>(queues.length).fill(0);
  const partitionIds = new Array<number>(queues.length).fill(0);
  let length = 0;
  for (const { partition, batches } of queues) {
    const leader = cluster.leaderFor(topic, partition);
    // A slow broker with nothing left to take is tried again: else nobody would ever learn that it is well.
    if (leader === null || leader === undefined || (batches.length > 0 && latency.isSlow(leader.id))) continue;
    queueSizes[length] = batches.length;
    partitionIds[length++] = partition;
  }
  partitioner.updatePartitionLoadStats(queueSizes, partitionIds, length);
}
