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
import { type TopicPartition } from "#ground/topic-partition";
import { UNKNOWN_PARTITION } from "#partitioner";
import { RECORD_BATCH_OVERHEAD, type RecordHeader } from "#serialization";
import { type BufferPool } from "./buffer-pool.ts";
import { Drain } from "./drain.ts";
import { takeExpired } from "./expire.ts";
import { IncompleteBatches } from "./incomplete-batches.ts";
import { NodeLatency, updateLoadStats } from "./load-stats.ts";
import { type PartitionQueue } from "./partition-queue.ts";
import { ProducerBatch, sizeOfBatchWith } from "./producer-batch.ts";
import { ProducerClosedError } from "#accumulator/given/producer-errors";
import { putBack } from "./put-back.ts";
import { checkReady, type ReadyCheck } from "./ready-check.ts";
import { type RecordAccumulatorOptions, type RecordWaiter } from "#accumulator/given/assembly/accumulator-options";
import { AllQueues, type TopicQueues } from "#accumulator/given/topic-queues";

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
   *   ({@link sizeOfBatchWith}), if that is more. It is the last of its queue and one of the incomplete ones. If the
   *   record can't be encoded there is no new batch, and its memory is the pool's.
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
    const shared = { compression, compressionRatio: this.topic(topic).compressionRatio, onCallbackError };
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
   * got in line. The record's time (`delivery.timeout.ms`) runs from `now` on, not from when it is appended. It holds
   * what {@link sizeOfBatchWith} says. At `deadlineMs` ({@link expireWaiting}) or at a close it fails.
   *
   * @exercise 3.4 RecordAccumulator.appendWaiting
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
    const heldBytes = sizeOfBatchWith(key, value, headers);
    this.#pool.wait({ heldBytes, deadlineMs, proceed, fail: (error) => waiter.fail(error) });
  }

  /**
   * Resolves when there is memory for another batch and nobody waits in front: the signal to go on for one who sends
   * faster than the network. Takes nothing and holds nothing. Rejects as {@link appendWaiting} fails, also after a
   * {@link close}: it never throws.
   *
   * @exercise 3.4 RecordAccumulator.whenMemory
   */
  whenMemory(deadlineMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const proceed = (): boolean => {
        if (this.hasMemory) resolve();
        return this.hasMemory;
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
   * anybody waits for memory. With adaptive partitioning all topics' partitioners hear how many batches wait for each
   * partition ({@link updateLoadStats}); without it none hears anything.
   *
   * @exercise 3.5 RecordAccumulator.ready
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
   * @exercise 3.6 RecordAccumulator.drain
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

  /**
   * A batch could not be sent: it stands in its queue again ({@link putBack}), tried in vain once more. It may leave
   * again after `retryBackoffMs`, which is asked with how often it had failed *before*. Its age stays what it is.
   *
   * @exercise 3.7 RecordAccumulator.reenqueue
   */
  reenqueue(batch: ProducerBatch, now: number): void {
    batch.retryAtMs = now + this.#options.retryBackoffMs(batch.attempts);
    batch.attempts++;
    putBack(this.topic(batch.topic).queue(batch.partition).batches, batch);
  }

  /**
   * Splits a batch that the broker found too large ({@link ProducerBatch.split}). The parts stand in its queue in its
   * place, in order, as if never tried; they are incomplete batches like others, and the sequencer counts those that
   * have sequence numbers (`track`). The batch itself is the caller's to deallocate.
   *
   * A part has `batchSize` bytes at most. A batch that is no larger than that itself would come out whole: its parts
   * hold half of its bytes behind the header, rounded up. The topic's estimate of how well records compress starts over
   * (`reset`) with what this batch shows; the parts are filled by the new one.
   *
   * @exercise 3.7 RecordAccumulator.splitAndReenqueue
   * @param batch - has at least two records
   * @returns how many parts there are: at least two
   */
  splitAndReenqueue(batch: ProducerBatch): number {
    const { batchSize, sequencer } = this.#options;
    const topic = this.topic(batch.topic);
    topic.compressionRatio.reset(batch.compressionRatio);
    const size = batch.build().length;
    // The broker's limit is below batch.size then, and nobody knows it. Perhaps halves fit.
    const half = RECORD_BATCH_OVERHEAD + Math.ceil((size - RECORD_BATCH_OVERHEAD) / 2);
    const parts = batch.split(size > batchSize ? batchSize : half);
    for (const part of parts.toReversed()) {
      this.#incomplete.add(part);
      if (part.hasSequence) sequencer?.track(part);
      putBack(topic.queue(batch.partition).batches, part);
    }
    return parts.length;
  }

  /**
   * Takes out of all queues what can't be delivered in time any more ({@link takeExpired}), for the caller to fail.
   * {@link nextExpiryMs} is then when the first of those left in front of a queue will be too old; Infinity for none.
   *
   * @exercise 3.8 RecordAccumulator.expiredBatches
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

  /**
   * From now on nothing lingers, until the {@link awaitFlush} that belongs to it has ended. Several may overlap.
   *
   * @exercise 3.8 RecordAccumulator.beginFlush
   */
  beginFlush(): void {
    this.#flushesInProgress++;
  }

  /**
   * Resolves when every record is settled that was appended, or was in line for memory, when it was called, and no
   * later one. Settled is not sent: it never rejects. Then its flush is over.
   *
   * @exercise 3.8 RecordAccumulator.awaitFlush
   */
  async awaitFlush(): Promise<void> {
    try {
      if (this.#pool.queued > 0) await this.#turnInLine();
      for (const { result } of this.#incomplete.list()) await result.done;
    } finally {
      this.#flushesInProgress--;
    }
  }

  /** Resolves when all who are in line for memory now have left it, in whatever way. @solution */
  #turnInLine(): Promise<void> {
    return new Promise((resolve) => {
      const proceed = (): boolean => resolve() === undefined;
      this.#pool.wait({ heldBytes: 0, deadlineMs: Infinity, proceed, fail: () => resolve() });
    });
  }

  /**
   * Takes no more records: who asks is refused with ProducerClosedError, and what waits for memory fails. What is here
   * may leave, at once. Idempotent.
   *
   * @exercise 3.8 RecordAccumulator.close
   */
  close(): void {
    this.#closed = true;
    this.#pool.close();
  }

  /**
   * Gives everything up that is not settled, in a queue or under way: it fails with `error`. Nothing is left to be
   * sent, and all batches are deallocated.
   *
   * @exercise 3.8 RecordAccumulator.abortIncompleteBatches
   * @returns the batches that have failed by it, in the order in which they were made; not those that were settled
   */
  abortIncompleteBatches(error: Error): ProducerBatch[] {
    for (const queue of this.#queues.waiting()) while (queue.batches.pollFirst() !== undefined);
    return this.#incomplete.list().filter((batch) => {
      const hasFailed = batch.result.fail(error);
      this.deallocate(batch);
      return hasFailed;
    });
  }

  #ensureOpen(): void {
    if (this.#closed) throw new ProducerClosedError("The producer is closed: no record can be sent.");
  }
}
