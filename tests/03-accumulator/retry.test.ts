import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ProducerBatch } from "#accumulator/producer-batch";
import { takeExpired } from "#accumulator/expire";
import { PartitionQueue } from "#accumulator/partition-queue";
import { precedes, putBack } from "#accumulator/put-back";
import { Deque } from "#accumulator/given/deque";
import { property } from "../support/property.ts";
import { appendTo, batchOf, describeBatch, TestAccumulator, valueOf } from "./fixtures.ts";

const LAST = 2 ** 31 - 1;

/** A batch with one record and this sequence number, −1 for none. */
function numbered(sequence: number): ProducerBatch {
  const batch = batchOf(200);
  appendTo(batch, valueOf(20));
  if (sequence >= 0) batch.setProducerState(4000, 0, sequence, false);
  return batch;
}

/** The sequence numbers of a queue after these batches have come back into it, one after the other. */
function afterPuttingBack(queued: readonly number[], ...back: number[]): number[] {
  const queue = new Deque<ProducerBatch>();
  for (const sequence of queued) queue.addLast(numbered(sequence));
  for (const sequence of back) putBack(queue, numbered(sequence));
  return [...queue].map(({ baseSequence }) => baseSequence);
}

describe("back in the queue", () => {
  test("3.7 putBack: what comes back goes first: the others came later [I5]", () => {
    const [back, next, last] = [numbered(-1), numbered(-1), numbered(-1)];
    const queue = new Deque<ProducerBatch>();
    queue.addLast(next);
    queue.addLast(last);
    putBack(queue, back);
    expect([...queue].map((batch) => [back, next, last].indexOf(batch))).toEqual([0, 1, 2]);
  });

  test("3.7 putBack: into an empty queue", () => {
    expect(afterPuttingBack([], 7)).toEqual([7]);
  });

  test("3.7 putBack: several that were under way stand in the order of their numbers [I5]", () => {
    expect(afterPuttingBack([], 10, 20, 30)).toEqual([10, 20, 30]);
    expect(afterPuttingBack([], 30, 20, 10)).toEqual([10, 20, 30]);
    expect(afterPuttingBack([], 20, 30, 10)).toEqual([10, 20, 30]);
  });

  test("3.7 putBack: in front of what has never left [I5]", () => {
    expect(afterPuttingBack([-1, -1], 20, 10)).toEqual([10, 20, -1, -1]);
  });

  test("3.7 putBack: numbers go from 2³¹ − 1 on to 0 [I5]", () => {
    expect(afterPuttingBack([], 3, LAST - 6, LAST - 1)).toEqual([LAST - 6, LAST - 1, 3]);
    expect(afterPuttingBack([LAST - 1, -1], 3)).toEqual([LAST - 1, 3, -1]);
  });

  test("3.7 putBack: any batches in any order end up in order [I5]", () => {
    const gap = fc.integer({ min: 1, max: 1000 });
    property([fc.nat(LAST), fc.array(gap, { minLength: 1, maxLength: 6 }), fc.nat(3), fc.infiniteStream(fc.nat())],
      (start, gaps, waiting, dice) => {
        let sequence = start;
        const inOrder = gaps.map((by) => (sequence = (sequence + by) % 2 ** 31));
        const shuffled = [...inOrder];
        for (let i = shuffled.length - 1; i > 0; i--) {
          const j = dice.next().value! % (i + 1);
          [shuffled[i], shuffled[j]] = [shuffled[j]!, shuffled[i]!];
        }
        const unsent = new Array<number>(waiting).fill(-1);
        expect(afterPuttingBack(unsent, ...shuffled)).toEqual([...inOrder, ...unsent]);
      });
  });

  test("given: precedes: the shorter way round counts", () => {
    expect([precedes(1, 2), precedes(2, 1), precedes(2, 2)]).toEqual([true, false, false]);
    expect([precedes(LAST, 0), precedes(0, LAST), precedes(LAST - 5, 4)]).toEqual([true, false, true]);
  });

  test("3.7 reenqueue: the batch is tried again after a wait, which counts its failures", () => {
    const asked: number[] = [];
    const test = new TestAccumulator({ retryBackoffMs: (failuresBefore) => asked.push(failuresBefore) * 100 });
    test.append(valueOf(139, "a"), 0);
    test.append(valueOf(139, "b"), 0);
    test.now = 1000;
    const [a] = test.drain(0) as [ProducerBatch];
    test.accumulator.reenqueue(a, test.now);
    expect([a.attempts, a.retryAtMs, test.ready().inMs]).toEqual([1, 1100, 100]);
    test.now = 1100;
    expect(test.drain(0).map(describeBatch), "b does not overtake").toEqual(["orders-0: a"]);
    test.accumulator.reenqueue(a, test.now);
    expect([a.attempts, a.retryAtMs, asked]).toEqual([2, 1300, [0, 1]]);
  });

  test("3.7 reenqueue: the batch is sent with the same bytes, and not appended to", () => {
    const test = new TestAccumulator();
    test.append(valueOf(20, "a"), 0);
    const [batch] = test.drain(0) as [ProducerBatch];
    const sent = Buffer.from(batch.build());
    test.accumulator.reenqueue(batch, 0);
    test.append(valueOf(20, "b"), 0);
    test.now = 100;
    expect(test.drain(0)[0]!.build()).toEqual(sent);
    expect(test.queue(0).map(describeBatch)).toEqual(["orders-0: b"]);
  });
});

describe("too late", () => {
  test("3.8 expiredBatches: those created delivery.timeout.ms ago, and not those a moment younger", () => {
    const test = new TestAccumulator({ deliveryTimeoutMs: 1000 });
    test.append(valueOf(139, "a"), 0);
    test.now = 1;
    test.append(valueOf(139, "b"), 0);
    test.now = 999.5;
    expect(test.accumulator.expiredBatches(test.now).map(describeBatch)).toEqual([]);
    expect(test.accumulator.nextExpiryMs).toBe(1000);
    test.now = 1000;
    expect(test.accumulator.expiredBatches(test.now).map(describeBatch)).toEqual(["orders-0: a"]);
    expect(test.accumulator.nextExpiryMs).toBe(1001);
    expect(test.queue(0).map(describeBatch)).toEqual(["orders-0: b"]);
  });

  test("3.8 expiredBatches: of all partitions, in the order in which they would have been sent [I5]", () => {
    const test = new TestAccumulator({ deliveryTimeoutMs: 1000 });
    [0, 1, 0, 2].forEach((partition, i) => test.append(valueOf(139, "abcd"[i]), partition));
    test.now = 1500;
    test.append(valueOf(139, "young"), 1);
    expect(test.accumulator.expiredBatches(1500).map(describeBatch)).toEqual([
      "orders-0: a",
      "orders-0: c",
      "orders-1: b",
      "orders-2: d",
    ]);
    expect([0, 1, 2].map((partition) => test.queue(partition).length)).toEqual([0, 1, 0]);
    expect(test.accumulator.nextExpiryMs).toBe(2500);
  });

  test("3.8 expiredBatches: also those of a muted partition, and those that wait after a failure", () => {
    const test = new TestAccumulator({ deliveryTimeoutMs: 1000 });
    test.append(valueOf(139, "a"), 0);
    test.append(valueOf(139, "b"), 1);
    test.accumulator.mutePartition({ topic: "orders", partition: 0 });
    test.hasFailed(1, 5000);
    expect(test.accumulator.expiredBatches(1000).map(describeBatch)).toEqual(["orders-0: a", "orders-1: b"]);
    expect(test.accumulator.nextExpiryMs).toBe(Infinity);
  });

  test("3.8 expiredBatches: a failed attempt doesn't buy time", () => {
    const test = new TestAccumulator({ deliveryTimeoutMs: 1000 });
    test.append(valueOf(139, "a"), 0);
    const [batch] = test.drain(0) as [ProducerBatch];
    test.accumulator.reenqueue(batch, 950);
    expect(test.accumulator.expiredBatches(1000).map(describeBatch)).toEqual(["orders-0: a"]);
  });

  test("3.8 expiredBatches: no record gets into a batch that has expired", () => {
    const test = new TestAccumulator({ deliveryTimeoutMs: 1000 });
    test.append(valueOf(20, "a"), 0);
    const [expired] = test.accumulator.expiredBatches(1000) as [ProducerBatch];
    expect(appendTo(expired, valueOf(20))).toEqual([false]);
    expect(expired.result.isDone, "to say so is the sender's").toBe(false);
    test.append(valueOf(20, "b"), 0);
    expect(test.queue(0).map(describeBatch)).toEqual(["orders-0: b"]);
  });

  test("3.8 takeExpired: what stands behind a batch that is young enough has its turn after it [I5]", () => {
    const queue = new PartitionQueue("orders", 0);
    for (const createdMs of [0, 600, 100]) queue.batches.addLast(batchOf(200, { createdMs }));
    const ages = (batches: Iterable<ProducerBatch>): number[] => [...batches].map(({ createdMs }) => createdMs);
    expect(ages(takeExpired(queue, 1000, 1200)), "the one of 100 waits behind the one of 600").toEqual([0]);
    expect(ages(queue.batches)).toEqual([600, 100]);
    expect(ages(takeExpired(queue, 1000, 1600))).toEqual([600, 100]);
  });

  test("3.8 expiredBatches: the next time to look is the first of all queues'", () => {
    const test = new TestAccumulator({ deliveryTimeoutMs: 1000 });
    for (const [partition, now] of [[1, 5], [0, 30], [2, 70]] as const) {
      test.now = now;
      test.append(valueOf(20), partition);
    }
    test.accumulator.expiredBatches(100);
    expect(test.accumulator.nextExpiryMs).toBe(1005);
    test.accumulator.expiredBatches(1005);
    expect(test.accumulator.nextExpiryMs).toBe(1030);
  });

  test("3.8 expiredBatches: without a limit nothing expires", () => {
    const test = new TestAccumulator({ deliveryTimeoutMs: 2 ** 31 - 1 });
    test.append(valueOf(20), 0);
    expect(test.accumulator.expiredBatches(1_000_000_000).length).toBe(0);
    expect(test.accumulator.nextExpiryMs).toBe(2 ** 31 - 1);
  });
});
