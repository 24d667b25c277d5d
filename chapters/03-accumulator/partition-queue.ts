/**
 * Where the batches of one partition wait.
 *
 * @module
 */
import { NotImplementedError } from "#ground/errors";
import { Deque } from "#accumulator/given/deque";
import { type ProducerBatch } from "./producer-batch.ts";
import { type TopicPartition } from "#ground/topic-partition";

/** The batches of one partition that wait to be sent: the first leaves next, the last is the one that is filled. */
export class PartitionQueue implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  readonly batches: Deque<ProducerBatch> = new Deque();
  /** Set while nothing may leave: an earlier batch is under way, and the order has to be kept. */
  isMuted: boolean = false;

  constructor(topic: string, partition: number) {
    this.topic = topic;
    this.partition = partition;
  }

  /** Whether no batch is left that would take another record. */
  get allFull(): boolean {
    const last = this.batches.last;
    return last === undefined || last.isFull;
  }

  /**
   * How long the first batch has to wait before it may leave. The queue is not empty.
   *
   * A batch that failed waits until its `retryAtMs`, whatever else holds. Otherwise it may leave at once when `atOnce`
   * is set, when it is full, or when another batch stands behind it. Else it may leave `lingerMs` after it was
   * *created*: records that come later don't hold it up.
   *
   * @exercise 3.5 PartitionQueue.waitMs
   * @param atOnce - there is a reason not to linger: a flush, a close, somebody who waits for memory
   * @returns milliseconds from `now` on; 0 when it may leave
   */
  waitMs(now: number, lingerMs: number, atOnce: boolean): number {
    throw new NotImplementedError("3.5 PartitionQueue.waitMs");
  }
}
