// Different from the reference: the refusals stand in a table, in their order, and the first that applies is thrown.
import { type KafkaErrorName, refusal } from "#ground/errors";
import { type ChangedPartition } from "#replication/given/assembly/image-changes";
import { type MetadataImage } from "#replication/given/metadata-image";

export interface AlterPartitionRequest {
  readonly brokerId: number;
  readonly topicId: Uint8Array;
  readonly index: number;
  readonly leaderEpoch: number;
  readonly partitionEpoch: number;
  readonly isr: readonly number[];
}

export function planIsr(image: MetadataImage, request: AlterPartitionRequest): ChangedPartition {
  const topic = image.topicById(request.topicId);
  if (topic === undefined) throw refusal("UNKNOWN_TOPIC_ID");
  const now = topic.partitions.at(request.index);
  if (now === undefined || request.index < 0) throw refusal("UNKNOWN_TOPIC_OR_PARTITION");
  const brokers = request.isr.map((id) => image.brokers.get(id));
  const refusals: [KafkaErrorName, boolean][] = [
    ["FENCED_LEADER_EPOCH", request.leaderEpoch < now.leaderEpoch],
    ["NOT_CONTROLLER", request.leaderEpoch > now.leaderEpoch],
    ["INVALID_REQUEST", request.brokerId !== now.leader],
    ["INVALID_UPDATE_VERSION", request.partitionEpoch !== now.partitionEpoch],
    ["INVALID_REQUEST", request.isr.indexOf(request.brokerId) === -1],
    ["INVALID_REQUEST", new Set([...request.isr, ...now.replicas]).size > now.replicas.length],
    ["INELIGIBLE_REPLICA", brokers.some((broker) => broker === undefined || broker.inControlledShutdown)],
  ];
  for (const [code, applies] of refusals) if (applies) throw refusal(code);
  const registration = { ...now, isr: request.isr, partitionEpoch: now.partitionEpoch + 1 };
  return { topic: topic.name, index: request.index, registration };
}
