/**
 * The records that go to one partition together.
 *
 * Source: `org.apache.kafka.clients.producer.internals.ProducerBatch`.
 *
 * @module
 */
import { NotImplementedError } from "#ground/errors";
import { Buffer } from "node:buffer";
import { type Int64 } from "#ground/int64";
import { type CompressionType } from "#ground/compression/compression";
import {
  addSequence,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  NO_SEQUENCE,
  RECORD_BATCH_OVERHEAD, RecordBatchBuilder,
  type RecordHeader,
  sizeOfRecordBody,
  sizeOfVarint
} from "#serialization";
import { BatchResult } from "./batch-result.ts";
import { type CompressionRatio } from "#accumulator/given/compression-ratio";
import { type TopicPartition } from "#ground/topic-partition";

/** What a batch is made with. */
export interface ProducerBatchOptions extends TopicPartition {
  /** When its first record came: `linger.ms` and `delivery.timeout.ms` count from here. */
  readonly createdMs: number;
  /** Memory for the records: it belongs to the batch until that is deallocated. When it is full, so is the batch. */
  readonly buffer: Buffer;
  readonly compression: CompressionType;
  /** The topic's estimate; corrected when the batch is built. */
  readonly compressionRatio: CompressionRatio;
  /** Whether a split has made it; then `buffer` is not the pool's. */
  readonly isSplitBatch?: boolean;
  /** Told when a user's callback throws. */
  readonly onCallbackError: (error: unknown) => void;
}

/** Compressed batches are filled a little less than the estimate allows: one that is too large costs a round trip. */
const ESTIMATE_SAFETY = 1.05;

/** Bytes of a batch that holds this record and no other, before compression. */
export function sizeOfBatchWith(
  key: Uint8Array | null,
  value: Uint8Array | null,
  headers: readonly RecordHeader[],
): number {
  const bodySize = sizeOfRecordBody(0, 0, key, value, headers);
  return RECORD_BATCH_OVERHEAD + sizeOfVarint(bodySize) + bodySize;
}

/**
 * One batch. Its life: records are appended; it is closed for appends, because it is full or about to leave; it is
 * built, and sent, perhaps several times; its {@link result} is settled; its memory is given back.
 */
export class ProducerBatch implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  readonly createdMs: number;
  readonly isSplitBatch: boolean;
  /** What becomes of its records. */
  readonly result: BatchResult;
  /** The memory that it was made with. */
  readonly buffer: Buffer;
  /** How often it was sent in vain. */
  attempts: number = 0;
  /** It is not sent again before this time. */
  retryAtMs: number = 0;
  producerId: Int64 = NO_PRODUCER_ID;
  producerEpoch: number = NO_PRODUCER_EPOCH;
  /** The sequence number of the first record; −1 for none. */
  baseSequence: number = NO_SEQUENCE;
  /** How many writes hold its bytes now: see `RecordAccumulator.lend`. */
  lends: number = 0;
  /** Nobody but those writes needs its memory any more. */
  isDeallocated: boolean = false;

  readonly #options: ProducerBatchOptions;
  readonly #builder: RecordBatchBuilder;
  readonly #estimatedRatio: number;
  #baseTimestamp = 0;
  #leaderEpoch = -1;
  #isTransactional = false;
  #isWritable = true;
  #built: Uint8Array | null = null;

  constructor(options: ProducerBatchOptions) {
    const { topic, partition, createdMs, buffer, compression, compressionRatio, isSplitBatch = false } = options;
    this.topic = topic;
    this.partition = partition;
    this.createdMs = createdMs;
    this.buffer = buffer;
    this.isSplitBatch = isSplitBatch;
    this.result = new BatchResult(topic, partition, options.onCallbackError);
    this.#options = options;
    this.#builder = new RecordBatchBuilder({ buffer, compression });
    this.#estimatedRatio = compression === "none" ? 1 : compressionRatio.estimate * ESTIMATE_SAFETY;
  }

  /** How many records it has. The index of the last one is one less. */
  get recordCount(): number {
    return this.#builder.count;
  }

  /** Bytes of the batch, header included: exact once it is built, and without compression; else an estimate. */
  get estimatedSizeInBytes(): number {
    if (this.#built !== null) return this.#built.length;
    return RECORD_BATCH_OVERHEAD + (this.#builder.sizeInBytes - RECORD_BATCH_OVERHEAD) * this.#estimatedRatio;
  }

  /** Size of the built records over their size before compression. */
  get compressionRatio(): number {
    const before = this.#builder.sizeInBytes - RECORD_BATCH_OVERHEAD;
    return (this.build().length - RECORD_BATCH_OVERHEAD) / before;
  }

  /** Whether it takes no more records: closed for appends, or as large as it should get. */
  get isFull(): boolean {
    return !this.#isWritable || (this.recordCount > 0 && this.estimatedSizeInBytes >= this.buffer.length);
  }

  /** Whether it has sequence numbers: it has left the accumulator once, and may have reached the broker. */
  get hasSequence(): boolean {
    return this.baseSequence !== NO_SEQUENCE;
  }

  /** The sequence number of the last record (inclusive); −1 for none. */
  get lastSequence(): number {
    return addSequence(this.baseSequence, this.recordCount - 1);
  }

  /**
   * Whether one more record fits. The first one always does, whatever its size: the buffer was made for it. After
   * {@link closeForAppends} none does. Otherwise it fits if {@link estimatedSizeInBytes} and the record's size before
   * compression are together at most the length of {@link buffer}.
   *
   * @exercise 3.3 ProducerBatch.hasRoomFor
   */
  hasRoomFor(
    timestampMs: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
    headers: readonly RecordHeader[],
  ): boolean {
    throw new NotImplementedError("3.3 ProducerBatch.hasRoomFor");
  }

  /**
   * Adds a record, if it fits ({@link hasRoomFor}). Key, value and headers are copied. The timestamp of the first
   * record is the one that those of all others are counted from. The {@link result} has one record more. If the record
   * can't be encoded, the builder's error goes on to the caller.
   *
   * @exercise 3.3 ProducerBatch.tryAppend
   * @param timestampMs - the record's own: milliseconds since the epoch
   * @returns whether it is in; if not, or after an error, nothing has changed
   */
  tryAppend(
    timestampMs: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
    headers: readonly RecordHeader[],
  ): boolean {
    throw new NotImplementedError("3.3 ProducerBatch.tryAppend");
  }

  /** From now on no record fits. Idempotent. */
  closeForAppends(): void {
    this.#isWritable = false;
  }

  /**
   * The partition has a leader of this epoch. If that is a later one than this batch has ever heard of, the next
   * attempt need not wait any more ({@link retryAtMs}): who failed was another (KIP-951). Else nothing changes:
   * metadata may be older than what is known.
   *
   * @exercise 3.5 ProducerBatch.sawLeader
   */
  sawLeader(epoch: number): void {
    throw new NotImplementedError("3.5 ProducerBatch.sawLeader");
  }

  /**
   * Says who sends it, and the sequence number of its first record. May be called again before another attempt, after
   * the producer's epoch has changed, but not while a write holds its bytes.
   */
  setProducerState(producerId: Int64, producerEpoch: number, baseSequence: number, isTransactional: boolean): void {
    this.producerId = producerId;
    this.producerEpoch = producerEpoch;
    this.baseSequence = baseSequence;
    this.#isTransactional = isTransactional;
    this.#builder.setProducerState(producerId, producerEpoch, baseSequence, isTransactional);
    this.#built = null;
  }

  /**
   * The bytes to send. Without compression they lie in {@link buffer}: they are gone when that is given back. The first
   * call closes the batch for appends and, with compression, corrects the topic's estimate.
   */
  build(): Uint8Array {
    if (this.#built === null) {
      this.closeForAppends();
      this.#built = this.#builder.build();
      if (this.#options.compression !== "none") this.#options.compressionRatio.update(this.compressionRatio);
    }
    return this.#built;
  }

  /**
   * Distributes the records, in order, over smaller batches. Each is filled as far as `maxBytes` allows; a record that
   * is larger gets a batch of its own. Each part is as old as this batch, and takes over the callbacks of its records.
   * If this batch has sequence numbers, each record keeps its own: it may have reached the broker.
   *
   * This batch's result is settled by it: the parts' results take its place ({@link BatchResult.splitInto}).
   *
   * @exercise 3.7 ProducerBatch.split
   * @returns the parts, closed for appends; one {@link newPart} each
   */
  split(maxBytes: number): ProducerBatch[] {
    throw new NotImplementedError("3.7 ProducerBatch.split");
  }

  /** An empty batch for the same partition, as old as this one, with `bytes` of memory that are not the pool's. */
  newPart(bytes: number): ProducerBatch {
    return new ProducerBatch({ ...this.#options, buffer: Buffer.allocUnsafeSlow(bytes), isSplitBatch: true });
  }
}
