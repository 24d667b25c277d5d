import { KafkaError } from "#ground/errors";
import { type RecordBatch } from "#serialization";
import { metadataOf, type ProducerStateEntry } from "#log/producer-state-entry";
import { readMarker } from "./assembly/transaction-marker.ts";

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
 * changes in the partition's state before `ProducerStateManager.commit`: the append may still fail.
 *
 * Source: Kafka's `ProducerAppendInfo`.
 */
export class ProducerAppendInfo {
  /** The producer's state after this append. */
  readonly updated: ProducerStateEntry;
  /** First offsets of the transactions that this append begins. */
  readonly startedTransactions: number[] = [];
  readonly #origin: AppendOrigin;
  readonly #where: string;

  /** @param where names the partition in errors */
  constructor(current: ProducerStateEntry, origin: AppendOrigin, where: string) {
    this.updated = current.copy();
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
    if (this.#origin !== "replication") this.updated.checkEpoch(batch, this.#where);
    if (this.#origin === "client") this.updated.checkSequence(batch, this.#where);

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
    if (this.#origin !== "replication") this.updated.checkEpoch(batch, this.#where);
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
}
