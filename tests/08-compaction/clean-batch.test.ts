import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { CleanedTransactions, type CleaningRound, OffsetMap } from "#compaction";
import { cleanBatch, keepsRecord } from "#compaction/clean-batch";
import { type CompressionType } from "#ground/compression/compression";
import { RecordBatch } from "#serialization";
import { marker, T0 } from "../05-log/fixtures.ts";
import { pairs, type PairsSpec, type Pair, texts } from "./logs.ts";

const NOW_MS = T0 + 100_000;
const RETENTION_MS = 5_000;

/** A map with these last offsets; everything up to `latestOffset` has been looked at. */
function mapOf(offsets: Readonly<Record<string, number>>, latestOffset = 1000): OffsetMap {
  const map = new OffsetMap(100);
  for (const [key, offset] of Object.entries(offsets)) map.put(Buffer.from(key), 0, Buffer.byteLength(key), offset);
  map.latestOffset = latestOffset;
  return map;
}

/** A round with these last offsets, in which nothing else is special. */
function roundOf(offsets: Readonly<Record<string, number>>, special: Partial<CleaningRound> = {}): CleaningRound {
  return {
    map: mapOf(offsets),
    nowMs: NOW_MS,
    deleteRetentionMs: RETENTION_MS,
    transactions: { mayDiscard: () => false },
    mustStay: () => false,
    ...special,
  };
}

/** A batch at offset 10, if nothing else is said. */
function batchOf(records: readonly Pair[], spec: PairsSpec = {}): RecordBatch {
  return new RecordBatch(pairs(records, { baseOffset: 10, ...spec }));
}

/** What is left of a batch: null, or a view of it, found to be undamaged. */
function clean(batch: RecordBatch, round: CleaningRound): RecordBatch | null {
  const left = cleanBatch(batch, round);
  if (left === null) return null;
  const cleaned = new RecordBatch(left);
  expect(cleaned.sizeInBytes).toBe(left.length);
  cleaned.ensureValid();
  return cleaned;
}

function left(batch: RecordBatch, round: CleaningRound): string[] {
  const cleaned = clean(batch, round);
  return cleaned === null ? [] : texts(cleaned.slice());
}

/** The batch as an earlier round has left it: with a horizon. */
function withHorizon(batch: RecordBatch, horizonMs: number): RecordBatch {
  const keepAll = roundOf({}, { nowMs: horizonMs, deleteRetentionMs: 0 });
  const cleaned = clean(batch, { ...keepAll, transactions: { mayDiscard: () => batch.isControl } })!;
  expect(cleaned.deleteHorizonMs).toBe(horizonMs);
  return cleaned;
}

/** Whether the first record of a batch is kept. */
function keeps(batch: RecordBatch, round: CleaningRound): boolean {
  const cursor = batch.cursor();
  cursor.next();
  return keepsRecord(batch, Number(batch.baseOffset), cursor, round);
}

describe("keepsRecord", () => {
  test("8.4 keepsRecord: the last record of its key stays, older ones go [I1]", () => {
    const batch = batchOf([["a", "1"]]);
    expect(keeps(batch, roundOf({ a: 10 }))).toBe(true);
    expect(keeps(batch, roundOf({ a: 11 }))).toBe(false);
  });

  test("8.4 keepsRecord: a key that was not written again stays [I1]", () => {
    expect(keeps(batchOf([["a", "1"]]), roundOf({ b: 11 }))).toBe(true);
    expect(keeps(batchOf([["a", "1"]], { baseOffset: 0 }), roundOf({}))).toBe(true);
  });

  test("8.4 keepsRecord: one above the key's offset in the map stays", () => {
    expect(keeps(batchOf([["a", "1"]]), roundOf({ a: 9 }))).toBe(true);
  });

  test("8.4 keepsRecord: behind what the map has seen everything stays, also without a key", () => {
    const map = mapOf({ a: 99 }, 9);
    expect(keeps(batchOf([["a", "1"]]), roundOf({}, { map }))).toBe(true);
    expect(keeps(batchOf([[null, "1"]]), roundOf({}, { map }))).toBe(true);
    map.latestOffset = 10;
    expect(keeps(batchOf([["a", "1"]]), roundOf({}, { map }))).toBe(false);
  });

  test("8.4 keepsRecord: a record without a key goes, one with an empty key doesn't", () => {
    expect(keeps(batchOf([[null, "1"]]), roundOf({}))).toBe(false);
    expect(keeps(batchOf([["", "1"]]), roundOf({}))).toBe(true);
  });

  test("8.4 keepsRecord: a tombstone stays until its batch's horizon, and goes then [I5]", () => {
    const batch = batchOf([["a", null]]);
    expect(keeps(batch, roundOf({ a: 10 }))).toBe(true);
    const marked = withHorizon(batch, NOW_MS);
    expect(keeps(marked, roundOf({ a: 10 }, { nowMs: NOW_MS - 1 }))).toBe(true);
    expect(keeps(marked, roundOf({ a: 10 }, { nowMs: NOW_MS }))).toBe(false);
  });

  test("8.4 keepsRecord: behind the horizon a tombstone goes [I5]", () => {
    expect(keeps(withHorizon(batchOf([["a", null]]), NOW_MS - 1), roundOf({ a: 10 }))).toBe(false);
  });

  test("8.4 keepsRecord: a tombstone that was written over goes at once", () => {
    expect(keeps(batchOf([["a", null]]), roundOf({ a: 11 }))).toBe(false);
  });

  test("8.4 keepsRecord: a value stays, whatever the horizon of its batch", () => {
    const marked = withHorizon(batchOf([["a", "1"], ["b", null]]), NOW_MS - 1);
    expect(keeps(marked, roundOf({})), "whether a=1 is kept").toBe(true);
  });

  test("8.4 keepsRecord: an empty value is a value, and has no horizon", () => {
    const marked = withHorizon(batchOf([["a", ""], ["b", null]]), NOW_MS - 1);
    expect(keeps(marked, roundOf({}))).toBe(true);
  });
});

describe("cleanBatch", () => {
  test("8.4 cleanBatch: a batch that loses nothing stays as it is, byte for byte", () => {
    const batch = batchOf([["a", "1"], ["b", "2"]]);
    expect(cleanBatch(batch, roundOf({ a: 10, b: 11 }))).toEqual(batch.slice());
  });

  test("8.4 cleanBatch: also one that another client has compressed, who knows how", () => {
    const bytes = readFileSync(new URL("../golden/record-batches/gzip-log-append-time.bin", import.meta.url));
    const batch = new RecordBatch(new Uint8Array(bytes));
    expect(cleanBatch(batch, roundOf({}, { map: mapOf({}, -1) }))).toEqual(batch.slice());
  });

  test("8.4 cleanBatch: of a batch in a larger buffer it is that batch alone", () => {
    const first = pairs([["a", "1"]], { baseOffset: 10 });
    const second = pairs([["b", "2"]], { baseOffset: 11 });
    const bytes = new Uint8Array(Buffer.concat([first, second]));
    expect(cleanBatch(new RecordBatch(bytes, first.length), roundOf({}))).toEqual(second);
  });

  test("8.4 cleanBatch: what stays keeps its offset, its timestamp and its sequence number [I2]", () => {
    const batch = batchOf([["a", "1"], ["b", "2"], ["c", "3"]], { producerId: 7, producerEpoch: 1, baseSequence: 40 });
    const cleaned = clean(batch, roundOf({ a: 99, c: 99 }))!;
    const [record] = [...cleaned.records()];
    expect(texts(cleaned.slice())).toEqual(["11 b=2"]);
    expect([record!.timestamp, record!.sequence]).toEqual([T0 + 1, 41]);
    expect(cleaned.maxTimestamp).toBe(T0 + 1);
  });

  test("8.4 cleanBatch: the batch keeps its first and last offset, though their records go [I2]", () => {
    const cleaned = clean(batchOf([["a", "1"], ["b", "2"], ["c", "3"]]), roundOf({ a: 99, c: 99 }))!;
    expect([cleaned.baseOffset, cleaned.lastOffset, cleaned.count]).toEqual([10, 12, 1]);
  });

  test("8.4 cleanBatch: within one batch, too, only the last record of a key stays [I1]", () => {
    expect(left(batchOf([["a", "1"], ["a", "2"], ["b", "3"], ["a", "4"]]), roundOf({ a: 13, b: 12 }))).toEqual([
      "12 b=3",
      "13 a=4",
    ]);
  });

  test.each(["gzip", "snappy", "lz4", "zstd"] satisfies CompressionType[])(
    "8.4 cleanBatch: a batch that was compressed with %s is so again",
    (compression) => {
      const cleaned = clean(batchOf([["a", "1"], ["b", "2"]], { compression }), roundOf({ a: 99 }))!;
      expect(cleaned.compression).toBe(compression);
      expect(texts(cleaned.slice())).toEqual(["11 b=2"]);
    },
  );

  test("8.4 cleanBatch: nothing is left of a batch without records that stay", () => {
    expect(clean(batchOf([["a", "1"], [null, "2"]]), roundOf({ a: 99 }))).toBe(null);
  });

  test("8.4 cleanBatch: but the last one of its producer stays, empty: it has the last sequence number [I6]", () => {
    const spec: PairsSpec = { producerId: 7, producerEpoch: 3, baseSequence: 40, compression: "gzip" };
    const batch = batchOf([["a", "1"], ["a", "2"]], spec);
    const cleaned = clean(batch, roundOf({ a: 99 }, { mustStay: () => true }))!;
    expect([cleaned.count, cleaned.lastSequence, cleaned.producerEpoch, cleaned.lastOffset]).toEqual([0, 41, 3, 11]);
    expect([cleaned.compression, cleaned.maxTimestamp, texts(cleaned.slice())]).toEqual(["none", T0 + 1, []]);
  });

  test("8.4 cleanBatch: one that is empty already stays as long as it has to, and goes then [I6]", () => {
    const batch = batchOf([["a", "1"]], { producerId: 7, producerEpoch: 3, baseSequence: 40 });
    const empty = clean(batch, roundOf({ a: 99 }, { mustStay: () => true }))!;
    const again = cleanBatch(empty, roundOf({ a: 99 }, { mustStay: () => true }));
    expect(again === null ? null : Buffer.from(again).equals(empty.slice()), "whether it is as it was").toBe(true);
    expect(cleanBatch(empty, roundOf({ a: 99 })), "when its producer has written again").toBe(null);
  });

  test("8.4 cleanBatch: a producer's last batch goes on as it is when its records stay", () => {
    const batch = batchOf([["a", "1"], ["b", "2"]], { producerId: 7, producerEpoch: 3, baseSequence: 40 });
    expect(left(batch, roundOf({ a: 99 }, { mustStay: () => true }))).toEqual(["11 b=2"]);
  });
});

describe("cleanBatch: tombstones and markers", () => {
  test("8.4 cleanBatch: a tombstone that is met first gets a horizon, delete.retention.ms from now [I5]", () => {
    const cleaned = clean(batchOf([["a", "1"], ["b", null]]), roundOf({}))!;
    expect(cleaned.deleteHorizonMs).toBe(NOW_MS + RETENTION_MS);
    expect(texts(cleaned.slice())).toEqual(["10 a=1", "11 b†"]);
    expect([...cleaned.records()].map(({ timestamp }) => timestamp)).toEqual([T0, T0 + 1]);
  });

  test("8.4 cleanBatch: a tombstone that goes anyway brings no horizon", () => {
    expect(clean(batchOf([["a", "1"], ["b", null]]), roundOf({ b: 99 }))!.deleteHorizonMs).toBe(null);
  });

  test("8.4 cleanBatch: a horizon stays as it was first set, also when other records go [I5]", () => {
    const marked = withHorizon(batchOf([["a", "1"], ["b", null]]), NOW_MS + 7);
    expect(cleanBatch(marked, roundOf({}))).toEqual(marked.slice());
    const cleaned = clean(marked, roundOf({ a: 99 }))!;
    expect([cleaned.deleteHorizonMs, texts(cleaned.slice())]).toEqual([NOW_MS + 7, ["11 b†"]]);
    expect([...cleaned.records()].map(({ timestamp }) => timestamp)).toEqual([T0 + 1]);
  });

  test("8.4 cleanBatch: when the horizon has come, the tombstone goes and the others stay", () => {
    const marked = withHorizon(batchOf([["a", "1"], ["b", null]]), NOW_MS);
    expect(left(marked, roundOf({}))).toEqual(["10 a=1"]);
  });

  test("8.4 cleanBatch: records of an aborted transaction go, whatever their keys are", () => {
    const batch = batchOf([["a", "1"], ["b", null]], { isTransactional: true, producerId: 7, producerEpoch: 0 });
    expect(clean(batch, roundOf({}, { transactions: { mayDiscard: () => true } }))).toBe(null);
  });

  test("8.4 cleanBatch: a marker that is needed stays as it is", () => {
    const batch = new RecordBatch(marker("commit", 7, 0, { baseOffset: 10 }));
    expect(cleanBatch(batch, roundOf({}))).toEqual(batch.slice());
  });

  test("8.4 cleanBatch: one that isn't any more gets a horizon, and goes when that has come [I5]", () => {
    const done: Partial<CleaningRound> = { transactions: { mayDiscard: () => true } };
    const batch = new RecordBatch(marker("commit", 7, 0, { baseOffset: 10 }));
    const marked = clean(batch, roundOf({}, done))!;
    expect([marked.deleteHorizonMs, marked.count, marked.isControl]).toEqual([NOW_MS + RETENTION_MS, 1, true]);
    expect(cleanBatch(marked, roundOf({}, done))).toEqual(marked.slice());
    expect(clean(marked, roundOf({}, { ...done, nowMs: NOW_MS + RETENTION_MS }))).toBe(null);
  });

  test("8.4 cleanBatch: a marker that is needed stays, also when its horizon has come", () => {
    const marked = withHorizon(new RecordBatch(marker("commit", 7, 0, { baseOffset: 10 })), NOW_MS - 1);
    expect(cleanBatch(marked, roundOf({}))).toEqual(marked.slice());
  });

  test("8.4 cleanBatch: every batch is shown to the transactions once, also one that goes whole", () => {
    const shown: RecordBatch[] = [];
    const transactions = { mayDiscard: (batch: RecordBatch) => shown.push(batch) > 1 };
    const [one, other] = [batchOf([["a", "1"]]), batchOf([["b", "2"]])];
    cleanBatch(one, roundOf({ a: 99 }, { transactions }));
    cleanBatch(other, roundOf({}, { transactions }));
    expect(shown).toEqual([one, other]);
  });

  test("8.4 cleanBatch: an aborted transaction goes in three rounds: records, marker's horizon, marker", () => {
    const aborted = { producerId: 7, firstOffset: 10, lastOffset: 11, lastStableOffset: 12 };
    let log = [
      batchOf([["a", "1"]], { isTransactional: true, producerId: 7, producerEpoch: 0, baseSequence: 0 }),
      new RecordBatch(marker("abort", 7, 0, { baseOffset: 11 })),
    ];
    const round = (nowMs: number): (number | null)[] => {
      const transactions = new CleanedTransactions();
      transactions.expect([aborted]);
      const cleaned = log.map((batch) => clean(batch, roundOf({}, { transactions, nowMs })));
      log = cleaned.filter((batch) => batch !== null);
      return log.map((batch) => batch.deleteHorizonMs as number | null);
    };
    expect(round(NOW_MS)).toEqual([null]);
    expect(round(NOW_MS)).toEqual([NOW_MS + RETENTION_MS]);
    expect(round(NOW_MS + RETENTION_MS - 1)).toEqual([NOW_MS + RETENTION_MS]);
    expect(round(NOW_MS + RETENTION_MS)).toEqual([]);
  });
});
