/**
 * What an answer brought of one partition: batches, read one after the other as `poll` asks for records.
 *
 * Source: `org.apache.kafka.clients.consumer.internals.CompletedFetch`.
 *
 * @module
 */
import { KafkaError, rethrowStub } from "#ground/errors";
import { type Int64, safeOffset } from "#ground/int64";
import { type Checksum } from "#ground/runtime";
import { readMarker } from "#log/given/assembly/transaction-marker";
import {
  addInt64,
  batches,
  type Deserializer,
  ensureUndamaged,
  type RecordBatch,
  type RecordCursor,
  SerializationError,
} from "#serialization";
import { type BufferedFetch } from "./buffered-fetch.ts";
import { type BatchContext, ConsumerRecord } from "./assembly/consumer-record.ts";
import { type PartitionState } from "./partition-state.ts";

/** How a consumer reads. */
export interface ReadOptions {
  /** Null: bytes as they are. Otherwise each record is deserialized when `poll` takes it. */
  readonly keyDeserializer: Deserializer<unknown> | null;
  readonly valueDeserializer: Deserializer<unknown> | null;
  /** `check.crcs`. */
  readonly checkCrcs: boolean;
  /** A quicker way to take checksums, if there is one. */
  readonly crc32c: Checksum | undefined;
  /** `isolation.level` is `read_committed`: records of aborted transactions are dropped. */
  readonly isReadCommitted: boolean;
}

/** A part of an answer, as it came. */
export interface FetchedPartition {
  readonly partition: PartitionState;
  readonly nodeId: number;
  readonly answer: number;
  /** What was asked for. The first batch may begin below it. */
  readonly fetchOffset: number;
  readonly records: Uint8Array;
  /** Transactions that were aborted, and from where on; null if it wasn't asked for. */
  readonly aborted: readonly { readonly producerId: Int64; readonly firstOffset: Int64 }[] | null;
}

/** The records of one partition in one answer. */
export class CompletedFetch implements BufferedFetch {
  readonly partition: PartitionState;
  readonly nodeId: number;
  readonly answer: number;
  readonly endOffset: number;
  nextOffset: number;
  leaderEpoch = -1;
  isDrained = false;
  readonly #options: ReadOptions;
  readonly #isEager: boolean;
  readonly #batches: readonly RecordBatch[];
  #nextBatch = 0;
  /** The batch that is being read; null between batches. */
  #cursor: RecordCursor | null = null;
  #context!: BatchContext;
  #baseOffset = 0;
  #lastOffset = 0;
  #baseTimestamp: Int64 = 0;
  /** The time of the append, if the broker's clock counts; null if the producer's does. */
  #appendTimestamp: Int64 | null = null;
  #failure: KafkaError | null = null;
  /** Those still to come, the first one first. */
  readonly #aborted: { readonly producerId: Int64; readonly firstOffset: number }[];
  /** Producers whose records are of an aborted transaction here. */
  readonly #abortedProducers = new Set<Int64>();

  /** @throws KafkaError CORRUPT_MESSAGE when the answer holds no batches */
  constructor({ partition, nodeId, answer, fetchOffset, records, aborted }: FetchedPartition, options: ReadOptions) {
    this.partition = partition;
    this.nodeId = nodeId;
    this.answer = answer;
    this.nextOffset = fetchOffset;
    this.#options = options;
    this.#isEager = options.keyDeserializer !== null || options.valueDeserializer !== null;
    this.#batches = [...batches(records)];
    const last = this.#batches.at(-1);
    const end = last === undefined ? fetchOffset : safeOffset(last.lastOffset, "offset") + 1;
    this.endOffset = Math.max(fetchOffset, end);
    this.#aborted = (options.isReadCommitted ? (aborted ?? []) : [])
      .map(({ producerId, firstOffset }) => ({ producerId, firstOffset: safeOffset(firstOffset, "firstOffset") }))
      .sort((a, b) => a.firstOffset - b.firstOffset);
  }

  take(max: number, into: ConsumerRecord[]): void {
    if (this.#failure !== null) throw this.#failure;
    const limit = into.length + max;
    try {
      while (into.length < limit && !this.isDrained) {
        if (this.#cursor === null && !this.#openBatch()) continue;
        this.#read(limit, into);
      }
    } catch (error) {
      rethrowStub(error);
      this.#failure = this.#named(error);
      throw this.#failure;
    }
  }

  /** Reads on in the open batch. */
  #read(limit: number, into: ConsumerRecord[]): void {
    const cursor = this.#cursor!;
    const context = this.#context;
    const [baseOffset, baseTimestamp, appendTimestamp] = [this.#baseOffset, this.#baseTimestamp, this.#appendTimestamp];
    while (into.length < limit && cursor.next()) {
      const offset = baseOffset + cursor.offsetDelta;
      // The broker sends whole batches: what lies before the position was not asked for.
      if (offset < this.nextOffset) continue;
      const timestamp = appendTimestamp ?? addInt64(baseTimestamp, cursor.timestampDelta);
      const record = new ConsumerRecord(context, cursor, offset, timestamp);
      if (this.#isEager) this.#deserialize(record);
      into.push(record);
      this.nextOffset = offset + 1;
    }
    if (cursor.left === 0) this.#closeBatch();
  }

  #deserialize(record: ConsumerRecord): void {
    const { keyDeserializer, valueDeserializer } = this.#options;
    if (keyDeserializer !== null) void record.key;
    if (valueDeserializer !== null) void record.value;
  }

  /** @returns whether there is a batch to read from now: what isn't for the program is passed over */
  #openBatch(): boolean {
    const batch = this.#batches[this.#nextBatch];
    if (batch === undefined) {
      this.isDrained = true;
      return false;
    }
    this.#lastOffset = safeOffset(batch.lastOffset, "offset");
    if (this.#options.checkCrcs) ensureUndamaged(batch, this.#options.crc32c);
    if (this.#isForNobody(batch)) {
      this.#closeBatch();
      return false;
    }
    const { topic, partition } = this.partition;
    this.#baseOffset = safeOffset(batch.baseOffset, "offset");
    this.#baseTimestamp = batch.baseTimestamp;
    this.#appendTimestamp = batch.timestampType === "LogAppendTime" ? batch.maxTimestamp : null;
    this.#cursor = batch.cursor();
    this.#context = {
      topic,
      partition,
      leaderEpoch: batch.partitionLeaderEpoch,
      timestampType: batch.timestampType,
      bytes: this.#cursor.bytes,
      keyDeserializer: this.#options.keyDeserializer,
      valueDeserializer: this.#options.valueDeserializer,
    };
    this.leaderEpoch = batch.partitionLeaderEpoch;
    return true;
  }

  #closeBatch(): void {
    this.#cursor = null;
    this.#nextBatch++;
    // Compaction takes records out, also the last ones; the batch still says where it ended.
    this.nextOffset = Math.max(this.nextOffset, this.#lastOffset + 1);
    if (this.#nextBatch === this.#batches.length) this.isDrained = true;
  }

  /** Markers of the log are; and for `read_committed`, what was aborted. Follows the transactions batch by batch. */
  #isForNobody(batch: RecordBatch): boolean {
    if (!this.#options.isReadCommitted || !batch.isTransactional) return batch.isControl;
    while (this.#aborted.length > 0 && this.#aborted[0]!.firstOffset <= this.#lastOffset) {
      this.#abortedProducers.add(this.#aborted.shift()!.producerId);
    }
    if (batch.isControl && readMarker(batch)?.isAbort === true) this.#abortedProducers.delete(batch.producerId);
    return batch.isControl || this.#abortedProducers.has(batch.producerId);
  }

  #named(error: unknown): KafkaError {
    if (error instanceof SerializationError) return error;
    const { message } = error as Error;
    const code = error instanceof KafkaError ? error.code : "CORRUPT_MESSAGE";
    const place = `${this.partition.name} can't be read at offset ${this.nextOffset}`;
    return new KafkaError(code, `${place}: ${message} To go on, seek past it.`, { cause: error });
  }
}
