import { KafkaError } from "#ground/errors";
import { NO_PRODUCER_EPOCH, NO_SEQUENCE, type RecordBatch } from "#serialization";
import { metadataOf, type ProducerStateEntry } from "./producer-state-entry.ts";
import { readMarker } from "./assembly/transaction-marker.ts";

const MAX_SEQUENCE = 0x7fff_ffff;

/**
 * Who appends, which decides what is checked. A `client`'s sequences and epoch are; a `coordinator` writes markers and
 * group offsets, which have no sequences; what comes by `replication` (or is read again) was checked by the leader.
 */
export type AppendOrigin = "client" | "coordinator" | "replication";

/** A transaction that a marker has ended. */
export interface CompletedTransaction {
  readonly producerId: RecordBatch["producerId"];
  readonly firstOffset: number;
  /** Offset of the marker. */
  readonly lastOffset: number;
  readonly isAborted: boolean;
}

/**
 * Checks the batches of one append against what is known of their producer, and gathers what they change. Nothing
 * changes in the partition's state before `ProducerStateManager.update`: the append may still fail.
 *
 * Source: Kafka's `ProducerAppendInfo`.
 */
export class ProducerAppendInfo {
  /** The producer's state after this append, without its older batches. */
  readonly updated: ProducerStateEntry;
  /** First offsets of the transactions that this append begins. */
  readonly startedTransactions: number[] = [];
  readonly #current: ProducerStateEntry;
  readonly #origin: AppendOrigin;
  readonly #where: string;

  /** @param where names the partition in errors */
  constructor(current: ProducerStateEntry, origin: AppendOrigin, where: string) {
    this.#current = current;
    this.updated = current.withoutBatches();
    this.#origin = origin;
    this.#where = where;
  }

  /**
   * Takes in one batch that will have `firstOffset` as its first offset.
   * @returns the transaction that it ends, if it is a marker and there was one
   * @throws KafkaError INVALID_PRODUCER_EPOCH, OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_TXN_STATE,
   * TRANSACTION_COORDINATOR_FENCED
   */
  append(batch: RecordBatch, firstOffset: number): CompletedTransaction | null {
    if (batch.isControl) return this.#appendMarker(batch, firstOffset);
    this.#checkEpoch(batch.producerEpoch, firstOffset);
    if (this.#origin === "client") this.#checkSequence(batch, firstOffset);

    const open = this.updated.currentTransactionFirstOffset;
    if (open !== null && !batch.isTransactional) {
      throw new KafkaError(
        "INVALID_TXN_STATE",
        `expected a transactional batch from producer ${batch.producerId}, which has a transaction open ` +
          `since offset ${open} of ${this.#where}, got another at offset ${firstOffset}`,
      );
    }
    this.updated.addBatch(batch.producerEpoch, metadataOf(batch, firstOffset));
    if (open === null && batch.isTransactional) {
      this.updated.currentTransactionFirstOffset = firstOffset;
      this.startedTransactions.push(firstOffset);
    }
    return null;
  }

  #appendMarker(batch: RecordBatch, offset: number): CompletedTransaction | null {
    const marker = readMarker(batch);
    if (marker === null) return null;
    this.#checkEpoch(batch.producerEpoch, offset);
    if (marker.coordinatorEpoch < this.updated.coordinatorEpoch && this.#origin !== "replication") {
      throw new KafkaError(
        "TRANSACTION_COORDINATOR_FENCED",
        `expected a marker of coordinator epoch ${this.updated.coordinatorEpoch} or later for producer ` +
          `${batch.producerId} at offset ${offset} of ${this.#where}, got ${marker.coordinatorEpoch}`,
      );
    }
    const firstOffset = this.updated.currentTransactionFirstOffset;
    this.updated.setEpoch(batch.producerEpoch);
    this.updated.coordinatorEpoch = marker.coordinatorEpoch;
    this.updated.currentTransactionFirstOffset = null;
    this.updated.lastTimestamp = batch.maxTimestamp;
    if (firstOffset === null) return null; // a transaction without records in this partition leaves no trace
    return { producerId: batch.producerId, firstOffset, lastOffset: offset, isAborted: marker.isAbort };
  }

  #checkEpoch(epoch: number, offset: number): void {
    if (epoch >= this.updated.epoch || this.#origin === "replication") return;
    throw new KafkaError(
      "INVALID_PRODUCER_EPOCH",
      `expected epoch ${this.updated.epoch} or later of producer ${this.updated.producerId} ` +
        `at offset ${offset} of ${this.#where}, got ${epoch}: a newer producer with the same id has fenced this one`,
    );
  }

  #checkSequence(batch: RecordBatch, offset: number): void {
    const known = this.updated.epoch;
    if (known === NO_PRODUCER_EPOCH) return; // an unknown producer may begin anywhere: its state may have expired
    const last =
      batch.producerEpoch !== known
        ? NO_SEQUENCE
        : this.updated.isEmpty
          ? this.#current.lastSequence
          : this.updated.lastSequence;
    const expected = last === MAX_SEQUENCE ? 0 : last + 1;
    if (batch.baseSequence === expected) return;
    throw new KafkaError(
      "OUT_OF_ORDER_SEQUENCE_NUMBER",
      `expected sequence ${expected} of producer ${batch.producerId} in epoch ${batch.producerEpoch} ` +
        `at offset ${offset} of ${this.#where}, got ${batch.baseSequence}`,
    );
  }
}
