/**
 * Chapter 7: groups that share out partitions, and the consumer as a whole.
 *
 * @module
 */
export { type Assignment, type AssignorMember, type PartitionAssignor } from "./assignor.ts";
export { ConsumerRecord, RecordDeserializationError } from "./consumer-record.ts";
export { ConsumerRecords, type PartitionRecords } from "./consumer-records.ts";
export { ASSIGNORS, assignorsOf } from "./assignors.ts";
export { GROUP_METADATA_TOPIC_NAME, partitionForGroup } from "./partition-for-group.ts";
export { KafkaConsumer, type ConsumerOptions, type PartitionOffset } from "./kafka-consumer.ts";
