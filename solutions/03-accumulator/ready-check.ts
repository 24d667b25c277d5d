/**
 * To whom something may be sent now.
 *
 * Source: `RecordAccumulator.ready`, `batchReady`.
 *
 * @module
 */
import { type Cluster } from "#ground/cluster";
import { type PartitionQueue } from "./partition-queue.ts";

/** The answer of {@link checkReady}. */
export interface ReadyCheck {
  /** Ids of the brokers to which something may be sent now. */
  readonly readyNodes: Set<number>;
  /** In how many milliseconds something more will be ready all by itself; Infinity when nothing will. */
  readonly nextReadyCheckDelayMs: number;
  /**
   * Topics of which a partition, muted or not, has a batch but no leader that we know of: newer metadata are needed.
   */
  readonly unknownLeaderTopics: ReadonlySet<string>;
}

/**
 * Finds the brokers to which something may be sent: those that lead a partition which is not muted and whose first
 * batch need not wait any longer ({@link PartitionQueue.waitMs}). Of all other partitions (not muted, with a leader)
 * the shortest wait becomes {@link ReadyCheck.nextReadyCheckDelayMs}.
 *
 * The first batch of each queue, muted or not, hears of the epoch of its leader ({@link ProducerBatch.sawLeader}), and
 * this very look counts with it: a new leader ends the wait after a failure.
 *
 * @exercise 3.5 checkReady
 * @param queues - those that are not empty
 * @param atOnce - there is a reason not to linger: a flush, a close, somebody who waits for memory
 */
export function checkReady(
  queues: Iterable<PartitionQueue>,
  cluster: Cluster,
  now: number,
  lingerMs: number,
  atOnce: boolean,
): ReadyCheck {
  const readyNodes = new Set<number>();
  const unknownLeaderTopics = new Set<string>();
  let nextReadyCheckDelayMs = Infinity;
  for (const queue of queues) {
    const info = cluster.partition(queue.topic, queue.partition);
    if (!info?.leader) {
      unknownLeaderTopics.add(queue.topic);
      continue;
    }
    queue.batches.first!.sawLeader(info.leaderEpoch);
    if (queue.isMuted) continue;
    const waitMs = queue.waitMs(now, lingerMs, atOnce);
    if (waitMs === 0) readyNodes.add(info.leader.id);
    else nextReadyCheckDelayMs = Math.min(nextReadyCheckDelayMs, waitMs);
  }
  return { readyNodes, nextReadyCheckDelayMs, unknownLeaderTopics };
}
