// Different from the reference: the queue is emptied into a list, the place is looked for in it, and it is filled
// again.
import { type Deque } from "#accumulator/given/deque";
import { type ProducerBatch } from "#accumulator/producer-batch";

export function putBack(queue: Deque<ProducerBatch>, batch: ProducerBatch): void {
  const others = queue.removeIf(() => true);
  const behind = others.findIndex((other) => !batch.hasSequence || !isAhead(other, batch));
  const place = behind === -1 ? others.length : behind;
  for (const each of [...others.slice(0, place), batch, ...others.slice(place)]) queue.addLast(each);
}

function isAhead(other: ProducerBatch, batch: ProducerBatch): boolean {
  return other.hasSequence && precedes(other.baseSequence, batch.baseSequence);
}

export function precedes(a: number, b: number): boolean {
  const difference = (((b - a) % 2 ** 31) + 2 ** 31) % 2 ** 31;
  return difference !== 0 && difference < 2 ** 30;
}
