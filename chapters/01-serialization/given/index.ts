/**
 * Chapter 1: from values to bytes and back.
 *
 * @module
 */
export {
  BooleanDeserializer,
  BooleanSerializer,
  ByteArrayDeserializer,
  ByteArraySerializer,
  ByteBufferDeserializer,
  ByteBufferSerializer,
  UUIDDeserializer,
  UUIDSerializer,
  VoidDeserializer,
  VoidSerializer,
} from "#serialization/byte-serializers";
export { type Company, CompanyDeserializer, CompanySerializer } from "#serialization/company-serializer";
export { crc32c } from "#serialization/crc32c";
export { type Headers, NO_HEADERS, type RecordHeader } from "./headers.ts";
export { JsonDeserializer, JsonSerializer } from "#serialization/json-serializer";
export {
  DoubleDeserializer,
  DoubleSerializer,
  FloatDeserializer,
  FloatSerializer,
} from "./floating-point-serializers.ts";
export {
  IntegerDeserializer,
  IntegerSerializer,
  LongDeserializer,
  LongSerializer,
  ShortDeserializer,
  ShortSerializer,
} from "#serialization/number-serializers";
export {
  addInt64,
  addSequence,
  batches,
  MAX_INFLATED_BYTES,
  RecordBatch,
  type TimestampType,
} from "#serialization/record-batch";
export { RecordBatchBuilder, type RecordBatchOptions } from "#serialization/record-batch-builder";
export * from "./record-batch-layout.ts";
export { readHeaders, readRecord, RecordCursor } from "#serialization/record-cursor";
export { sizeOfRecordBody, writeRecord } from "#serialization/record-encoding";
export {
  assignOffsets,
  ensureUndamaged,
  hasTransactionalRecords,
  type RecordError,
  type InflationBudget,
  type RecordRules,
  RecordValidationError,
  type ValidatedBatch,
  validateProducedRecords,
} from "./record-validation.ts";
export { Record } from "./record.ts";
export { type Configs, type Deserializer, SerializationError, type Serializer } from "./serializer.ts";
export { StringDeserializer, StringSerializer } from "#serialization/string-serializer";
export {
  type ByteCursor,
  decodeZigZag32,
  encodeZigZag32,
  readUnsignedVarint,
  readVarint,
  readVarlong,
  sizeOfUnsignedVarint,
  sizeOfVarint,
  sizeOfVarlong,
  writeUnsignedVarint,
  writeVarint,
  writeVarlong,
} from "#serialization/varint";
