import { type Cluster } from "#ground/cluster";
import { type Random } from "#ground/runtime";

/**
 * A partition of `topic` by chance: one that has a leader, or any if none has one. All are equally likely.
 *
 * @param cluster - has at least one partition of `topic`
 */
export function randomPartition(topic: string, cluster: Cluster, random: Random): number {
  const available = cluster.availablePartitionsForTopic(topic);
  const candidates = available.length > 0 ? available : cluster.partitionsForTopic(topic);
  return candidates[random.int(candidates.length)]!.partition;
}
