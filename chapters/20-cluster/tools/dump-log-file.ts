/**
 * How `kafka-dump-log` shows the batches and records of a `.log` file, or of a KRaft snapshot.
 * Source: `kafka.tools.DumpLogSegments.dumpLog` of Kafka 4.0.
 *
 * @module
 */
import { readInt16, type Int64 } from "#ground/int64";
import { message, type Message } from "#ground/protocol/message";
import { int16, int64 } from "#ground/protocol/schema";
import { type Disk, type Runtime } from "#ground/runtime";
import { FileRecords } from "#log/file-records";
import { LOG_SUFFIX } from "#log/given/log-files";
import { readMarker } from "#log/given/assembly/transaction-marker";
import { MAGIC_V2, type Record, type RecordBatch } from "#serialization";
import { type RecordDecoder } from "./dump-decoders.ts";
import { messageJson } from "./message-json.ts";

/** What of a log is shown. */
export interface LogDump {
  /** Whether each record is, not only each batch. */
  readonly withRecords: boolean;
  /** Shows keys and values; null: they aren't. */
  readonly decoder: RecordDecoder | null;
  /** Whether only keys and values are shown of a record. */
  readonly isBare: boolean;
  /** Bytes from the start of the file that are read. */
  readonly maxBytes: number;
}

/** Two offsets that follow each other in a log with a gap between them, or in the wrong order. */
export type OffsetPair = readonly [before: Int64, after: Int64];

/** Of a file whose end isn't asked for: Java's largest int. */
export const ALL_BYTES = 0x7fff_ffff;
const BOOTSTRAP = "bootstrap.checkpoint";

/**
 * Shows a file, a batch at a time.
 * @returns the gaps between offsets, where records are shown
 * @throws Error for what can't be read
 */
export function dumpLogFile(
  { disk, memory }: Pick<Runtime, "disk" | "memory">, path: string, dump: LogDump, out: (text: string) => void,
): OffsetPair[] {
  const name = path.slice(path.lastIndexOf("/") + 1);
  out(`${heading(name)}\n`);
  const gaps: OffsetPair[] = [];
  let last: Int64 | null = null;
  let valid = 0;
  const records = openRecords(disk, memory, path);
  try {
    for (const { position, batch } of records.batches(0)) {
      if (position + batch.sizeInBytes > dump.maxBytes) break;
      if (batch.magic !== MAGIC_V2) throw new Error(`${path}: expected magic 2 at ${position}, got ${batch.magic}`);
      out(`${batchLine(batch, position)}\n`);
      for (const record of dump.withRecords ? recordsOf(batch, path, position) : []) {
        if (last !== null && BigInt(record.offset) !== BigInt(last) + 1n) gaps.push([last, record.offset]);
        last = record.offset;
        out(`${recordText(record, batch, dump)}\n`);
      }
      valid += batch.sizeInBytes;
    }
    const rest = records.size - valid;
    if (rest > 0 && dump.maxBytes === ALL_BYTES) out(`Found ${rest} invalid bytes at the end of ${name}\n`);
  } finally {
    records.close();
  }
  return gaps.reverse();
}

/** The log of a segment, to read it. @throws Error when it isn't there */
export function openRecords(disk: Disk, memory: Runtime["memory"], path: string): FileRecords {
  if (!disk.exists(path)) throw new Error(`There is no file ${path}.`);
  return new FileRecords(disk, memory, path, { readOnly: true });
}

function heading(name: string): string {
  if (name === BOOTSTRAP) return "KRaft bootstrap snapshot";
  if (name.endsWith(LOG_SUFFIX)) return `Log starting offset: ${startOffset(name)}`;
  const [, offset, epoch] = /^(\d+)-(\d+)\.checkpoint$/.exec(name) ?? [];
  if (offset === undefined) throw new Error(`Expected a snapshot named OFFSET-EPOCH.checkpoint, got ${name}.`);
  return `Snapshot end offset: ${Number(offset)}, epoch: ${Number(epoch)}`;
}

/** The offset that a file of a segment is named after. @throws Error when it has no such name */
export function startOffset(name: string): number {
  const digits = name.split(".")[0]!;
  if (/^\d+$/.test(digits) && Number.isSafeInteger(Number(digits))) return Number(digits);
  throw new Error(`Expected a file named after its first offset, such as 00000000000000000042.log, got ${name}.`);
}

function batchLine(batch: RecordBatch, position: number): string {
  return `baseOffset: ${batch.baseOffset} lastOffset: ${batch.lastOffset} count: ${batch.count} `
    + `baseSequence: ${batch.baseSequence} lastSequence: ${batch.lastSequence} producerId: ${batch.producerId} `
    + `producerEpoch: ${batch.producerEpoch} partitionLeaderEpoch: ${batch.partitionLeaderEpoch} `
    + `isTransactional: ${batch.isTransactional} isControl: ${batch.isControl} `
    + `deleteHorizonMs: ${optionalLong(batch.deleteHorizonMs)} position: ${position} `
    + `${batch.timestampType}: ${batch.maxTimestamp} size: ${batch.sizeInBytes} magic: ${batch.magic} `
    + `compresscodec: ${batch.compression} crc: ${batch.crc} isvalid: ${batch.isValid()}`;
}

/** Java's text of a number that may be missing. */
export function optionalLong(value: Int64 | null): string {
  return value === null ? "OptionalLong.empty" : `OptionalLong[${value}]`;
}

/** @throws Error that says where the batch is whose records can't be read */
function* recordsOf(batch: RecordBatch, path: string, position: number): Generator<Record, void, undefined> {
  try {
    yield* batch.records();
  } catch (error) {
    throw new Error(`The batch at ${position} of ${path} is damaged: ${(error as Error).message}`, { cause: error });
  }
}

function recordText(record: Record, batch: RecordBatch, { decoder, isBare }: LogDump): string {
  const { offset, timestamp, sequence, key, value, headers } = record;
  const about = isBare ? "" : `| offset: ${offset} ${batch.timestampType}: ${timestamp} keySize: ${key?.length ?? -1} `
    + `valueSize: ${value?.length ?? -1} sequence: ${sequence} headerKeys: [${headers.map((of) => of.key).join(",")}]`;
  if (batch.isControl) return isBare ? "" : about + controlText(batch, record);
  if (decoder === null) return about;
  const shown = decoder(record);
  const keyText = shown.key === null ? "" : `${isBare ? "|" : ""} key: ${shown.key}`;
  return about + keyText + (shown.payload === null ? "" : ` payload: ${shown.payload}`);
}

/** By the number in the key of a control record. */
const CONTROL_TYPES = [
  "ABORT", "COMMIT", "LEADER_CHANGE", "SNAPSHOT_HEADER", "SNAPSHOT_FOOTER", "KRAFT_VERSION", "KRAFT_VOTERS",
];
const SNAPSHOT_RECORDS: ReadonlyMap<string, readonly [label: string, record: Message<unknown>]> = new Map([
  ["SNAPSHOT_HEADER", ["SnapshotHeader", message({
    name: "SnapshotHeaderRecord",
    versions: [0, 0],
    flexibleFrom: 0,
    fields: { version: int16(), lastContainedLogTimestamp: int64() },
  })]],
  ["SNAPSHOT_FOOTER", ["SnapshotFooter", message({
    name: "SnapshotFooterRecord", versions: [0, 0], flexibleFrom: 0, fields: { version: int16() },
  })]],
  ["KRAFT_VERSION", ["KRaftVersion", message({
    name: "KRaftVersionRecord", versions: [0, 0], flexibleFrom: 0, fields: { version: int16(), kRaftVersion: int16() },
  })]],
]);

function controlText(batch: RecordBatch, { key, value }: Record): string {
  const marker = readMarker(batch);
  if (marker !== null) {
    return ` endTxnMarker: ${marker.isAbort ? "ABORT" : "COMMIT"} coordinatorEpoch: ${marker.coordinatorEpoch}`;
  }
  const id = key !== null && key.length >= 4 ? readInt16(key, 2) : -1;
  const type = CONTROL_TYPES[id] ?? "UNKNOWN";
  const [label, of] = SNAPSHOT_RECORDS.get(type) ?? [];
  if (of === undefined || value === null) return ` controlType: ${type}(${id})`;
  return ` ${label} ${messageJson(of, 0, of.decode(0, value))}`;
}
