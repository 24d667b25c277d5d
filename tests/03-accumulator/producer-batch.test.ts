import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CompressionRatio } from "#accumulator/given/compression-ratio";
import { sizeOfBatchWith } from "#accumulator/producer-batch";
import { NO_HEADERS, RecordBatch, type RecordHeader } from "#serialization";
import { property } from "../support/property.ts";
import { appendTo, batchOf, textsIn, TIMESTAMP, valueOf } from "./fixtures.ts";

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

  test("3.3 tryAppend: from the 65th record on a record's number takes a byte more", () => {
    const taken = (bytes: number): number => {
      return appendTo(batchOf(61 + bytes), ...Array.from({ length: 65 }, () => valueOf(7))).filter(Boolean).length;
    };
    expect([64 * 7, 64 * 7 + 7, 64 * 7 + 8].map(taken)).toEqual([64, 64, 65]);
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

  test("3.3 tryAppend: the result has a record more with each that fits, with its own timestamp", () => {
    const batch = batchOf(200);
    const taken = [0, 7, 3].map((later) => batch.tryAppend(TIMESTAMP + later, null, valueOf(50), NO_HEADERS));
    expect([taken, batch.result.recordCount]).toEqual([[true, true, false], 2]);
    batch.result.complete(500, -1);
    const timestamps = [0, 1].map((index) => batch.result.metadataOf(index).timestamp);
    expect(timestamps).toEqual([TIMESTAMP, TIMESTAMP + 7]);
  });

  test("3.3 tryAppend: a record that can't be encoded is in nobody's count", () => {
    const batch = batchOf(200);
    appendTo(batch, valueOf(20, "a"));
    let asked = 0;
    const header = {
      key: "trap",
      get value(): Uint8Array {
        if (asked++ > 0) throw new TypeError("no value any more");
        return new Uint8Array(1);
      },
    } satisfies RecordHeader;
    expect(() => batch.tryAppend(TIMESTAMP, null, valueOf(20), [header])).toThrow("no value any more");
    expect([batch.recordCount, batch.result.recordCount, batch.estimatedSizeInBytes]).toEqual([1, 1, 81]);
    expect([appendTo(batch, valueOf(20, "b")), textsIn(batch.build())]).toEqual([[true], ["a", "b"]]);
  });

  test("3.3 hasRoomFor: every timestamp counts as a difference to the first one's", () => {
    const batch = batchOf(61 + 8 + 10 + 9);
    const at = (timestampMs: number): boolean => batch.tryAppend(timestampMs, null, Buffer.alloc(1), NO_HEADERS);
    expect([at(TIMESTAMP), at(TIMESTAMP + 1_000_000)]).toEqual([true, true]);
    expect(batch.estimatedSizeInBytes, "8 bytes, and 10, as a million takes 3").toBe(61 + 18);
    expect([at(TIMESTAMP + 1_000_000), at(TIMESTAMP)], "10 bytes again, and 8, of 9").toEqual([false, true]);
  });

  test("3.3 hasRoomFor: a batch made for just some records takes them all, one byte smaller not the last", () => {
    const bytes = (max: number): fc.Arbitrary<Buffer> => fc.nat(max).map((length) => Buffer.alloc(length));
    const record = fc.record({
      later: fc.oneof(fc.constant(0), fc.integer({ min: -70_000, max: 70_000 })),
      key: fc.option(bytes(70)),
      value: fc.option(bytes(150)),
      headers: fc.array(fc.record({ key: fc.constant("h"), value: fc.option(bytes(70)) }), { maxLength: 2 }),
    });
    property([fc.array(record, { minLength: 2, maxLength: 8 })], (records) => {
      const takenBy = (size: number): { taken: number; length: number } => {
        const batch = batchOf(size);
        const taken = records.filter((each) => {
          return batch.tryAppend(TIMESTAMP + each.later, each.key, each.value, each.headers);
        });
        return { taken: taken.length, length: batch.build().length };
      };
      const { length } = takenBy(5000);
      expect(takenBy(length)).toEqual({ taken: records.length, length });
      expect(takenBy(length - 1).taken, `${records.length} records in one byte less`).toBe(records.length - 1);
    });
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

  test("3.3 tryAppend: with compression, too, up to the last byte that the estimate leaves", () => {
    const taken = (bytes: number): boolean[] => {
      const compressionRatio = new CompressionRatio();
      compressionRatio.estimate = 0.5 / 1.05;
      return appendTo(batchOf(200, { compression: "gzip", compressionRatio }), valueOf(100), valueOf(bytes));
    };
    expect([taken(89), taken(90)], "61 + 50 and 89, and 90").toEqual([[true, true], [true, false]]);
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
