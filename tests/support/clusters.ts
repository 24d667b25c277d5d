/**
 * Clusters for tests, written as one would draw them.
 *
 * @module
 */
import { Cluster, type Node, type PartitionInfo } from "#ground/cluster";

/** Broker `id`, at `broker-id:9092`. */
export function nodeOf(id: number): Node {
  return { id, host: `broker-${id}`, port: 9092, rack: null };
}

/** What {@link clusterOf} makes of a partition: the id of its leader, null for none; or that and the leader's epoch. */
export type Leader = number | null | { readonly leader: number | null; readonly epoch: number };

/**
 * A cluster from the leaders of its topics' partitions: `clusterOf({ orders: [0, 1, null] })` has the topic orders with
 * partition 0 on broker 0, partition 1 on broker 1 and partition 2 without a leader.
 *
 * @param brokers - ids of further brokers, which lead nothing
 */
export function clusterOf(topics: Record<string, readonly Leader[]>, brokers: readonly number[] = []): Cluster {
  const partitions = Object.entries(topics).flatMap(([topic, leaders]) =>
    leaders.map((leader, partition) => partitionOf(topic, partition, leader)),
  );
  const ids = new Set([...brokers, ...partitions.flatMap(({ leader }) => (leader === null ? [] : [leader.id]))]);
  return new Cluster({ nodes: [...ids].sort((a, b) => a - b).map(nodeOf), partitions });
}

function partitionOf(topic: string, partition: number, given: Leader): PartitionInfo {
  const { leader, epoch } = typeof given === "object" && given !== null ? given : { leader: given, epoch: 0 };
  const replicas = leader === null ? [] : [nodeOf(leader)];
  return {
    topic,
    partition,
    leader: leader === null ? null : nodeOf(leader),
    leaderEpoch: epoch,
    replicas,
    inSyncReplicas: replicas,
    offlineReplicas: [],
  };
}
