/**
 * What becomes of transactions when a log is cleaned. Records of an aborted one are worth nothing, whatever their key
 * is. But their marker must stay as long as a single one of them does: a reader without it would take the next
 * transaction's end for that of the aborted one. And when they are all gone, it stays for `delete.retention.ms` more,
 * for readers that are in the middle of them.
 *
 * Source: Kafka's `CleanedTransactionMetadata`, KIP-98, KIP-534.
 *
 * @module
 */
import { type Int64 } from "#ground/int64";
import { type AbortedTransaction } from "#log";
import { type TransactionIndex } from "#log/given/assembly/transaction-index";
import { readMarker } from "#log/given/assembly/transaction-marker";
import { type RecordBatch } from "#serialization";

interface OpenAborted {
  readonly transaction: AbortedTransaction;
  hasBatches: boolean;
}

/** Follows the transactions of a log through its batches, which it is shown in order. */
export class CleanedTransactions {
  /** Aborted transactions of which no batch has been met yet, by first offset. */
  #upcoming: AbortedTransaction[] = [];
  /** Aborted transactions that are open where the batches have come to, by producer. */
  readonly #aborted = new Map<Int64, OpenAborted>();
  /** Producers with an open transaction that will be committed. */
  readonly #committed = new Set<Int64>();
  /** The index of the segment that is being written: it gets the aborted transactions of which something is left. */
  index: TransactionIndex | null = null;

  /** Tells it which transactions are aborted among the batches that come next. It may know some of them already. */
  expect(aborted: readonly AbortedTransaction[]): void {
    this.#upcoming = [...this.#upcoming, ...aborted].sort((a, b) => a.firstOffset - b.firstOffset);
  }

  /**
   * Takes in the next batch. True if its transactions don't need it: it holds records of an aborted one, or is the
   * marker of one that has no batches any more.
   */
  mayDiscard(batch: RecordBatch): boolean {
    const { producerId } = batch;
    while (this.#upcoming.length > 0 && this.#upcoming[0]!.firstOffset <= batch.lastOffset) {
      const transaction = this.#upcoming.shift()!;
      if (this.#aborted.has(transaction.producerId)) continue;
      this.#aborted.set(transaction.producerId, { transaction, hasBatches: false });
    }
    if (batch.isControl) return this.#mayDiscardMarker(batch);
    if (!batch.isTransactional) return false;
    const aborted = this.#aborted.get(producerId);
    if (aborted === undefined) this.#committed.add(producerId);
    else aborted.hasBatches = true;
    return aborted !== undefined;
  }

  #mayDiscardMarker(batch: RecordBatch): boolean {
    // One without its record was kept for its producer's sake alone.
    if (batch.count === 0) return true;
    const marker = readMarker(batch);
    if (marker === null) return false;
    const { producerId } = batch;
    if (!marker.isAbort) return !this.#committed.delete(producerId);
    const aborted = this.#aborted.get(producerId);
    this.#aborted.delete(producerId);
    if (aborted?.hasBatches !== true) return true;
    this.index?.append(aborted.transaction);
    return false;
  }
}
