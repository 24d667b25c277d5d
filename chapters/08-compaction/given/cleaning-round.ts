import { type RecordBatch } from "#serialization";
import { type ProducerStateManager } from "#log";
import { type CleanedTransactions } from "./cleaned-transactions.ts";
import { type OffsetMap } from "#compaction/offset-map";

/** What is known when batches are cleaned: the same for all batches of a log, once through. */
export interface CleaningRound {
  /** The last offset of each key, up to `map.latestOffset`. */
  readonly map: OffsetMap;
  /** Wall time at which the round began. */
  readonly nowMs: number;
  /** `delete.retention.ms` */
  readonly deleteRetentionMs: number;
  /** To be asked of every batch, in order, once. */
  readonly transactions: Pick<CleanedTransactions, "mayDiscard">;
  /**
   * Whether the batch has to stay when all its records go: as the last of its producer it says which sequence number
   * comes next; as the last of the round it says where the log goes on. (A log that ended in a gap would keep readers
   * and followers from its end.)
   */
  readonly mustStay: (batch: RecordBatch) => boolean;
}

/**
 * Whether the batch is the last one of a producer that is known: its last data, or, if it has no data, the marker in
 * its epoch, which fences older ones. Source: Kafka's `UnifiedLog.lastRecordsOfActiveProducers`.
 */
export function isLastOfProducer(producers: ProducerStateManager, batch: RecordBatch): boolean {
  const { producerId } = batch;
  const entry = producerId < 0 ? undefined : producers.lastEntry(producerId);
  if (entry === undefined) return false;
  if (entry.isEmpty) return batch.isControl && batch.producerEpoch === entry.epoch;
  return batch.lastOffset === entry.lastDataOffset;
}
