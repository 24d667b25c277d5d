/**
 * Idempotence: the broker writes each batch once, and in order, although the producer may send it several times.
 *
 * The producer has an id. Every record that it sends to a partition has a sequence number, one more than the record
 * before it. A broker that gets a batch twice sees numbers that it has seen; one that misses a batch sees a gap, and
 * refuses what comes after it (OUT_OF_ORDER_SEQUENCE_NUMBER). It remembers the last five batches of each producer: that
 * is why no more than five requests may be in flight.
 *
 * Source: the idempotent part of `org.apache.kafka.clients.producer.internals.TransactionManager`; KIP-98, KIP-360.
 *
 * @module
 */
import { type TopicPartition } from "#ground/topic-partition";
import { type ProducerBatch, type Sequencer } from "#accumulator";
import { type KafkaError } from "#ground/errors";
import { type Int64 } from "#ground/int64";
import { addSequence, NO_PRODUCER_EPOCH, NO_PRODUCER_ID, NO_SEQUENCE } from "#serialization";
import { type FailedOutcome, PartitionSequences } from "#sender/given/partition-sequences";

/** Epochs are int16: after this one a new producer id is needed. */
const LAST_EPOCH = 0x7fff;

/** The sequence numbers of an idempotent producer, of all partitions. */
export class ProducerSequences implements Sequencer {
  #producerId: Int64 = NO_PRODUCER_ID;
  #producerEpoch: number = NO_PRODUCER_EPOCH;
  readonly #partitions = new Map<string, PartitionSequences>();

  /** Whether the producer has an id. Without one nothing may be sent. */
  get hasId(): boolean {
    return this.#producerId !== NO_PRODUCER_ID;
  }

  /** The producer's id, −1 for none. */
  get producerId(): Int64 {
    return this.#producerId;
  }

  /** The producer's epoch, −1 for none. */
  get producerEpoch(): number {
    return this.#producerEpoch;
  }

  /** The producer has this id and epoch from now on. */
  setId(producerId: Int64, producerEpoch: number): void {
    this.#producerId = producerId;
    this.#producerEpoch = producerEpoch;
  }

  /** What is known of a partition. */
  of({ topic, partition }: TopicPartition): PartitionSequences {
    const key = `${topic}-${partition}`;
    let known = this.#partitions.get(key);
    if (known === undefined) {
      known = new PartitionSequences(this.#producerId, this.#producerEpoch);
      this.#partitions.set(key, known);
    }
    return known;
  }

  /**
   * Whether `batch`, the first of its queue, may leave now. Never without a producer id. For the rest it depends on
   * whether the batch has sequence numbers:
   *
   * - With numbers, it is sent again. Then it has to be the first in flight: while one with lower numbers is under way,
   *   the broker could only refuse this one. And it must come before the gap, if the partition has one
   *   (`PartitionSequences.isBeforeGap`): behind it, it waits for its new numbers.
   * - Without, it is new. It may not follow while the partition needs a new epoch, or is unresolved. With nothing in
   *   flight it may leave. While others are in flight it may leave, too, with two exceptions. One: the producer has a
   *   new id, or a newer epoch than the partition (another partition needed it). Two: nothing of the partition has been
   *   acknowledged yet. A broker that doesn't know the producer takes the first number that comes, whatever it is, so
   *   the second batch could overtake the first. (*Different*: Kafka doesn't wait for the first one.)
   *
   * @exercise 4.8 ProducerSequences.maySend
   */
  maySend(batch: ProducerBatch): boolean {
    const partition = this.of(batch);
    if (!this.hasId) return false;
    if (batch.hasSequence) return partition.inFlight[0] === batch && partition.isBeforeGap(batch);
    if (partition.needsNewEpoch || partition.isUnresolved) return false;
    if (partition.inFlight.length === 0) return true;
    return this.#isCurrent(partition) && partition.lastAckedSequence !== NO_SEQUENCE;
  }

  /**
   * `batch` leaves for the first time: gives it the producer's id and epoch and the partition's next sequence number,
   * moves that on by its records (after 2³¹ − 1 comes 0: `addSequence`), and counts it as in flight. If the producer
   * has a newer epoch than the partition, or a new id, the partition restarts first.
   *
   * @exercise 4.8 ProducerSequences.assignSequence
   */
  assignSequence(batch: ProducerBatch): void {
    const partition = this.of(batch);
    if (!this.#isCurrent(partition)) partition.restart(this.#producerId, this.#producerEpoch);
    batch.setProducerState(this.#producerId, this.#producerEpoch, partition.nextSequence, false);
    partition.nextSequence = addSequence(partition.nextSequence, batch.recordCount);
    partition.add(batch);
  }

  /** A part of a batch that was split: it has its share of the numbers. */
  track(batch: ProducerBatch): void {
    this.of(batch).add(batch);
  }

  /** The broker has the batch: since now, or since an earlier attempt. */
  onCompleted(batch: ProducerBatch): void {
    const partition = this.of(batch);
    partition.acknowledge(batch);
    partition.remove(batch);
  }

  /** The batch has been split: its parts take its place. */
  onSplit(batch: ProducerBatch): void {
    this.of(batch).remove(batch);
  }

  /**
   * Whether a batch that the broker answered with `error` should be sent again.
   *
   * - OUT_OF_ORDER_SEQUENCE_NUMBER: yes. The broker has not got a batch with lower numbers. If one is in flight, it
   *   comes first when both are sent again, and all is well. If `batch` itself is the first in flight, nobody will ever
   *   send what is missing: there is a gap before its first number ({@link PartitionSequences.leaveGap}). But if it was
   *   overtaken ({@link PartitionSequences.isOvertaken}), there is no gap: the broker has the batch, and has forgotten
   *   its number. With a new number it would be written twice. So it is sent again as it is until its time is up, as
   *   Kafka does.
   * - UNKNOWN_PRODUCER_ID: yes, and there is such a gap. The broker has forgotten this producer, because all that it
   *   wrote is too old.
   * - Any other: if it is retriable.
   *
   * @exercise 4.8 ProducerSequences.canRetry
   */
  canRetry(batch: ProducerBatch, error: KafkaError): boolean {
    const partition = this.of(batch);
    if (error.code === "OUT_OF_ORDER_SEQUENCE_NUMBER") {
      const isNext = partition.inFlight[0] === batch && !partition.isOvertaken(batch);
      if (isNext) partition.leaveGap(batch.baseSequence);
      return true;
    }
    if (error.code === "UNKNOWN_PRODUCER_ID") {
      partition.leaveGap(batch.baseSequence);
      return true;
    }
    return error.retriable;
  }

  /**
   * A batch has failed for good, and is in flight no more. If it never got sequence numbers, that is all. Else it
   * leaves a gap, or perhaps it does:
   *
   * - refused: surely a gap, from its first number on ({@link PartitionSequences.leaveGap}).
   * - unknown: the partition is unresolved.
   *
   * @exercise 4.8 ProducerSequences.onFailed
   */
  onFailed(batch: ProducerBatch, outcome: FailedOutcome): void {
    if (!batch.hasSequence) return;
    const partition = this.of(batch);
    partition.remove(batch);
    if (outcome === "refused") partition.leaveGap(batch.baseSequence);
    else partition.isUnresolved = true;
  }

  /**
   * Looks at the unresolved partitions. While batches are in flight, nothing is clear yet. When none is, the partition
   * is resolved. If all numbers up to the next one have been acknowledged, the batch that was given up had arrived
   * after all. Otherwise there is a gap before the next number.
   *
   * @exercise 4.8 ProducerSequences.resolve
   */
  resolve(): void {
    for (const partition of this.#partitions.values()) {
      if (!partition.isUnresolved || partition.inFlight.length > 0) continue;
      partition.isUnresolved = false;
      if (!partition.isAllAcked) partition.leaveGap(partition.nextSequence);
    }
  }

  /**
   * Begins a new epoch for partitions that need one. Two things are waited for. What comes before the gap has to be
   * finished in the old epoch. (*Different*: Kafka doesn't wait, and such a batch, if it was written, is written
   * twice.) And what comes after it has to be back from the wire: its headers are written again.
   *
   * An idempotent producer raises its epoch by itself; only when the epochs are used up it needs a new id.
   *
   * @param isOnWire - whether an answer to the batch is still waited for
   */
  raiseEpochIfNeeded(isOnWire: (batch: ProducerBatch) => boolean): void {
    const needy = [...this.#partitions.values()].filter((partition) => {
      const isAwaited = (batch: ProducerBatch): boolean => partition.isBeforeGap(batch) || isOnWire(batch);
      return partition.needsNewEpoch && !partition.inFlight.some(isAwaited);
    });
    if (!this.hasId || needy.length === 0) return;
    if (needy.some((partition) => this.#isCurrent(partition))) {
      if (this.#producerEpoch === LAST_EPOCH) {
        this.#producerId = NO_PRODUCER_ID;
        return;
      }
      this.#producerEpoch++;
    }
    for (const partition of needy) partition.restart(this.#producerId, this.#producerEpoch);
  }

  #isCurrent({ producerId, producerEpoch }: PartitionSequences): boolean {
    return producerId === this.#producerId && producerEpoch === this.#producerEpoch;
  }
}
