/**
 * Building a record batch: records are written one after the other into one buffer, behind room for the header, which
 * is written last, when all is known.
 *
 * Source: `org.apache.kafka.common.record.MemoryRecordsBuilder`.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { KafkaError, NotImplementedError } from "#ground/errors";
import { type Int64 } from "#ground/int64";
import { type CompressionType } from "#ground/compression/compression";
import { NO_HEADERS, type RecordHeader } from "#serialization/given/headers";
import * as layout from "#serialization/given/record-batch-layout";
import { RECORD_BATCH_OVERHEAD } from "#serialization/given/record-batch-layout";

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
    throw new NotImplementedError("1.6 RecordBatchBuilder.hasRoomFor");
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
    throw new NotImplementedError("1.6 RecordBatchBuilder.append");
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
    throw new NotImplementedError("1.6 RecordBatchBuilder.build");
  }
}

/** @throws KafkaError INVALID_TIMESTAMP unless `timestampMs` is a whole number from 0 on, or −1 */
export function checkTimestamp(timestampMs: number): void {
  if (Number.isSafeInteger(timestampMs) && timestampMs >= layout.NO_TIMESTAMP) return;
  const expected = "whole milliseconds since the epoch, or −1 for none";
  throw new KafkaError("INVALID_TIMESTAMP", `Expected ${expected}; got ${timestampMs}.`);
}
