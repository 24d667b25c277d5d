/**
 * The batches that somebody still waits for, and who owns their memory.
 *
 * Source: `org.apache.kafka.clients.producer.internals.IncompleteBatches`, `RecordAccumulator.deallocate`.
 *
 * @module
 */
import { type BufferPool } from "./buffer-pool.ts";
import { type ProducerBatch } from "./producer-batch.ts";

/**
 * All batches that are in a queue or under way. A batch's memory is the batch's; while a write is under way it is lent
 * to the socket; at the end it goes back to the pool, but never while it is lent: the socket would send the next
 * batch's bytes.
 */
export class IncompleteBatches {
  readonly #pool: BufferPool;
  readonly #batches = new Set<ProducerBatch>();

  constructor(pool: BufferPool) {
    this.#pool = pool;
  }

  get size(): number {
    return this.#batches.size;
  }

  /** All of them, as they are now. */
  list(): ProducerBatch[] {
    return [...this.#batches];
  }

  add(batch: ProducerBatch): void {
    this.#batches.add(batch);
  }

  /** The batch's bytes go into a write: they may not change until {@link release}. */
  lend(batch: ProducerBatch): void {
    batch.lends++;
  }

  /**
   * A write has let go of the batch's bytes. If it was the last one, and the batch has been deallocated meanwhile, its
   * memory goes back to the pool now.
   *
   * @exercise 3.6 IncompleteBatches.release
   */
  release(batch: ProducerBatch): void {
    batch.lends--;
    if (batch.isDeallocated) this.#giveBack(batch);
  }

  /**
   * Nobody waits for the batch any more: from now on it is not one of the incomplete ones. Its memory goes back to the
   * pool, now or, while a write holds its bytes, when the last one lets go. The memory of a split batch is not the
   * pool's. A second call does nothing.
   *
   * @exercise 3.6 IncompleteBatches.deallocate
   */
  deallocate(batch: ProducerBatch): void {
    if (batch.isDeallocated) return;
    batch.isDeallocated = true;
    this.#batches.delete(batch);
    this.#giveBack(batch);
  }

  /** @solution */
  #giveBack(batch: ProducerBatch): void {
    if (batch.lends === 0 && !batch.isSplitBatch) this.#pool.deallocate(batch.buffer);
  }
}
