// Different from the reference: partitions are sorted into those with and those without a leader first; waits are a
// list.
import { type Cluster } from "#ground/cluster";
import { type PartitionQueue } from "#accumulator/partition-queue";

export interface ReadyCheck {
  readonly readyNodes: Set<number>;
  readonly nextReadyCheckDelayMs: number;
  readonly unknownLeaderTopics: ReadonlySet<string>;
}

export function checkReady(
  queues: Iterable<PartitionQueue>,
  cluster: Cluster,
  now: number,
  lingerMs: number,
  atOnce: boolean,
): ReadyCheck {
  const all = [...queues].map((queue) => ({ queue, info: cluster.partition(queue.topic, queue.partition) }));
  const led = all.filter(({ info }) => info !== undefined && info.leader !== null);
  for (const { queue, info } of led) queue.batches.first!.sawLeader(info!.leaderEpoch);
  const waits = led
    .filter(({ queue }) => !queue.isMuted)
    .map(({ queue, info }) => ({ node: info!.leader!.id, ms: queue.waitMs(now, lingerMs, atOnce) }));
  const later = waits.filter(({ ms }) => ms > 0).map(({ ms }) => ms);
  return {
    readyNodes: new Set(waits.filter(({ ms }) => ms === 0).map(({ node }) => node)),
    nextReadyCheckDelayMs: Math.min(Infinity, ...later),
    unknownLeaderTopics: new Set(all.filter((each) => !led.includes(each)).map(({ queue }) => queue.topic)),
  };
}
