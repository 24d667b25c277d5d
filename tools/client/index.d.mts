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
