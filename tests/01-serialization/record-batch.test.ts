import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { COMPRESSION_TYPES, type CompressionType } from "#ground/compression/compression";
import {
  batches,
  crc32c,
  type Record,
  RecordBatch,
  RecordBatchBuilder,
  RecordCursor,
  type RecordHeader,
} from "#serialization";
import { property } from "../support/property.ts";
import { DAMAGED, GOLDEN, type GoldenBatch, type GoldenRecord, goldenBytes, named, outcome } from "./golden-batches.ts";

/** The batches of a golden file, as views. */
function views(name: string): RecordBatch[] {
  const { bytes, batches: golden } = named(GOLDEN, name);
  return golden.map(({ position }) => new RecordBatch(bytes, position));
}

/** All golden batches as views, and what Kafka's reader says of them. */
function allBatches(): { where: string; view: RecordBatch; golden: GoldenBatch }[] {
  return GOLDEN.flatMap(({ name, bytes, batches: all }) =>
    all.map((golden) => {
      return { where: `${name}, byte ${golden.position}`, view: new RecordBatch(bytes, golden.position), golden };
    }),
  );
}

/** A record in the form of the golden files. */
function comparable({ offset, timestamp, sequence, sizeInBytes, key, value, headers }: Record): GoldenRecord {
  return {
    offset: String(offset), timestamp: String(timestamp), sequence, sizeInBytes,
    key: goldenBytes(key), value: goldenBytes(value),
    headers: headers.map((header) => ({ key: header.key, value: goldenBytes(header.value) as string | null })),
  };
}

/** A batch of `count` small records. */
function someBatch(count: number, compression: CompressionType = "none"): Buffer {
  const builder = new RecordBatchBuilder({ compression });
  for (let i = 0; i < count; i++) builder.append(1000 + i, null, Buffer.from(`value ${i}`));
  return Buffer.from(builder.build());
}

/** Changes some bytes of a batch, and makes the checksum fit again. */
function altered(batch: Uint8Array, at: number, bytes: readonly number[]): Buffer {
  const copy = Buffer.from(batch);
  copy.set(bytes, at);
  copy.writeUInt32BE(crc32c(copy, 21), 17);
  return copy;
}

/** How many batches begin in `bytes`, and the error that ends them, if one does. */
function walked(bytes: Uint8Array): { count: number; error: string } {
  let count = 0;
  const error = outcome(() => {
    for (const _ of batches(bytes)) count++;
    return "no error";
  });
  return { count, error };
}

describe("RecordBatch", () => {
  test("given: header fields are what Apache Kafka's reader says", () => {
    for (const { where, view, golden } of allBatches()) {
      const { uncompressedRecords: _, records: __, hasDeleteHorizon, recordCount, ...fields } = golden;
      for (const [name, value] of Object.entries(fields)) {
        if (!(name in view) || name === "isValid") continue;
        expect(String(view[name as keyof RecordBatch]), `${where}: ${name}`).toBe(String(value));
      }
      expect([view.count, view.deleteHorizonMs !== null], where).toEqual([recordCount, hasDeleteHorizon]);
    }
  });

  test("1.7 isValid: Apache Kafka's batches are", () => {
    for (const { where, view } of allBatches()) expect(view.isValid(), where).toBe(true);
  });

  test("1.7 isValid: not when a bit of the magic, the checksum, or what it covers, has flipped [I4]", () => {
    const batch = someBatch(3);
    property([fc.integer({ min: 8 * 16, max: 8 * batch.length - 1 })], (bit) => {
      const flipped = Buffer.from(batch);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      expect(new RecordBatch(flipped).isValid()).toBe(false);
    });
  });

  test("1.7 isValid: base offset and leader epoch lie outside of the checksum: a broker writes them [I4]", () => {
    const batch = someBatch(3);
    batch.writeBigInt64BE(4711n, 0);
    batch.writeInt32BE(12, 12);
    expect(new RecordBatch(batch).isValid()).toBe(true);
  });

  test("1.7 isValid: a batch inside of a larger buffer", () => {
    const [one, two] = [someBatch(2), someBatch(3)];
    const both = Buffer.concat([one, two, Buffer.from("and more")]);
    expect([new RecordBatch(both, 0).isValid(), new RecordBatch(both, one.length).isValid()]).toEqual([true, true]);
  });

  test("1.7 isValid: never when the batch is shorter than a header", () => {
    const batch = Buffer.alloc(61);
    batch.writeInt32BE(40, 8);
    batch[16] = 2;
    batch.writeUInt32BE(crc32c(batch, 21, 52), 17);
    expect(new RecordBatch(batch).isValid()).toBe(false);
  });

  test("1.7 ensureValid: throws for a damaged batch, and only for one", () => {
    const batch = someBatch(3);
    expect(outcome(() => new RecordBatch(batch).ensureValid())).toBe(undefined);
    batch[70]! ^= 1;
    expect(outcome(() => new RecordBatch(batch).ensureValid())).toBe("CORRUPT_MESSAGE");
  });
});

describe("batches", () => {
  test("1.7 batches: one after the other, as Apache Kafka's reader finds them", () => {
    for (const { name, bytes, batches: golden } of GOLDEN) {
      const found = [...batches(bytes)].map(({ position, sizeInBytes }) => ({ position, sizeInBytes }));
      expect(found, name).toEqual(golden.map(({ position, sizeInBytes }) => ({ position, sizeInBytes })));
    }
  });

  test("1.7 batches: a batch that is cut off at the end is left out, wherever the cut is [I5]", () => {
    const sizes = [someBatch(1), someBatch(2), someBatch(3)];
    const bytes = Buffer.concat(sizes);
    const ends = [sizes[0]!.length, sizes[0]!.length + sizes[1]!.length, bytes.length];
    for (let cut = 0; cut <= bytes.length; cut++) {
      const whole = ends.filter((end) => end <= cut).length;
      expect(walked(bytes.subarray(0, cut)), `the first ${cut} bytes`).toEqual({ count: whole, error: "no error" });
    }
  });

  test("1.7 batches: only between `from` and `to` [I5]", () => {
    const [one, two] = [someBatch(1), someBatch(2)];
    const bytes = Buffer.concat([Buffer.alloc(5, 0xee), one, two, Buffer.alloc(99, 0xee)]);
    const positions = (to: number): number[] => [...batches(bytes, 5, to)].map(({ position }) => position);
    expect(positions(5 + one.length + two.length)).toEqual([5, 5 + one.length]);
    expect(positions(5 + one.length + two.length - 1)).toEqual([5]);
  });

  test("1.7 batches: what lies behind `to` is not looked at, also if it would be the magic [I5]", () => {
    const [one, two] = [someBatch(1), someBatch(2)];
    two.fill(0xee, 12);
    for (let some = 12; some <= 16; some++) {
      const got = outcome(() => [...batches(Buffer.concat([one, two]), 0, one.length + some)].length);
      expect(got, `${some} bytes of the second batch`).toBe(1);
    }
  });

  test("1.7 batches: a length that can't be one is an error, also if the magic is missing [I4]", () => {
    const damaged = someBatch(2);
    damaged.writeInt32BE(13, 8);
    for (let some = 12; some <= 16; some++) {
      const bytes = Buffer.concat([someBatch(1), damaged.subarray(0, some)]);
      expect(walked(bytes), `${some} bytes of the second batch`).toEqual({ count: 1, error: "CORRUPT_MESSAGE" });
    }
  });

  test("1.7 batches: the smallest length that can be one is an empty message of magic 0", () => {
    const message = Buffer.alloc(12 + 14);
    message.writeInt32BE(14, 8);
    expect(walked(Buffer.concat([message, someBatch(1)]))).toEqual({ count: 2, error: "no error" });
  });

  test("1.7 batches: those before the damage are found, then it is an error [I4]", () => {
    for (const name of ["valid-then-garbage", "valid-then-zeros"]) {
      expect(walked(named(DAMAGED, name).bytes), name).toEqual({ count: 1, error: "CORRUPT_MESSAGE" });
    }
  });

  test("1.7 batches: lengths and magics are judged as Apache Kafka does [I4]", () => {
    for (const { name, bytes, kafka } of DAMAGED) {
      if (name === "length-max") continue; // Java's sum overflows; a batch of 2 GB is cut off, too
      const { exception, count } = kafka["batches"]!;
      if (exception === undefined) expect(walked(bytes), name).toEqual({ count, error: "no error" });
      else expect(walked(bytes).error, name).toBe("CORRUPT_MESSAGE");
    }
  });

  test("1.7 batches: the checksum is not taken: whoever wants to know asks", () => {
    const [batch] = [...batches(named(DAMAGED, "bad-crc").bytes)];
    expect(batch?.isValid()).toBe(false);
  });
});

describe("cursor", () => {
  test("1.7 cursor: the records' bytes, without the header, decompressed [I1]", () => {
    for (const { where, view, golden } of allBatches()) {
      const { bytes, left } = view.cursor();
      expect(bytes.length, `${where}: bytes of the records`).toBe(golden.uncompressedRecords.length);
      expect(createHash("sha256").update(bytes).digest("hex"), where).toBe(golden.uncompressedRecords.sha256);
      expect(left, where).toBe(golden.recordCount);
    }
  });

  test("1.7 cursor: two at once are over memory of their own, with every codec [I1]", () => {
    for (const compression of ["none", "gzip", "snappy", "lz4", "zstd"] as const) {
      const [one, other] = ["one", "two"].map((value) => {
        const builder = new RecordBatchBuilder({ compression });
        builder.append(1000, null, Buffer.from(value));
        return new RecordBatch(builder.build()).cursor();
      });
      const valueOf = ({ bytes, valueAt, valueLength }: RecordCursor): string =>
        Buffer.from(bytes.subarray(valueAt, valueAt + valueLength)).toString();
      one!.next();
      other!.next();
      expect([valueOf(one!), valueOf(other!)], compression).toEqual(["one", "two"]);
    }
  });

  test("1.7 cursor: no more is inflated than allowed [I6]", () => {
    for (const compression of ["gzip", "snappy", "lz4", "zstd"] as const) {
      const builder = new RecordBatchBuilder({ compression });
      builder.append(1000, null, new Uint8Array(100_000));
      const batch = new RecordBatch(builder.build());
      const tooLarge = outcome(() => `no error, ${batch.cursor(99_999).bytes.length} bytes`);
      expect(tooLarge, `${compression}, 99,999 bytes allowed`).toBe("MESSAGE_TOO_LARGE");
      expect(outcome(() => batch.cursor(101_000).left), compression).toBe(1);
    }
  });

  test("1.7 cursor: records that don't decompress, a codec that doesn't exist, a negative count [I4]", () => {
    const batch = someBatch(3);
    const verdict = (at: number, bytes: number[]): string => {
      return outcome(() => `no error, a count of ${new RecordBatch(altered(batch, at, bytes)).cursor().left}`);
    };
    expect(verdict(22, [1]), "records that are not gzip").toBe("CORRUPT_MESSAGE");
    expect(verdict(22, [5]), "codec 5").toBe("CORRUPT_MESSAGE");
    expect(verdict(57, [255, 255, 255, 255]), "a count of −1").toBe("INVALID_RECORD");
  });

  test("1.7 cursor: a compressed batch without records has nothing to inflate: compaction leaves such batches", () => {
    const header = Buffer.from(someBatch(1, "gzip").subarray(0, 61));
    header.writeInt32BE(61 - 12, 8);
    header.writeInt32BE(0, 57);
    expect(new RecordBatch(header).cursor().next()).toBe(false);
  });

  test("1.7 cursor: formats before magic 2 are refused, not misread", () => {
    const batch = views("none-single")[0]!.slice();
    expect(outcome(() => new RecordBatch(altered(batch, 16, [1])).cursor())).toBe("UNSUPPORTED_FOR_MESSAGE_FORMAT");
  });
});

describe("next", () => {
  test("1.7 next: each record once, then false", () => {
    const cursor = new RecordCursor(someBatch(3).subarray(61), 3);
    const deltas: number[] = [];
    while (cursor.next()) deltas.push(cursor.offsetDelta);
    expect(deltas).toEqual([0, 1, 2]);
    expect([cursor.next(), cursor.offsetDelta, cursor.left]).toEqual([false, 2, 0]);
  });

  test("1.7 next: bytes that end before the count is reached are an error [I4]", () => {
    const cursor = new RecordCursor(someBatch(2).subarray(61), 3);
    expect([cursor.next(), cursor.next(), outcome(() => cursor.next())]).toEqual([true, true, "INVALID_RECORD"]);
  });

  test("1.7 next: bytes after the last record are an error [I4]", () => {
    const cursor = new RecordCursor(someBatch(3).subarray(61), 2);
    expect([cursor.next(), outcome(() => cursor.next())]).toEqual([true, "INVALID_RECORD"]);
  });

  test("1.7 next: after a record that can't be read the cursor is where it was", () => {
    const cursor = new RecordCursor(Buffer.from("0c00000001010002", "hex"), 2);
    expect([cursor.next(), outcome(() => cursor.next())]).toEqual([true, "INVALID_RECORD"]);
    expect([cursor.at, cursor.left]).toEqual([7, 1]);
  });

  test("1.7 next: with a count of 0 there are none, whatever follows", () => {
    expect(new RecordCursor(someBatch(3).subarray(61), 0).next()).toBe(false);
    expect(new RecordCursor(new Uint8Array(0), 0).next()).toBe(false);
  });
});

describe("records", () => {
  test("1.7 records: are what Apache Kafka's reader gives [I1]", () => {
    for (const { where, view, golden } of allBatches()) {
      const records = golden.records.map(({ ...record }) => (delete (record as { control?: unknown }).control, record));
      expect([...view.records()].map(comparable), where).toEqual(records);
    }
  });

  test("1.7 records: with LogAppendTime all have the batch's timestamp", () => {
    const [batch] = views("none-log-append-time");
    expect(new Set([...batch!.records()].map(({ timestamp }) => timestamp))).toEqual(new Set([1736678472369]));
  });

  test("1.7 records: offsets have gaps after compaction, and need not begin at the base offset", () => {
    const [batch] = views("none-offset-gaps");
    expect([...batch!.records()].map(({ offset }) => offset)).toEqual([702, 708, 714, 718, 721, 727]);
  });

  test("1.7 records: sequences have the gaps of the offsets", () => {
    const batch = altered(views("none-offset-gaps")[0]!.slice(), 43, [0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 0, 0, 40]);
    const view = new RecordBatch(batch);
    const gaps = [...view.records()].map(({ offset, sequence }) => sequence - Number(offset));
    expect(new Set(gaps), "sequence less offset").toEqual(new Set([40 - Number(view.baseOffset)]));
  });

  test("1.7 records: sequences go on from 2³¹ − 1 to 0", () => {
    const builder = new RecordBatchBuilder({ producerId: 1, producerEpoch: 0, baseSequence: 2 ** 31 - 2 });
    for (let i = 0; i < 4; i++) builder.append(0, null, null);
    const sequences = [...new RecordBatch(builder.build()).records()].map(({ sequence }) => sequence);
    expect(sequences).toEqual([2147483646, 2147483647, 0, 1]);
  });

  test("1.7 records: a record is a view, and stays what it was when the next one is read", () => {
    const [first, second] = [...new RecordBatch(someBatch(2)).records()];
    expect([goldenBytes(first!.value), goldenBytes(second!.value)]).toEqual([
      Buffer.from("value 0").toString("hex"), Buffer.from("value 1").toString("hex"),
    ]);
  });

  test("1.7 records: damaged batches are read or refused as Apache Kafka does [I4]", () => {
    for (const { name, bytes, kafka } of DAMAGED) {
      if (name.startsWith("legacy") || name === "length-max") continue; // old formats; an overflow in Java
      const got = outcome(() => {
        let count = 0;
        for (const batch of batches(bytes)) count += [...batch.records()].length;
        return count;
      });
      if (kafka["records"]!.exception === undefined) expect(got, name).toBe(kafka["records"]!.count);
      else expect(got, name).toBeTypeOf("string");
    }
  });
});

const someBytes = fc.option(fc.uint8Array({ maxLength: 60 }));
const someHeader = fc.record({ key: fc.string({ unit: "grapheme", maxLength: 6 }), value: someBytes });
const someRecord = fc.record({
  timestamp: fc.integer({ min: -1, max: 2 ** 42 }),
  key: someBytes,
  value: someBytes,
  headers: fc.array(someHeader, { maxLength: 3 }),
});
type SomeRecord = { timestamp: number; key: Uint8Array | null; value: Uint8Array | null; headers: RecordHeader[] };

function build(records: readonly SomeRecord[], compression: CompressionType, baseOffset: number): Buffer {
  const builder = new RecordBatchBuilder({ compression, baseOffset });
  for (const { timestamp, key, value, headers } of records) builder.append(timestamp, key, value, headers);
  return Buffer.from(builder.build());
}

describe("all together", () => {
  const codec = fc.constantFrom(...COMPRESSION_TYPES);
  const someRecords = fc.array(someRecord, { minLength: 1, maxLength: 8 });

  test("1.7 records: what was built is read back, with every codec [I1]", () => {
    property([someRecords, codec, fc.nat(2 ** 30)], (records, compression, baseOffset) => {
      const [batch, ...others] = [...batches(build(records, compression, baseOffset))];
      expect([batch!.isValid(), batch!.compression, others]).toEqual([true, compression, []]);
      const back = [...batch!.records()].map((record) => {
        const { sizeInBytes: _, sequence: __, ...rest } = comparable(record);
        return rest;
      });
      expect(back).toEqual(records.map(({ timestamp, key, value, headers }, i) => ({
        offset: String(baseOffset + i), timestamp: String(timestamp), key: goldenBytes(key), value: goldenBytes(value),
        headers: headers.map((header) => ({ key: header.key, value: goldenBytes(header.value) })),
      })));
    }, { runs: 60 });
  });

  test("1.7 records: damage never gives a wrong record: the checksum or an error tells [I4]", () => {
    const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { minLength: 1, maxLength: 4 });
    property([someRecords, codec, damage], (records, compression, changes) => {
      const batch = build(records, compression, 0);
      const damaged = Buffer.from(batch);
      for (const [at, mask] of changes) damaged[at % damaged.length]! ^= mask;
      const covered = damaged.subarray(16).equals(batch.subarray(16));
      const accepted = outcome(() => [...batches(damaged)].filter((one) => one.isValid()).length);
      if (accepted === 1) expect(covered, "a damaged batch passed for a valid one").toBe(true);
    }, { runs: 200 });
  });

  test("1.7 records: with a right checksum over any bytes there are records or a refusal [I4]", () => {
    const someCount = fc.integer({ min: -1, max: 5 });
    property([fc.uint8Array({ maxLength: 60 }), fc.nat(4), someCount], (bytes, codecId, count) => {
      const batch = Buffer.concat([someBatch(1).subarray(0, 61), bytes]);
      batch.writeInt32BE(batch.length - 12, 8);
      batch.writeInt32BE(count, 57);
      const got = outcome(() => [...new RecordBatch(altered(batch, 22, [codecId])).records()].length);
      if (typeof got === "number") expect(got).toBe(Math.max(0, count));
      else expect(got).toBeOneOf(["INVALID_RECORD", "CORRUPT_MESSAGE", "MESSAGE_TOO_LARGE"]);
    }, { runs: 300 });
  });
});
