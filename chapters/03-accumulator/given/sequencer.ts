import { type ProducerBatch } from "#accumulator/producer-batch";

/**
 * What the accumulator asks of an idempotent producer's bookkeeping, which chapter 4 keeps (Kafka's
 * `TransactionManager`). Without idempotence there is none.
 */
export interface Sequencer {
  /**
   * Whether `batch`, the first of its queue, may leave now. No, while there is no producer id yet; while earlier
   * batches of the partition must be resolved first; or while another batch with lower sequence numbers is still under
   * way.
   */
  maySend(batch: ProducerBatch): boolean;
  /**
   * `batch` leaves for the first time: gives it the producer's id and epoch and its first sequence number
   * ({@link ProducerBatch.setProducerState}), and counts it as under way.
   */
  assignSequence(batch: ProducerBatch): void;
  /**
   * `batch` was split off from one that was under way, and has its part of the sequence numbers: counts it as under
   * way.
   */
  track(batch: ProducerBatch): void;
}
