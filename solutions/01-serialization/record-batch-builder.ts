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
import { compress, compressionId, type CompressionType } from "#ground/compression/compression";
import { crc32c } from "./crc32c.ts";
import { NO_HEADERS, type RecordHeader } from "#serialization/given/headers";
import * as layout from "#serialization/given/record-batch-layout";
import { LOG_OVERHEAD, RECORD_BATCH_OVERHEAD } from "#serialization/given/record-batch-layout";
import { sizeOfRecordBody, writeRecord } from "./record-encoding.ts";
import { sizeOfVarint } from "./varint.ts";

/** What a batch is like, besides its records. What is left out is "none". */
export interface RecordBatchOptions {
  /**
   * Memory to write into. It is lent: {@link RecordBatchBuilder.build}'s result lies in it. Its length is the capacity,
   * unless that is given, too.
   */
  readonly buffer?: Uint8Array;
  /** Bytes of a batch, header included, at which it counts as full (`batch.size`); 16,384 if not given. */
  readonly capacity?: number;
  readonly compression?: CompressionType;
  /** 0 if not given, and that is what a producer sends: the broker gives out the offsets. */
  readonly baseOffset?: Int64;
  readonly partitionLeaderEpoch?: number;
  readonly producerId?: Int64;
  readonly producerEpoch?: number;
  /** The sequence number of the first record. */
  readonly baseSequence?: number;
  readonly isTransactional?: boolean;
  readonly isControl?: boolean;
}

/** Kafka's default for `batch.size`. */
const DEFAULT_CAPACITY = 16_384;

/** One batch in the making. Timestamps are the producer's (CreateTime): only a broker sets another type. */
export class RecordBatchBuilder {
  /** How many records have been appended. */
  count: number = 0;
  #options: RecordBatchOptions;
  readonly #capacity: number;
  /** Room for the header, the records so far, room for more. */
  #buffer: Buffer;
  /** Where the next record goes. */
  #end: number = RECORD_BATCH_OVERHEAD;
  /** The first record's timestamp. */
  #baseTimestamp: number = layout.NO_TIMESTAMP;
  #maxTimestamp: number = layout.NO_TIMESTAMP;
  /** No more records: the batch has been built. */
  #closed: boolean = false;
  #built: Uint8Array | null = null;

  constructor(options: RecordBatchOptions = {}) {
    const { buffer, capacity = buffer?.length ?? DEFAULT_CAPACITY } = options;
    this.#options = options;
    this.#capacity = capacity;
    this.#buffer =
      buffer === undefined || buffer.length < RECORD_BATCH_OVERHEAD
        ? Buffer.allocUnsafe(Math.max(capacity, RECORD_BATCH_OVERHEAD))
        : Buffer.from(buffer.buffer, buffer.byteOffset, buffer.length);
  }

  /** Bytes of the batch so far, header included, before compression. */
  get sizeInBytes(): number {
    return this.#end;
  }

  /**
   * Whether the batch with one more record fits into the capacity. The first record always does, however large: no
   * other batch would have more room for it.
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
   * Adds a record behind those that are there. Its offset is the next one, its timestamp is stored as the difference
   * to the first record's. Key, value and headers are copied: they are the caller's again when this returns.
   *
   * Whether a batch is full is the caller's question ({@link RecordBatchBuilder.hasRoomFor}); a record that is
   * appended all the same makes the buffer grow.
   *
   * @exercise 1.6 RecordBatchBuilder.append
   * @param timestampMs - milliseconds since the epoch, a whole number; −1 for none
   * @throws KafkaError INVALID_TIMESTAMP for any other number: {@link checkTimestamp}
   * @throws KafkaError INVALID_REQUEST after {@link RecordBatchBuilder.build}
   */
  append(
    timestampMs: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
    headers: readonly RecordHeader[] = NO_HEADERS,
  ): void {
    if (this.#closed) throw new KafkaError("INVALID_REQUEST", "The batch is built; no record can be added.");
    checkTimestamp(timestampMs);
    if (this.count === 0) this.#baseTimestamp = timestampMs;
    this.#maxTimestamp = Math.max(this.#maxTimestamp, timestampMs);
    const timestampDelta = timestampMs - this.#baseTimestamp;
    const bodySize = sizeOfRecordBody(timestampDelta, this.count, key, value, headers);
    this.#makeRoom(sizeOfVarint(bodySize) + bodySize);
    this.#end = writeRecord(this.#buffer, this.#end, bodySize, timestampDelta, this.count, key, value, headers);
    this.count++;
  }

  /** Moves to a larger buffer when fewer than `bytes` are left in this one. */
  #makeRoom(bytes: number): void {
    const needed = this.#end + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, 2 * this.#buffer.length));
    this.#buffer.copy(larger, 0, 0, this.#end);
    this.#buffer = larger;
  }

  /**
   * Says who sends the batch and with which number its first record comes: a producer knows it only when the batch is
   * sent. One that has been built already is made again, with the new header, by the next
   * {@link RecordBatchBuilder.build}.
   */
  setProducerState(producerId: Int64, producerEpoch: number, baseSequence: number, isTransactional: boolean): void {
    this.#options = { ...this.#options, producerId, producerEpoch, baseSequence, isTransactional };
    this.#built = null;
  }

  /**
   * Finishes the batch: compresses the records, all together, if there is a codec; then writes the header in front of
   * them, and the checksum last, for it covers most of the header. Called again it gives the same bytes. After it
   * nothing can be appended, also if there were no records.
   *
   * @exercise 1.6 RecordBatchBuilder.build
   * @returns the batch; without a codec a slice of the buffer it was written into. No bytes if there are no records.
   */
  build(): Uint8Array {
    if (this.#built !== null) return this.#built;
    this.#closed = true;
    if (this.count === 0) return (this.#built = new Uint8Array(0));
    const { compression = "none", isTransactional = false, isControl = false } = this.#options;
    const batch = compression === "none" ? this.#buffer.subarray(0, this.#end) : this.#compressed(compression);
    let attributes = compressionId(compression);
    if (isTransactional) attributes |= layout.TRANSACTIONAL_FLAG;
    if (isControl) attributes |= layout.CONTROL_FLAG;
    const { baseOffset = 0, partitionLeaderEpoch = layout.NO_PARTITION_LEADER_EPOCH } = this.#options;
    writeInt64(batch, layout.BASE_OFFSET_AT, baseOffset);
    writeInt32(batch, layout.BATCH_LENGTH_AT, batch.length - LOG_OVERHEAD);
    writeInt32(batch, layout.PARTITION_LEADER_EPOCH_AT, partitionLeaderEpoch);
    batch[layout.MAGIC_AT] = layout.MAGIC_V2;
    writeInt16(batch, layout.ATTRIBUTES_AT, attributes);
    writeInt32(batch, layout.LAST_OFFSET_DELTA_AT, this.count - 1);
    writeInt64(batch, layout.BASE_TIMESTAMP_AT, this.#baseTimestamp);
    writeInt64(batch, layout.MAX_TIMESTAMP_AT, this.#maxTimestamp);
    writeInt64(batch, layout.PRODUCER_ID_AT, this.#options.producerId ?? layout.NO_PRODUCER_ID);
    writeInt16(batch, layout.PRODUCER_EPOCH_AT, this.#options.producerEpoch ?? layout.NO_PRODUCER_EPOCH);
    writeInt32(batch, layout.BASE_SEQUENCE_AT, this.#options.baseSequence ?? layout.NO_SEQUENCE);
    writeInt32(batch, layout.RECORD_COUNT_AT, this.count);
    writeInt32(batch, layout.CRC_AT, crc32c(batch, layout.ATTRIBUTES_AT));
    this.#built = batch;
    return batch;
  }

  /**
   * Room for the header, and the compressed records behind it.
   * @solution
   */
  #compressed(codec: CompressionType): Buffer {
    const records = compress(codec, this.#buffer.subarray(RECORD_BATCH_OVERHEAD, this.#end));
    const batch = Buffer.allocUnsafe(RECORD_BATCH_OVERHEAD + records.length);
    batch.set(records, RECORD_BATCH_OVERHEAD);
    return batch;
  }
}

/** @throws KafkaError INVALID_TIMESTAMP unless `timestampMs` is a whole number from 0 on, or −1 */
export function checkTimestamp(timestampMs: number): void {
  if (Number.isSafeInteger(timestampMs) && timestampMs >= layout.NO_TIMESTAMP) return;
  const expected = "whole milliseconds since the epoch, or −1 for none";
  throw new KafkaError("INVALID_TIMESTAMP", `Expected ${expected}; got ${timestampMs}.`);
}
