/**
 * Who leads a partition. Pure: the controller writes down what comes of it.
 * Source: Kafka's `PartitionLeaderElectionAlgorithms` and `PartitionChangeBuilder`.
 *
 * @module
 */
import { type BrokerRegistration, NO_LEADER, type PartitionRegistration } from "./metadata-image.ts";

/**
 * Sees whether a partition needs another leader, now that `brokers` are alive.
 *
 * - A leader stays as long as it lives. One that died and came back is another: it may have lost what it had not
 *   written to the device, so it is elected anew, in a new epoch.
 * - Else the first replica leads that is alive and in sync: it has every committed record.
 * - If there is none, nobody leads; or, where unclean elections are allowed, the first replica that is alive, and
 *   committed records are lost.
 *
 * @returns the changed registration; null when all stays as it is.
 */
export function electLeader(
  partition: PartitionRegistration,
  brokers: ReadonlyMap<number, BrokerRegistration>,
  allowUnclean: boolean,
): PartitionRegistration | null {
  if (brokers.get(partition.leader)?.brokerEpoch === partition.leaderBrokerEpoch) return null;
  const live = partition.replicas.filter((id) => brokers.has(id));
  const inSync = live.filter((id) => partition.isr.includes(id));
  const leader = inSync[0] ?? (allowUnclean ? live[0] : undefined);
  if (leader === undefined) {
    return partition.leader === NO_LEADER ? null : nextEpoch(partition, NO_LEADER, partition.isr, -1);
  }
  const isr = inSync.length > 0 ? inSync : [leader];
  return nextEpoch(partition, leader, isr, brokers.get(leader)!.brokerEpoch);
}

function nextEpoch(
  { replicas, leaderEpoch, partitionEpoch }: PartitionRegistration,
  leader: number,
  isr: readonly number[],
  leaderBrokerEpoch: number,
): PartitionRegistration {
  return { replicas, isr, leader, leaderBrokerEpoch, leaderEpoch: leaderEpoch + 1, partitionEpoch: partitionEpoch + 1 };
}
