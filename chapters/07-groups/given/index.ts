/**
 * Chapter 7: groups that share out partitions, and the consumer as a whole.
 *
 * @module
 */
export { type Assignment, type AssignorMember, type PartitionAssignor } from "./assignor.ts";
export { ASSIGNORS, assignorsOf } from "./assembly/assignors.ts";
export { type GroupState } from "./classic-group.ts";
export { type CommittedOffset, CommittedOffsets } from "./committed-offsets.ts";
export { ConsumerRecord, RecordDeserializationError } from "./assembly/consumer-record.ts";
export { ConsumerRecords, type PartitionRecords } from "./assembly/consumer-records.ts";
export { type CoordinatorOptions } from "./assembly/coordinator-partition.ts";
export { CoordinatorRuntime } from "./assembly/coordinator-runtime.ts";
export {
  type Answer,
  type CoordinatorResult,
  type CoordinatorShard,
  type RecordProducer,
  type Reply,
} from "./assembly/coordinator-shard.ts";
export {
  type DescribedGroup,
  type FetchedOffset,
  GroupCoordinator,
  type GroupCoordinatorOptions,
  type ListedGroup,
  type SeenGroup,
} from "./assembly/group-coordinator.ts";
export {
  type CommitRequest,
  type JoinAnswer,
  type JoinRequest,
  type LeaveAnswer,
  type MemberIdentity,
  type OffsetToCommit,
  type SyncAnswer,
  type SyncRequest,
} from "./assembly/group-requests.ts";
export { type ConsumerInterceptor, type OffsetAndMetadata } from "./assembly/consumer-interceptors.ts";
export { KafkaConsumer, type ConsumerOptions, type PartitionOffset } from "./assembly/kafka-consumer.ts";
export { GROUP_METADATA_TOPIC_NAME, partitionForGroup } from "./assembly/partition-for-group.ts";
export { type RebalanceListener } from "./rebalance-listener.ts";
