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
} from "./byte-serializers.ts";
export { type Company, CompanyDeserializer, CompanySerializer } from "./company-serializer.ts";
export {
  COMPRESSION_TYPES,
  type CompressionType,
  compress,
  compressionId,
  compressionTypeForId,
  decompress,
} from "./compression.ts";
export { crc32c } from "./crc32c.ts";
export { type Headers, NO_HEADERS, type RecordHeader } from "./headers.ts";
export { JsonDeserializer, JsonSerializer } from "./json-serializer.ts";
export {
  DoubleDeserializer,
  DoubleSerializer,
  FloatDeserializer,
  FloatSerializer,
  IntegerDeserializer,
  IntegerSerializer,
  LongDeserializer,
  LongSerializer,
  ShortDeserializer,
  ShortSerializer,
} from "./number-serializers.ts";
export { addInt64, addSequence, batches, MAX_INFLATED_BYTES, RecordBatch, type TimestampType } from "./record-batch.ts";
export { RecordBatchBuilder, type RecordBatchOptions } from "./record-batch-builder.ts";
export * from "./record-batch-layout.ts";
export { readHeaders, readRecord, RecordCursor } from "./record-cursor.ts";
export { sizeOfRecordBody, writeRecord } from "./record-encoding.ts";
export {
  assignOffsets,
  hasTransactionalRecords,
  type RecordError,
  type RecordRules,
  RecordValidationError,
  type ValidatedBatch,
  validateProducedRecords,
} from "./record-validation.ts";
export { Record } from "./record.ts";
export { type Configs, type Deserializer, SerializationError, type Serializer } from "./serializer.ts";
export { StringDeserializer, StringSerializer } from "./string-serializer.ts";
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
} from "./varint.ts";
