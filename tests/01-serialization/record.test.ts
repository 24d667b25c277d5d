import { Buffer } from "node:buffer";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  readHeaders,
  readRecord,
  RecordCursor,
  type RecordHeader,
  sizeOfRecordBody,
  writeRecord,
} from "#serialization";
import { expectBytes } from "../support/hexdump.ts";
import { property } from "../support/property.ts";
import { DAMAGED, goldenBytes, named, outcome, recordFields, wholeRecords } from "./golden-batches.ts";

/** A record's parts, as they are written. */
interface Parts {
  readonly timestampDelta?: number;
  readonly offsetDelta?: number;
  readonly key?: Uint8Array | null;
  readonly value?: Uint8Array | null;
  readonly headers?: readonly RecordHeader[];
}

/** What {@link writeRecord} writes, somewhere inside of a larger buffer. */
function written({ timestampDelta = 0, offsetDelta = 0, key = null, value = null, headers = [] }: Parts): Uint8Array {
  const bodySize = sizeOfRecordBody(timestampDelta, offsetDelta, key, value, headers);
  const into = Buffer.alloc(bodySize + 30, 0xee);
  const end = writeRecord(into, 7, bodySize, timestampDelta, offsetDelta, key, value, headers);
  return into.subarray(7, end);
}

/** A cursor that has read the record at the start of `bytes`. */
function read(bytes: Uint8Array): RecordCursor {
  const cursor = new RecordCursor(bytes, 1);
  readRecord(cursor);
  return cursor;
}

/** The key and the value that a cursor points at, as hex digits. */
function keyAndValue({ bytes, keyAt, keyLength, valueAt, valueLength }: RecordCursor): unknown[] {
  const key = keyLength < 0 ? null : bytes.subarray(keyAt, keyAt + keyLength);
  const value = valueLength < 0 ? null : bytes.subarray(valueAt, valueAt + valueLength);
  return [goldenBytes(key), goldenBytes(value)];
}

function text(some: string): Uint8Array {
  return Buffer.from(some);
}

/** Headers with their values as hex digits, to compare. */
function comparable(headers: readonly RecordHeader[]): { key: string; value: unknown }[] {
  return headers.map(({ key, value }) => ({ key, value: goldenBytes(value) }));
}

/** A record from the hex digits of its parts: no Buffer, and inside of a larger array. */
function record(...parts: string[]): Uint8Array {
  return Uint8Array.from(Buffer.from(`eeee${parts.join("").replaceAll(" ", "")}`, "hex")).subarray(2);
}

const someBytes = fc.option(fc.uint8Array({ maxLength: 80 }));
const someHeader = fc.record({ key: fc.string({ unit: "grapheme", maxLength: 8 }), value: someBytes });
const someHeaders = fc.array(someHeader, { maxLength: 4 });

describe("sizeOfRecordBody", () => {
  test("1.5 sizeOfRecordBody: the smallest record has six bytes", () => {
    expect(sizeOfRecordBody(0, 0, null, null, [])).toBe(6);
  });

  test("1.5 sizeOfRecordBody: a time difference may take more than 32 bits", () => {
    expect(sizeOfRecordBody(2 ** 40, 0, null, null, [])).toBe(11);
    expect(sizeOfRecordBody(-(2 ** 40), 0, null, null, [])).toBe(11);
  });

  test("1.5 sizeOfRecordBody: is that of Apache Kafka's records", () => {
    for (const { where, bytes, timestampDelta, offsetDelta, key, value, headers } of wholeRecords()) {
      const size = sizeOfRecordBody(timestampDelta, offsetDelta, key, value, headers);
      const lengthBytes = size < 64 ? 1 : size < 8192 ? 2 : 3;
      expect(size + lengthBytes, where).toBe(bytes.length);
    }
  });

  test("1.5 sizeOfRecordBody: header keys are counted in bytes, not in characters", () => {
    const ascii = sizeOfRecordBody(0, 0, null, null, [{ key: "schluessel", value: null }]);
    expect(sizeOfRecordBody(0, 0, null, null, [{ key: "schlüssel", value: null }])).toBe(ascii);
  });
});

describe("writeRecord", () => {
  test("1.5 writeRecord: a key, a value, in the order of the format [I1]", () => {
    const expected = record("16", "00", "0a", "06", "04 6b31", "06 616263", "00");
    expectBytes(written({ timestampDelta: 5, offsetDelta: 3, key: text("k1"), value: text("abc") }), expected, {
      decode: recordFields,
    });
  });

  test("1.5 writeRecord: no key and no value are −1, empty ones 0 [I2]", () => {
    expectBytes(written({}), record("0c", "00", "00", "00", "01", "01", "00"), { decode: recordFields });
    const empty = written({ key: text(""), value: text("") });
    expectBytes(empty, record("0c", "00", "00", "00", "00", "00", "00"), { decode: recordFields });
  });

  test("1.5 writeRecord: timestamps may go back", () => {
    const expected = record("0c", "00", "05", "00", "01", "01", "00");
    expectBytes(written({ timestampDelta: -3 }), expected, { decode: recordFields });
  });

  test("1.5 writeRecord: headers, with and without a value [I1]", () => {
    const headers = [{ key: "é", value: text("x") }, { key: "", value: null }];
    const expected = record("1a", "00", "00", "00", "01", "01", "04", "04 c3a9 02 78", "00 01");
    expectBytes(written({ headers }), expected, { decode: recordFields });
  });

  test("1.5 writeRecord: bytes are Apache Kafka's [I1]", () => {
    for (const { bytes, where: _, ...parts } of wholeRecords()) {
      expectBytes(written(parts), bytes, { decode: recordFields });
    }
  });
});

describe("readRecord", () => {
  test("1.5 readRecord: says where key, value and headers lie, and moves behind the record [I1]", () => {
    const bytes = record("24", "00", "0a", "06", "04 6b31", "06 616263", "02", "04 6869 06 010203", "ff");
    const cursor = read(bytes);
    expect({ ...cursor, bytes: null }).toMatchObject({
      at: 19, sizeInBytes: 19, timestampDelta: 5, offsetDelta: 3, keyAt: 5, keyLength: 2, valueAt: 8, valueLength: 3,
      headersAt: 12, headerCount: 1,
    });
  });

  test("1.5 readRecord: a second record begins where the first one ends [I1]", () => {
    const bytes = record("ee", "0e 00 00 00 02 61 01 00", "0e 00 00 02 01 02 62 00");
    const cursor = new RecordCursor(bytes, 2, 1);
    readRecord(cursor);
    expect([cursor.at, ...keyAndValue(cursor)]).toEqual([9, "61", null]);
    readRecord(cursor);
    expect([cursor.at, ...keyAndValue(cursor)]).toEqual([17, null, "62"]);
    expect([cursor.offsetDelta, cursor.sizeInBytes]).toEqual([1, 8]);
  });

  test("1.5 readRecord: tells null from empty [I2]", () => {
    const nothing = read(record("0c", "00", "00", "00", "01", "01", "00"));
    expect(keyAndValue(nothing)).toEqual([null, null]);
    const empty = read(record("0c", "00", "00", "00", "00", "00", "00"));
    expect(keyAndValue(empty)).toEqual(["", ""]);
  });

  test("1.5 readRecord: reads Apache Kafka's records [I1]", () => {
    for (const { where, bytes, timestampDelta, offsetDelta, key, value, headers } of wholeRecords()) {
      const cursor = read(bytes);
      const { length } = bytes;
      expect(cursor, where).toMatchObject({
        timestampDelta, offsetDelta, headerCount: headers.length, sizeInBytes: length, at: length,
      });
      expect(keyAndValue(cursor), where).toEqual([goldenBytes(key), goldenBytes(value)]);
    }
  });

  test("1.5 readRecord: a time difference of more than 53 bits comes back whole", () => {
    const cursor = read(record("1e", "00", "feffffffffffffffff01", "00", "01", "01", "00"));
    expect(cursor.timestampDelta).toBe(2n ** 63n - 1n);
  });
});

describe("damaged records", () => {
  /** Whether reading these bytes ends well: "read", or "refused" with one of the errors that say so. */
  function verdict(bytes: Uint8Array): string {
    const got = outcome(() => (read(bytes), "read"));
    return got === "INVALID_RECORD" || got === "CORRUPT_MESSAGE" ? "refused" : got;
  }

  /** The same, with another whole record behind them in the batch. */
  function verdictInBatch(bytes: Uint8Array): string {
    return verdict(Buffer.concat([bytes, record("0c", "00", "00", "00", "01", "01", "00")]));
  }

  test("1.5 readRecord: after an error the cursor is where it was", () => {
    for (const damaged of ["0c 00 00 00 08 61 00", "0e 00 00 00 01 01 00", "0a 00 00 00 01 01 00", "80"]) {
      const cursor = new RecordCursor(record("0c 00 00 00 01 01 00", damaged), 2);
      readRecord(cursor);
      const got = outcome(() => (readRecord(cursor), "read without an error"));
      expect(got, `what became of ${damaged}`).toMatch(/^(INVALID_RECORD|CORRUPT_MESSAGE)$/);
      expect(cursor.at, `the cursor after the error in ${damaged}`).toBe(7);
    }
  });

  test("1.5 readRecord: a length beyond the batch is refused [I3]", () => {
    expect(verdict(record("0e", "00", "00", "00", "01", "01", "00"))).toBe("refused");
    expect(verdict(record("01", "00", "00", "00", "01", "01", "00"))).toBe("refused");
  });

  test("1.5 readRecord: a key or value beyond the record is refused, also if the batch goes on [I3]", () => {
    expect(verdictInBatch(record("0e", "00", "00", "00", "08 61", "01", "00"))).toBe("refused");
    expect(verdictInBatch(record("0e", "00", "00", "00", "01", "0a 61", "00"))).toBe("refused");
  });

  test("1.5 readRecord: fields must take exactly the bytes that the record has [I3]", () => {
    expect(verdictInBatch(record("10", "00", "00", "00", "01", "01", "00", "0000"))).toBe("refused");
    expect(verdictInBatch(record("0a", "00", "00", "00", "01", "01", "00"))).toBe("refused");
  });

  test("1.5 readRecord: a header count is not believed [I3]", () => {
    expect(verdictInBatch(record("0c", "00", "00", "00", "01", "01", "02"))).toBe("refused");
    expect(verdictInBatch(record("14", "00", "00", "00", "01", "01", "feffffff0f"))).toBe("refused");
    expect(verdictInBatch(record("0c", "00", "00", "00", "01", "01", "01"))).toBe("refused");
  });

  test("1.5 readRecord: more headers than the record has bytes left for are not even counted to [I3]", () => {
    const claims = record("14", "00", "00", "00", "01", "01", "feffffff0f");
    expect(outcome(() => (read(claims), "read")), "2,147,483,647 headers in no byte").toBe("INVALID_RECORD");
  });

  test("1.5 readRecord: a header's key can't be null, its value can [I2]", () => {
    expect(verdictInBatch(record("10", "00", "00", "00", "01", "01", "02", "01 01"))).toBe("refused");
    expect(verdictInBatch(record("10", "00", "00", "00", "01", "01", "02", "00 01"))).toBe("read");
  });

  test("1.5 readRecord: refuses every damaged record that Apache Kafka refuses, and no other [I3]", () => {
    const names = [
      "header-key-null", "header-value-length-beyond", "headers-count-huge", "headers-count-negative",
      "key-length-beyond-record", "record-length-beyond-batch", "record-length-negative", "record-length-short",
      "record-length-zero", "record-trailing-bytes", "varint-overlong-record-length", "varint-unterminated",
      "varlong-overlong-timestamp", "header-key-bad-utf8", "key-length-negative-2", "record-attributes-set", "raw-good",
      "value-length-negative-5", "varint-noncanonical",
    ];
    for (const name of names) {
      const { bytes, kafka } = named(DAMAGED, name);
      const byKafka = kafka["records"]!.exception === undefined ? "read" : "refused";
      expect(verdict(bytes.subarray(61)), name).toBe(byKafka);
    }
  });

  test("1.5 readRecord: a changed byte is read or refused, and nothing lies outside of the record [I3]", () => {
    const records = wholeRecords().filter(({ bytes }) => bytes.length < 100);
    property([fc.nat(), fc.nat(), fc.nat(255)], (which, place, byte) => {
      const { bytes } = records[which % records.length]!;
      const changed = Buffer.concat([bytes, Buffer.alloc(20)]);
      changed[place % bytes.length] = byte;
      if (verdict(changed) === "refused") return;
      const { at, keyAt, keyLength, valueAt, valueLength, headersAt } = read(changed);
      const last = Math.max(keyAt + Math.max(0, keyLength), valueAt + Math.max(0, valueLength), headersAt);
      expect(last, "where the last part ends").toBeLessThanOrEqual(at);
      expect(at, "where the record ends").toBeLessThanOrEqual(changed.length);
    }, { runs: 500 });
  });
});

describe("readHeaders", () => {
  test("1.5 readHeaders: bytes need not be a Buffer", () => {
    expect(comparable(readHeaders(record("04 6869 02 78"), 0, 1))).toEqual([{ key: "hi", value: "78" }]);
  });

  test("1.5 readHeaders: keys as text, values as bytes, in their order [I1]", () => {
    const bytes = record("ffff", "04 c3a9 02 78", "00 01", "04 c3a9 00");
    expect(comparable(readHeaders(bytes, 2, 3))).toEqual([
      { key: "é", value: "78" }, { key: "", value: null }, { key: "é", value: "" },
    ]);
  });

  test("1.5 readHeaders: values are views of the bytes, not copies", () => {
    const bytes = record("04 6869 02 78");
    const [header] = readHeaders(bytes, 0, 1);
    bytes[4] = 0x79;
    expect(Buffer.from(header!.value!).toString(), "the value, once its byte has changed in the batch").toBe("y");
  });

  test("1.5 readHeaders: a key may begin with U+FEFF, which some decoders drop [I1]", () => {
    expect(comparable(readHeaders(record("08 efbbbf68 01"), 0, 1))).toEqual([{ key: "\ufeffh", value: null }]);
  });

  test("1.5 readHeaders: reads those of Apache Kafka's records [I1]", () => {
    for (const { where, bytes, headers } of wholeRecords()) {
      const cursor = read(bytes);
      expect(comparable(readHeaders(bytes, cursor.headersAt, cursor.headerCount)), where).toEqual(comparable(headers));
    }
  });
});

describe("records", () => {
  test("1.5 readRecord: what was written is read back [I1]", () => {
    const time = fc.integer({ min: -(2 ** 40), max: 2 ** 40 });
    const offset = fc.nat();
    property([time, offset, someBytes, someBytes, someHeaders], (timestampDelta, offsetDelta, key, value, headers) => {
      const cursor = read(written({ timestampDelta, offsetDelta, key, value, headers }));
      expect([cursor.timestampDelta, cursor.offsetDelta]).toEqual([timestampDelta, offsetDelta]);
      expect(keyAndValue(cursor)).toEqual([goldenBytes(key), goldenBytes(value)]);
      const back = readHeaders(cursor.bytes, cursor.headersAt, cursor.headerCount);
      expect(comparable(back)).toEqual(comparable(headers));
    });
  });
});
