/**
 * What the controller says to a leader that wishes for another ISR. Pure. Source: KIP-497, KIP-903,
 * `ReplicationControlManager.alterPartition`.
 *
 * @module
 */
import { NotImplementedError } from "#ground/errors";
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
  throw new NotImplementedError("6.4 planIsr");
}
