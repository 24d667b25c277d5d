// Different from the reference: which batch comes first is found by comparing sequence numbers, not by the place in the
// list; the conditions are asked one by one, the last one first.
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
import { precedes, type ProducerBatch, type Sequencer } from "#accumulator";
import { type KafkaError } from "#ground/errors";
import { type Int64 } from "#ground/int64";
import { NO_PRODUCER_EPOCH, NO_PRODUCER_ID, NO_SEQUENCE } from "#serialization";
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
   *   the broker could only refuse this one. And it must come before the gap, if the partition has one ({@link
   *   PartitionSequences.isBeforeGap}): behind it, it waits for its new numbers.
   * - Without, it is new. It may not follow while the partition needs a new epoch, or is unresolved. With nothing in
   *   flight it may leave. Behind others it may, unless the producer has a newer epoch than the partition (another one
   *   needed it); and unless nothing has been acknowledged yet: a broker that doesn't know the producer takes the first
   *   number that comes, whatever it is, and the second batch could overtake the first. (*Different*: Kafka doesn't
   *   wait for the first one.)
   *
   * @exercise 4.8 ProducerSequences.maySend
   */
  maySend(batch: ProducerBatch): boolean {
    const partition = this.of(batch);
    if (batch.hasSequence) {
      const isEarlier = (other: ProducerBatch): boolean => precedes(other.baseSequence, batch.baseSequence);
      return !partition.inFlight.some(isEarlier) && partition.isBeforeGap(batch) && this.hasId;
    }
    const isOldEpoch = partition.producerEpoch !== this.#producerEpoch || partition.producerId !== this.#producerId;
    const isFirst = partition.lastAckedSequence === NO_SEQUENCE;
    if ((isOldEpoch || isFirst) && partition.inFlight.length > 0) return false;
    return [this.hasId, !partition.isUnresolved, !partition.needsNewEpoch].every(Boolean);
  }

  /**
   * `batch` leaves for the first time: gives it the producer's id and epoch and the partition's next sequence number,
   * moves that on by its records (after 2³¹ − 1 comes 0: `addSequence`), and counts it as in flight. If the producer
   * has a newer epoch than the partition, the partition restarts in it first.
   *
   * @exercise 4.8 ProducerSequences.assignSequence
   */
  assignSequence(batch: ProducerBatch): void {
    const partition = this.of(batch);
    const first = this.#isCurrent(partition) ? partition.nextSequence : 0;
    if (!this.#isCurrent(partition)) partition.restart(this.#producerId, this.#producerEpoch);
    batch.setProducerState(this.#producerId, this.#producerEpoch, first, false);
    partition.add(batch);
    partition.nextSequence = (batch.lastSequence + 1) & 0x7fff_ffff;
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
   *   send what is missing: there is a gap before its first number ({@link PartitionSequences.leaveGap}). Unless it was
   *   overtaken ({@link PartitionSequences.isOvertaken}): then the broker has it, but has forgotten its number, and
   *   under a new one it would be written twice. It is tried until its time is up, as Kafka does.
   * - UNKNOWN_PRODUCER_ID: yes, after such a gap. The broker has forgotten us, as all that we wrote is too old.
   * - Any other: if it is retriable.
   *
   * @exercise 4.8 ProducerSequences.canRetry
   */
  canRetry(batch: ProducerBatch, error: KafkaError): boolean {
    const partition = this.of(batch);
    switch (error.code) {
      case "UNKNOWN_PRODUCER_ID":
        partition.leaveGap(batch.baseSequence);
        return true;
      case "OUT_OF_ORDER_SEQUENCE_NUMBER": {
        const others = partition.inFlight.filter((other) => other !== batch);
        const isMissing = !others.some(({ baseSequence }) => precedes(baseSequence, batch.baseSequence));
        if (isMissing && !partition.isOvertaken(batch)) partition.leaveGap(batch.baseSequence);
        return true;
      }
      default:
        return error.retriable;
    }
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
    if (batch.hasSequence) {
      const partition = this.of(batch);
      if (outcome === "unknown") partition.isUnresolved = true;
      else partition.leaveGap(batch.baseSequence);
      partition.remove(batch);
    }
  }

  /**
   * Looks at the unresolved partitions. While batches are in flight, nothing is clear yet. When none is: if all numbers
   * up to the next one have been acknowledged, the one that was given up had arrived after all, or an answer to it came
   * late, and the partition is resolved. Otherwise there is a gap before the next number.
   *
   * @exercise 4.8 ProducerSequences.resolve
   */
  resolve(): void {
    const clear = [...this.#partitions.values()].filter((each) => each.isUnresolved && each.inFlight.length === 0);
    for (const partition of clear) if (!partition.isAllAcked) partition.leaveGap(partition.nextSequence);
    for (const partition of clear) partition.isUnresolved = false;
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
