/**
 * Collects records into batches, a queue of them for each partition, until the sender takes them.
 *
 * Nothing here knows what time it is: whoever calls says so (`now`, in milliseconds of the monotonic clock), and
 * whoever needs to be woken asks when. One loop owns all of it, so there are no locks; in Kafka two threads share it.
 *
 * Source: `org.apache.kafka.clients.producer.internals.RecordAccumulator`.
 *
 * @module
 */
import { type Buffer } from "node:buffer";
import { type Cluster } from "#ground/cluster";
import { type Random } from "#ground/runtime";
import { type TopicPartition } from "#ground/topic-partition";
import { UNKNOWN_PARTITION } from "#partitioner";
import { type CompressionType } from "#ground/compression/compression";
import { RECORD_BATCH_OVERHEAD, type RecordHeader } from "#serialization";
import { type BufferPool } from "./buffer-pool.ts";
import { Drain } from "./drain.ts";
import { takeExpired } from "./expire.ts";
import { IncompleteBatches } from "./incomplete-batches.ts";
import { NodeLatency, updateLoadStats } from "#accumulator/given/load-stats";
import { type PartitionQueue } from "./partition-queue.ts";
import { ProducerBatch, sizeOfBatchWith } from "./producer-batch.ts";
import { ProducerClosedError } from "#accumulator/given/producer-errors";
import { putBack } from "./put-back.ts";
import { checkReady, type ReadyCheck } from "./ready-check.ts";
import { type Sequencer } from "#accumulator/given/sequencer";
import { AllQueues, type TopicQueues } from "#accumulator/given/topic-queues";

/** What an accumulator is made with; most have the name of a configuration key. */
export interface RecordAccumulatorOptions {
  readonly pool: BufferPool;
  readonly random: Random;
  /** Bytes of a batch, 1 at least. */
  readonly batchSize: number;
  readonly lingerMs: number;
  readonly compression: CompressionType;
  readonly deliveryTimeoutMs: number;
  /** How long a failed batch waits, by how often it had failed before: 0, 1, … (`retry.backoff.ms`) */
  readonly retryBackoffMs: (failuresBefore: number) => number;
  /** `partitioner.adaptive.partitioning.enable` */
  readonly adaptivePartitioning: boolean;
  /** `partitioner.availability.timeout.ms`; 0: never. */
  readonly partitionAvailabilityTimeoutMs: number;
  /** Gives out sequence numbers; null without idempotence. */
  readonly sequencer: Sequencer | null;
  /** Told when a user's callback throws. */
  readonly onCallbackError: (error: unknown) => void;
}

/** One who waits in line with a record. */
export interface RecordWaiter {
  /** The record is in `batch`, at `index`. Told at once: soon the batch may be settled. */
  appended(batch: ProducerBatch, index: number): void;
  /** Waiting was in vain, or the record can't be appended. */
  fail(error: Error): void;
}

/** The records of one producer whose fate is not known yet. */
export class RecordAccumulator {
  readonly #options: RecordAccumulatorOptions;
  readonly #pool: BufferPool;
  readonly #queues: AllQueues;
  readonly #incomplete: IncompleteBatches;
  readonly #drain: Drain;
  readonly #latency: NodeLatency;
  #nextExpiryMs = Infinity;
  #flushesInProgress = 0;
  #closed = false;

  constructor(options: RecordAccumulatorOptions) {
    const { pool, random, batchSize, sequencer } = options;
    this.#options = options;
    this.#pool = pool;
    this.#queues = new AllQueues(batchSize, random);
    this.#incomplete = new IncompleteBatches(pool);
    this.#drain = new Drain(this.#queues, sequencer);
    this.#latency = new NodeLatency(options.partitionAvailabilityTimeoutMs);
  }

  /** Whether some batch is still in a queue. */
  get hasUndrained(): boolean {
    return this.#queues.waiting().next().done === false;
  }

  /** Whether some batch, in a queue or under way, is not deallocated yet. */
  get hasIncomplete(): boolean {
    return this.#incomplete.size > 0;
  }

  /** Whether a record would find memory now, also if it needed a new batch. */
  get hasMemory(): boolean {
    const { availableMemory, totalMemory, mustWait } = this.#pool;
    return !mustWait && availableMemory >= Math.min(this.#options.batchSize, totalMemory);
  }

  /** When {@link expiredBatches} is to be called next, going by what it saw the last time; Infinity for never. */
  get nextExpiryMs(): number {
    return this.#nextExpiryMs;
  }

  /** What belongs to a topic: to be looked up once and held, as {@link append} wants it for every record. */
  topic(topic: string): TopicQueues {
    return this.#queues.topic(topic);
  }

  /**
   * Adds a record to the open batch of its partition, or, if it doesn't fit, to a new one. It is encoded at once: key,
   * value and headers are the caller's again.
   *
   * - {@link UNKNOWN_PARTITION} stands for the topic's sticky one ({@link TopicQueues.stickyQueue}). Its partitioner is
   *   told by how many bytes the batch has grown ({@link ProducerBatch.estimatedSizeInBytes}; a new batch counts as a
   *   whole, header included). It may switch only when the queue is {@link PartitionQueue.allFull}.
   * - A new batch ({@link newBatch}) has `batchSize` bytes of memory, or what the record needs all alone
   *   ({@link sizeOfBatchWith}), if that is more. With the record in it, it is the last of its queue and one of the
   *   incomplete ones. If the record can't be encoded, the memory goes back.
   * - A batch that a record didn't fit into is closed, even if there is no memory for another batch: smaller records
   *   might overtake this one.
   * - Nothing is appended while others wait for memory ({@link BufferPool.mustWait}): they came first.
   *
   * @exercise 3.4 RecordAccumulator.append
   * @param timestampMs - the record's own: whole milliseconds since the epoch, or −1
   * @returns the batch, in which the record is the last one; null when there is no memory for it: see {@link
   *   appendWaiting}
   * @throws KafkaError MESSAGE_TOO_LARGE when no memory could ever be enough; nothing has changed then
   * @throws ProducerClosedError after {@link close}
   */
  append(
    topic: TopicQueues,
    partition: number,
    timestampMs: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
    headers: readonly RecordHeader[],
    cluster: Cluster,
    now: number,
  ): ProducerBatch | null {
    this.#ensureOpen();
    if (this.#pool.mustWait) return null;
    const isSticky = partition === UNKNOWN_PARTITION;
    const queue = isSticky ? topic.stickyQueue(cluster) : topic.queue(partition);
    let batch = queue.batches.last;
    let sizeBefore = batch?.estimatedSizeInBytes ?? 0;
    if (batch === undefined || !batch.tryAppend(timestampMs, key, value, headers)) {
      const buffer = this.#pool.tryAllocate(Math.max(this.#options.batchSize, sizeOfBatchWith(key, value, headers)));
      batch?.closeForAppends();
      if (buffer === null) return null;
      batch = this.newBatch(queue, buffer, now);
      try {
        batch.tryAppend(timestampMs, key, value, headers);
      } catch (error) {
        this.#pool.deallocate(buffer);
        throw error;
      }
      queue.batches.addLast(batch);
      this.#incomplete.add(batch);
      sizeBefore = 0;
    }
    if (isSticky) {
      topic.partitioner.updatePartitionInfo(batch.estimatedSizeInBytes - sizeBefore, cluster, queue.allFull);
    }
    return batch;
  }

  /** An empty batch for the partition of `queue`, with `buffer` as its memory. It is in no queue yet. */
  newBatch(queue: PartitionQueue, buffer: Buffer, now: number): ProducerBatch {
    const { compression, onCallbackError } = this.#options;
    const { topic, partition } = queue;
    const { compressionRatio } = this.topic(topic);
    const shared = { compression, compressionRatio, onCallbackError };
    return new ProducerBatch({ topic, partition, createdMs: now, buffer, ...shared });
  }

  /**
   * Whether {@link append} would open a new batch for this record: that is when a user's partitioner is told
   * (`Partitioner.onNewBatch`) and asked once more.
   */
  needsNewBatch(
    topic: TopicQueues,
    partition: number,
    timestampMs: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
    headers: readonly RecordHeader[],
  ): boolean {
    return topic.queue(partition).batches.last?.hasRoomFor(timestampMs, key, value, headers) !== true;
  }

  /**
   * Gets in line with a record for which {@link append} had no memory. Records are appended in the order in which they
   * got in line. The record's time (`delivery.timeout.ms`) runs from `now` on, not from when it is appended. After
   * `deadlineMs` it fails with BufferExhaustedError ({@link expireWaiting}); when the accumulator is closed, it fails
   * with ProducerClosedError.
   *
   * @throws BufferExhaustedError when too much waits already
   * @throws ProducerClosedError after {@link close}
   */
  appendWaiting(
    topic: TopicQueues,
    partition: number,
    timestampMs: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
    headers: readonly RecordHeader[],
    cluster: Cluster,
    now: number,
    deadlineMs: number,
    waiter: RecordWaiter,
  ): void {
    const proceed = (): boolean => {
      const batch = this.append(topic, partition, timestampMs, key, value, headers, cluster, now);
      if (batch !== null) waiter.appended(batch, batch.recordCount - 1);
      return batch !== null;
    };
    const fail = (error: Error): void => waiter.fail(error);
    this.#pool.wait({ heldBytes: sizeOfBatchWith(key, value, headers), deadlineMs, proceed, fail });
  }

  /**
   * Resolves when there is memory for another batch and nobody waits in front: the signal to go on for one who sends
   * faster than the network. Takes nothing. Rejects as {@link appendWaiting} fails.
   */
  whenMemory(deadlineMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const proceed = (): boolean => {
        if (!this.hasMemory) return false;
        resolve();
        return true;
      };
      if (!proceed()) this.#pool.wait({ heldBytes: 0, deadlineMs, proceed, fail: reject });
    });
  }

  /** When {@link expireWaiting} is to be called next; Infinity while nobody waits for memory. */
  get nextWaitingExpiryMs(): number {
    return this.#pool.nextDeadlineMs;
  }

  /** Fails what has waited for memory until its deadline. */
  expireWaiting(now: number): void {
    this.#pool.expireWaiters(now);
  }

  /**
   * To whom something may be sent now: see {@link checkReady}. Nothing lingers during a flush, after a close and while
   * anybody waits for memory. Also tells the topics' partitioners how many batches wait for each partition.
   */
  ready(cluster: Cluster, now: number): ReadyCheck {
    const atOnce = this.#closed || this.#flushesInProgress > 0 || this.#pool.queued > 0;
    const check = checkReady(this.#queues.waiting(), cluster, now, this.#options.lingerMs, atOnce);
    if (this.#options.adaptivePartitioning) {
      for (const topic of this.#queues.topics) updateLoadStats(topic, cluster, this.#latency);
    }
    return check;
  }

  /** Something was ready for a broker; `canDrain` says whether the broker could take it (KIP-794). */
  updateNodeLatencyStats(nodeId: number, now: number, canDrain: boolean): void {
    this.#latency.update(nodeId, now, canDrain);
  }

  /**
   * Takes out what goes into the next request to each of `nodes`: see {@link Drain.forNode}.
   *
   * @returns node → its batches, none if there is nothing to send. Each has to be settled and deallocated in the end,
   *   or put back with {@link reenqueue}.
   */
  drain(
    cluster: Cluster,
    nodes: Iterable<number>,
    maxRequestSize: number,
    now: number,
  ): Map<number, ProducerBatch[]> {
    const drained = new Map<number, ProducerBatch[]>();
    for (const node of nodes) drained.set(node, this.#drain.forNode(cluster, node, maxRequestSize, now));
    return drained;
  }

  /** Nothing leaves for this partition until it is unmuted. */
  mutePartition({ topic, partition }: TopicPartition): void {
    this.topic(topic).queue(partition).isMuted = true;
  }

  unmutePartition({ topic, partition }: TopicPartition): void {
    this.topic(topic).queue(partition).isMuted = false;
  }

  /** Puts a batch that could not be sent back into its queue ({@link putBack}), to be sent again after a while. */
  reenqueue(batch: ProducerBatch, now: number): void {
    batch.retryAtMs = now + this.#options.retryBackoffMs(batch.attempts);
    batch.attempts++;
    putBack(this.topic(batch.topic).queue(batch.partition).batches, batch);
  }

  /**
   * Splits a batch that the broker found too large, and puts the parts back instead of it, as if never tried. The batch
   * itself is to be deallocated; its result is that of the parts.
   *
   * @param batch - has at least two records
   * @returns how many parts there are: at least two
   */
  splitAndReenqueue(batch: ProducerBatch): number {
    const { batchSize, sequencer } = this.#options;
    const topic = this.topic(batch.topic);
    topic.compressionRatio.reset(batch.compressionRatio);
    const size = batch.build().length;
    // A batch of batch.size or less would come out whole, and the broker's limit is lower than that. Perhaps halves
    // fit.
    const half = Math.max(batch.maxRecordSize, Math.ceil((size - RECORD_BATCH_OVERHEAD) / 2));
    const parts = batch.split(size > batchSize ? batchSize : RECORD_BATCH_OVERHEAD + half);
    for (const part of parts.toReversed()) {
      this.#incomplete.add(part);
      if (part.hasSequence) sequencer?.track(part);
      putBack(topic.queue(batch.partition).batches, part);
    }
    return parts.length;
  }

  /**
   * Takes out of the queues what can't be delivered in time any more: see {@link takeExpired}. To be failed by the
   * caller.
   */
  expiredBatches(now: number): ProducerBatch[] {
    const { deliveryTimeoutMs } = this.#options;
    const expired: ProducerBatch[] = [];
    this.#nextExpiryMs = Infinity;
    for (const queue of this.#queues.waiting()) {
      expired.push(...takeExpired(queue, deliveryTimeoutMs, now));
      const first = queue.batches.first;
      if (first !== undefined) this.#nextExpiryMs = Math.min(this.#nextExpiryMs, first.createdMs + deliveryTimeoutMs);
    }
    return expired;
  }

  /** A write begins to use the batch's bytes: see {@link IncompleteBatches}. */
  lend(batch: ProducerBatch): void {
    this.#incomplete.lend(batch);
  }

  /** That write is over: see {@link IncompleteBatches.release}. */
  release(batch: ProducerBatch): void {
    this.#incomplete.release(batch);
  }

  /** Nobody needs the batch any more: see {@link IncompleteBatches.deallocate}. */
  deallocate(batch: ProducerBatch): void {
    this.#incomplete.deallocate(batch);
  }

  /** From now on nothing lingers, until a matching {@link awaitFlush} has ended. */
  beginFlush(): void {
    this.#flushesInProgress++;
  }

  /** Resolves when every record is settled that was appended, or was in line for memory, when it was called. */
  async awaitFlush(): Promise<void> {
    try {
      if (this.#pool.queued > 0) await this.#turnInLine();
      for (const { result } of this.#incomplete.list()) await result.done;
    } finally {
      this.#flushesInProgress--;
    }
  }

  /** Resolves when all who are in line for memory now have left it, in whatever way. */
  #turnInLine(): Promise<void> {
    return new Promise((resolve) => {
      const proceed = (): boolean => {
        resolve();
        return true;
      };
      this.#pool.wait({ heldBytes: 0, deadlineMs: Infinity, proceed, fail: () => resolve() });
    });
  }

  /** Takes no more records; what waits for memory fails, what is here may leave at once. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#pool.close();
  }

  /** Gives everything up that is not settled, also what is under way. @returns the batches that have failed by it */
  abortIncompleteBatches(error: Error): ProducerBatch[] {
    for (const queue of this.#queues.waiting()) while (queue.batches.pollFirst() !== undefined);
    return this.#incomplete.list().filter((batch) => {
      batch.closeForAppends();
      const hasFailed = batch.result.fail(error);
      this.deallocate(batch);
      return hasFailed;
    });
  }

  #ensureOpen(): void {
    if (this.#closed) throw new ProducerClosedError("The producer is closed: no record can be sent.");
  }
}
