export { KafkaError } from "../../chapters/00-ground/errors.ts";
export { KafkaProducer, type ProducerInterceptor, type ProducerOptions, type ProducerRecord } from "../../chapters/04-sender/given/index.ts";
export {
  type ConsumerInterceptor,
  type ConsumerOptions,
  type ConsumerRecord,
  type ConsumerRecords,
  KafkaConsumer,
  type OffsetAndMetadata,
  type PartitionOffset,
  type PartitionRecords,
  RecordDeserializationError,
  type RebalanceListener,
} from "../../chapters/07-groups/given/index.ts";
export { Admin, type AdminOptions, orThrow } from "../../chapters/20-cluster/admin/admin.ts";
export {
  type AlterConfigOp,
  type ConfigEntry,
  type ConfigResource,
  type GroupDescription,
  type GroupListing,
  type NewTopic,
  type OffsetOfPartition,
  type TopicDescription,
  type TopicListing,
} from "../../chapters/20-cluster/admin/admin-types.ts";
