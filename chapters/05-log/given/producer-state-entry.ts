import { type Int64 } from "#ground/int64";
import { NO_PRODUCER_EPOCH, NO_SEQUENCE, type RecordBatch } from "#serialization";

const BATCHES_TO_RETAIN = 5;
const MAX_SEQUENCE = 0x7fff_ffff;

/** What is remembered of a batch of an idempotent producer. */
export interface BatchMetadata {
  /** Sequence of the last record. */
  readonly lastSequence: number;
  /** Offset of the last record. */
  readonly lastOffset: number;
  /** Last offset minus first offset. */
  readonly offsetDelta: number;
  /** The batch's largest timestamp. */
  readonly timestamp: Int64;
}

/** What is remembered of a batch that has its first record at `firstOffset`. */
export function metadataOf(batch: RecordBatch, firstOffset: number): BatchMetadata {
  const { lastSequence, lastOffsetDelta: offsetDelta, maxTimestamp: timestamp } = batch;
  return { lastSequence, lastOffset: firstOffset + offsetDelta, offsetDelta, timestamp };
}

/** Sequence of a batch's first record. Sequences wrap around after 2^31 − 1. */
export function firstSequence(batch: BatchMetadata): number {
  const first = batch.lastSequence - batch.offsetDelta;
  return first >= 0 ? first : first + MAX_SEQUENCE + 1;
}

/**
 * What a partition knows of one producer: its epoch, its last five batches, its open transaction.
 *
 * Five, because an idempotent producer has at most five requests in flight: a resent batch is always among them.
 *
 * Source: Kafka's `ProducerStateEntry`, KIP-98, KAFKA-5494.
 */
export class ProducerStateEntry {
  readonly producerId: Int64;
  epoch = NO_PRODUCER_EPOCH;
  /** Epoch of the transaction coordinator that wrote the last marker; −1 if none has. */
  coordinatorEpoch = -1;
  /** Timestamp of the last batch or marker; −1 if there was none. */
  lastTimestamp: Int64 = -1;
  /** Offset of the first record of the open transaction, or null. */
  currentTransactionFirstOffset: number | null = null;
  #batches: BatchMetadata[] = [];

  constructor(producerId: Int64) {
    this.producerId = producerId;
  }

  /** The last five batches, oldest first. */
  get batches(): readonly BatchMetadata[] {
    return this.#batches;
  }

  get isEmpty(): boolean {
    return this.#batches.length === 0;
  }

  /** Sequence of the last record, or −1. */
  get lastSequence(): number {
    return this.#batches.at(-1)?.lastSequence ?? NO_SEQUENCE;
  }

  /** Offset of the last record, or −1. */
  get lastDataOffset(): number {
    return this.#batches.at(-1)?.lastOffset ?? -1;
  }

  /** Offset of the first record of the oldest batch that is remembered, or infinity. */
  get firstDataOffset(): number {
    const [first] = this.#batches;
    return first === undefined ? Infinity : first.lastOffset - first.offsetDelta;
  }

  /** Last minus first offset of the last batch, or 0. */
  get lastOffsetDelta(): number {
    return this.#batches.at(-1)?.offsetDelta ?? 0;
  }

  /** A new epoch begins its sequences anew: what was remembered of the old one is forgotten. */
  setEpoch(epoch: number): void {
    if (epoch === this.epoch) return;
    this.#batches = [];
    this.epoch = epoch;
  }

  addBatch(epoch: number, batch: BatchMetadata): void {
    this.setEpoch(epoch);
    this.#batches.push(batch);
    if (this.#batches.length > BATCHES_TO_RETAIN) this.#batches.shift();
    this.lastTimestamp = batch.timestamp;
  }

  /** Adds batches of this epoch, oldest first, that came before those that are remembered. */
  rememberEarlier(batches: readonly BatchMetadata[]): void {
    this.#batches = [...batches, ...this.#batches].slice(-BATCHES_TO_RETAIN);
  }

  /** The remembered batch that `batch` repeats, or undefined. */
  findDuplicate(batch: RecordBatch): BatchMetadata | undefined {
    if (batch.producerEpoch !== this.epoch) return undefined;
    for (const known of this.#batches) {
      if (known.lastSequence === batch.lastSequence && firstSequence(known) === batch.baseSequence) return known;
    }
    return undefined;
  }

  /** A copy with everything but the batches: where the changes of one append are gathered. */
  withoutBatches(): ProducerStateEntry {
    const copy = new ProducerStateEntry(this.producerId);
    copy.epoch = this.epoch;
    copy.coordinatorEpoch = this.coordinatorEpoch;
    copy.lastTimestamp = this.lastTimestamp;
    copy.currentTransactionFirstOffset = this.currentTransactionFirstOffset;
    return copy;
  }

  /** Takes over the changes that were gathered in `next`. */
  update(next: ProducerStateEntry): void {
    this.setEpoch(next.epoch);
    for (const batch of next.batches) this.addBatch(next.epoch, batch);
    this.coordinatorEpoch = next.coordinatorEpoch;
    this.lastTimestamp = next.lastTimestamp;
    this.currentTransactionFirstOffset = next.currentTransactionFirstOffset;
  }
}
