/**
 * Chapter 7: groups that share out partitions, and the consumer as a whole.
 *
 * @module
 */
export { type Assignment, type AssignorMember, type PartitionAssignor } from "./assignor.ts";
export { ASSIGNORS, assignorsOf } from "./assignors.ts";
export { type GroupState } from "./classic-group.ts";
export { type CommittedOffset, CommittedOffsets } from "./committed-offsets.ts";
export { ConsumerRecord, RecordDeserializationError } from "./consumer-record.ts";
export { ConsumerRecords, type PartitionRecords } from "./consumer-records.ts";
export { type CoordinatorOptions } from "./coordinator-partition.ts";
export { CoordinatorRuntime } from "./coordinator-runtime.ts";
export {
  type Answer,
  type CoordinatorResult,
  type CoordinatorShard,
  type RecordProducer,
  type Reply,
} from "./coordinator-shard.ts";
export {
  type DescribedGroup,
  type FetchedOffset,
  GroupCoordinator,
  type GroupCoordinatorOptions,
  type ListedGroup,
} from "./group-coordinator.ts";
export {
  type CommitRequest,
  type JoinAnswer,
  type JoinRequest,
  type LeaveAnswer,
  type MemberIdentity,
  type OffsetToCommit,
  type SyncAnswer,
  type SyncRequest,
} from "./group-requests.ts";
export { type ConsumerInterceptor, type OffsetAndMetadata } from "./consumer-interceptors.ts";
export { KafkaConsumer, type ConsumerOptions, type PartitionOffset } from "./kafka-consumer.ts";
export { GROUP_METADATA_TOPIC_NAME, partitionForGroup } from "./partition-for-group.ts";
export { type RebalanceListener } from "./rebalance-listener.ts";
