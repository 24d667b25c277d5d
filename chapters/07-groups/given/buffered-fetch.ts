/** @module */
import { type ConsumerRecord } from "./assembly/consumer-record.ts";
import { type PartitionState } from "./partition-state.ts";

/** What an answer brought of one partition, as far as it hasn't been returned yet. */
export interface BufferedFetch {
  readonly partition: PartitionState;
  /** The broker that it came from, and which of its answers: partitions of one answer share a number. */
  readonly nodeId: number;
  readonly answer: number;
  /** The next record to be returned from here. Moves on with {@link BufferedFetch.take}. */
  readonly nextOffset: number;
  /** The leader epoch of the record before {@link BufferedFetch.nextOffset}, −1 if it isn't known. */
  readonly leaderEpoch: number;
  /** Where the partition goes on behind all that is in here. */
  readonly endOffset: number;
  /** Nothing is left. */
  readonly isDrained: boolean;
  /**
   * Puts the next records into `into`, `max` at most, and moves {@link BufferedFetch.nextOffset} behind them.
   * @throws SerializationError or KafkaError for a record that can't be returned: those before it are in `into`, and
   *   the next call throws again
   */
  take(max: number, into: ConsumerRecord[]): void;
}
