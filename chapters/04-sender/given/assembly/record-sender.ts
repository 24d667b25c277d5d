/**
 * The way of one record from `send` into a batch: serialize it, wait for the topic's partitions, choose one, wait for
 * memory. From there the {@link SenderLoop} takes it.
 *
 * Source: `KafkaProducer.doSend`.
 *
 * @module
 */
import {
  BufferExhaustedError,
  ProducerClosedError,
  type SendCallback,
  sizeOfBatchWith,
  type TopicQueues,
} from "#accumulator";
import { type Cluster } from "#ground/cluster";
import { KafkaError, rethrowStub } from "#ground/errors";
import { type Clock } from "#ground/runtime";
import { validateTopicName } from "#ground/topic-name";
import { type RecordHeader } from "#serialization";
import { type ProducerParts } from "./producer-parts.ts";
import { checkBytes, checkRecord, checkTopicAndTime, type ProducerRecord, toHeaders } from "./producer-record.ts";
import { type SendFailures } from "./send-failures.ts";
import { SendFuture } from "./send-future.ts";
import { WaitingRecord } from "./waiting-record.ts";

/**
 * More than the header of a batch and the lengths in a record take: what is smaller than a limit by so much need not be
 * measured.
 */
const MOST_OVERHEAD = 128;
/** So often a topic is marked as used. */
const USE_EVERY_MS = 1_000;

/** Limits for records. */
export interface RecordLimits {
  /** `max.request.size`, in bytes. */
  readonly maxRequestSize: number;
  /** `buffer.memory`, in bytes: also the limit of what waits for metadata, and of what waits for memory. */
  readonly bufferMemory: number;
  /** `max.block.ms`. */
  readonly maxBlockMs: number;
}

/** A serialized record, while it waits. */
interface SerializedRecord {
  readonly record: ProducerRecord;
  readonly timestamp: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly RecordHeader[];
}

interface TopicHandle {
  readonly queues: TopicQueues;
  usedMs: number;
}

/** Puts records into batches. */
export class RecordSender {
  readonly #clock: Clock;
  readonly #parts: ProducerParts;
  readonly #limits: RecordLimits;
  readonly #failures: SendFailures;
  readonly #topics = new Map<string, TopicHandle>();
  #isClosed = false;

  constructor(clock: Clock, parts: ProducerParts, limits: RecordLimits, failures: SendFailures) {
    this.#clock = clock;
    this.#parts = parts;
    this.#limits = limits;
    this.#failures = failures;
  }

  /** From now on every record is refused; those that wait go on. */
  close(): void {
    this.#isClosed = true;
  }

  /** Sends a record. Never throws: what can't be sent is a send that has failed. */
  send(record: ProducerRecord, callback: SendCallback | null): SendFuture {
    try {
      if (this.#isClosed) throw closedError();
      checkRecord(record);
      const { keySerializer, valueSerializer } = this.#parts;
      const { topic, key = null, value = null } = record;
      const headers = record.headers === undefined ? [] : toHeaders(record.headers);
      const keyBytes = keySerializer.serialize(topic, headers, key);
      const valueBytes = valueSerializer.serialize(topic, headers, value);
      checkBytes("the serialized key", keyBytes);
      checkBytes("the serialized value", valueBytes);
      for (const header of headers) checkBytes(`header ${header.key}`, header.value);
      const timestamp = record.timestamp ?? this.#clock.wallMs();
      checkTopicAndTime(topic, timestamp);
      return this.#append(record, timestamp, keyBytes, valueBytes, headers, callback, this.#clock.nowMs());
    } catch (thrown) {
      return this.refuse(thrown, callback);
    }
  }

  /** A send that fails at once. @param thrown - by a user's code perhaps, and then it can be anything */
  refuse(thrown: unknown, callback: SendCallback | null): SendFuture {
    rethrowStub(thrown);
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    return this.#failures.refuse(error.message, () => error, callback);
  }

  /** Encodes a record into a batch at once, if that can be: then nothing of it is kept. Else it waits. */
  #append(
    record: ProducerRecord,
    timestamp: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
    headers: readonly RecordHeader[],
    callback: SendCallback | null,
    now: number,
  ): SendFuture {
    const { metadata, accumulator, loop } = this.#parts;
    this.#checkSize(key, value, headers);
    const { queues } = this.#handleOf(record.topic, now);
    const { cluster } = metadata;
    const partitionCount = cluster.partitionCountForTopic(record.topic);
    if (partitionCount === undefined || isAbove(record.partition, partitionCount)) {
      return this.#waitForMetadata({ record, timestamp, key, value, headers }, callback, now);
    }
    const partition = this.#partition(queues, record, timestamp, key, value, headers, cluster);
    const batch = accumulator.append(queues, partition, timestamp, key, value, headers, cluster, now);
    if (batch === null) {
      return this.#waitForMemory({ record, timestamp, key, value, headers }, partition, callback, now);
    }
    const index = batch.recordCount - 1;
    if (callback !== null) batch.result.onCompletion(index, callback);
    if (index === 0 || batch.isFull) loop.wakeup();
    return new SendFuture(batch.result, index);
  }

  #checkSize(key: Uint8Array | null, value: Uint8Array | null, headers: readonly RecordHeader[]): void {
    const { maxRequestSize, bufferMemory } = this.#limits;
    const most = Math.min(maxRequestSize, bufferMemory);
    const length = (key?.length ?? 0) + (value?.length ?? 0);
    if (headers.length === 0 && length + MOST_OVERHEAD <= most) return;
    const size = sizeOfBatchWith(key, value, headers);
    if (size <= most) return;
    const limit = size > maxRequestSize ? `max.request.size (${maxRequestSize})` : `buffer.memory (${bufferMemory})`;
    throw new KafkaError("MESSAGE_TOO_LARGE", `The record takes ${size} bytes, which is more than ${limit}.`);
  }

  #handleOf(topic: string, now: number): TopicHandle {
    let handle = this.#topics.get(topic);
    if (handle === undefined) {
      validateTopicName(topic);
      handle = { queues: this.#parts.accumulator.topic(topic), usedMs: -Infinity };
      this.#topics.set(topic, handle);
    }
    if (now - handle.usedMs >= USE_EVERY_MS) {
      handle.usedMs = now;
      this.#parts.metadata.use(topic, now);
    }
    return handle;
  }

  #partition(
    queues: TopicQueues,
    record: ProducerRecord,
    timestamp: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
    headers: readonly RecordHeader[],
    cluster: Cluster,
  ): number {
    const { chooser, accumulator } = this.#parts;
    const partition = chooser.choose(record, key, value, cluster);
    const { partitioner } = chooser;
    if (partitioner?.onNewBatch === undefined || (record.partition ?? null) !== null) return partition;
    if (!accumulator.needsNewBatch(queues, partition, timestamp, key, value, headers)) return partition;
    partitioner.onNewBatch(record.topic, cluster, partition);
    return chooser.choose(record, key, value, cluster);
  }

  #waitForMetadata(send: SerializedRecord, callback: SendCallback | null, now: number): SendFuture {
    const { line, loop, metadata } = this.#parts;
    const { topic } = send.record;
    const heldBytes = sizeOfBatchWith(send.key, send.value, send.headers);
    if (line.heldBytes + heldBytes > this.#limits.bufferMemory) return this.#tooMuch("metadata", callback);
    const waiting = new WaitingRecord(topic, callback, this.#failures);
    const deadlineMs = now + this.#limits.maxBlockMs;
    // A topic that is new to us is asked about anyway; of one that is known, a partition may have been added just now.
    if (metadata.cluster.partitionCountForTopic(topic) !== undefined) metadata.requestUpdate();
    line.wait({
      topic,
      partition: send.record.partition ?? -1,
      heldBytes,
      deadlineMs,
      proceed: (cluster, later) => waiting.attempt(() => this.#place(send, cluster, waiting, later, deadlineMs)),
      fail: (error) => waiting.fail(error),
    });
    loop.wakeup();
    return waiting.future;
  }

  /** The partitions are known now: goes on as {@link send} would have. */
  #place(send: SerializedRecord, cluster: Cluster, waiting: WaitingRecord, now: number, deadlineMs: number): void {
    const { record, timestamp, key, value, headers } = send;
    const { accumulator, loop } = this.#parts;
    const { queues } = this.#handleOf(record.topic, now);
    const partition = this.#partition(queues, record, timestamp, key, value, headers, cluster);
    const batch = accumulator.append(queues, partition, timestamp, key, value, headers, cluster, now);
    if (batch === null) this.#getInLine(send, partition, waiting, now, deadlineMs);
    else waiting.appended(batch, batch.recordCount - 1);
    loop.wakeup();
  }

  #waitForMemory(
    send: SerializedRecord,
    partition: number,
    callback: SendCallback | null,
    now: number,
  ): SendFuture {
    const { pool, loop } = this.#parts;
    const heldBytes = sizeOfBatchWith(send.key, send.value, send.headers);
    if (pool.waitingBytes + heldBytes > this.#limits.bufferMemory) return this.#tooMuch("memory", callback);
    const waiting = new WaitingRecord(send.record.topic, callback, this.#failures);
    waiting.attempt(() => this.#getInLine(send, partition, waiting, now, now + this.#limits.maxBlockMs));
    loop.wakeup();
    return waiting.future;
  }

  #getInLine(
    { record, timestamp, key, value, headers }: SerializedRecord,
    partition: number,
    waiting: WaitingRecord,
    now: number,
    deadlineMs: number,
  ): void {
    const { accumulator, metadata } = this.#parts;
    const { queues } = this.#handleOf(record.topic, now);
    const { cluster } = metadata;
    accumulator.appendWaiting(
      queues, partition, timestamp, key, value, headers, cluster, now, deadlineMs, waiting,
    );
  }

  /** Too much is waiting: the send fails at once. */
  #tooMuch(forWhat: "memory" | "metadata", callback: SendCallback | null): SendFuture {
    const makeError = (): Error => {
      const limit = `buffer.memory (${this.#limits.bufferMemory} bytes)`;
      const advice = "Wait for producer.ready() before sending more.";
      return new BufferExhaustedError(`Records for more than ${limit} wait for ${forWhat} already. ${advice}`);
    };
    return this.#failures.refuse(forWhat, makeError, callback);
  }
}

/** Whether a record asks for a partition that there isn't, but may be soon. */
function isAbove(partition: number | null | undefined, count: number): boolean {
  return typeof partition === "number" && partition >= count && Number.isInteger(partition);
}

/** What one who wants something of a closed producer is told. */
export function closedError(): ProducerClosedError {
  return new ProducerClosedError("The producer is closed: no record can be sent.");
}
