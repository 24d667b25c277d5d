/**
 * The record batches that Apache Kafka wrote, and a reader of their bytes that owes nothing to the chapter's code: it
 * makes the field trees in failure texts.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { type RecordHeader } from "#serialization/given/headers";
import { type DecodedField } from "../support/hexdump.ts";

const FOLDER = new URL("../golden/record-batches/", import.meta.url);

/** Bytes over 1024 are given by their length and hash. */
type GoldenBytes = string | null | { readonly length: number; readonly sha256: string };

/** A record as Kafka's own reader gives it. */
export interface GoldenRecord {
  readonly offset: string;
  readonly timestamp: string;
  readonly sequence: number;
  readonly sizeInBytes: number;
  readonly key: GoldenBytes;
  readonly value: GoldenBytes;
  readonly headers: readonly { readonly key: string; readonly value: string | null }[];
}

/** A batch as Kafka's own reader gives it. */
export interface GoldenBatch {
  readonly position: number;
  readonly sizeInBytes: number;
  readonly baseOffset: string;
  readonly partitionLeaderEpoch: number;
  readonly attributes: number;
  readonly compression: "none" | "gzip" | "snappy" | "lz4" | "zstd";
  readonly timestampType: "CreateTime" | "LogAppendTime";
  readonly isTransactional: boolean;
  readonly isControl: boolean;
  readonly hasDeleteHorizon: boolean;
  readonly lastOffsetDelta: number;
  readonly baseTimestamp: string;
  readonly maxTimestamp: string;
  readonly producerId: string;
  readonly producerEpoch: number;
  readonly baseSequence: number;
  readonly recordCount: number;
  readonly uncompressedRecords: { readonly length: number; readonly sha256: string };
  readonly records: readonly GoldenRecord[];
}

/** A file of batches. */
export interface GoldenFile {
  readonly name: string;
  readonly bytes: Buffer;
  readonly batches: readonly GoldenBatch[];
}

/** A damaged or odd batch, what Kafka's reader makes of it and what a broker answered when it was produced. */
export interface DamagedFile {
  readonly name: string;
  readonly note: string;
  readonly bytes: Buffer;
  readonly kafka: Readonly<Record<string, { readonly exception?: string; readonly count?: number }>>;
  readonly broker: { readonly errorCode: number; readonly storedHex?: string };
}

/** All files of sound batches. */
export const GOLDEN: readonly GoldenFile[] = load<GoldenFile>("");

/** All damaged ones. */
export const DAMAGED: readonly DamagedFile[] = load<DamagedFile>("corrupt/");

function load<T>(folder: string): T[] {
  const names = readdirSync(new URL(folder, FOLDER)).filter((name) => name.endsWith(".json"));
  return names.sort().map((name) => {
    const json = JSON.parse(readFileSync(new URL(folder + name, FOLDER), "utf8")) as object;
    return { ...json, bytes: readFileSync(new URL(folder + name.replace(".json", ".bin"), FOLDER)) } as T;
  });
}

/** The one of `files` that is called `name`. */
export function named<T extends { readonly name: string }>(files: readonly T[], name: string): T {
  const file = files.find((one) => one.name === name);
  if (file === undefined) throw new Error(`There is no golden batch ${name}.`);
  return file;
}

/** Bytes as {@link GoldenRecord} has them. */
export function goldenBytes(bytes: Uint8Array | null): GoldenBytes {
  if (bytes === null) return null;
  if (bytes.length > 1024) return { length: bytes.length, sha256: createHash("sha256").update(bytes).digest("hex") };
  return Buffer.from(bytes).toString("hex");
}

/** A record of which all parts are known, with its own bytes. */
export interface WholeRecord {
  /** `none-headers, record 2`. */
  readonly where: string;
  readonly bytes: Buffer;
  readonly timestampDelta: number;
  readonly offsetDelta: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: readonly RecordHeader[];
}

/** The records of all batches that are not compressed, as far as their parts are given in full. */
export function wholeRecords(): WholeRecord[] {
  return GOLDEN.flatMap(({ name, bytes, batches }) =>
    batches.filter(({ compression }) => compression === "none").flatMap((batch) => {
      let at = batch.position + 61;
      return batch.records.flatMap((record, i) => {
        const own = bytes.subarray(at, (at += record.sizeInBytes));
        return wholeRecord(`${name}, record ${i}`, own, batch, record) ?? [];
      });
    }),
  );
}

function wholeRecord(where: string, bytes: Buffer, batch: GoldenBatch, record: GoldenRecord): WholeRecord | null {
  const key = fromHex(record.key);
  const value = fromHex(record.value);
  const timestampDelta = Number(BigInt(record.timestamp) - BigInt(batch.baseTimestamp));
  if (key === undefined || value === undefined || !Number.isSafeInteger(timestampDelta)) return null;
  if (batch.timestampType === "LogAppendTime") return null;
  const headers = record.headers.map((header) => ({ key: header.key, value: fromHex(header.value) ?? null }));
  const offsetDelta = Number(BigInt(record.offset) - BigInt(batch.baseOffset));
  return { where, bytes, timestampDelta, offsetDelta, key, value, headers };
}

function fromHex(bytes: GoldenBytes): Buffer | null | undefined {
  if (bytes === null) return null;
  return typeof bytes === "string" ? Buffer.from(bytes, "hex") : undefined;
}

/** The fields of a record batch, for failure texts. Reads on through compressed records no further than the header. */
export function* batchFields(bytes: Uint8Array): Generator<DecodedField> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const layout: readonly [name: string, from: number, to: number][] = [
    ["baseOffset", 0, 8], ["batchLength", 8, 12], ["partitionLeaderEpoch", 12, 16], ["magic", 16, 17], ["crc", 17, 21],
    ["attributes", 21, 23], ["lastOffsetDelta", 23, 27], ["baseTimestamp", 27, 35], ["maxTimestamp", 35, 43],
    ["producerId", 43, 51], ["producerEpoch", 51, 53], ["baseSequence", 53, 57], ["recordCount", 57, 61],
  ];
  for (const [name, from, to] of layout) yield { path: name, value: number(view, name, from, to), from, to };
  if ((view.getInt16(21) & 7) !== 0) return;
  let at = 61;
  for (let i = 0; at < bytes.length; i++) at = yield* recordFields(bytes, at, `records[${i}].`);
}

function number(view: DataView, name: string, from: number, to: number): number | bigint {
  if (name === "crc") return view.getUint32(from);
  if (to - from === 8) return view.getBigInt64(from);
  return to - from === 4 ? view.getInt32(from) : to - from === 2 ? view.getInt16(from) : view.getInt8(from);
}

/** The fields of the record at `at`, for failure texts; returns the position after it. */
export function* recordFields(bytes: Uint8Array, at: number = 0, path: string = ""): Generator<DecodedField, number> {
  const reader = { bytes, at };
  yield varint(reader, `${path}length`);
  yield { path: `${path}attributes`, value: bytes[reader.at], from: reader.at, to: ++reader.at };
  yield varint(reader, `${path}timestampDelta`);
  yield varint(reader, `${path}offsetDelta`);
  yield* lengthAndBytes(reader, path, "key");
  yield* lengthAndBytes(reader, path, "value");
  const count = varint(reader, `${path}headerCount`);
  yield count;
  for (let i = 0; i < Number(count.value); i++) {
    yield* lengthAndBytes(reader, `${path}headers[${i}].`, "key");
    yield* lengthAndBytes(reader, `${path}headers[${i}].`, "value");
  }
  return reader.at;
}

type Reader = { readonly bytes: Uint8Array; at: number };

function* lengthAndBytes(reader: Reader, path: string, name: string): Generator<DecodedField> {
  const length = varint(reader, `${path}${name}Length`);
  yield length;
  const size = Number(length.value);
  if (size <= 0) return;
  if (size > reader.bytes.length - reader.at) throw new Error(`the ${name} runs past the end`);
  const from = reader.at;
  reader.at += size;
  yield { path: `${path}${name}`, value: reader.bytes.subarray(from, reader.at), from, to: reader.at };
}

/** A zigzag varint by the book, over BigInt. */
function varint(reader: Reader, path: string): DecodedField {
  const from = reader.at;
  let folded = 0n;
  for (let shift = 0n; ; shift += 7n) {
    const byte = reader.bytes[reader.at++];
    if (byte === undefined) throw new Error(`the bytes end inside ${path}`);
    folded |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  return { path, value: (folded >> 1n) ^ -(folded & 1n), from, to: reader.at };
}

/** Kafka's error code of what `run` throws, or what it returned; other errors (such as a stub's) go through. */
export function outcome<T>(run: () => T): T | string {
  try {
    return run();
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (!(error instanceof Error && error.name !== "NotImplementedError" && typeof code === "string")) throw error;
    return code;
  }
}
