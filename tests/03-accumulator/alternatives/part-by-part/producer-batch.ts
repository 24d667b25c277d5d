// Different from the reference: room is asked for as bytes that are left; a split goes from part to part, not from
// record to record, and each part knows its sequence number before it has a record.
import { Buffer } from "node:buffer";
import { type Int64 } from "#ground/int64";
import { type CompressionType } from "#ground/compression/compression";
import {
  addSequence,
  NO_PRODUCER_EPOCH,
  NO_PRODUCER_ID,
  NO_SEQUENCE,
  RECORD_BATCH_OVERHEAD,
  type Record,
  RecordBatch,
  RecordBatchBuilder,
  type RecordHeader,
  sizeOfRecordBody,
  sizeOfVarint,
} from "#serialization";
import { BatchResult } from "#accumulator/batch-result";
import { type CompressionRatio } from "#accumulator/given/compression-ratio";
import { type TopicPartition } from "#ground/topic-partition";

export interface ProducerBatchOptions extends TopicPartition {
  readonly createdMs: number;
  readonly buffer: Buffer;
  readonly compression: CompressionType;
  readonly compressionRatio: CompressionRatio;
  readonly isSplitBatch?: boolean;
  readonly onCallbackError: (error: unknown) => void;
}

const ESTIMATE_SAFETY = 1.05;

export function sizeOfBatchWith(
  key: Uint8Array | null,
  value: Uint8Array | null,
  headers: readonly RecordHeader[],
): number {
  const bodySize = sizeOfRecordBody(0, 0, key, value, headers);
  return RECORD_BATCH_OVERHEAD + sizeOfVarint(bodySize) + bodySize;
}

export class ProducerBatch implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  readonly createdMs: number;
  readonly isSplitBatch: boolean;
  readonly result: BatchResult;
  readonly buffer: Buffer;
  attempts: number = 0;
  retryAtMs: number = 0;
  producerId: Int64 = NO_PRODUCER_ID;
  producerEpoch: number = NO_PRODUCER_EPOCH;
  baseSequence: number = NO_SEQUENCE;
  lends: number = 0;
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

  get recordCount(): number {
    return this.#builder.count;
  }

  get estimatedSizeInBytes(): number {
    if (this.#built !== null) return this.#built.length;
    return RECORD_BATCH_OVERHEAD + (this.#builder.sizeInBytes - RECORD_BATCH_OVERHEAD) * this.#estimatedRatio;
  }

  get compressionRatio(): number {
    const before = this.#builder.sizeInBytes - RECORD_BATCH_OVERHEAD;
    return (this.build().length - RECORD_BATCH_OVERHEAD) / before;
  }

  get isFull(): boolean {
    return !this.#isWritable || (this.recordCount > 0 && this.estimatedSizeInBytes >= this.buffer.length);
  }

  get hasSequence(): boolean {
    return this.baseSequence !== NO_SEQUENCE;
  }

  get lastSequence(): number {
    return addSequence(this.baseSequence, this.recordCount - 1);
  }

  hasRoomFor(
    timestampMs: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
    headers: readonly RecordHeader[],
  ): boolean {
    if (this.recordCount === 0 || !this.#isWritable) return this.#isWritable;
    const bytesLeft = this.buffer.length - this.estimatedSizeInBytes;
    const bodySize = sizeOfRecordBody(timestampMs - this.#baseTimestamp, this.recordCount, key, value, headers);
    return bytesLeft >= bodySize + sizeOfVarint(bodySize);
  }

  tryAppend(
    timestampMs: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
    headers: readonly RecordHeader[],
  ): boolean {
    if (!this.hasRoomFor(timestampMs, key, value, headers)) return false;
    if (this.recordCount === 0) this.#baseTimestamp = timestampMs;
    this.#builder.append(timestampMs, key, value, headers);
    this.result.addRecord(timestampMs);
    return true;
  }

  closeForAppends(): void {
    this.#isWritable = false;
  }

  sawLeader(epoch: number): void {
    if (epoch <= this.#leaderEpoch) return;
    this.#leaderEpoch = epoch;
    this.retryAtMs = 0;
  }

  setProducerState(producerId: Int64, producerEpoch: number, baseSequence: number, isTransactional: boolean): void {
    this.producerId = producerId;
    this.producerEpoch = producerEpoch;
    this.baseSequence = baseSequence;
    this.#isTransactional = isTransactional;
    this.#builder.setProducerState(producerId, producerEpoch, baseSequence, isTransactional);
    this.#built = null;
  }

  build(): Uint8Array {
    if (this.#built === null) {
      this.closeForAppends();
      this.#built = this.#builder.build();
      if (this.#options.compression !== "none") this.#options.compressionRatio.update(this.compressionRatio);
    }
    return this.#built;
  }

  split(maxBytes: number): ProducerBatch[] {
    const records = [...new RecordBatch(this.build()).records()];
    const parts: ProducerBatch[] = [];
    for (let done = 0; done < records.length; done += parts.at(-1)!.recordCount) {
      const { key, value, headers } = records[done]!;
      const part = this.newPart(Math.max(maxBytes, sizeOfBatchWith(key, value, headers)));
      if (this.hasSequence) {
        const first = addSequence(this.baseSequence, done);
        part.setProducerState(this.producerId, this.producerEpoch, first, this.#isTransactional);
      }
      const refused = records.slice(done).findIndex((record) => !part.#takes(record));
      const count = refused === -1 ? records.length - done : refused;
      part.closeForAppends();
      for (let i = 0; i < count; i++) {
        const callback = this.result.callbackOf(done + i);
        if (callback !== undefined) part.result.onCompletion(i, callback);
      }
      parts.push(part);
    }
    this.result.splitInto(parts.map(({ result }) => result));
    return parts;
  }

  #takes({ timestamp, key, value, headers }: Record): boolean {
    return this.tryAppend(Number(timestamp), key, value, headers);
  }

  newPart(bytes: number): ProducerBatch {
    return new ProducerBatch({ ...this.#options, buffer: Buffer.allocUnsafeSlow(bytes), isSplitBatch: true });
  }
}
