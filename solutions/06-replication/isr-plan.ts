/**
 * What the controller says to a leader that wishes for another ISR. Pure. Source: KIP-497, KIP-903,
 * `ReplicationControlManager.alterPartition`.
 *
 * @module
 */
import { type KafkaErrorName, refusal } from "#ground/errors";
import { type ChangedPartition } from "#replication/given/assembly/image-changes";
import { type MetadataImage } from "#replication/given/metadata-image";

/** A leader's wish for another ISR. */
export interface AlterPartitionRequest {
  readonly brokerId: number;
  readonly topicId: Uint8Array;
  readonly index: number;
  readonly leaderEpoch: number;
  /** Of the registration that the leader knows. */
  readonly partitionEpoch: number;
  readonly isr: readonly number[];
}

/**
 * What a leader's wish comes to: the registration with that ISR, and the next partition epoch.
 *
 * It is refused, with a KafkaError that says why, in this order:
 *
 * - UNKNOWN_TOPIC_ID, UNKNOWN_TOPIC_OR_PARTITION: `image` has no such topic or partition;
 * - FENCED_LEADER_EPOCH: it is of an earlier leader epoch than the registration has. NOT_CONTROLLER: of a later one, so
 *   a later controller must have made that;
 * - INVALID_REQUEST: somebody else leads;
 * - INVALID_UPDATE_VERSION: the leader didn't know the last change of the partition;
 * - INVALID_REQUEST: the leader is missing in the ISR, or somebody is in it who has no replica;
 * - INELIGIBLE_REPLICA: somebody in it is not alive, or about to shut down.
 *
 * @throws KafkaError
 * @exercise 6.4 planIsr
 */
export function planIsr(image: MetadataImage, request: AlterPartitionRequest): ChangedPartition {
  const { brokerId, index, leaderEpoch, partitionEpoch, isr } = request;
  const topic = image.topicById(request.topicId);
  if (topic === undefined) throw refusal("UNKNOWN_TOPIC_ID");
  const old = topic.partitions[index];
  const refuse = (code: KafkaErrorName, why: string): never => {
    throw refusal(code, `ISR [${isr.join(", ")}] of ${topic.name}-${index} refused: ${why}`);
  };
  const mayBeInSync = (id: number): boolean => image.brokers.get(id)?.inControlledShutdown === false;
  if (old === undefined) return refuse("UNKNOWN_TOPIC_OR_PARTITION", "there is no such partition");
  if (leaderEpoch < old.leaderEpoch) refuse("FENCED_LEADER_EPOCH", `its leader epoch is ${old.leaderEpoch} now`);
  if (leaderEpoch > old.leaderEpoch) refuse("NOT_CONTROLLER", `leader epoch ${leaderEpoch} is unknown here`);
  if (brokerId !== old.leader) refuse("INVALID_REQUEST", `broker ${brokerId} doesn't lead it`);
  if (partitionEpoch !== old.partitionEpoch) refuse("INVALID_UPDATE_VERSION", `it has changed since`);
  if (!isr.includes(brokerId)) refuse("INVALID_REQUEST", "the leader must be in it");
  if (isr.some((id) => !old.replicas.includes(id))) refuse("INVALID_REQUEST", "only replicas can be in sync");
  if (!isr.every(mayBeInSync)) refuse("INELIGIBLE_REPLICA", "a broker in it is not alive, or about to go");
  return { topic: topic.name, index, registration: { ...old, isr, partitionEpoch: partitionEpoch + 1 } };
}
