/**
 * Chapter 6: replication.
 *
 * @module
 */
export {
  type AlteredPartition,
  type AlterPartitionItem,
  AlterPartitionManager,
  type AlterPartitionResult,
  type SendAlterPartition,
} from "./assembly/alter-partition-manager.ts";
export { activeProducers } from "./assembly/active-producers.ts";
export { type AppendPartition, type AppendRequest, type AppendResult } from "./assembly/append-request.ts";
export { type BrokerAnnouncement, prepareCluster } from "./broker-announcement.ts";
export { registerBroker } from "#replication/broker-registration";
export { readBrokerConfigs, readController, readTopicSettings, type TopicSettings } from "./assembly/cluster-state.ts";
export { type ConfigChange, type ConfigOperation } from "./assembly/config-plan.ts";
export {
  Controller,
  type ControllerOptions,
  type CreatedTopic,
} from "./assembly/controller.ts";
export { type FetchedPartition, type FetchPartition, type FetchRequest } from "./assembly/fetch-request.ts";
export { isInternalTopic } from "./assembly/internal-topics.ts";
export { type FollowerFetched, type FollowerFetchPartition, type LeaderEndPoint } from "./leader-end-point.ts";
export { electLeader, electPreferred, electorateOf, type Electorate } from "#replication/leader-election";
export { metadataDelta, type MetadataDelta, type PartitionChange } from "./assembly/metadata-delta.ts";
export {
  type BrokerRegistration,
  type ImageStamp,
  MetadataImage,
  type MetadataImageFields,
  NO_LEADER,
  type PartitionRegistration,
  type TopicImage,
} from "./metadata-image.ts";
export {
  completeReassignment,
  isReassigning,
  planReassignment,
  type WantedReassignment,
} from "./assembly/reassignment.ts";
export { Partition } from "#replication/partition";
export { type PartitionHost } from "./partition-host.ts";
export { type PartitionListener } from "./partition-listener.ts";
export {
  earliestOffset,
  latestOffset,
  offsetForTimestamp,
  offsetOfMaxTimestamp,
} from "./assembly/partition-offsets.ts";
export {
  type FetchIsolation,
  NO_OFFSET,
  type PartitionRead,
  type PartitionRecords,
} from "./partition-reads.ts";
export { type DelayedOperation, Purgatory } from "#replication/purgatory";
export { StandingFetch, type StandingPartition } from "./assembly/standing-fetch.ts";
export { ReplicaManager, type ReplicaManagerOptions } from "./assembly/replica-manager.ts";
export { type GrownTopic, type NewTopic, planMorePartitions, planTopic } from "./assembly/topic-plan.ts";
export { ControllerElection } from "#replication/controller-election";
export { DelayedFetch } from "#replication/delayed-fetch";
export { DelayedProduce } from "#replication/delayed-produce";
export { type AwaitedLeader, type PendingAppend } from "./pending-append.ts";
export { type IsrLimits, type IsrProposal, LeaderState } from "#replication/leader-state";
export { type FollowedPartition } from "./followed-partition.ts";
export { ReplicaFetcher } from "#replication/replica-fetcher";
export { type FollowerFetch, ReplicaState, UNKNOWN_OFFSET } from "#replication/replica-state";
