/**
 * Reading record batches: a view of the header, the records inside, and the walk from one batch to the next through
 * a log segment or a fetched answer.
 *
 * Source: `org.apache.kafka.common.record.DefaultRecordBatch`, `ByteBufferLogInputStream`.
 *
 * @module
 */
import { KafkaError, NotImplementedError } from "#ground/errors";
import { type Int64, readInt16, readInt32, readInt64, readUint32, toInt64 } from "#ground/int64";
import { type CompressionType, compressionTypeForId } from "#ground/compression/compression";
import { crc32c } from "./crc32c.ts";
import * as layout from "#serialization/given/record-batch-layout";
import { LOG_OVERHEAD, NO_SEQUENCE, RECORD_BATCH_OVERHEAD } from "#serialization/given/record-batch-layout";
import { RecordCursor } from "./record-cursor.ts";
import { Record } from "#serialization/given/record";

/** Who set the records' timestamps: the producer, or the broker at the append (`message.timestamp.type`). */
export type TimestampType = "CreateTime" | "LogAppendTime";

/**
 * What may come out of a compressed batch, if the caller doesn't say: 128 MiB. Kafka has no such limit, because it
 * inflates a stream piece by piece; a batch is inflated as a whole here.
 */
export const MAX_INFLATED_BYTES: number = 128 * 1024 * 1024;

/**
 * A view of one batch in a larger buffer. Nothing is copied or checked when it is made; fields are read when asked
 * for. {@link batches} makes views only where a whole batch lies; {@link RecordBatch.ensureValid} says whether to
 * believe it.
 */
export class RecordBatch {
  /** The buffer that the batch lies in. */
  readonly bytes: Uint8Array;
  /** Where in the buffer its first byte is. */
  readonly position: number;

  constructor(bytes: Uint8Array, position: number = 0) {
    this.bytes = bytes;
    this.position = position;
  }

  /** Offset of the first record, as it was when the batch was written. */
  get baseOffset(): Int64 {
    return readInt64(this.bytes, this.position + layout.BASE_OFFSET_AT);
  }

  /** Offset of the last record (inclusive), also if compaction has removed it. */
  get lastOffset(): Int64 {
    return addInt64(this.baseOffset, this.lastOffsetDelta);
  }

  /** The length field: bytes after it. */
  get batchLength(): number {
    return readInt32(this.bytes, this.position + layout.BATCH_LENGTH_AT);
  }

  /** All bytes of the batch, header included. */
  get sizeInBytes(): number {
    return LOG_OVERHEAD + this.batchLength;
  }

  /** In which epoch of the partition's leader the batch was appended; −1 before it is. */
  get partitionLeaderEpoch(): number {
    return readInt32(this.bytes, this.position + layout.PARTITION_LEADER_EPOCH_AT);
  }

  /** Version of the format. All other fields mean what they say only if this is 2. */
  get magic(): number {
    return (this.bytes[this.position + layout.MAGIC_AT]! << 24) >> 24;
  }

  /** The stored checksum, unsigned. */
  get crc(): number {
    return readUint32(this.bytes, this.position + layout.CRC_AT);
  }

  /** All bits; the properties below say what they mean. */
  get attributes(): number {
    return readInt16(this.bytes, this.position + layout.ATTRIBUTES_AT);
  }

  /** How the records are compressed. @throws KafkaError CORRUPT_MESSAGE when there is no such codec */
  get compression(): CompressionType {
    return compressionTypeForId(this.attributes & layout.COMPRESSION_MASK);
  }

  /** Whose clock the timestamps are from. */
  get timestampType(): TimestampType {
    return (this.attributes & layout.LOG_APPEND_TIME_FLAG) === 0 ? "CreateTime" : "LogAppendTime";
  }

  /** Belongs to a transaction. */
  get isTransactional(): boolean {
    return (this.attributes & layout.TRANSACTIONAL_FLAG) !== 0;
  }

  /** Holds a marker for the log (commit, abort, leader change), nothing for a consumer's user. */
  get isControl(): boolean {
    return (this.attributes & layout.CONTROL_FLAG) !== 0;
  }

  /** When the log cleaner may drop the batch's tombstones and markers; null before it has first seen them (KIP-534). */
  get deleteHorizonMs(): Int64 | null {
    return (this.attributes & layout.DELETE_HORIZON_FLAG) === 0 ? null : this.baseTimestamp;
  }

  /** Offset of the last record less {@link RecordBatch.baseOffset}. */
  get lastOffsetDelta(): number {
    return readInt32(this.bytes, this.position + layout.LAST_OFFSET_DELTA_AT);
  }

  /** What the records' timestamp deltas count from. */
  get baseTimestamp(): Int64 {
    return readInt64(this.bytes, this.position + layout.BASE_TIMESTAMP_AT);
  }

  /** The largest timestamp of the records; with LogAppendTime, when the batch was appended. */
  get maxTimestamp(): Int64 {
    return readInt64(this.bytes, this.position + layout.MAX_TIMESTAMP_AT);
  }

  /** Who sent the batch; −1 for none. */
  get producerId(): Int64 {
    return readInt64(this.bytes, this.position + layout.PRODUCER_ID_AT);
  }

  /** Which incarnation of the producer; −1 for none. */
  get producerEpoch(): number {
    return readInt16(this.bytes, this.position + layout.PRODUCER_EPOCH_AT);
  }

  /** Sequence number of the first record; −1 for none. */
  get baseSequence(): number {
    return readInt32(this.bytes, this.position + layout.BASE_SEQUENCE_AT);
  }

  /** Sequence number of the last record (inclusive); −1 for none. */
  get lastSequence(): number {
    return addSequence(this.baseSequence, this.lastOffsetDelta);
  }

  /** How many records the header says there are. */
  get count(): number {
    return readInt32(this.bytes, this.position + layout.RECORD_COUNT_AT);
  }

  /** The batch's own bytes: a slice, not a copy. */
  slice(): Uint8Array {
    return this.bytes.subarray(this.position, this.position + this.sizeInBytes);
  }

  /**
   * Whether the batch is of format 2, long enough for its header, and its checksum right. The checksum covers all that
   * comes after it; the magic lies before it, and is looked at as well.
   *
   * @exercise 1.7 RecordBatch.isValid
   */
  isValid(): boolean {
    throw new NotImplementedError("1.7 RecordBatch.isValid");
  }

  /** @throws KafkaError CORRUPT_MESSAGE unless the batch {@link isValid} */
  ensureValid(): void {
    if (this.isValid()) return;
    const { magic, sizeInBytes, position } = this;
    const isWhole = magic === layout.MAGIC_V2 && sizeInBytes >= RECORD_BATCH_OVERHEAD;
    const found = crc32c(this.bytes, position + layout.ATTRIBUTES_AT, position + sizeInBytes).toString(16);
    const what = isWhole
      ? `its checksum is ${this.crc.toString(16)}, its bytes make ${found}`
      : `there is none of magic ${magic} and ${sizeInBytes} bytes`;
    throw new KafkaError("CORRUPT_MESSAGE", `The batch at byte ${position} is damaged: ${what}.`);
  }

  /**
   * A cursor before the first record. This is the cheap way through a batch: no object a record. The checksum is not
   * taken: that is the caller's choice ({@link RecordBatch.ensureValid}). A compressed batch without records has
   * nothing to inflate.
   *
   * @exercise 1.7 RecordBatch.cursor
   * @param maxBytes - the most that a compressed batch may inflate to
   * @throws KafkaError UNSUPPORTED_FOR_MESSAGE_FORMAT when the batch is of an older format than magic 2
   * @throws KafkaError INVALID_RECORD when the header's count is negative
   * @throws KafkaError CORRUPT_MESSAGE when the records can't be decompressed
   * @throws KafkaError MESSAGE_TOO_LARGE when they would take more than `maxBytes`
   */
  cursor(maxBytes: number = MAX_INFLATED_BYTES): RecordCursor {
    throw new NotImplementedError("1.7 RecordBatch.cursor");
  }

  /**
   * The records one after the other, as views: see {@link Record} for what keeping one means. The checksum is not taken
   * here either.
   *
   * @exercise 1.7 RecordBatch.records
   * @param maxBytes - the most that a compressed batch may inflate to
   * @throws KafkaError what {@link cursor} and {@link RecordCursor.next} throw, when the iteration gets there
   */
  *records(maxBytes: number = MAX_INFLATED_BYTES): Generator<Record, void, undefined> {
    throw new NotImplementedError("1.7 RecordBatch.records");
  }
}

/**
 * The batches in `bytes[from, to)`, one after the other. An incomplete batch at the end is no error: a fetch may cut
 * one in two, and so may a crash; the iteration just ends before it. What lies behind `to` is never looked at. But
 * a length that is there, and can't be one, is an error also when the rest is missing.
 *
 * @exercise 1.7 batches
 * @throws KafkaError CORRUPT_MESSAGE when a length or a magic can't be one: from there on nothing can be found
 */
export function* batches(
  bytes: Uint8Array,
  from: number = 0,
  to: number = bytes.length,
): Generator<RecordBatch, void, undefined> {
  throw new NotImplementedError("1.7 batches");
}

/** `value + delta` in 64 bits, as a number when it is a safe one. */
export function addInt64(value: Int64, delta: Int64): Int64 {
  if (typeof value === "number" && typeof delta === "number") {
    const sum = value + delta;
    if (Number.isSafeInteger(sum)) return sum;
  }
  return toInt64(BigInt.asIntN(64, BigInt(value) + BigInt(delta)));
}

/** Sequence numbers go from 2³¹ − 1 on to 0; a batch without any (−1) has none for its records either. */
export function addSequence(sequence: number, delta: number): number {
  if (sequence < 0) return NO_SEQUENCE;
  return (sequence + delta) % 2 ** 31;
}
