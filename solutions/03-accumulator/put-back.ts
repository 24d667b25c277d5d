import { type Deque } from "#accumulator/given/deque";
import { type ProducerBatch } from "./producer-batch.ts";

/**
 * Puts a batch that was under way back into its queue: in front, because its records came before those that wait.
 *
 * Several batches may come back, in any order. With sequence numbers their own order counts, too: the batch goes behind
 * those of the queue that have lower numbers. Batches without numbers have never left; they come after all that have
 * some. After 2³¹ − 1 comes 0. The numbers in one queue lie close together, so the shorter way round says which one is
 * lower ({@link precedes}).
 *
 * Source: `RecordAccumulator.reenqueue`, `insertInSequenceOrder`.
 *
 * @exercise 3.7 putBack
 */
export function putBack(queue: Deque<ProducerBatch>, batch: ProducerBatch): void {
  const ahead: ProducerBatch[] = [];
  for (let first = queue.first; first?.hasSequence && batch.hasSequence; first = queue.first) {
    if (!precedes(first.baseSequence, batch.baseSequence)) break;
    ahead.push(queue.pollFirst()!);
  }
  queue.addFirst(batch);
  for (const other of ahead.reverse()) queue.addFirst(other);
}

/**
 * Whether sequence number `a` comes before `b`: from `a` up to `b`, if need be past the end, it is less than 2³⁰ steps.
 */
export function precedes(a: number, b: number): boolean {
  const steps = (b - a) & 0x7fffffff;
  return steps > 0 && steps < 2 ** 30;
}
