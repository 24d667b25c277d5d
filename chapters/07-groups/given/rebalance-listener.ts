/** @module */
import { type TopicPartition } from "#ground/topic-partition";

/**
 * What a program wants to know of a rebalance. All is called inside of `poll` (or `close`, `unsubscribe`), which waits
 * for what is returned; so a listener may commit and seek. An error that it throws is thrown by that `poll`.
 *
 * Source: `org.apache.kafka.clients.consumer.ConsumerRebalanceListener`.
 */
export interface RebalanceListener {
  /** After each rebalance: what has come, all of it or (cooperative) only what is new; perhaps nothing. */
  onPartitionsAssigned?(partitions: readonly TopicPartition[]): void | Promise<void>;
  /** What is about to go: it is the consumer's last chance to commit what it has done. Never called with none. */
  onPartitionsRevoked?(partitions: readonly TopicPartition[]): void | Promise<void>;
  /**
   * What has gone already: the group has thrown the member out, and others may be reading. To commit is too late. If it
   * is missing, `onPartitionsRevoked` is called.
   */
  onPartitionsLost?(partitions: readonly TopicPartition[]): void | Promise<void>;
}
