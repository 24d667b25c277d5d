/**
 * Building a record batch: records are written one after the other into one buffer, behind room for the header, which
 * is written last, when all is known.
 *
 * Source: `org.apache.kafka.common.record.MemoryRecordsBuilder`.
 *
 * @module
 */
import { NotImplementedError } from "#ground/errors";
import { Buffer } from "node:buffer";
import { type Int64 } from "#ground/int64";
import { type CompressionType } from "./compression.ts";
import { NO_HEADERS, type RecordHeader } from "./headers.ts";
import * as layout from "./record-batch-layout.ts";
import { RECORD_BATCH_OVERHEAD } from "./record-batch-layout.ts";

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
    throw new NotImplementedError("1.6 RecordBatchBuilder.hasRoomFor");
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
    throw new NotImplementedError("1.6 RecordBatchBuilder.append");
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
    throw new NotImplementedError("1.6 RecordBatchBuilder.build");
  }
}
