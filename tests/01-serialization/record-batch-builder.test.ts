import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { decompress } from "#ground/compression/compression";
import { RecordBatchBuilder, type RecordBatchOptions, type RecordHeader } from "#serialization";
import { expectBytes } from "../support/hexdump.ts";
import { batchFields, GOLDEN, type GoldenBatch, type GoldenRecord, outcome } from "./golden-batches.ts";

/** A record to append; what is left out is null, none or 1,000. */
interface Parts {
  readonly timestampMs?: number;
  readonly key?: string;
  readonly value?: string;
  readonly headers?: readonly RecordHeader[];
}

function append(builder: RecordBatchBuilder, { timestampMs = 1000, key, value, headers }: Parts): void {
  builder.append(timestampMs, bytesOf(key), bytesOf(value), headers);
}

function hasRoomFor(builder: RecordBatchBuilder, { timestampMs = 1000, key, value, headers }: Parts): boolean {
  return builder.hasRoomFor(timestampMs, bytesOf(key), bytesOf(value), headers);
}

function bytesOf(text: string | undefined): Uint8Array | null {
  return text === undefined ? null : Buffer.from(text);
}

/** The batch of these records. */
function built(records: readonly Parts[], options?: RecordBatchOptions): Buffer {
  const builder = new RecordBatchBuilder(options);
  for (const record of records) append(builder, record);
  return Buffer.from(builder.build());
}

/** Kafka's batches that a builder can make: from their first offset on without gaps, and all parts known. */
function goldenBatches(): { where: string; bytes: Buffer; batch: GoldenBatch }[] {
  return GOLDEN.flatMap(({ name, bytes, batches }) =>
    batches.filter(isBuildable).map((batch) => {
      const where = `${name}, byte ${batch.position}`;
      return { where, bytes: bytes.subarray(batch.position, batch.position + batch.sizeInBytes), batch };
    }),
  );
}

function isBuildable({ records, baseOffset, timestampType, hasDeleteHorizon, lastOffsetDelta }: GoldenBatch): boolean {
  if (timestampType === "LogAppendTime" || hasDeleteHorizon || lastOffsetDelta !== records.length - 1) return false;
  return records.every(({ key, value, offset, timestamp }, i) => {
    const inFull = [key, value].every((part) => part === null || typeof part === "string");
    return inFull && BigInt(offset) === BigInt(baseOffset) + BigInt(i) && Number.isSafeInteger(Number(timestamp));
  });
}

function rebuilt(batch: GoldenBatch): Uint8Array {
  const builder = new RecordBatchBuilder({
    compression: batch.compression,
    baseOffset: BigInt(batch.baseOffset) > 2n ** 53n ? BigInt(batch.baseOffset) : Number(batch.baseOffset),
    partitionLeaderEpoch: batch.partitionLeaderEpoch,
    producerId: Number(batch.producerId),
    producerEpoch: batch.producerEpoch,
    baseSequence: batch.baseSequence,
    isTransactional: batch.isTransactional,
    isControl: batch.isControl,
  });
  for (const record of batch.records) appendGolden(builder, record);
  return builder.build();
}

function appendGolden(builder: RecordBatchBuilder, { timestamp, key, value, headers }: GoldenRecord): void {
  const own = headers.map((header) => ({ key: header.key, value: fromHex(header.value) }));
  builder.append(Number(timestamp), fromHex(key as string | null), fromHex(value as string | null), own);
}

function fromHex(hex: string | null): Uint8Array | null {
  return hex === null ? null : Buffer.from(hex, "hex");
}

/** As {@link expectBytes}, but the checksum is compared last: any other wrong byte makes it wrong, too. */
function expectBatch(got: Uint8Array, expected: Uint8Array | string): void {
  const right = typeof expected === "string" ? Buffer.from(expected, "hex") : expected;
  const withRightSum = Buffer.from(got);
  if (got.length >= 21) withRightSum.set(right.subarray(17, 21), 17);
  expectBytes(withRightSum, right, { decode: batchFields });
  expectBytes(got, right, { decode: batchFields });
}

describe("append and build", () => {
  test("1.6 build: the header of a batch of one record", () => {
    const batch = built([{ timestampMs: 0x123456789a, key: "k", value: "v" }]);
    const expected = [
      "0000000000000000", "0000003a", "ffffffff", "02", batch.toString("hex", 17, 21), "0000", "00000000",
      "000000123456789a", "000000123456789a", "ffffffffffffffff", "ffff", "ffffffff", "00000001",
      "10 00 00 00 02 6b 02 76 00",
    ];
    expectBatch(batch, expected.join("").replaceAll(" ", ""));
  });

  test("1.6 build: bytes are Apache Kafka's [I1]", () => {
    const plain = goldenBatches().filter(({ batch }) => batch.compression === "none");
    expect(plain.length).toBeGreaterThan(10);
    for (const { bytes, batch } of plain) expectBatch(rebuilt(batch), bytes);
  });

  test("1.6 build: with a codec the records are compressed, all together, and the header is not [I1]", () => {
    const compressed = goldenBatches().filter(({ batch }) => batch.compression !== "none");
    expect(new Set(compressed.map(({ batch }) => batch.compression)).size).toBe(4);
    for (const { where, bytes, batch } of compressed) {
      const own = Buffer.from(rebuilt(batch));
      const [header, theirs] = [own.subarray(21, 61), bytes.subarray(21, 61)];
      expect(header.toString("hex"), `${where}: the header after the checksum`).toBe(theirs.toString("hex"));
      expect(own.readInt32BE(8), `${where}: batchLength`).toBe(own.length - 12);
      const records = decompress(batch.compression, own.subarray(61), batch.uncompressedRecords.length);
      expect(createHash("sha256").update(records).digest("hex"), where).toBe(batch.uncompressedRecords.sha256);
    }
  });

  test("1.6 build: the largest timestamp need not be the last one, nor the base the smallest", () => {
    const batch = built([{ timestampMs: 2000 }, { timestampMs: 5000 }, { timestampMs: 1000 }]);
    expect(batch.readBigInt64BE(27), "baseTimestamp").toBe(2000n);
    expect(batch.readBigInt64BE(35), "maxTimestamp").toBe(5000n);
  });

  test("1.6 build: offsets and sequences are counted from the batch's", () => {
    const batch = built([{}, {}, {}], { baseOffset: 100, producerId: 7, producerEpoch: 2, baseSequence: 40 });
    expect(batch.readBigInt64BE(0), "baseOffset").toBe(100n);
    expect(batch.readInt32BE(23), "lastOffsetDelta").toBe(2);
    expect([batch.readBigInt64BE(43), batch.readInt16BE(51), batch.readInt32BE(53)]).toEqual([7n, 2, 40]);
    expect(batch.readInt32BE(57), "recordCount").toBe(3);
  });

  test("1.6 build: 0 is a producer id, an epoch and a sequence number", () => {
    const batch = built([{}], { partitionLeaderEpoch: 0, producerId: 0, producerEpoch: 0, baseSequence: 0 });
    expect(batch.readInt32BE(12), "partitionLeaderEpoch").toBe(0);
    expect(batch.readBigInt64BE(43), "producerId").toBe(0n);
    expect(batch.readInt16BE(51), "producerEpoch").toBe(0);
    expect(batch.readInt32BE(53), "baseSequence").toBe(0);
  });

  test("1.6 build: without records there is no batch", () => {
    expect(new RecordBatchBuilder().build().length).toBe(0);
    expect(new RecordBatchBuilder({ compression: "gzip" }).build().length).toBe(0);
  });

  test("1.6 build: a second call gives the same bytes", () => {
    const builder = new RecordBatchBuilder({ compression: "lz4" });
    append(builder, { value: "v" });
    const first = Buffer.from(builder.build());
    expectBatch(builder.build(), first);
  });

  test("1.6 append: after build it is refused, also if there were no records", () => {
    const builder = new RecordBatchBuilder();
    builder.build();
    expect(outcome(() => (append(builder, { value: "late" }), "appended"))).toBe("INVALID_REQUEST");
    expect([builder.count, builder.build().length]).toEqual([0, 0]);
  });

  test("1.6 append: after build it is refused, and the batch stays as it was", () => {
    const builder = new RecordBatchBuilder();
    append(builder, { value: "v" });
    const before = Buffer.from(builder.build());
    expect(outcome(() => (append(builder, { value: "late" }), "appended"))).toBe("INVALID_REQUEST");
    expect(builder.count).toBe(1);
    expectBatch(builder.build(), before);
  });
});

describe("timestamps", () => {
  test("1.6 append: a timestamp that can't be one is refused, and the batch stays as it was", () => {
    const builder = new RecordBatchBuilder();
    append(builder, { value: "v" });
    for (const timestampMs of [-2, 0.5, NaN, 2 ** 53]) {
      const refused = outcome(() => append(builder, { timestampMs, value: "w" }));
      expect(refused, `${timestampMs}`).toBe("INVALID_TIMESTAMP");
    }
    expectBatch(builder.build(), built([{ value: "v" }]));
  });

  test("1.6 append: −1 is no timestamp, and 0 is one", () => {
    const batch = built([{ timestampMs: -1 }, { timestampMs: 0 }]);
    expect([batch.readBigInt64BE(27), batch.readBigInt64BE(35)]).toEqual([-1n, 0n]);
  });
});

describe("setProducerState", () => {
  const STATE = { producerId: 7, producerEpoch: 2, baseSequence: 40, isTransactional: true };

  test("1.6 setProducerState: is written by build", () => {
    const builder = new RecordBatchBuilder({ compression: "gzip" });
    append(builder, { value: "v" });
    builder.setProducerState(7, 2, 40, true);
    expectBatch(builder.build(), built([{ value: "v" }], { ...STATE, compression: "gzip" }));
  });

  test("1.6 setProducerState: a batch that is sent again gets a new header, but no new records", () => {
    const builder = new RecordBatchBuilder({ producerId: 7, producerEpoch: 1, baseSequence: 99 });
    append(builder, { value: "v" });
    builder.build();
    builder.setProducerState(7, 2, 40, true);
    expect(outcome(() => (append(builder, { value: "late" }), "appended"))).toBe("INVALID_REQUEST");
    expectBatch(builder.build(), built([{ value: "v" }], STATE));
  });
});

describe("memory", () => {
  test("1.6 append: keys and values are copied, the caller may use them again", () => {
    const value = Buffer.from("first");
    const builder = new RecordBatchBuilder();
    builder.append(1000, value, value);
    value.write("other");
    const expected = built([{ key: "first", value: "first" }]);
    expectBatch(builder.build(), expected);
  });

  test("1.6 append: a batch grows for all of a record, its length included [I1]", () => {
    for (let bytes = 20; bytes < 40; bytes++) {
      const records = [{ value: "x".repeat(bytes) }, { value: "y" }];
      expectBatch(built(records, { capacity: 100 }), built(records));
    }
  });

  test("1.6 append: a batch grows beyond its capacity when it must [I1]", () => {
    const records = Array.from({ length: 40 }, (_, i) => ({ timestampMs: 1000 + i, value: `${i}`.repeat(50) }));
    expectBatch(built(records, { capacity: 100 }), built(records, { capacity: 100_000 }));
  });

  test("1.6 build: a buffer that was lent holds the batch, and only the batch", () => {
    const memory = Buffer.alloc(300, 0xee);
    const builder = new RecordBatchBuilder({ buffer: memory.subarray(100, 200) });
    append(builder, { key: "k", value: "v" });
    const batch = builder.build();
    expect([batch.buffer === memory.buffer, batch.byteOffset - memory.byteOffset]).toEqual([true, 100]);
    expect(new Set([...memory.subarray(0, 100), ...memory.subarray(200)])).toEqual(new Set([0xee]));
  });

  test("1.6 append: a lent buffer that is too small is left, not overrun [I1]", () => {
    const memory = Buffer.alloc(300, 0xee);
    const builder = new RecordBatchBuilder({ buffer: memory.subarray(100, 200) });
    const records = Array.from({ length: 9 }, (_, i) => ({ value: `value ${i}` }));
    for (const record of records) append(builder, record);
    expectBatch(builder.build(), built(records));
    expect(new Set([...memory.subarray(0, 100), ...memory.subarray(200)])).toEqual(new Set([0xee]));
  });

  test("1.6 append: sizeInBytes is the size of the batch that would be built", () => {
    const builder = new RecordBatchBuilder();
    expect(builder.sizeInBytes).toBe(61);
    append(builder, { key: "key", headers: [{ key: "h", value: null }] });
    expect([builder.sizeInBytes, builder.count]).toEqual([74, 1]);
    expect(builder.build().length).toBe(74);
  });
});

/** The smallest capacity at which `hasRoomFor` says yes to one more record. */
function smallestCapacity(records: readonly Parts[], next: Parts): number {
  const isEnough = (capacity: number): boolean => {
    const builder = new RecordBatchBuilder({ capacity });
    for (const record of records) append(builder, record);
    return hasRoomFor(builder, next);
  };
  const size = built([...records, next]).length;
  for (let capacity = size - 20; capacity < size + 100; capacity++) if (isEnough(capacity)) return capacity;
  return Infinity;
}

describe("hasRoomFor", () => {
  test("1.6 hasRoomFor: to the byte", () => {
    const timestampMs = 1_736_678_348_913;
    const record = { timestampMs, key: "key", value: "x".repeat(70), headers: [{ key: "é", value: null }] };
    const size = built([record, record]).length;
    expect(smallestCapacity([record], record), "the smallest capacity with room for the second record").toBe(size);
  });

  test("1.6 hasRoomFor: the record's number takes two bytes from 64 on, and not before", () => {
    for (const count of [62, 63, 64]) {
      const size = built(Array.from({ length: count + 1 }, () => ({}))).length;
      const smallest = smallestCapacity(Array.from({ length: count }, () => ({})), {});
      expect(smallest, `the smallest capacity with room for record ${count}`).toBe(size);
    }
  });

  test("1.6 hasRoomFor: a long way in time takes more bytes", () => {
    const size = built([{}, {}]).length;
    const builder = new RecordBatchBuilder({ capacity: size });
    append(builder, {});
    expect(hasRoomFor(builder, {})).toBe(true);
    expect(hasRoomFor(builder, { timestampMs: 1000 + 64 })).toBe(false);
  });

  test("1.6 hasRoomFor: the first record always fits, however large", () => {
    const builder = new RecordBatchBuilder({ capacity: 100 });
    expect(hasRoomFor(builder, { value: "x".repeat(1000) })).toBe(true);
    append(builder, { value: "x".repeat(1000) });
    expect(hasRoomFor(builder, {})).toBe(false);
  });

  test("1.6 hasRoomFor: memory beyond the capacity doesn't count", () => {
    const lent = new RecordBatchBuilder({ buffer: Buffer.alloc(1000), capacity: 100 });
    append(lent, {});
    expect(hasRoomFor(lent, { value: "x".repeat(50) }), "1,000 bytes are lent, 100 are the capacity").toBe(false);
    const grown = new RecordBatchBuilder({ capacity: 100 });
    append(grown, { value: "x".repeat(40) });
    expect(grown.sizeInBytes, "the first record alone").toBeGreaterThan(100);
    expect(hasRoomFor(grown, {}), "the batch has outgrown its capacity").toBe(false);
  });

  test("1.6 hasRoomFor: asking changes nothing", () => {
    const builder = new RecordBatchBuilder();
    append(builder, { value: "v" });
    hasRoomFor(builder, { timestampMs: 9000, value: "w" });
    expectBatch(builder.build(), built([{ value: "v" }]));
  });
});
