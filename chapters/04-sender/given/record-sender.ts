/**
 * The way of one record from `send` into a batch: wait for the topic's partitions, choose one, wait for memory.
 *
 * Source: `KafkaProducer.doSend`.
 *
 * @module
 */
import {
  BufferExhaustedError,
  type MemoryLine,
  type SendCallback,
  sizeOfBatchWith,
  type TopicQueues,
} from "#accumulator";
import { type Cluster } from "#ground/cluster";
import { KafkaError } from "#ground/errors";
import { validateTopicName } from "#ground/topic-name";
import { type RecordHeader } from "#serialization";
import { type ProducerParts } from "./producer-parts.ts";
import { type ProducerRecord } from "./producer-record.ts";
import { type SendFailures } from "./send-failures.ts";
import { SendFuture } from "./send-future.ts";
import { WaitingRecord } from "./waiting-record.ts";
import { type WaitingLine } from "./waiting-line.ts";

/**
 * Headers, lengths and varints of a record, generously: what is smaller by so much than a limit need not be measured.
 */
const MOST_OVERHEAD = 128;
/** So often a topic is marked as used. */
const USE_EVERY_MS = 1_000;

/** Limits for records. */
export interface RecordLimits {
  /** `max.request.size`, in bytes. */
  readonly maxRequestSize: number;
  /** `buffer.memory`, in bytes: also of what may wait for metadata, and again of what may wait for memory. */
  readonly bufferMemory: number;
  /** `max.block.ms`. */
  readonly maxBlockMs: number;
}

/** A serialized record. */
export interface SerializedRecord {
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

/** Puts serialized records into batches. */
export class RecordSender {
  readonly #parts: ProducerParts;
  readonly #limits: RecordLimits;
  readonly #line: WaitingLine;
  readonly #failures: SendFailures;
  readonly #memoryLine: MemoryLine;
  readonly #wakeup: () => void;
  readonly #topics = new Map<string, TopicHandle>();

  /** @param memoryLine - where records wait for memory that aren't part of something larger */
  constructor(
    parts: ProducerParts,
    limits: RecordLimits,
    line: WaitingLine,
    failures: SendFailures,
    memoryLine: MemoryLine,
    wakeup: () => void,
  ) {
    this.#parts = parts;
    this.#limits = limits;
    this.#line = line;
    this.#failures = failures;
    this.#memoryLine = memoryLine;
    this.#wakeup = wakeup;
  }

  /**
   * Sends one record. It is encoded at once if it can be: then nothing of it is kept.
   *
   * @param line - where it waits if there is no memory for it; the `memoryLine` if not given
   * @throws KafkaError when the record can't be sent at all, such as one that is too large
   */
  send(
    record: ProducerRecord,
    timestamp: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
    headers: readonly RecordHeader[],
    callback: SendCallback | null,
    now: number,
    line: MemoryLine = this.#memoryLine,
  ): SendFuture {
    const { metadata, accumulator, pool } = this.#parts;
    const { topic } = record;
    this.#checkSize(key, value, headers);
    const handle = this.#handleOf(topic, now);
    const { cluster } = metadata;
    const partitionCount = cluster.partitionCountForTopic(topic);
    if (partitionCount === undefined || isAbove(record.partition, partitionCount)) {
      return this.#waitForMetadata({ record, timestamp, key, value, headers }, callback, now);
    }
    const partition = this.#partition(handle.queues, record, timestamp, key, value, headers, cluster);
    // A user's code that sends while those in line are served is not one of them.
    const isPushing = pool.isServing && line === this.#memoryLine;
    const batch = isPushing
      ? null
      : accumulator.append(handle.queues, partition, timestamp, key, value, headers, cluster, now);
    if (batch === null) {
      return this.#waitForMemory({ record, timestamp, key, value, headers }, partition, callback, now, line);
    }
    const index = batch.recordCount - 1;
    if (callback !== null) batch.result.onCompletion(index, callback);
    if (index === 0 || batch.isFull) this.#wakeup();
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
    const { topic } = send.record;
    const heldBytes = sizeOfBatchWith(send.key, send.value, send.headers);
    if (this.#line.heldBytes + heldBytes > this.#limits.bufferMemory) return this.#refuse("metadata", callback);
    const waiting = new WaitingRecord(topic, callback, this.#failures);
    const deadlineMs = now + this.#limits.maxBlockMs;
    const { metadata } = this.#parts;
    // A topic that is new to us is asked about anyway; of one that is known, a partition may have been added just now.
    if (metadata.cluster.partitionCountForTopic(topic) !== undefined) metadata.requestUpdate();
    this.#line.wait({
      topic,
      partition: send.record.partition ?? -1,
      heldBytes,
      deadlineMs,
      proceed: (cluster, later) => waiting.attempt(() => this.#place(send, cluster, waiting, later, deadlineMs)),
      fail: (error) => waiting.fail(error),
    });
    this.#wakeup();
    return waiting.future;
  }

  /** The partitions are known now: goes on as {@link send} would have. */
  #place(send: SerializedRecord, cluster: Cluster, waiting: WaitingRecord, now: number, deadlineMs: number): void {
    const { record, timestamp, key, value, headers } = send;
    const { queues } = this.#handleOf(record.topic, now);
    const partition = this.#partition(queues, record, timestamp, key, value, headers, cluster);
    const batch = this.#parts.accumulator.append(queues, partition, timestamp, key, value, headers, cluster, now);
    if (batch === null) this.#getInLine(send, partition, waiting, now, deadlineMs, this.#memoryLine);
    else waiting.appended(batch, batch.recordCount - 1);
    this.#wakeup();
  }

  #waitForMemory(
    send: SerializedRecord,
    partition: number,
    callback: SendCallback | null,
    now: number,
    line: MemoryLine,
  ): SendFuture {
    const { pool } = this.#parts;
    const heldBytes = sizeOfBatchWith(send.key, send.value, send.headers);
    const isTooMuch = pool.waitingBytes + heldBytes > this.#limits.bufferMemory;
    if (isTooMuch && line === this.#memoryLine) return this.#refuse("memory", callback);
    const waiting = new WaitingRecord(send.record.topic, callback, this.#failures);
    this.#getInLine(send, partition, waiting, now, now + this.#limits.maxBlockMs, line);
    this.#wakeup();
    return waiting.future;
  }

  #getInLine(
    { record, timestamp, key, value, headers }: SerializedRecord,
    partition: number,
    waiting: WaitingRecord,
    now: number,
    deadlineMs: number,
    line: MemoryLine,
  ): void {
    const { accumulator, metadata } = this.#parts;
    const { queues } = this.#handleOf(record.topic, now);
    const { cluster } = metadata;
    waiting.attempt(() =>
      accumulator.appendWaiting(
        queues, partition, timestamp, key, value, headers, cluster, now, deadlineMs, waiting, line,
      ),
    );
  }

  /** Too much is waiting: the send fails at once. */
  #refuse(forWhat: "memory" | "metadata", callback: SendCallback | null): SendFuture {
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
