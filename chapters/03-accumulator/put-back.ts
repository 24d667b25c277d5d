import { NotImplementedError } from "#ground/errors";
import { type Deque } from "#accumulator/given/deque";
import { type ProducerBatch } from "./producer-batch.ts";

/**
 * Puts a batch that was under way back into its queue: in front, because its records came before those that wait.
 *
 * With sequence numbers the order among those that were under way counts, too: several may come back, in any order. So
 * the batch goes behind those of the queue that have sequence numbers lower than its own. Batches without any have
 * never left, and come after all that have. Sequence numbers go from 2³¹ − 1 on to 0; those that are in a queue
 * together lie so close that the shorter way round says which one is lower ({@link precedes}).
 *
 * Source: `RecordAccumulator.reenqueue`, `insertInSequenceOrder`.
 *
 * @exercise 3.7 putBack
 */
export function putBack(queue: Deque<ProducerBatch>, batch: ProducerBatch): void {
  throw new NotImplementedError("3.7 putBack");
}

/**
 * Whether sequence number `a` comes before `b`: it is less than 2³⁰ steps from `a` on to `b`, round the end if need be.
 */
export function precedes(a: number, b: number): boolean {
  const steps = (b - a) & 0x7fffffff;
  return steps > 0 && steps < 2 ** 30;
}
