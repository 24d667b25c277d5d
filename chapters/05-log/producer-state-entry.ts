import { NotImplementedError } from "#ground/errors";
import { type Int64 } from "#ground/int64";
import { NO_PRODUCER_EPOCH, NO_SEQUENCE, type RecordBatch } from "#serialization";

/** As many as an idempotent producer has in flight at most. */
const BATCHES_TO_RETAIN = 5;
/** The sequence after it is 0. */
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

/**
 * What a partition knows of one producer: its epoch, its last batches, its open transaction. Enough to tell a batch
 * that comes again from a new one, a gap from the next one, and a producer from one that has taken its place.
 *
 * Source: Kafka's `ProducerStateEntry` and `ProducerAppendInfo`, KIP-98, KAFKA-5494.
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

  /** What is remembered of the last batches of this epoch, oldest first. */
  get batches(): readonly BatchMetadata[] {
    return this.#batches;
  }

  /** True when no batch of this epoch is remembered. */
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

  /**
   * Refuses a batch or marker of an epoch that is older than the one that is known: another process has taken over the
   * producer's id since, and this one must not write any more.
   *
   * @param where names the partition in the error
   * @throws KafkaError INVALID_PRODUCER_EPOCH
   * @exercise 5.8 ProducerStateEntry.checkEpoch
   */
  checkEpoch({ producerEpoch, baseOffset }: RecordBatch, where: string): void {
    throw new NotImplementedError("5.8 ProducerStateEntry.checkEpoch");
  }

  /**
   * Refuses a batch whose `baseSequence` isn't the one that follows {@link lastSequence}: a batch between them is
   * missing, or this one is older than all that is remembered. After 2³¹ − 1 comes 0. A new epoch begins at 0; so does
   * one of which no batch is remembered.
   *
   * A producer of which nothing is known (its epoch is −1, `NO_PRODUCER_EPOCH`) may begin anywhere: what was known of
   * it may have expired.
   *
   * @param where names the partition in the error
   * @throws KafkaError OUT_OF_ORDER_SEQUENCE_NUMBER
   * @exercise 5.8 ProducerStateEntry.checkSequence
   */
  checkSequence({ producerEpoch, baseSequence, baseOffset }: RecordBatch, where: string): void {
    throw new NotImplementedError("5.8 ProducerStateEntry.checkSequence");
  }

  /**
   * The producer is in `epoch` now. One that differs from `epoch` begins its sequences anew: what is remembered
   * of the old one's batches is no use any more.
   * @exercise 5.8 ProducerStateEntry.setEpoch
   */
  setEpoch(epoch: number): void {
    throw new NotImplementedError("5.8 ProducerStateEntry.setEpoch");
  }

  /**
   * Remembers a batch of `epoch`, the newest one; also its timestamp, by which producers expire. Of more than five
   * batches the oldest is forgotten.
   * @exercise 5.8 ProducerStateEntry.addBatch
   */
  addBatch(epoch: number, batch: BatchMetadata): void {
    throw new NotImplementedError("5.8 ProducerStateEntry.addBatch");
  }

  /**
   * Remembers batches of this epoch that came before those that are remembered, as far as there is room for them. A
   * snapshot keeps a producer's last batch only: these were found in the log.
   * @param batches oldest first; there may be more than five
   * @exercise 5.8 ProducerStateEntry.rememberEarlier
   */
  rememberEarlier(batches: readonly BatchMetadata[]): void {
    throw new NotImplementedError("5.8 ProducerStateEntry.rememberEarlier");
  }

  /**
   * Finds the batch that `batch` repeats: one of the same epoch, with just the same sequences from the first to the
   * last. Sequences run on over their end: a batch of four may have 2³¹ − 2, 2³¹ − 1, 0 and 1.
   * @returns what is remembered of it, or undefined for a batch that isn't known
   * @exercise 5.8 ProducerStateEntry.findDuplicate
   */
  findDuplicate(batch: RecordBatch): BatchMetadata | undefined {
    throw new NotImplementedError("5.8 ProducerStateEntry.findDuplicate");
  }

  /** A copy of all of it, on which the changes of an append are made. */
  copy(): ProducerStateEntry {
    const copy = new ProducerStateEntry(this.producerId);
    copy.epoch = this.epoch;
    copy.coordinatorEpoch = this.coordinatorEpoch;
    copy.lastTimestamp = this.lastTimestamp;
    copy.currentTransactionFirstOffset = this.currentTransactionFirstOffset;
    copy.#batches = [...this.#batches];
    return copy;
  }
}
