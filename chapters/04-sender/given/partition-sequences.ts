/**
 * What an idempotent producer knows of one partition: which sequence number comes next, and which batches are under
 * way.
 *
 * Source: `org.apache.kafka.clients.producer.internals.TxnPartitionEntry`.
 *
 * @module
 */
import { precedes, type ProducerBatch } from "#accumulator";
import { type Int64 } from "#ground/int64";
import { addSequence, NO_SEQUENCE } from "#serialization";

/** What is known of a batch that has failed for good. */
export type FailedOutcome =
  /** The broker has said no: it has none of the records. */
  | "refused"
  /** It was given up: maybe the broker has it, maybe not. */
  | "unknown";

/** The sequence numbers of one partition, under one producer id and epoch. */
export class PartitionSequences {
  producerId: Int64;
  producerEpoch: number;
  /** Of the next record that gets one. */
  nextSequence: number = 0;
  /** Of the last record that the broker has acknowledged; −1 while there is none. */
  lastAckedSequence: number = NO_SEQUENCE;
  /**
   * Batches that have sequence numbers and are not settled, in the order of these numbers: on their way to the broker,
   * or back in the queue for another attempt.
   */
  readonly inFlight: ProducerBatch[] = [];
  /** A batch was given up, and nobody knows whether the broker has it: no new ones may follow until that is clear. */
  isUnresolved: boolean = false;
  /** The broker waits for this number, but what has it will never come. Null while there is no such gap. */
  #gap: number | null = null;

  constructor(producerId: Int64, producerEpoch: number) {
    this.producerId = producerId;
    this.producerEpoch = producerEpoch;
  }

  /** Whether there is a gap: the partition needs a new epoch, in which the numbers begin at 0. */
  get needsNewEpoch(): boolean {
    return this.#gap !== null;
  }

  /**
   * Nothing will ever come with the number `sequence`: what comes after it has to get other numbers, in a new epoch.
   */
  leaveGap(sequence: number): void {
    if (this.#gap === null || precedes(sequence, this.#gap)) this.#gap = sequence;
  }

  /**
   * Whether a batch in flight comes before the gap, if there is one. Such a batch may have been written, with its
   * answer lost: it has to be finished in the old epoch, for in a new one the broker couldn't know it again.
   */
  isBeforeGap({ baseSequence }: ProducerBatch): boolean {
    return this.#gap === null || precedes(baseSequence, this.#gap);
  }

  /** Whether later records than those of a batch in flight have been acknowledged. */
  isOvertaken({ baseSequence }: ProducerBatch): boolean {
    return this.lastAckedSequence !== NO_SEQUENCE && precedes(baseSequence, this.lastAckedSequence);
  }

  /** Whether every record that got a sequence number before {@link nextSequence} has been acknowledged. */
  get isAllAcked(): boolean {
    return this.nextSequence === this.#following(this.lastAckedSequence);
  }

  /** Adds a batch at its place. */
  add(batch: ProducerBatch): void {
    const { inFlight } = this;
    const at = inFlight.findIndex(({ baseSequence }) => precedes(batch.baseSequence, baseSequence));
    inFlight.splice(at === -1 ? inFlight.length : at, 0, batch);
  }

  /** Takes a batch out, if it is still there. */
  remove(batch: ProducerBatch): void {
    const at = this.inFlight.indexOf(batch);
    if (at !== -1) this.inFlight.splice(at, 1);
  }

  /** The broker has acknowledged the records of `batch`. Answers may come late: an older one changes nothing. */
  acknowledge(batch: ProducerBatch): void {
    const last = addSequence(batch.baseSequence, batch.recordCount - 1);
    const isOfThisEpoch = batch.producerEpoch === this.producerEpoch && batch.producerId === this.producerId;
    const isNewer = this.lastAckedSequence === NO_SEQUENCE || precedes(this.lastAckedSequence, last);
    if (isOfThisEpoch && isNewer) this.lastAckedSequence = last;
  }

  /**
   * Begins anew: batches that are in flight get new numbers, from 0 on, in their old order. None may be on the wire.
   */
  restart(producerId: Int64, producerEpoch: number): void {
    this.producerId = producerId;
    this.producerEpoch = producerEpoch;
    this.nextSequence = 0;
    this.lastAckedSequence = NO_SEQUENCE;
    this.isUnresolved = false;
    this.#gap = null;
    for (const batch of this.inFlight) {
      batch.setProducerState(producerId, producerEpoch, this.nextSequence, false);
      this.nextSequence = addSequence(this.nextSequence, batch.recordCount);
    }
  }

  #following(sequence: number): number {
    return sequence === NO_SEQUENCE ? 0 : addSequence(sequence, 1);
  }
}
