/**
 * Chapter 1 at work: a company becomes a record, a batch, compressed bytes; and a flipped bit is found.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { COMPRESSION_TYPES, type CompressionType } from "#ground/compression/compression";
import {
  batches,
  type Company,
  CompanyDeserializer,
  CompanySerializer,
  crc32c,
  RecordBatch,
  RecordBatchBuilder,
  type RecordHeader,
  sizeOfRecordBody,
  StringSerializer,
  writeRecord,
} from "#serialization";
import { type Stage } from "../stage.ts";

const TOPIC = "companies";
/** Noon on 1 January 2025, so that the output is the same on every run. */
const NOON_MS = 1_735_732_800_000;

/** A piece of a byte array: where it ends, and what it is. */
type Piece = readonly [end: number, what: string];

export default async function demo(stage: Stage): Promise<void> {
  const acme: Company = { name: "Acme", address: null };
  const key = new StringSerializer().serialize(TOPIC, [], "acme")!;
  const value = new CompanySerializer().serialize(TOPIC, [], acme)!;
  const headers: RecordHeader[] = [{ key: "v", value: Buffer.from("1") }];

  stage.say("1. A company has a name and no known address. Its serializer makes bytes of it.");
  stage.show("company", acme);
  stage.show("its bytes", underlined(value, [[4, "length of the name: 4"], [8, '"Acme"'], [12, "−1: no address"]]));
  await stage.pause();

  stage.say("2. Key, value and a header make a record: its length, and differences to the batch's offset and time.");
  stage.table(pieceRows(recordBytes(key, value, headers), RECORD));
  await stage.pause();

  stage.say("3. Behind a header of 61 bytes it is a batch: what producers send, brokers keep and consumers get.");
  const builder = new RecordBatchBuilder();
  builder.append(NOON_MS, key, value, headers);
  const bytes = Buffer.from(builder.build());
  stage.table(headerRows(bytes));
  stage.show("records", `byte 61 to ${bytes.length - 1}: the record from above`);
  await stage.pause();

  stage.say("4. On the way one bit flips: the name's first letter, A (41), becomes @ (40).");
  const flipped = Buffer.from(bytes);
  flipped[bytes.indexOf("Acme")]! ^= 1;
  stage.show("a consumer gets", refusalOf(flipped));
  stage.show("the unharmed batch", `${crc32c(bytes, 21).toString(16)}, as the header says`);
  await stage.pause();

  stage.say("5. A thousand companies: in one batch, compressed together; and each in a batch of its own.");
  const plain = companies("none", 1000).length;
  stage.table(
    COMPRESSION_TYPES.map((codec) => {
      const [together, apart] = [companies(codec, 1000), companies(codec, 1)];
      const sizes = { "one batch": percent(together.length, plain), "a batch each": times(apart.length, plain) };
      return { codec, ...sizes, ...readBack(together) };
    }),
  );
}

/** The parts of the demo's record. */
const RECORD: readonly Piece[] = [
  [1, "length: 26 bytes follow"],
  [2, "attributes, unused"],
  [3, "time: 0 ms after the batch's"],
  [4, "offset: 0 after the batch's"],
  [5, "length of the key: 4"],
  [9, '"acme"'],
  [10, "length of the value: 12"],
  [22, "the company"],
  [23, "one header"],
  [24, "length of its key: 1"],
  [25, '"v"'],
  [26, "length of its value: 1"],
  [27, '"1"'],
];

function recordBytes(key: Uint8Array, value: Uint8Array, headers: readonly RecordHeader[]): Uint8Array {
  const bodySize = sizeOfRecordBody(0, 0, key, value, headers);
  const bytes = Buffer.alloc(100);
  return bytes.subarray(0, writeRecord(bytes, 0, bodySize, 0, 0, key, value, headers));
}

/** The bytes in one line, and below it a line for each piece: carets under its bytes, and what it is. */
function underlined(bytes: Uint8Array, pieces: readonly Piece[]): string {
  const lines = pieces.map(([end, what], i) => {
    const start = pieces[i - 1]?.[0] ?? 0;
    const carets = "^".repeat(3 * (end - start) - 1);
    return `${" ".repeat(3 * start)}${carets} ${what}`;
  });
  return [hexOf(bytes), ...lines].join("\n");
}

/** What would be too long for one line: a piece a row. */
function pieceRows(bytes: Uint8Array, pieces: readonly Piece[]): { bytes: string; meaning: string }[] {
  return pieces.map(([end, meaning], i) => {
    return { bytes: hexOf(bytes.subarray(pieces[i - 1]?.[0] ?? 0, end)), meaning };
  });
}

/** The header, a field a row. */
function headerRows(bytes: Uint8Array): { byte: number; field: string; bytes: string; value: string }[] {
  const batch = new RecordBatch(bytes);
  const fields: readonly [end: number, field: string, value: unknown][] = [
    [8, "baseOffset", `${batch.baseOffset}, the broker sets it`],
    [12, "batchLength", `${batch.batchLength} bytes follow`],
    [16, "partitionLeaderEpoch", `${batch.partitionLeaderEpoch}, the broker's as well`],
    [17, "magic", batch.magic],
    [21, "crc", "of all that follows"],
    [23, "attributes", `${batch.compression}, ${batch.timestampType}`],
    [27, "lastOffsetDelta", batch.lastOffsetDelta],
    [35, "baseTimestamp", batch.baseTimestamp],
    [43, "maxTimestamp", batch.maxTimestamp],
    [51, "producerId", `${batch.producerId}, none`],
    [53, "producerEpoch", batch.producerEpoch],
    [57, "baseSequence", batch.baseSequence],
    [61, "recordCount", batch.count],
  ];
  return fields.map(([end, field, value], i) => {
    const byte = fields[i - 1]?.[0] ?? 0;
    return { byte, field, bytes: hexOf(bytes.subarray(byte, end)), value: String(value) };
  });
}

/** The error for a damaged batch. */
function refusalOf(bytes: Uint8Array): string {
  try {
    new RecordBatch(bytes).ensureValid();
    return "nothing";
  } catch (error) {
    if ((error as Error).name === "NotImplementedError") throw error;
    return `${(error as Error).name}\n${(error as Error).message}`;
  }
}

/** A thousand companies, so many to a batch. */
function companies(compression: CompressionType, recordsABatch: number): Uint8Array {
  const serializer = new CompanySerializer();
  const built: Uint8Array[] = [];
  let builder = new RecordBatchBuilder({ compression });
  for (let i = 0; i < 1000; i++) {
    const name = `${["Bakery", "Garage", "Press", "Mill"][i % 4]} number ${i}`;
    const address = i % 5 === 0 ? null : `${(i * 37) % 200} Long Street, Cassel`;
    builder.append(NOON_MS + 7 * i, Buffer.from(`company-${i}`), serializer.serialize(TOPIC, [], { name, address }));
    if (builder.count < recordsABatch) continue;
    built.push(builder.build());
    builder = new RecordBatchBuilder({ compression });
  }
  return Buffer.concat(built);
}

/** Reads {@link companies} from start to end. */
function readBack(bytes: Uint8Array): { "read back": number; "last one": string } {
  let count = 0;
  let last = "";
  for (const batch of batches(bytes)) {
    for (const record of batch.records()) {
      count++;
      last = new CompanyDeserializer().deserialize(TOPIC, record.headers, record.value)?.name ?? "";
    }
  }
  return { "read back": count, "last one": last };
}

/** In steps of ten: versions of a codec differ a little. */
function percent(part: number, whole: number): string {
  return `${10 * Math.round((10 * part) / whole)} %`;
}

/** In quarters, for the same reason. */
function times(part: number, whole: number): string {
  return `${Math.round((4 * part) / whole) / 4} times`;
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex").replace(/..(?=.)/g, "$& ");
}
