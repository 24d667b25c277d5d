import { describe, expect, test } from "vitest";
import { type SendCallback } from "#accumulator/batch-result";
import { CompressionRatio } from "#accumulator/given/compression-ratio";
import { type ProducerBatch } from "#accumulator/producer-batch";
import { type Sequencer } from "#accumulator/given/sequencer";
import { SeededRandom } from "#ground/sim/seeded-random";
import { NO_HEADERS, RecordBatch, type RecordHeader } from "#serialization";
import {
  appendTo,
  batchOf,
  describeBatch,
  soon,
  TestAccumulator,
  textsIn,
  TIMESTAMP,
  turns,
  valueOf,
} from "./fixtures.ts";

describe("the parts of a batch", () => {
  /** A batch of eight records a to h, of 50 bytes each. */
  function eight(options: Parameters<typeof batchOf>[1] = {}): ProducerBatch {
    const batch = batchOf(500, { createdMs: 77, ...options });
    appendTo(batch, ...[..."abcdefgh"].map((text) => valueOf(50, text)));
    return batch;
  }

  const textsOf = (parts: readonly ProducerBatch[]): string[] => parts.map((part) => textsIn(part.build()).join(""));

  test("3.7 split: the records in their order, each part as full as it may be [I5]", () => {
    expect(textsOf(eight().split(61 + 3 * 50))).toEqual(["abc", "def", "gh"]);
    expect(textsOf(eight().split(61 + 3 * 50 - 1))).toEqual(["ab", "cd", "ef", "gh"]);
    expect(textsOf(eight().split(61 + 5 * 50))).toEqual(["abcde", "fgh"]);
  });

  test("3.7 split: a record that is larger than a part goes alone", () => {
    const batch = batchOf(2000);
    const [small, large] = [(text: string) => valueOf(50, text), valueOf(900, "B")];
    appendTo(batch, small("a"), large, small("c"), small("d"), small("e"));
    expect(textsOf(batch.split(200))).toEqual(["a", "B", "cd", "e"]);
  });

  test("3.7 split: key, headers, timestamp and null are kept", () => {
    const headers: RecordHeader[] = [{ key: "h", value: Buffer.from("1") }, { key: "h", value: null }];
    const bytesOrNull = (bytes: Uint8Array | null): string | null => bytes && Buffer.from(bytes).toString();
    for (const [maxBytes, partCount] of [[1, 4], [500, 1]] as const) {
      const batch = batchOf(500);
      batch.tryAppend(TIMESTAMP, Buffer.from("k"), null, headers);
      batch.tryAppend(TIMESTAMP + 5, null, Buffer.from("v"), NO_HEADERS);
      batch.tryAppend(TIMESTAMP - 5, new Uint8Array(0), new Uint8Array(0), NO_HEADERS);
      batch.tryAppend(-1, null, null, NO_HEADERS);
      const parts = batch.split(maxBytes);
      expect(parts.length).toBe(partCount);
      const records = parts.flatMap((part) => [...new RecordBatch(part.build()).records()]);
      expect(records.map(({ timestamp, key, value }) => [timestamp, bytesOrNull(key), bytesOrNull(value)])).toEqual([
        [TIMESTAMP, "k", null],
        [TIMESTAMP + 5, null, "v"],
        [TIMESTAMP - 5, "", ""],
        [-1, null, null],
      ]);
      expect(records[0]!.headers.map(({ key, value }) => [key, bytesOrNull(value)])).toEqual([["h", "1"], ["h", null]]);
    }
  });

  test("3.7 split: the parts are as old as the batch, closed, not of the pool, and have not been tried", () => {
    const batch = eight({ partition: 3 });
    batch.attempts = 4;
    batch.retryAtMs = 900;
    const parts = batch.split(211).map(({ topic, partition, createdMs, isSplitBatch, isFull, attempts, retryAtMs }) => {
      return { topic, partition, createdMs, isSplitBatch, isFull, attempts, retryAtMs };
    });
    const expected = { topic: "orders", partition: 3, createdMs: 77, isSplitBatch: true, isFull: true };
    expect(parts).toEqual(Array.from({ length: 3 }, () => ({ ...expected, attempts: 0, retryAtMs: 0 })));
  });

  test("3.7 split: the parts go on with the batch's sequence numbers [I5]", () => {
    const batch = eight();
    batch.setProducerState(4000, 1, 2 ** 31 - 4, true);
    const parts = batch.split(211);
    expect(parts.map(({ baseSequence, lastSequence }) => [baseSequence, lastSequence])).toEqual([
      [2 ** 31 - 4, 2 ** 31 - 2],
      [2 ** 31 - 1, 1],
      [2, 3],
    ]);
    const header = new RecordBatch(parts[1]!.build());
    expect([header.producerId, header.producerEpoch, header.isTransactional]).toEqual([4000, 1, true]);
  });

  test("3.7 split: without sequence numbers the parts have none either", () => {
    expect(eight().split(211).map(({ hasSequence }) => hasSequence)).toEqual([false, false, false]);
  });

  test("3.7 split: every record keeps its callback, and is told what became of its part [I5]", () => {
    const batch = eight();
    const told: string[] = [];
    for (const index of [0, 2, 3, 7]) {
      const tell: SendCallback = (metadata, error) => told.push(`${index}: ${error?.message ?? metadata?.offset}`);
      batch.result.onCompletion(index, tell);
    }
    const parts = batch.split(211);
    expect(told, "a split is no outcome").toEqual([]);
    parts[0]!.result.complete(100, -1);
    parts[1]!.result.fail(new Error("too late"));
    parts[2]!.result.complete(900, -1);
    expect(told).toEqual(["0: 100", "2: 102", "3: too late", "7: 901"]);
  });

  test("3.7 split: who holds a place in the batch finds its outcome [I5]", async () => {
    const batch = eight();
    const { done } = batch.result;
    const parts = batch.split(211);
    expect(batch.result.isDone).toBe(true);
    for (const [i, part] of parts.entries()) part.result.complete(100 * (i + 1), -1);
    expect(await soon(done)).toBeUndefined();
    expect([..."abcdefgh"].map((_, index) => batch.result.metadataOf(index).offset)).toEqual(
      [100, 101, 102, 200, 201, 202, 300, 301],
    );
  });

  test("3.7 split: a part may be split again", async () => {
    const batch = eight();
    const [abcd, efgh] = batch.split(261) as [ProducerBatch, ProducerBatch];
    const pairs = efgh.split(161);
    abcd.result.complete(10, -1);
    for (const [i, part] of pairs.entries()) part.result.complete(20 + 10 * i, -1);
    expect(await soon(batch.result.done)).toBeUndefined();
    expect([3, 4, 5, 6, 7].map((index) => batch.result.metadataOf(index).offset)).toEqual([13, 20, 21, 30, 31]);
  });

  test("3.7 split: a compressed batch is inflated, and its parts are compressed", () => {
    const compressionRatio = new CompressionRatio();
    const parts = eight({ compression: "gzip", compressionRatio }).split(300);
    expect(textsOf(parts).join("")).toBe("abcdefgh");
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.map((part) => new RecordBatch(part.build()).compression)).toEqual(parts.map(() => "gzip"));
  });
});

describe("back in the queue", () => {
  test("3.7 splitAndReenqueue: the parts take the batch's place, in order [I5]", () => {
    const test = new TestAccumulator({ batchSize: 600 });
    for (const text of "abcdefgh") test.append(valueOf(60, text), 0);
    test.append(valueOf(500, "later"), 0);
    const [batch] = test.drain(0) as [ProducerBatch];
    expect(test.accumulator.splitAndReenqueue(batch)).toBe(2);
    expect(test.queue(0).map(describeBatch)).toEqual(["orders-0: a b c d", "orders-0: e f g h", "orders-0: later"]);
    expect([test.queue(0)[0]!.attempts, test.ready().nodes], "as if never tried").toEqual([0, [0]]);
  });

  test("3.7 splitAndReenqueue: goes on until a record is alone", () => {
    const test = new TestAccumulator({ batchSize: 600 });
    for (const text of "abcd") test.append(valueOf(100, text), 0);
    let splits = 0;
    for (let batch = test.drain(0)[0]!; batch.recordCount > 1 && splits < 10; batch = test.drain(0)[0]!) {
      test.accumulator.splitAndReenqueue(batch);
      test.accumulator.deallocate(batch);
      splits++;
    }
    expect(splits).toBe(2);
    expect(test.queue(0).map(describeBatch)).toEqual(["orders-0: b", "orders-0: c d"]);
  });

  test("3.7 splitAndReenqueue: a compressed batch is split by batch.size, and the estimate goes up", () => {
    const test = new TestAccumulator({ batchSize: 400, compression: "gzip" });
    const { compressionRatio } = test.accumulator.topic("orders");
    compressionRatio.estimate = 0.1;
    const noise = new SeededRandom(1);
    for (let i = 0; i < 6; i++) test.append(Buffer.from(noise.bytes(200)), 0);
    const [batch] = test.drain(0) as [ProducerBatch];
    expect([batch.recordCount, batch.build().length > 400]).toEqual([6, true]);
    test.accumulator.splitAndReenqueue(batch);
    const parts = test.queue(0);
    expect(parts.map(({ recordCount }) => recordCount)).toEqual([1, 1, 1, 1, 1, 1]);
    expect([compressionRatio.estimate >= 1, parts[0]!.build().length < 400]).toEqual([true, true]);
  });

  test("3.7 splitAndReenqueue: the estimate starts over at 1, also when the records did shrink", () => {
    const test = new TestAccumulator({ batchSize: 400, compression: "gzip" });
    const { compressionRatio } = test.accumulator.topic("orders");
    compressionRatio.estimate = 0.1;
    const noise = new SeededRandom(1);
    for (let i = 0; i < 6; i++) test.append(Buffer.concat([noise.bytes(100), Buffer.alloc(100)]), 0);
    const [batch] = test.drain(0) as [ProducerBatch];
    test.accumulator.splitAndReenqueue(batch);
    expect([batch.compressionRatio < 0.9, compressionRatio.estimate]).toEqual([true, 1]);
    expect(test.queue(0).map(({ recordCount }) => recordCount), "filled by the new one").toEqual([1, 1, 1, 1, 1, 1]);
  });

  test("3.7 splitAndReenqueue: memory comes back with the batch, and none with its parts [I1]", () => {
    const test = new TestAccumulator({ batchSize: 600, memory: 1200 });
    for (const text of "abcdefgh") test.append(valueOf(60, text), 0);
    const [batch] = test.drain(0) as [ProducerBatch];
    test.accumulator.splitAndReenqueue(batch);
    test.accumulator.deallocate(batch);
    expect([test.pool.availableMemory, test.accumulator.hasIncomplete]).toEqual([1200, true]);
    for (const part of [...test.drain(0), ...test.drain(0)]) test.acknowledge(part);
    expect([test.pool.availableMemory, test.accumulator.hasIncomplete]).toEqual([1200, false]);
  });

  test("3.7 splitAndReenqueue: with sequence numbers the parts stand among the others, and are tracked [I5]", () => {
    const tracked: ProducerBatch[] = [];
    let next = 0;
    const sequencer: Sequencer = {
      maySend: () => true,
      assignSequence(batch) {
        batch.setProducerState(4000, 0, next, false);
        next += batch.recordCount;
      },
      track: (batch) => tracked.push(batch),
    };
    const test = new TestAccumulator({ batchSize: 600, sequencer });
    for (const text of "abcdefgh") test.append(valueOf(60, text), 0);
    test.append(valueOf(500, "later"), 0);
    const [batch, later] = [...test.drain(0), ...test.drain(0)] as [ProducerBatch, ProducerBatch];
    test.accumulator.reenqueue(later, 0);
    test.accumulator.splitAndReenqueue(batch);
    expect(test.queue(0).map(({ baseSequence }) => baseSequence)).toEqual([0, 4, 8]);
    expect(tracked.map(({ baseSequence }) => baseSequence).sort()).toEqual([0, 4]);
  });

  test("3.8 beginFlush, awaitFlush: waits for the parts of a split batch", async () => {
    const test = new TestAccumulator({ batchSize: 600 });
    for (const text of "abcdefgh") test.append(valueOf(60, text), 0);
    test.accumulator.beginFlush();
    const told: string[] = [];
    const flushed = test.accumulator.awaitFlush().then(() => told.push("flushed"));
    const [batch] = test.drain(0) as [ProducerBatch];
    test.accumulator.splitAndReenqueue(batch);
    test.accumulator.deallocate(batch);
    const parts = [...test.drain(0), ...test.drain(0)];
    test.acknowledge(parts[0]!);
    await turns();
    expect(told).toEqual([]);
    test.acknowledge(parts[1]!);
    expect(await soon(flushed)).toBe(1);
  });
});
