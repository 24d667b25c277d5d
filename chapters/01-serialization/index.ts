/**
 * Chapter 1: from values to bytes and back.
 *
 * @module
 */
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
export {
  assignOffsets,
  hasTransactionalRecords,
  type RecordError,
  type RecordRules,
  RecordValidationError,
  type ValidatedBatch,
  validateProducedRecords,
} from "./log-validator.ts";
export { addInt64, addSequence, batches, MAX_INFLATED_BYTES, RecordBatch, type TimestampType } from "./record-batch.ts";
export { RecordBatchBuilder, type RecordBatchOptions } from "./record-batch-builder.ts";
export * from "./record-batch-layout.ts";
export { readHeaders, readRecord, RecordCursor } from "./record-cursor.ts";
export { sizeOfRecordBody, writeRecord } from "./record-encoding.ts";
export { Record } from "./record.ts";
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
