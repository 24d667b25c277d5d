/**
 * Partitions that move to other brokers (KIP-455). Pure: the controller writes down what comes of it.
 *
 * The new replicas are added first, and fetch what there is. When all of them are in sync, the old ones that aren't
 * wanted any more go, in one change: at no moment are fewer in sync than before or after.
 *
 * Source: `PartitionReassignmentReplicas` and `PartitionReassignmentRevert` of Kafka 4.0.
 *
 * @module
 */
import { refusal } from "#ground/errors";
import { nameOf, type TopicPartition } from "#ground/topic-partition";
import { type Electorate, electorateOf } from "#replication/leader-election";
import { reassigned } from "./cluster-state.ts";
import { type ChangedPartition } from "./image-changes.ts";
import { type MetadataImage, NO_LEADER, type PartitionRegistration } from "../metadata-image.ts";
import { validateAssignment } from "./topic-plan.ts";

/** Where somebody wants a partition. */
export interface WantedReassignment extends TopicPartition {
  /** Broker ids, the preferred leader first. Null: what is under way is to be called off. */
  readonly replicas: readonly number[] | null;
}

/** Whether replicas are being added or removed. */
export function isReassigning({ addingReplicas = [], removingReplicas = [] }: PartitionRegistration): boolean {
  return addingReplicas.length > 0 || removingReplicas.length > 0;
}

/**
 * What is written down when somebody wants a partition elsewhere. A reassignment that is under way is replaced.
 * @param restarted brokers that are alive, but not in the life in which they joined an ISR
 * @returns null when it is there already
 * @throws KafkaError UNKNOWN_TOPIC_OR_PARTITION; NO_REASSIGNMENT_IN_PROGRESS when there is none to call off;
 *   INVALID_REPLICA_ASSIGNMENT for replicas that can't be, or when nobody would be in sync
 */
export function planReassignment(
  wanted: WantedReassignment,
  image: MetadataImage,
  restarted: ReadonlySet<number>,
): ChangedPartition | null {
  const { topic: name, partition: index, replicas: target } = wanted;
  const topic = image.topics.get(name);
  const old = topic?.partitions[index];
  if (topic === undefined || old === undefined) {
    throw refusal("UNKNOWN_TOPIC_OR_PARTITION", `Unable to find partition: ${nameOf(wanted)}`);
  }
  if (target !== null) validateAssignment(target, image);
  else if (!isReassigning(old)) throw refusal("NO_REASSIGNMENT_IN_PROGRESS");
  const electorate = electorateOf(image, restarted, topic.topicId, index);
  const before = old.replicas.filter((id) => old.addingReplicas?.includes(id) !== true);
  const after = target ?? before;
  const removing = before.filter((id) => !after.includes(id));
  const adding = after.filter((id) => !before.includes(id));
  const replicas = [...after, ...removing];
  if (isSame(replicas, old.replicas) && isSame(adding, old.addingReplicas ?? [])) return null;
  const changed = withReplicas(old, { replicas, adding, removing }, electorate);
  const next = { ...changed, partitionEpoch: old.partitionEpoch + 1 };
  return { topic: name, index, registration: completeReassignment(next, electorate) };
}

/** The registration without the replicas that are to go, if all that are to come are in sync; else as it is. */
export function completeReassignment(
  partition: PartitionRegistration,
  electorate: Electorate,
): PartitionRegistration {
  const { isr, replicas, addingReplicas = [], removingReplicas = [] } = partition;
  if (!isReassigning(partition) || !addingReplicas.every((id) => isr.includes(id))) return partition;
  const target = replicas.filter((id) => !removingReplicas.includes(id));
  const mayLead = (id: number): boolean => isr.includes(id) && electorate.brokerEpoch(id) !== undefined;
  // Somebody must be in sync then, and fit to lead. It is looked at again with the next change of the ISR.
  if (!target.some(mayLead)) return partition;
  return withReplicas(partition, { replicas: target, adding: [], removing: [] }, electorate);
}

interface Replicas {
  readonly replicas: readonly number[];
  readonly adding: readonly number[];
  readonly removing: readonly number[];
}

/**
 * The same partition on other replicas. Whoever hasn't got one any more leaves the ISR and doesn't lead; the leader
 * epoch grows then, so that nobody takes such a one for a replica.
 */
function withReplicas(
  old: PartitionRegistration,
  { replicas, adding, removing }: Replicas,
  electorate: Electorate,
): PartitionRegistration {
  const isr = old.isr.filter((id) => replicas.includes(id));
  if (isr.length === 0) {
    throw refusal("INVALID_REPLICA_ASSIGNMENT", "None of the replicas that would be left is in sync.");
  }
  const { addingReplicas: _adding, removingReplicas: _removing, ...rest } = old;
  const next = { ...rest, ...reassigned(adding, removing), replicas, isr };
  if (old.replicas.every((id) => replicas.includes(id))) return next;
  const leaderEpoch = old.leaderEpoch + 1;
  if (old.leader === NO_LEADER || replicas.includes(old.leader)) return { ...next, leaderEpoch };
  const leader = replicas.find((id) => isr.includes(id) && electorate.brokerEpoch(id) !== undefined) ?? NO_LEADER;
  return { ...next, leaderEpoch, leader, leaderBrokerEpoch: electorate.brokerEpoch(leader) ?? -1 };
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((id, i) => id === b[i]);
}
