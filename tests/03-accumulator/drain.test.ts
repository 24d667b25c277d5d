import { describe, expect, test } from "vitest";
import { type ProducerBatch } from "#accumulator/producer-batch";
import { ProducerClosedError } from "#accumulator/given/producer-errors";
import { type Sequencer } from "#accumulator/given/sequencer";
import { RecordBatch } from "#serialization";
import { clusterOf } from "../support/clusters.ts";
import { describeBatch, soon, TestAccumulator, type TestAccumulatorOptions, turns, valueOf } from "./fixtures.ts";

/** Four partitions, all on broker 0, with a full batch each of 200 bytes: a, b, c, d. */
function four(options: TestAccumulatorOptions = {}): TestAccumulator {
  const test = new TestAccumulator({ cluster: clusterOf({ orders: [0, 0, 0, 0] }), ...options });
  [..."abcd"].forEach((text, partition) => test.append(valueOf(139, text), partition));
  return test;
}

/** The letters of batches with one record each. */
function textOf(batches: readonly ProducerBatch[]): string {
  return batches.map((batch) => describeBatch(batch).slice(-1)).join("");
}

describe("drain", () => {
  test("3.6 drain: the first batch of every partition that the broker leads", () => {
    const test = new TestAccumulator({ cluster: clusterOf({ orders: [0, 1, 0] }) });
    [..."abcabc"].forEach((text, i) => test.append(valueOf(139, `${text}${i < 3 ? 1 : 2}`), i % 3));
    expect(test.drain(0).map(describeBatch)).toEqual(["orders-0: a1", "orders-2: c1"]);
    expect(test.drain(1).map(describeBatch)).toEqual(["orders-1: b1"]);
    expect(test.drain(0).map(describeBatch)).toEqual(["orders-0: a2", "orders-2: c2"]);
    expect(test.drain(0).length).toBe(0);
  });

  test("3.6 drain: also what isn't ready rides along", () => {
    const test = new TestAccumulator({ cluster: clusterOf({ orders: [0, 0] }) });
    test.append(valueOf(139, "full"), 0);
    test.append(valueOf(20, "lingers"), 1);
    expect(test.drain(0).map(describeBatch)).toEqual(["orders-0: full", "orders-1: lingers"]);
  });

  test("3.6 drain: a batch that leaves is closed: what comes now goes into the next", () => {
    const test = new TestAccumulator();
    test.append(valueOf(20, "a"), 0);
    const [batch] = test.drain(0);
    test.append(valueOf(20, "b"), 0);
    expect([describeBatch(batch!), test.queue(0).map(describeBatch)]).toEqual(["orders-0: a", ["orders-0: b"]]);
  });

  test("3.6 drain: no more than max.request.size; the rest goes with the next request", () => {
    const test = four();
    expect(textOf(test.drain(0, 400))).toBe("ab");
    expect(textOf(test.drain(0, 599)), "the second request; c didn't fit into the first").toBe("cd");
  });

  test("3.6 drain: the partition that didn't fit begins the next request", () => {
    const test = four();
    expect(textOf(test.drain(0, 250))).toBe("a");
    [..."ABCD"].forEach((text, partition) => test.append(valueOf(139, text), partition));
    const requests = Array.from({ length: 7 }, () => textOf(test.drain(0, 250)));
    expect(requests).toEqual(["b", "c", "d", "A", "B", "C", "D"]);
  });

  test("3.6 drain: the place to go on is one among the broker's partitions, not a partition's number", () => {
    const test = new TestAccumulator({ cluster: clusterOf({ orders: [1, 0, 0, 0] }) });
    [..."abcd"].forEach((text, partition) => test.append(valueOf(139, text), partition));
    expect([1, 2, 3].map(() => textOf(test.drain(0, 250)))).toEqual(["b", "c", "d"]);
  });

  test("3.6 drain: goes round: behind the last partition comes the first", () => {
    const test = four();
    expect(textOf(test.drain(0, 400))).toBe("ab");
    test.append(valueOf(139, "A"), 0);
    expect(textOf(test.drain(0))).toBe("cdA");
  });

  test("3.6 drain: a broker that leads fewer partitions than before goes round those that are left", () => {
    const test = four();
    for (const letter of "abc") expect(textOf(test.drain(0, 250))).toBe(letter);
    [..."AB"].forEach((text, partition) => test.append(valueOf(139, text), partition));
    test.cluster = clusterOf({ orders: [0, 0, 1, 1] });
    expect(textOf(test.drain(0)).split("").sort()).toEqual(["A", "B"]);
  });

  test("3.6 drain: the first batch that doesn't fit ends the request, also when smaller ones come behind it", () => {
    const test = new TestAccumulator({ cluster: clusterOf({ orders: [0, 0, 0] }) });
    [139, 300, 20].forEach((size, partition) => test.append(valueOf(size, "abc"[partition]), partition));
    expect(textOf(test.drain(0, 350))).toBe("a");
    expect(textOf(test.drain(0, 450))).toBe("bc");
  });

  test("3.6 drain: a batch that doesn't fit stays as it is, and goes on taking records", () => {
    const test = new TestAccumulator({ cluster: clusterOf({ orders: [0, 0] }) });
    test.append(valueOf(139, "a"), 0);
    test.append(valueOf(20, "b"), 1);
    expect(test.drain(0, 250).map(describeBatch)).toEqual(["orders-0: a"]);
    test.append(valueOf(20, "c"), 1);
    expect(test.drain(0, 250).map(describeBatch)).toEqual(["orders-1: b c"]);
  });

  test("3.6 drain: each broker has a place of its own at which it goes on", () => {
    const test = new TestAccumulator({ cluster: clusterOf({ orders: [0, 0, 1, 1] }) });
    [..."abcd"].forEach((text, partition) => test.append(valueOf(139, text), partition));
    expect(textOf(test.drain(0, 250))).toBe("a");
    test.append(valueOf(139, "A"), 0);
    expect(textOf(test.drain(1, 250))).toBe("c");
    expect(textOf(test.drain(0, 250))).toBe("b");
    expect(textOf(test.drain(1, 250))).toBe("d");
  });

  test("3.6 drain: a batch larger than max.request.size goes alone", () => {
    const test = new TestAccumulator({ cluster: clusterOf({ orders: [0, 0] }) });
    test.append(valueOf(900, "L"), 0);
    test.append(valueOf(20, "s"), 1);
    expect(textOf(test.drain(0, 500))).toBe("L");
    expect(textOf(test.drain(0, 500))).toBe("s");
  });

  test("3.6 drain: with compression the size of a batch is what came out", () => {
    const cluster = clusterOf({ orders: [0, 0, 0] });
    const test = new TestAccumulator({ cluster, compression: "gzip", batchSize: 1000, memory: 9000 });
    [..."abc"].forEach((text, partition) => test.append(valueOf(900, text), partition));
    // Each is 1,006 bytes by the estimate, and some 100 once it is built.
    expect(textOf(test.drain(0, 1300))).toBe("abc");
  });

  test("3.6 drain: nothing of a muted partition [I5]", () => {
    const test = four();
    test.accumulator.mutePartition({ topic: "orders", partition: 1 });
    expect(textOf(test.drain(0))).toBe("acd");
    test.accumulator.unmutePartition({ topic: "orders", partition: 1 });
    expect(textOf(test.drain(0))).toBe("b");
  });

  test("3.6 drain: nothing that has to wait after a failure, unless there is a new leader", () => {
    const test = four();
    test.now = 50;
    test.hasFailed(2, 100);
    expect(textOf(test.drain(0))).toBe("abd");
    test.cluster = clusterOf({ orders: [0, 0, { leader: 0, epoch: 1 }, 0] });
    expect(textOf(test.drain(0))).toBe("c");
  });

  test("3.6 drain: after its time a batch that has failed goes again", () => {
    const test = four();
    test.hasFailed(2, 100);
    test.now = 100;
    expect(textOf(test.drain(0))).toBe("abcd");
  });

  test("3.6 drain: a broker that leads nothing gets nothing", () => {
    const test = new TestAccumulator({ cluster: clusterOf({ orders: [0, null] }, [9]) });
    for (const partition of [0, 1]) test.append(valueOf(139), partition);
    const drained = test.accumulator.drain(test.cluster, [9, 0], 1000, 0);
    expect([...drained].map(([node, batches]) => [node, batches.length])).toEqual([[9, 0], [0, 1]]);
  });

  test("3.6 drain: each broker's request may be as large as max.request.size", () => {
    const test = new TestAccumulator({ cluster: clusterOf({ orders: [0, 0, 1, 1] }) });
    [..."abcd"].forEach((text, partition) => test.append(valueOf(139, text), partition));
    const drained = test.accumulator.drain(test.cluster, [1, 0], 400, 0);
    expect([...drained].map(([node, batches]) => [node, textOf(batches)])).toEqual([[1, "cd"], [0, "ab"]]);
  });

  test("3.6 drain: partitions of other topics cost nothing", () => {
    const test = new TestAccumulator({ cluster: clusterOf({ clicks: [0, 0], orders: [0] }) });
    test.append(valueOf(139, "a"), 0);
    expect(textOf(test.drain(0))).toBe("a");
    expect(test.accumulator.topic("clicks").queues.length).toBe(0);
  });
});

describe("sequence numbers", () => {
  /** Counts by partition, like the one of chapter 4, and never minds. */
  class Counting implements Sequencer {
    readonly held = new Set<number>();
    readonly #next = new Map<number, number>();

    maySend({ partition }: ProducerBatch): boolean {
      return !this.held.has(partition);
    }

    assignSequence(batch: ProducerBatch): void {
      const next = this.#next.get(batch.partition) ?? 0;
      batch.setProducerState(4000, 2, next, false);
      this.#next.set(batch.partition, next + batch.recordCount);
    }

    track(): void {}
  }

  test("3.6 forNode: a batch gets its number when it leaves, and the number is in its bytes", () => {
    const test = new TestAccumulator({ sequencer: new Counting() });
    for (const text of ["a", "b", "c"]) test.append(valueOf(50, text), 0);
    expect(test.queue(0).map(({ baseSequence }) => baseSequence)).toEqual([-1, -1]);
    const sent = [...test.drain(0), ...test.drain(0)];
    const headers = sent.map((batch) => new RecordBatch(batch.build()));
    expect(headers.map(({ producerId, baseSequence }) => [producerId, baseSequence])).toEqual([[4000, 0], [4000, 2]]);
  });

  test("3.6 forNode: a batch that has a number keeps it, whoever asks [I5]", () => {
    const test = new TestAccumulator({ sequencer: new Counting() });
    test.append(valueOf(139, "a"), 0);
    test.queue(0)[0]!.setProducerState(4000, 2, 77, false);
    expect(test.drain(0).map(({ baseSequence }) => baseSequence)).toEqual([77]);
  });

  test("3.6 forNode: what may not leave yet stays, and the others go", () => {
    const sequencer = new Counting();
    const test = four({ sequencer });
    sequencer.held.add(1);
    expect(textOf(test.drain(0))).toBe("acd");
    expect(test.queue(1).map(({ hasSequence }) => hasSequence)).toEqual([false]);
    sequencer.held.delete(1);
    expect(textOf(test.drain(0))).toBe("b");
  });

  test("3.6 forNode: also a batch that has a number has to be allowed to leave [I5]", () => {
    const sequencer = new Counting();
    const test = four({ sequencer });
    test.queue(1)[0]!.setProducerState(4000, 2, 77, false);
    sequencer.held.add(1);
    expect(textOf(test.drain(0))).toBe("acd");
  });

  test("3.6 forNode: a batch that doesn't fit into the request gets no number", () => {
    const test = four({ sequencer: new Counting() });
    expect(textOf(test.drain(0, 250))).toBe("a");
    expect([1, 2, 3].map((partition) => test.queue(partition)[0]!.baseSequence)).toEqual([-1, -1, -1]);
  });

  test("3.6 drain: what may not leave doesn't end the request, however large it is", () => {
    const sequencer = new Counting();
    const holdBack: Record<string, (test: TestAccumulator) => void> = {
      "a muted partition": (test) => test.accumulator.mutePartition({ topic: "orders", partition: 1 }),
      "a batch that waits after a failure": (test) => test.hasFailed(1, 100),
      "a batch that the sequencer holds back": () => sequencer.held.add(1),
    };
    for (const [what, hold] of Object.entries(holdBack)) {
      const test = new TestAccumulator({ cluster: clusterOf({ orders: [0, 0, 0] }), sequencer });
      [139, 500, 139].forEach((size, partition) => test.append(valueOf(size, "abc"[partition]), partition));
      hold(test);
      expect(textOf(test.drain(0, 400)), what).toBe("ac");
    }
  });
});

describe("who owns the memory", () => {
  test("3.6 deallocate: a batch's memory comes back when nobody needs the batch", () => {
    const test = new TestAccumulator({ memory: 1000 });
    test.append(valueOf(139), 0);
    test.append(valueOf(500), 1);
    const [small, large] = [...test.drain(0), ...test.drain(1)] as [ProducerBatch, ProducerBatch];
    expect([test.pool.availableMemory, test.accumulator.hasIncomplete]).toEqual([239, true]);
    test.accumulator.deallocate(large);
    expect([test.pool.availableMemory, test.accumulator.hasIncomplete]).toEqual([800, true]);
    test.accumulator.deallocate(small);
    expect([test.pool.availableMemory, test.accumulator.hasIncomplete]).toEqual([1000, false]);
  });

  test("3.6 deallocate: twice is once [I1]", () => {
    const test = new TestAccumulator({ memory: 1000 });
    test.append(valueOf(139), 0);
    const [batch] = test.drain(0) as [ProducerBatch];
    test.accumulator.deallocate(batch);
    test.accumulator.deallocate(batch);
    expect(test.pool.availableMemory).toBe(1000);
  });

  test("3.6 deallocate: not while a socket holds the bytes; when it lets go [I6]", () => {
    const test = new TestAccumulator({ memory: 200 });
    test.append(valueOf(139, "a"), 0);
    const [batch] = test.drain(0) as [ProducerBatch];
    test.accumulator.lend(batch);
    batch.result.fail(new Error("expired while it was being sent"));
    test.accumulator.deallocate(batch);
    expect([test.pool.availableMemory, test.accumulator.hasIncomplete]).toEqual([0, false]);
    expect(test.place(valueOf(139, "b"), 0), "b would overwrite a in the socket").toBe("no memory");
    expect(describeBatch(batch)).toBe("orders-0: a");
    test.accumulator.release(batch);
    expect(test.pool.availableMemory).toBe(200);
  });

  test("3.6 release: the socket lets go of a batch that is still under way", () => {
    const test = new TestAccumulator({ memory: 1000 });
    test.append(valueOf(139), 0);
    const [batch] = test.drain(0) as [ProducerBatch];
    test.accumulator.lend(batch);
    test.accumulator.release(batch);
    expect(test.pool.availableMemory, "its answer is still to come").toBe(800);
    test.accumulator.deallocate(batch);
    expect(test.pool.availableMemory).toBe(1000);
  });

  test("3.6 release: of two sockets the last one counts [I6]", () => {
    const test = new TestAccumulator({ memory: 1000 });
    test.append(valueOf(139), 0);
    const [batch] = test.drain(0) as [ProducerBatch];
    test.accumulator.lend(batch); // a connection that is dying
    test.accumulator.lend(batch); // the next attempt, over a new one
    test.accumulator.deallocate(batch);
    test.accumulator.release(batch);
    expect(test.pool.availableMemory).toBe(800);
    test.accumulator.release(batch);
    expect(test.pool.availableMemory).toBe(1000);
  });

  test("3.6 release: those who wait for memory are served then [I6]", async () => {
    const test = new TestAccumulator({ memory: 200 });
    test.append(valueOf(139), 0);
    const waiting = test.appendWaiting(valueOf(139, "b"), 0);
    const [batch] = test.drain(0) as [ProducerBatch];
    test.accumulator.lend(batch);
    test.accumulator.deallocate(batch);
    expect(test.pool.queued).toBe(1);
    test.accumulator.release(batch);
    expect([test.pool.queued, await soon(waiting)]).toEqual([0, "b is record 0 for 0"]);
  });

  test("3.6 deallocate: the memory of a split batch is not the pool's [I1]", () => {
    const test = new TestAccumulator({ memory: 1000 });
    test.append(valueOf(139), 0);
    const [batch] = test.drain(0) as [ProducerBatch];
    const [part, lent] = [batch.newPart(200), batch.newPart(200)];
    test.accumulator.deallocate(part);
    expect(test.pool.availableMemory).toBe(800);
    test.accumulator.lend(lent);
    test.accumulator.deallocate(lent);
    test.accumulator.release(lent);
    expect(test.pool.availableMemory, "nor when a socket lets go of it").toBe(800);
  });
});

describe("flush and close", () => {
  test("3.8 beginFlush, awaitFlush: resolves when all that was there is settled, not what comes later", async () => {
    const test = new TestAccumulator();
    for (const partition of [0, 1]) test.append(valueOf(20), partition);
    test.accumulator.beginFlush();
    const told: string[] = [];
    const flushed = test.accumulator.awaitFlush().then(() => told.push("flushed"));
    test.append(valueOf(139), 2);
    const [a] = test.drain(0) as [ProducerBatch];
    const [b] = test.drain(1) as [ProducerBatch];
    test.acknowledge(a);
    await turns();
    expect(told).toEqual([]);
    b.result.fail(new Error("the broker refused it"));
    test.accumulator.deallocate(b);
    await soon(flushed);
    expect([told, test.accumulator.hasIncomplete, test.accumulator.hasUndrained]).toEqual([["flushed"], true, true]);
  });

  test("3.8 beginFlush, awaitFlush: when it is over, batches linger again", async () => {
    const test = new TestAccumulator();
    test.append(valueOf(20), 0);
    test.accumulator.beginFlush();
    test.accumulator.beginFlush();
    const flushes = [test.accumulator.awaitFlush(), test.accumulator.awaitFlush()];
    for (const batch of test.drainReady()) test.acknowledge(batch);
    await soon(Promise.all(flushes));
    test.append(valueOf(20), 0);
    expect(test.ready().nodes).toEqual([]);
  });

  test("3.8 beginFlush, awaitFlush: while one of two is under way, nothing lingers", async () => {
    const test = new TestAccumulator();
    for (const partition of [0, 1]) test.append(valueOf(20), partition);
    test.accumulator.beginFlush();
    const first = test.accumulator.awaitFlush();
    test.append(valueOf(20), 2);
    test.accumulator.beginFlush();
    const second = test.accumulator.awaitFlush();
    for (const partition of [0, 1]) test.acknowledge(test.drain(partition)[0]!);
    expect(await soon(first)).toBeUndefined();
    expect([await soon(second), test.ready().nodes]).toEqual(["still waiting", [2]]);
    test.acknowledge(test.drain(2)[0]!);
    expect(await soon(second)).toBeUndefined();
    test.append(valueOf(20), 0);
    expect(test.ready().nodes).toEqual([]);
  });

  test("3.8 beginFlush, awaitFlush: what has waited for memory in vain is over, too", async () => {
    const test = new TestAccumulator({ memory: 200 });
    test.append(valueOf(139), 0);
    const waiting = test.appendWaiting(valueOf(20, "b"), 0, 50);
    test.accumulator.beginFlush();
    const flushed = test.accumulator.awaitFlush();
    test.accumulator.expireWaiting(50);
    expect([await soon(waiting), await soon(flushed)]).toEqual(["b: BufferExhaustedError", "still waiting"]);
    test.acknowledge(test.drain(0)[0]!);
    expect(await soon(flushed)).toBeUndefined();
  });

  test("3.8 beginFlush, awaitFlush: a close is the end of it", async () => {
    const test = new TestAccumulator({ memory: 200 });
    test.append(valueOf(139), 0);
    const waiting = test.appendWaiting(valueOf(20, "b"), 0);
    test.accumulator.beginFlush();
    const flushed = test.accumulator.awaitFlush();
    test.accumulator.close();
    test.accumulator.abortIncompleteBatches(new ProducerClosedError("over"));
    expect([await soon(waiting), await soon(flushed)]).toEqual(["b: ProducerClosedError", undefined]);
  });

  test("3.8 beginFlush, awaitFlush: what waits for memory is waited for, too", async () => {
    const test = new TestAccumulator({ memory: 200 });
    test.append(valueOf(139), 0);
    const waiting = test.appendWaiting(valueOf(20, "b"), 0);
    test.accumulator.beginFlush();
    const told: string[] = [];
    const flushed = test.accumulator.awaitFlush().then(() => told.push("flushed"));
    for (const batch of test.drainReady()) test.acknowledge(batch);
    expect(await soon(waiting)).toBe("b is record 0 for 0");
    await turns();
    expect(told, "b has not been sent yet").toEqual([]);
    for (const batch of test.drainReady()) test.acknowledge(batch);
    expect(await soon(flushed)).toBe(1);
  });

  test("3.8 close: what is there may still be sent, and nothing lingers", () => {
    const test = new TestAccumulator();
    test.append(valueOf(20, "a"), 0);
    test.accumulator.close();
    expect(test.drainReady().map(describeBatch)).toEqual(["orders-0: a"]);
    expect(test.accumulator.hasUndrained).toBe(false);
  });

  test("3.8 abortIncompleteBatches: what is settled already keeps its outcome, and isn't named [I4]", () => {
    const test = new TestAccumulator({ memory: 600 });
    for (const partition of [0, 1]) test.append(valueOf(139), partition);
    const [sent] = test.drain(0) as [ProducerBatch];
    sent.result.complete(500, -1);
    const aborted = test.accumulator.abortIncompleteBatches(new ProducerClosedError("over"));
    expect(aborted.map(({ partition }) => partition)).toEqual([1]);
    expect([sent.result.metadataOf(0).offset, test.pool.availableMemory]).toEqual([500, 600]);
  });

  test("3.8 abortIncompleteBatches: all fails, in a queue or under way, and all memory is back [I1]", async () => {
    const test = new TestAccumulator({ memory: 600 });
    const batches = [0, 1, 2].map((partition) => test.append(valueOf(139), partition)!);
    const waiting = test.appendWaiting(valueOf(139, "w"), 0);
    const [sent] = test.drain(1) as [ProducerBatch];
    test.accumulator.lend(sent);
    test.accumulator.close();
    const aborted = test.accumulator.abortIncompleteBatches(new ProducerClosedError("over"));
    expect(aborted.map(({ partition }) => partition)).toEqual([0, 1, 2]);
    expect(await soon(waiting)).toBe("w: ProducerClosedError");
    for (const { result } of batches) expect(result.errorOf(0)?.name).toBe("ProducerClosedError");
    expect([test.accumulator.hasIncomplete, test.accumulator.hasUndrained]).toEqual([false, false]);
    expect(test.pool.availableMemory, "a socket still has one").toBe(400);
    test.accumulator.release(sent);
    expect(test.pool.availableMemory).toBe(600);
    expect(sent.result.complete(0, -1), "an answer that comes now is too late").toBe(false);
  });
});
