// Different from the reference: nothing is counted beforehand. A record's body is made as a list of small buffers; its
// size is their sum, and writing it is copying them.
import { Buffer } from "node:buffer";
import { type RecordHeader } from "#serialization/given/headers";
import { writeVarint, writeVarlong } from "#serialization/varint";

export function sizeOfRecordBody(
  timestampDelta: number,
  offsetDelta: number,
  key: Uint8Array | null,
  value: Uint8Array | null,
  headers: readonly RecordHeader[],
): number {
  return partsOf(timestampDelta, offsetDelta, key, value, headers).reduce((size, part) => size + part.length, 0);
}

export function writeRecord(
  into: Buffer,
  at: number,
  bodySize: number,
  timestampDelta: number,
  offsetDelta: number,
  key: Uint8Array | null,
  value: Uint8Array | null,
  headers: readonly RecordHeader[],
): number {
  const record = Buffer.concat([varint(bodySize), ...partsOf(timestampDelta, offsetDelta, key, value, headers)]);
  return at + record.copy(into, at);
}

function partsOf(
  timestampDelta: number,
  offsetDelta: number,
  key: Uint8Array | null,
  value: Uint8Array | null,
  headers: readonly RecordHeader[],
): Uint8Array[] {
  const time = Buffer.alloc(10);
  return [
    Uint8Array.of(0),
    time.subarray(0, writeVarlong(timestampDelta, time, 0)),
    varint(offsetDelta),
    ...withLength(key),
    ...withLength(value),
    varint(headers.length),
    ...headers.flatMap((header) => [...withLength(Buffer.from(header.key)), ...withLength(header.value)]),
  ];
}

function withLength(bytes: Uint8Array | null): Uint8Array[] {
  return bytes === null ? [varint(-1)] : [varint(bytes.length), bytes];
}

function varint(value: number): Uint8Array {
  const bytes = Buffer.alloc(5);
  return bytes.subarray(0, writeVarint(value, bytes, 0));
}
