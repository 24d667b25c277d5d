import { describe, expect, test } from "vitest";
import { type SendCallback } from "#accumulator/batch-result";
import { CompressionRatio } from "#accumulator/compression-ratio";
import { type ProducerBatch, sizeOfBatchWith } from "#accumulator/producer-batch";
import { NO_HEADERS, RecordBatch, type RecordHeader } from "#serialization";
import { appendTo, batchOf, soon, textsIn, TIMESTAMP, valueOf } from "./fixtures.ts";

describe("room in a batch", () => {
  test("given: a value of the test's makes a record of the size it says", () => {
    for (const size of [7, 30, 64, 66, 71, 73, 100, 5000]) {
      expect(sizeOfBatchWith(null, valueOf(size), NO_HEADERS), `a record of ${size}`).toBe(61 + size);
    }
  });

  test("3.3 tryAppend: as many records as fit into the buffer, header included", () => {
    const batch = batchOf(200);
    expect(appendTo(batch, valueOf(50, "a"), valueOf(50, "b"), valueOf(50, "c"))).toEqual([true, true, false]);
    expect([batch.recordCount, batch.estimatedSizeInBytes]).toEqual([2, 161]);
    expect(textsIn(batch.build())).toEqual(["a", "b"]);
  });

  test("3.3 tryAppend: up to the last byte", () => {
    const batch = batchOf(200);
    expect(appendTo(batch, valueOf(69), valueOf(30), valueOf(40))).toEqual([true, true, true]);
    expect([batch.estimatedSizeInBytes, batch.build().length, batch.isFull]).toEqual([200, 200, true]);
  });

  test("3.3 tryAppend: one byte too much is too much", () => {
    const batch = batchOf(200);
    expect(appendTo(batch, valueOf(69), valueOf(30), valueOf(41), valueOf(40))).toEqual([true, true, false, true]);
  });

  test("3.3 tryAppend: the first record always fits, however large", () => {
    const batch = batchOf(200);
    expect(appendTo(batch, valueOf(5000, "large"), valueOf(8))).toEqual([true, false]);
    expect([batch.isFull, textsIn(batch.build())]).toEqual([true, ["large"]]);
  });

  test("3.3 tryAppend: key, headers and a later timestamp take room, too", () => {
    const headers: RecordHeader[] = [{ key: "trace", value: Buffer.alloc(20) }];
    const roomFor = (timestampMs: number, key: Buffer | null, some: readonly RecordHeader[]): boolean => {
      const batch = batchOf(200);
      appendTo(batch, valueOf(69), valueOf(30), valueOf(30));
      return batch.hasRoomFor(timestampMs, key, Buffer.alloc(2), some);
    };
    expect(roomFor(TIMESTAMP, null, NO_HEADERS), "9 of 10 bytes").toBe(true);
    expect(roomFor(TIMESTAMP, Buffer.alloc(1), NO_HEADERS), "10 of 10 bytes").toBe(true);
    expect(roomFor(TIMESTAMP, Buffer.alloc(2), NO_HEADERS)).toBe(false);
    expect(roomFor(TIMESTAMP, null, headers)).toBe(false);
    expect(roomFor(TIMESTAMP + 1_000_000, null, NO_HEADERS), "the difference in time takes 3 bytes").toBe(false);
  });

  test("3.3 tryAppend: a batch that is closed for appends takes nothing, and is full", () => {
    const [fresh, begun] = [batchOf(200), batchOf(200)];
    appendTo(begun, valueOf(20, "a"));
    expect([fresh.isFull, begun.isFull]).toEqual([false, false]);
    for (const batch of [fresh, begun]) {
      batch.closeForAppends();
      batch.closeForAppends();
      expect([appendTo(batch, valueOf(8)), batch.isFull]).toEqual([[false], true]);
    }
    expect(textsIn(begun.build())).toEqual(["a"]);
  });

  test("3.3 tryAppend: a batch that is built takes nothing", () => {
    const batch = batchOf(200);
    appendTo(batch, valueOf(20, "a"));
    const bytes = batch.build();
    expect(appendTo(batch, valueOf(8))).toEqual([false]);
    expect(batch.build()).toBe(bytes);
  });

  test("3.3 tryAppend: remembers its largest record", () => {
    const batch = batchOf(400);
    appendTo(batch, valueOf(20), valueOf(100), valueOf(30));
    expect(batch.maxRecordSize).toBe(100);
  });

  test("3.3 tryAppend: with compression the estimate counts, and the new record as it is", () => {
    const compressionRatio = new CompressionRatio();
    compressionRatio.estimate = 0.4 / 1.05;
    const batch = batchOf(200, { compression: "gzip", compressionRatio });
    // Each record of 100 counts for 40 bytes once it is in, and for 100 when it is to go in: 61 + 40 + 100 > 200.
    expect(appendTo(batch, valueOf(100), valueOf(100))).toEqual([true, false]);
    expect(appendTo(batch, valueOf(70), valueOf(70), valueOf(60))).toEqual([true, true, false]);
    expect(Math.round(batch.estimatedSizeInBytes)).toBe(61 + 40 + 28 + 28);
  });

  test("3.3 build: what compression really makes of the records corrects the topic's estimate", () => {
    const compressionRatio = new CompressionRatio();
    const batch = batchOf(2000, { compression: "gzip", compressionRatio });
    appendTo(batch, valueOf(500), valueOf(500));
    const bytes = batch.build();
    expect(batch.compressionRatio).toBe((bytes.length - 61) / 1000);
    expect([compressionRatio.estimate, batch.estimatedSizeInBytes]).toEqual([0.995, bytes.length]);
    batch.build();
    expect(compressionRatio.estimate, "corrected once a batch").toBe(0.995);
  });

  test("3.3 build: the producer's number goes into the header, and a new one replaces it", () => {
    const batch = batchOf(200);
    appendTo(batch, valueOf(20, "a"), valueOf(20, "b"));
    expect(batch.hasSequence).toBe(false);
    const headerOf = ({ producerId, producerEpoch, baseSequence, isTransactional }: RecordBatch): unknown[] => [
      producerId,
      producerEpoch,
      baseSequence,
      isTransactional,
    ];
    batch.setProducerState(4000, 3, 17, false);
    expect(headerOf(new RecordBatch(batch.build()))).toEqual([4000, 3, 17, false]);
    batch.setProducerState(4000, 4, 0, true);
    const again = new RecordBatch(batch.build());
    expect([headerOf(again), again.isValid(), textsIn(batch.build())]).toEqual([[4000, 4, 0, true], true, ["a", "b"]]);
    expect([batch.hasSequence, batch.lastSequence, appendTo(batch, valueOf(8))]).toEqual([true, 1, [false]]);
  });
});

describe("split", () => {
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
  });

  test("3.7 split: a record that is larger than a part goes alone", () => {
    const batch = batchOf(2000);
    appendTo(batch, valueOf(50, "a"), valueOf(900, "B"), valueOf(50, "c"), valueOf(50, "d"));
    expect(textsOf(batch.split(200))).toEqual(["a", "B", "cd"]);
  });

  test("3.7 split: key, headers, timestamp and null are kept", () => {
    const batch = batchOf(500);
    const headers: RecordHeader[] = [{ key: "h", value: Buffer.from("1") }, { key: "h", value: null }];
    batch.tryAppend(TIMESTAMP, Buffer.from("k"), null, headers);
    batch.tryAppend(TIMESTAMP + 5, null, Buffer.from("v"), NO_HEADERS);
    batch.tryAppend(TIMESTAMP - 5, new Uint8Array(0), new Uint8Array(0), NO_HEADERS);
    const records = batch.split(85).flatMap((part) => [...new RecordBatch(part.build()).records()]);
    const bytesOrNull = (bytes: Uint8Array | null): string | null => bytes && Buffer.from(bytes).toString();
    expect(records.map(({ timestamp, key, value }) => [timestamp, bytesOrNull(key), bytesOrNull(value)])).toEqual([
      [TIMESTAMP, "k", null],
      [TIMESTAMP + 5, null, "v"],
      [TIMESTAMP - 5, "", ""],
    ]);
    expect(records[0]!.headers.map(({ key, value }) => [key, bytesOrNull(value)])).toEqual([["h", "1"], ["h", null]]);
  });

  test("3.7 split: the parts are as old as the batch, closed, and not of the pool", () => {
    const parts = eight({ partition: 3 }).split(211);
    for (const part of parts) {
      expect(part).toMatchObject({ topic: "orders", partition: 3, createdMs: 77, isSplitBatch: true, isFull: true });
      expect(part.attempts).toBe(0);
    }
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
