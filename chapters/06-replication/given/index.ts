/**
 * Chapter 6: replication.
 *
 * @module
 */
export { type AppendPartition, type AppendRequest, type AppendResult } from "./append-request.ts";
export { type BrokerAnnouncement, prepareCluster, registerBroker } from "./broker-registration.ts";
export { readTopicSettings, type TopicSettings } from "./cluster-state.ts";
export { type AlterPartitionRequest, Controller, type ControllerOptions, type CreatedTopic } from "./controller.ts";
export { type FetchedPartition, type FetchPartition, type FetchRequest } from "./fetch-request.ts";
export { isInternalTopic } from "./internal-topics.ts";
export { type LeaderEndPoint } from "./leader-end-point.ts";
export { electLeader } from "./leader-election.ts";
export { metadataDelta, type MetadataDelta, type PartitionChange } from "./metadata-delta.ts";
export {
  type BrokerRegistration,
  MetadataImage,
  type MetadataImageFields,
  NO_LEADER,
  type PartitionRegistration,
  type TopicImage,
} from "./metadata-image.ts";
export { type AlterIsr, Partition, type PartitionHost } from "./partition.ts";
export {
  type FetchIsolation,
  NO_OFFSET,
  type PartitionRead,
  type PartitionRecords,
} from "./partition-reads.ts";
export { type DelayedOperation, Purgatory } from "./purgatory.ts";
export { ReplicaManager, type ReplicaManagerOptions } from "./replica-manager.ts";
export { type GrownTopic, type NewTopic, planMorePartitions, planTopic } from "./topic-plan.ts";
