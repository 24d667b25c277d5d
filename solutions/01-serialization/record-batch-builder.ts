/**
 * Building a record batch: records are written one after the other into one buffer, behind room for the header, which
 * is written last, when all is known.
 *
 * Source: `org.apache.kafka.common.record.MemoryRecordsBuilder`.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { KafkaError } from "#ground/errors";
import { type Int64, writeInt16, writeInt32, writeInt64 } from "#ground/int64";
import { compress, compressionId, type CompressionType } from "./compression.ts";
import { crc32c } from "./crc32c.ts";
import { NO_HEADERS, type RecordHeader } from "./headers.ts";
import * as layout from "./record-batch-layout.ts";
import { LOG_OVERHEAD, RECORD_BATCH_OVERHEAD } from "./record-batch-layout.ts";
import { sizeOfRecordBody, writeRecord } from "./record-encoding.ts";
import { sizeOfVarint } from "./varint.ts";

/** What a batch is like, besides its records. */
export interface RecordBatchOptions {
  /** Memory to write into, lent until {@link RecordBatchBuilder.build}'s result is done with. Its length is the capacity. */
  readonly buffer?: Uint8Array;
  /** Bytes of a batch, header included, at which it counts as full (`batch.size`); 16,384 if not given. */
  readonly capacity?: number;
  readonly compression?: CompressionType;
  /** 0 for a producer: the broker gives out the offsets. */
  readonly baseOffset?: Int64;
  readonly partitionLeaderEpoch?: number;
  readonly producerId?: Int64;
  readonly producerEpoch?: number;
  readonly baseSequence?: number;
  readonly isTransactional?: boolean;
  readonly isControl?: boolean;
}

/** Kafka's default for `batch.size`. */
const DEFAULT_CAPACITY = 16_384;

/** One batch in the making. */
export class RecordBatchBuilder {
  /** How many records have been appended. */
  count: number = 0;
  readonly #options: RecordBatchOptions;
  readonly #capacity: number;
  #buffer: Buffer;
  #end: number = RECORD_BATCH_OVERHEAD;
  #baseTimestamp: number = layout.NO_TIMESTAMP;
  #maxTimestamp: number = layout.NO_TIMESTAMP;
  #built: Uint8Array | null = null;

  constructor(options: RecordBatchOptions = {}) {
    const { buffer, capacity = buffer?.length ?? DEFAULT_CAPACITY } = options;
    this.#options = options;
    this.#capacity = capacity;
    this.#buffer =
      buffer === undefined
        ? Buffer.allocUnsafe(Math.max(capacity, RECORD_BATCH_OVERHEAD))
        : Buffer.from(buffer.buffer, buffer.byteOffset, buffer.length);
  }

  /** Bytes of the batch so far, header included, before compression. */
  get sizeInBytes(): number {
    return this.#end;
  }

  /**
   * Whether one more record fits into the capacity. The first one always does, however large: it would fit nowhere else
   * either.
   *
   * @exercise 1.6 RecordBatchBuilder.hasRoomFor
   */
  hasRoomFor(
    timestampMs: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
    headers: readonly RecordHeader[] = NO_HEADERS,
  ): boolean {
    if (this.count === 0) return true;
    const bodySize = sizeOfRecordBody(timestampMs - this.#baseTimestamp, this.count, key, value, headers);
    return this.#end + sizeOfVarint(bodySize) + bodySize <= this.#capacity;
  }

  /**
   * Adds a record. Its offset is the next one; its timestamp is stored as the difference to the first record's. Key, value
   * and headers are copied: they are the caller's again when this returns.
   *
   * A record that doesn't fit makes the buffer grow: whether a batch is full is the caller's question
   * ({@link hasRoomFor}).
   *
   * @exercise 1.6 RecordBatchBuilder.append
   * @param timestampMs - milliseconds since the epoch, −1 for none
   * @throws KafkaError INVALID_REQUEST after {@link build}
   */
  append(
    timestampMs: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
    headers: readonly RecordHeader[] = NO_HEADERS,
  ): void {
    if (this.#built !== null) throw new KafkaError("INVALID_REQUEST", "The batch is built; no record can be added.");
    if (this.count === 0) this.#baseTimestamp = timestampMs;
    if (timestampMs > this.#maxTimestamp) this.#maxTimestamp = timestampMs;
    const timestampDelta = timestampMs - this.#baseTimestamp;
    const bodySize = sizeOfRecordBody(timestampDelta, this.count, key, value, headers);
    this.#makeRoom(sizeOfVarint(bodySize) + bodySize);
    this.#end = writeRecord(this.#buffer, this.#end, bodySize, timestampDelta, this.count, key, value, headers);
    this.count++;
  }

  #makeRoom(bytes: number): void {
    const needed = this.#end + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#buffer.length));
    this.#buffer.copy(larger, 0, 0, this.#end);
    this.#buffer = larger;
  }

  /**
   * Finishes the batch: compresses the records if a codec is set, writes the header, takes the checksum. A second call
   * gives the same bytes.
   *
   * @exercise 1.6 RecordBatchBuilder.build
   * @returns the batch; without compression a slice of the buffer it was written into. Empty if there are no records.
   */
  build(): Uint8Array {
    if (this.#built !== null) return this.#built;
    const batch = this.count === 0 ? this.#buffer.subarray(0, 0) : this.#withCompressedRecords();
    if (this.count > 0) this.#writeHeader(batch);
    this.#built = batch;
    return batch;
  }

  /** The bytes of the batch with its header not yet written. @solution */
  #withCompressedRecords(): Buffer {
    const { compression = "none" } = this.#options;
    if (compression === "none") return this.#buffer.subarray(0, this.#end);
    const records = compress(compression, this.#buffer.subarray(RECORD_BATCH_OVERHEAD, this.#end));
    const batch = Buffer.allocUnsafe(RECORD_BATCH_OVERHEAD + records.length);
    batch.set(records, RECORD_BATCH_OVERHEAD);
    return batch;
  }

  /** @solution */
  #writeHeader(batch: Buffer): void {
    const { baseOffset = 0, partitionLeaderEpoch = layout.NO_PARTITION_LEADER_EPOCH } = this.#options;
    const { producerId = layout.NO_PRODUCER_ID, producerEpoch = layout.NO_PRODUCER_EPOCH } = this.#options;
    const { baseSequence = layout.NO_SEQUENCE } = this.#options;
    writeInt64(batch, layout.BASE_OFFSET_AT, baseOffset);
    writeInt32(batch, layout.BATCH_LENGTH_AT, batch.length - LOG_OVERHEAD);
    writeInt32(batch, layout.PARTITION_LEADER_EPOCH_AT, partitionLeaderEpoch);
    batch[layout.MAGIC_AT] = layout.MAGIC_V2;
    writeInt16(batch, layout.ATTRIBUTES_AT, this.#attributes());
    writeInt32(batch, layout.LAST_OFFSET_DELTA_AT, this.count - 1);
    writeInt64(batch, layout.BASE_TIMESTAMP_AT, this.#baseTimestamp);
    writeInt64(batch, layout.MAX_TIMESTAMP_AT, this.#maxTimestamp);
    writeInt64(batch, layout.PRODUCER_ID_AT, producerId);
    writeInt16(batch, layout.PRODUCER_EPOCH_AT, producerEpoch);
    writeInt32(batch, layout.BASE_SEQUENCE_AT, baseSequence);
    writeInt32(batch, layout.RECORD_COUNT_AT, this.count);
    writeInt32(batch, layout.CRC_AT, crc32c(batch, layout.ATTRIBUTES_AT));
  }

  /** @solution */
  #attributes(): number {
    const { compression = "none", isTransactional = false, isControl = false } = this.#options;
    const flags = (isTransactional ? layout.TRANSACTIONAL_FLAG : 0) | (isControl ? layout.CONTROL_FLAG : 0);
    return compressionId(compression) | flags;
  }
}
